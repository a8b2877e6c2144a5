/** One finding for AWS Security Hub: of a subject, or of an incomplete run. */

import { hash } from "node:crypto";
import type { Verdict } from "../../model/index.ts";
import { controlsSupportedBy } from "../controls/index.ts";
import type { ReportHead, ReportRow } from "../data/index.ts";
import { asOfNotice } from "./notices.ts";
import { shorten } from "./text.ts";
import { FINDING_TITLES, PRODUCT_NAME, remedyText } from "./vocabulary.ts";
import { wouldBe } from "./would-be.ts";

/** Whose Security Hub the findings are for; nothing of it can be known from a run. */
export interface SecurityHubTarget {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** `aws` unless given. */
  readonly partition?: string;
}

/** Of a description or a field of our own, and of a title. */
const MAX_TEXT_BYTES = 1024;

const MAX_TITLE_BYTES = 256;

const MAX_RELATED = 32;

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

export const accountFields = ({ account, region, partition = "aws" }: SecurityHubTarget) => ({
  SchemaVersion: "2018-10-08",
  ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
  AwsAccountId: account,
});

const FINDING_TYPES = ["Software and Configuration Checks/Industry and Regulatory Standards/MFA"];

/** At most 512 bytes, the same from run to run: an id that cannot stand as it is gets its hash, so that no two become one. */
function findingId({ directory, kind, id }: ReportRow): string {
  const shown = shorten(id, 200);
  return `${PRODUCT_NAME}/${directory}/${kind}/${shown === id ? id : `${shown}#${hash("sha256", id)}`}`;
}

export function subjectFinding({ region, partition = "aws" }: SecurityHubTarget, head: ReportHead, row: ReportRow) {
  const { directory, verdict, requirement, rule, why, since, observedAt, outcomeAt } = row;
  const over = verdict === "compliant" || verdict === "out-of-scope";
  return {
    Id: findingId(row),
    GeneratorId: `${PRODUCT_NAME}/${directory}/${shorten(rule ?? "no rule", 300)}`,
    Title: shorten(`${FINDING_TITLES[verdict]}: ${visibleName(row)}`, MAX_TITLE_BYTES),
    Description: shorten(
      `${why} Requirement: ${requirement ?? "none"}. Verdict: ${verdict}, as of ${observedAt}.`,
      MAX_TEXT_BYTES,
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
    Compliance: complianceFields(row),
    Remediation: over ? undefined : { Recommendation: { Text: remedyText(requirement) } },
    Resources: [
      {
        Type: "Other",
        Id: findingId(row),
        Partition: partition,
        Region: region,
        Details: { Other: resourceDetails(row) },
      },
    ],
    ProductFields: productFields(head),
  };
}

function productFields(head: ReportHead): Record<string, string | undefined> {
  const past = asOfNotice(head);
  return {
    [`${PRODUCT_NAME}/run`]: head.run,
    [`${PRODUCT_NAME}/policy`]: head.policy,
    [`${PRODUCT_NAME}/as-of`]: past && shorten(past, MAX_TEXT_BYTES),
  };
}

const visibleName = ({ username }: ReportRow): string => shorten(username, 150);

function complianceFields({ verdict, requirement, why }: ReportRow) {
  const related = controlsSupportedBy(requirement).map(({ id, standard }) => `${standard} ${id}`);
  return {
    Status: FINDING_RATINGS[verdict].status,
    RelatedRequirements: related.length === 0 ? undefined : related.slice(0, MAX_RELATED),
    StatusReasons: [
      { ReasonCode: verdict.toUpperCase().replaceAll("-", "_"), Description: shorten(why, MAX_TEXT_BYTES) },
    ],
  };
}

function resourceDetails(row: ReportRow): Record<string, string> {
  const { directory, vendor, kind, username, verdict, exemption, outcome, outcomeWhy } = row;
  const details = { directory, vendor, kind, username, verdict, exemption, outcome, outcomeWhy, wouldBe: wouldBe(row) };
  const given = Object.entries(details).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, shorten(value, MAX_TEXT_BYTES)]],
  );
  return Object.fromEntries(given);
}

export function runFinding(head: ReportHead, warning: string) {
  const { run, startedAt } = head;
  const at = head.endedAt ?? startedAt;
  return {
    Id: `${PRODUCT_NAME}/run/${run}`,
    GeneratorId: `${PRODUCT_NAME}/run`,
    Title: shorten(`INCOMPLETE: run ${run}`, MAX_TITLE_BYTES),
    Description: shorten(warning, MAX_TEXT_BYTES),
    CreatedAt: startedAt,
    UpdatedAt: at,
    RecordState: "ACTIVE",
    FindingProviderFields: { Severity: { Label: "HIGH", Original: head.status }, Types: FINDING_TYPES },
    Compliance: {
      Status: "WARNING",
      StatusReasons: [{ ReasonCode: "INCOMPLETE_RUN", Description: shorten(warning, MAX_TEXT_BYTES) }],
    },
    Resources: [{ Type: "Other", Id: `${PRODUCT_NAME}/run/${run}` }],
    ProductFields: productFields(head),
  };
}
