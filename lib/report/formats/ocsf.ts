/**
 * The population as OCSF 1.8.0 Compliance Findings (class 2003), one per line: for a security lake or an event bus. Accounts
 * of which no MFA is required appear once, to close what was found of them before. The first line of an incomplete run is a
 * finding about the run, and each line of it carries the label `incomplete-run`. Of a past day each line carries that day and
 * the sweeps it rests on as a label.
 * https://schema.ocsf.io/1.8.0/classes/compliance_finding
 */

import type { Verdict } from "../../model/index.ts";
import { controlsSupportedBy } from "../controls/index.ts";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { asOfNotice, incompleteWarning } from "./notices.ts";
import { jsonLine } from "./text.ts";
import { checkTitle, FINDING_TITLES, hasMfa, isNewFinding, PRODUCT_NAME, remedyText } from "./vocabulary.ts";

export const ocsfFormat: Format = {
  name: "ocsf",
  file: "findings.ocsf.jsonl",
  type: "application/jsonl",
  purpose: "findings for a security lake (OCSF 1.8)",
  open: openOcsf,
};

const CLASS_UID = 2003;
const ACTIVITY_IDS = { Create: 1, Update: 2, Close: 3 } as const;
const STATUS_IDS = { New: 1, Suppressed: 3, Resolved: 4, Archived: 5 } as const;
const SEVERITY_IDS = { Informational: 1, Low: 2, Medium: 3, High: 4 } as const;
/** `Warning` is the schema's word for a check without a result, for lack of information. */
const RESULT_IDS = { Pass: 1, Warning: 2, Fail: 3, Other: 99 } as const;

interface FindingRating {
  readonly result: keyof typeof RESULT_IDS;
  readonly severity: keyof typeof SEVERITY_IDS;
  readonly status: keyof typeof STATUS_IDS;
}

/** An exemption, a grace period or time to enrol leave the requirement unmet: none of them passes. */
const FINDING_RATINGS: Readonly<Record<Verdict, FindingRating>> = {
  compliant: { result: "Pass", severity: "Informational", status: "Resolved" },
  pending: { result: "Fail", severity: "Low", status: "New" },
  violating: { result: "Fail", severity: "High", status: "New" },
  grace: { result: "Fail", severity: "Low", status: "New" },
  exempt: { result: "Fail", severity: "Low", status: "Suppressed" },
  unknown: { result: "Warning", severity: "Medium", status: "New" },
  "out-of-scope": { result: "Other", severity: "Informational", status: "Archived" },
};

function openOcsf(head: ReportHead): TableWriter {
  const warning = incompleteWarning(head);
  const past = asOfNotice(head);
  const labels = [...(warning === undefined ? [] : ["incomplete-run"]), ...(past === undefined ? [] : [past])];
  const metadata = {
    version: "1.8.0",
    product: { name: PRODUCT_NAME, vendor_name: PRODUCT_NAME, version: head.code },
    correlation_uid: head.run,
    ...(labels.length === 0 ? {} : { labels }),
  };
  const fixed = new Map<string, string>();
  /** What is the same for every account of this verdict, requirement and novelty, as the inside of a JSON object. */
  function fixedOf({ verdict, requirement }: ReportRow, fresh: boolean): string {
    const key = `${verdict} ${requirement} ${fresh}`;
    const known = fixed.get(key);
    if (known !== undefined) return known;
    const made = jsonLine({
      ...envelope(FINDING_RATINGS[verdict], fresh),
      ...assessment(verdict, requirement),
      metadata,
    }).slice(1);
    fixed.set(key, made);
    return made;
  }
  return {
    begin: () => (warning === undefined ? "" : `${jsonLine(ofRun(head, warning, metadata))}\n`),
    row(row) {
      const fresh = isNewFinding(row, head);
      if (row.verdict === "out-of-scope" && !fresh) return "";
      return `${jsonLine(ofSubject(row)).slice(0, -1)},${fixedOf(row, fresh)}\n`;
    },
    end: () => "",
  };
}

function envelope({ severity, status }: FindingRating, fresh: boolean) {
  const over = status === "Resolved" || status === "Archived";
  const activity = fresh ? (over ? "Close" : "Create") : "Update";
  return {
    category_uid: 2,
    category_name: "Findings",
    class_uid: CLASS_UID,
    class_name: "Compliance Finding",
    activity_id: ACTIVITY_IDS[activity],
    activity_name: activity,
    type_uid: CLASS_UID * 100 + ACTIVITY_IDS[activity],
    severity_id: SEVERITY_IDS[severity],
    severity,
    status_id: STATUS_IDS[status],
    status,
  };
}

function assessment(verdict: Verdict, requirement: string | undefined) {
  const { result } = FINDING_RATINGS[verdict];
  const claims = controlsSupportedBy(requirement);
  const checks = claims.map(({ id, standard, coverage }) => ({
    uid: id,
    standards: [standard],
    ...checkStatus(result, coverage),
  }));
  return {
    compliance: {
      control: checkTitle(requirement),
      ...(claims.length > 0 ? { standards: [...new Set(claims.map(({ standard }) => standard))], checks } : {}),
      status_id: RESULT_IDS[result],
      status: result === "Other" ? "Not applicable" : result,
    },
    ...(result === "Pass" || result === "Other" ? {} : { remediation: { desc: remedyText(requirement) } }),
  };
}

/** What our check passes is not the whole control, unless the map says so. */
function checkStatus(result: FindingRating["result"], coverage: string) {
  if (result === "Other") return { status_id: RESULT_IDS.Other, status: "Not applicable" };
  if (result !== "Pass" || coverage === "full") return { status_id: RESULT_IDS[result], status: result };
  return { status_id: RESULT_IDS.Other, status: `Pass, ${coverage} evidence` };
}

function ofSubject(row: ReportRow) {
  const { directory, kind, id, username, verdict, why, rule, observedAt, outcomeAt } = row;
  const mfa = hasMfa(row);
  const facts = { data: row.factsAfter ?? row.facts };
  return {
    time: Date.parse(outcomeAt ?? observedAt),
    message: why,
    finding_info: {
      uid: `${PRODUCT_NAME}/${directory}/${kind}/${id}`,
      title: FINDING_TITLES[verdict],
      desc: why,
      first_seen_time: Date.parse(verdict === row.read ? row.since : (outcomeAt ?? observedAt)),
      last_seen_time: Date.parse(outcomeAt ?? observedAt),
      ...(rule === undefined ? {} : { analytic: { name: rule, type_id: 1, type: "Rule" } }),
    },
    resources: [{ uid: id, name: username, type: kind, namespace: directory, role_id: 1, role: "Target" }],
    evidences: [
      kind === "profile"
        ? facts
        : { ...facts, user: { uid: id, name: username, ...(mfa === undefined ? {} : { has_mfa: mfa }) } },
    ],
  };
}

function ofRun(head: ReportHead, warning: string, metadata: object) {
  const at = Date.parse(head.endedAt ?? head.startedAt);
  const meaning: FindingRating = { result: "Warning", severity: "High", status: "New" };
  return {
    message: warning,
    time: at,
    finding_info: {
      uid: `${PRODUCT_NAME}/run/${head.run}`,
      title: "INCOMPLETE run",
      desc: warning,
      last_seen_time: at,
    },
    ...envelope(meaning, true),
    compliance: { control: "Every account was read and judged", status_id: RESULT_IDS.Warning, status: "Warning" },
    resources: [{ uid: head.run, name: `run ${head.run}`, type: "run", role_id: 1, role: "Target" }],
    remediation: { desc: "Find out from the message why the run is incomplete, and sweep again." },
    metadata,
  };
}
