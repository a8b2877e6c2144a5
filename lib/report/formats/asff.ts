/**
 * Findings for AWS Security Hub CSPM: each line is the `Findings` of one `BatchImportFindings` call. Sent is who is not
 * compliant, and whose verdict this run changed to compliant or out of scope, as an archived finding that closes the earlier
 * one: importing every run's file keeps Security Hub right without a finding for each account that is in order. A departed
 * account has no row: Security Hub drops its finding when nothing has renewed it for 90 days. Every length is in bytes, for
 * which AWS counts characters: cut too early rather than refused.
 * https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html
 * https://docs.aws.amazon.com/securityhub/latest/partnerguide/guidelines-batchimportfindings.html (100 findings, 240 KB each)
 */

import { WardenError } from "../../errors.ts";
import type { Format, ReportHead, TableWriter } from "../data/index.ts";
import { accountFields, runFinding, type SecurityHubTarget, subjectFinding } from "./asff-findings.ts";
import { incompleteWarning } from "./notices.ts";
import { jsonLine } from "./text.ts";
import { isNewFinding } from "./vocabulary.ts";

/** Throws `ERR_INPUT_INVALID` for an account or a region that cannot be one, the examples' too. */
export function asffFormat(target: SecurityHubTarget): Format {
  checkTarget(target);
  return {
    name: "asff",
    file: "findings.asff.jsonl",
    type: "application/jsonl",
    purpose: "findings for AWS Security Hub",
    open: (head) => openAsff(target, head),
  };
}

const EXAMPLE_ACCOUNTS = ["000000000000", "111111111111", "111122223333", "123456789012"];

function checkTarget({ account, region, partition = "aws" }: SecurityHubTarget): void {
  const isAccount =
    /^\d{12}$/.test(account) && !EXAMPLE_ACCOUNTS.includes(account) && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region);
  if (isAccount && /^aws(-[a-z]+)*$/.test(partition)) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    "Security Hub findings need the AWS account (twelve digits, no example) and the region that they are for; name both.",
  );
}

/** What one call may hold. */
const MAX_FINDINGS_IN_LINE = 100;

function openAsff(target: SecurityHubTarget, head: ReportHead): TableWriter {
  const common = accountFields(target);
  const warning = incompleteWarning(head);
  const batch: string[] = [];
  const flush = () => (batch.length === 0 ? "" : `[${batch.splice(0).join(",")}]\n`);
  return {
    begin() {
      if (warning !== undefined) batch.push(jsonLine({ ...runFinding(head, warning), ...common }));
      return "";
    },
    row(row) {
      if ((row.verdict === "compliant" || row.verdict === "out-of-scope") && !isNewFinding(row, head)) return "";
      batch.push(jsonLine({ ...subjectFinding(target, head, row), ...common }));
      return batch.length === MAX_FINDINGS_IN_LINE ? flush() : "";
    },
    end: flush,
  };
}
