/**
 * The population as OCSF 1.8.0 Compliance Findings (class 2003), one per line: for a security lake or an event bus. Accounts
 * of which no MFA is required appear once, to close what was found of them before. The first line of an incomplete run is a
 * finding about the run, and each line of it carries the label `incomplete-run`. Of a past day each line carries that day and
 * the sweeps it rests on as a label; of a run that applied an approved plan, the plan and who approved it.
 * https://schema.ocsf.io/1.8.0/classes/compliance_finding
 */

import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { asOfNotice, incompleteWarning } from "./notices.ts";
import { classFields, complianceFields, FINDING_RATINGS, runFinding, subjectFinding } from "./ocsf-findings.ts";
import { jsonLine, shorten } from "./text.ts";
import { isNewFinding, PRODUCT_NAME } from "./vocabulary.ts";

export const ocsfFormat: Format = {
  name: "ocsf",
  file: "findings.ocsf.jsonl",
  type: "application/jsonl",
  purpose: "findings for a security lake (OCSF 1.8)",
  open: openOcsf,
};

function openOcsf(head: ReportHead): TableWriter {
  const warning = incompleteWarning(head);
  const past = asOfNotice(head);
  const labels = [warning && "incomplete-run", past, ...approvalLabels(head)].filter((label) => label !== undefined);
  const metadata = {
    version: "1.8.0",
    product: { name: PRODUCT_NAME, vendor_name: PRODUCT_NAME, version: head.code },
    correlation_uid: head.run,
    labels: labels.length === 0 ? undefined : labels,
  };
  const sharedFields = sharedFieldsOf(metadata);
  return {
    begin: () => (warning === undefined ? "" : `${jsonLine(runFinding(head, warning, metadata))}\n`),
    row(row) {
      const isNew = isNewFinding(row, head);
      if (row.verdict === "out-of-scope" && !isNew) return "";
      return `${jsonLine(subjectFinding(row)).slice(0, -1)},${sharedFields(row, isNew)}\n`;
    },
    end: () => "",
  };
}

const approvalLabels = ({ approvals }: ReportHead): string[] =>
  (approvals?.applied ?? []).map(({ directory, hash, undoes, decision }) =>
    shorten(`${undoes === undefined ? "approved-plan" : "approved-undo"} ${directory} ${hash} by ${decision?.by}`, 300),
  );

/** What is the same for all subjects of a verdict, a requirement, a novelty and a plan, made once, as the inside of a JSON object. */
function sharedFieldsOf(metadata: object) {
  const made = new Map<string, string>();
  return (row: ReportRow, isNew: boolean): string => {
    const { verdict, requirement, planned } = row;
    const key = `${verdict} ${requirement} ${isNew} ${planned}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const fields = {
      ...classFields(FINDING_RATINGS[verdict], isNew),
      ...complianceFields(row),
      metadata,
    };
    const text = jsonLine(fields).slice(1);
    made.set(key, text);
    return text;
  };
}
