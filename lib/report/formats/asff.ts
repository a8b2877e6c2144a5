/**
 * Findings for AWS Security Hub CSPM: each line is the `Findings` of one `BatchImportFindings` call. Sent is who is not
 * compliant, and whose verdict this run changed to compliant or out of scope, as an archived finding that closes the earlier
 * one: importing every run's file keeps Security Hub right without a finding for each account that is in order. A departed
 * account has no row: Security Hub drops its finding when nothing has renewed it for 90 days. Every length is in bytes, for
 * which AWS counts characters: cut too early rather than refused.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
 * https://docs.aws.amazon.com/securityhub/latest/partnerguide/guidelines-batchimportfindings.html (100 findings, 240 KB each)
 */

import { hash } from "node:crypto";
import { WardenError } from "../../errors.ts";
import type { Verdict } from "../../model/index.ts";
import { controlsSupportedBy } from "../controls/index.ts";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { asOfNotice, incompleteWarning } from "./notices.ts";
import { jsonLine, shorten } from "./text.ts";
import { FINDING_TITLES, isNewFinding, PRODUCT_NAME, remedyText } from "./vocabulary.ts";

/** Whose Security Hub the findings are for; nothing of it can be known from a run. */
export interface SecurityHubTarget {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** `aws` unless given. */
  readonly partition?: string;
}

/** Throws `ERR_INPUT_INVALID` for an account or a region that cannot be one, the examples' too. */
export function asffFormat(place: SecurityHubTarget): Format {
  checkPlace(place);
  return {
    name: "asff",
    file: "findings.asff.jsonl",
    type: "application/jsonl",
    purpose: "findings for AWS Security Hub",
    open: (head) => openAsff(place, head),
  };
}

const EXAMPLE_ACCOUNTS = ["000000000000", "111111111111", "111122223333", "123456789012"];

function checkPlace({ account, region, partition = "aws" }: SecurityHubTarget): void {
  const right =
    /^\d{12}$/.test(account) && !EXAMPLE_ACCOUNTS.includes(account) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
  if (right && /^aws(-[a-z]+)*$/.test(partition)) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    "Security Hub findings need the AWS account (twelve digits, no example) and the region that they are for; name both.",
  );
}

const MAX_FINDINGS_IN_LINE = 100;

interface FindingRating {
  readonly status: "PASSED" | "FAILED" | "WARNING" | "NOT_AVAILABLE";
  readonly severity: "INFORMATIONAL" | "LOW" | "MEDIUM" | "HIGH";
}

/** An exemption, a grace period or time to enrol leave the requirement unmet: none of them passes. */
const FINDING_RATINGS: Readonly<Record<Verdict, FindingRating>> = {
  compliant: { status: "PASSED", severity: "INFORMATIONAL" },
  pending: { status: "FAILED", severity: "LOW" },
  violating: { status: "FAILED", severity: "HIGH" },
  grace: { status: "FAILED", severity: "LOW" },
  exempt: { status: "FAILED", severity: "INFORMATIONAL" },
  unknown: { status: "WARNING", severity: "MEDIUM" },
  "out-of-scope": { status: "NOT_AVAILABLE", severity: "INFORMATIONAL" },
};

function openAsff(place: SecurityHubTarget, head: ReportHead): TableWriter {
  const fixed = fixedOf(place);
  const warning = incompleteWarning(head);
  const batch: string[] = [];
  const flush = () => (batch.length === 0 ? "" : `[${batch.splice(0).join(",")}]\n`);
  return {
    begin() {
      if (warning !== undefined) batch.push(jsonLine({ ...ofRun(head, warning), ...fixed }));
      return "";
    },
    row(row) {
      if ((row.verdict === "compliant" || row.verdict === "out-of-scope") && !isNewFinding(row, head)) return "";
      batch.push(jsonLine({ ...ofSubject(place, head, row), ...fixed }));
      return batch.length === MAX_FINDINGS_IN_LINE ? flush() : "";
    },
    end: flush,
  };
}

const fixedOf = ({ account, region, partition = "aws" }: SecurityHubTarget) => ({
  SchemaVersion: "2018-10-08",
  ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
  AwsAccountId: account,
});

const FINDING_TYPES = ["Software and Configuration Checks/Industry and Regulatory Standards/MFA"];

/** At most 512 bytes, the same from run to run: an id that cannot stand as it is gets its hash, so that no two become one. */
function idOf({ directory, kind, id }: ReportRow): string {
  const shown = shorten(id, 200);
  return `${PRODUCT_NAME}/${directory}/${kind}/${shown === id ? id : `${shown}#${hash("sha256", id)}`}`;
}

function ofSubject({ region, partition = "aws" }: SecurityHubTarget, head: ReportHead, row: ReportRow) {
  const { directory, verdict, requirement, rule, why, since, observedAt, outcomeAt } = row;
  const over = verdict === "compliant" || verdict === "out-of-scope";
  return {
    Id: idOf(row),
    GeneratorId: `${PRODUCT_NAME}/${directory}/${shorten(rule ?? "no rule", 300)}`,
    Title: shorten(`${FINDING_TITLES[verdict]}: ${visibleName(row)}`, 256),
    Description: shorten(
      `${why} Requirement: ${requirement ?? "none"}. Verdict: ${verdict}, as of ${observedAt}.`,
      1024,
    ),
    CreatedAt: since,
    UpdatedAt: outcomeAt ?? observedAt,
    FirstObservedAt: since,
    LastObservedAt: outcomeAt ?? observedAt,
    RecordState: over ? "ARCHIVED" : "ACTIVE",
    FindingProviderFields: {
      Severity: { Label: FINDING_RATINGS[verdict].severity, Original: verdict },
      Types: FINDING_TYPES,
    },
    Compliance: complianceOf(row),
    ...(over ? {} : { Remediation: { Recommendation: { Text: remedyText(requirement) } } }),
    Resources: [
      { Type: "Other", Id: idOf(row), Partition: partition, Region: region, Details: { Other: detailsOf(row) } },
    ],
    ProductFields: productFields(head),
  };
}

function productFields(head: ReportHead): Record<string, string> {
  const past = asOfNotice(head);
  return {
    [`${PRODUCT_NAME}/run`]: head.run,
    [`${PRODUCT_NAME}/policy`]: head.policy,
    ...(past === undefined ? {} : { [`${PRODUCT_NAME}/as-of`]: shorten(past, 1024) }),
  };
}

const visibleName = ({ username }: ReportRow): string => shorten(username, 150);

function complianceOf({ verdict, requirement, why }: ReportRow) {
  const related = controlsSupportedBy(requirement).map(({ id, standard }) => `${standard} ${id}`);
  return {
    Status: FINDING_RATINGS[verdict].status,
    ...(related.length > 0 ? { RelatedRequirements: related.slice(0, 32) } : {}),
    StatusReasons: [{ ReasonCode: verdict.toUpperCase().replaceAll("-", "_"), Description: shorten(why, 1024) }],
  };
}

function detailsOf(row: ReportRow): Record<string, string> {
  const { directory, vendor, kind, username, verdict, exemption, outcome, outcomeWhy } = row;
  const shown = { directory, vendor, kind, username, verdict, exemption, outcome, outcomeWhy };
  const told = Object.entries(shown).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, shorten(value, 1024)]],
  );
  return Object.fromEntries(told);
}

function ofRun(head: ReportHead, warning: string) {
  const { run, startedAt } = head;
  const at = head.endedAt ?? startedAt;
  return {
    Id: `${PRODUCT_NAME}/run/${run}`,
    GeneratorId: `${PRODUCT_NAME}/run`,
    Title: shorten(`INCOMPLETE: run ${run}`, 256),
    Description: shorten(warning, 1024),
    CreatedAt: startedAt,
    UpdatedAt: at,
    RecordState: "ACTIVE",
    FindingProviderFields: { Severity: { Label: "HIGH", Original: head.status }, Types: FINDING_TYPES },
    Compliance: {
      Status: "WARNING",
      StatusReasons: [{ ReasonCode: "INCOMPLETE_RUN", Description: shorten(warning, 1024) }],
    },
    Resources: [{ Type: "Other", Id: `${PRODUCT_NAME}/run/${run}` }],
    ProductFields: productFields(head),
  };
}
