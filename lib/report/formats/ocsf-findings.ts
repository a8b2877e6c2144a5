/** One OCSF Compliance Finding: of a subject, or of an incomplete run. */

import type { Verdict } from "../../model/index.ts";
import { controlsSupportedBy } from "../controls/index.ts";
import type { ReportHead, ReportRow } from "../data/index.ts";
import { checkTitle, FINDING_TITLES, hasMfa, PRODUCT_NAME, remedyText, WOULD_BE_CHANGED } from "./vocabulary.ts";

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
export const FINDING_RATINGS: Readonly<Record<Verdict, FindingRating>> = {
  compliant: { result: "Pass", severity: "Informational", status: "Resolved" },
  pending: { result: "Fail", severity: "Low", status: "New" },
  violating: { result: "Fail", severity: "High", status: "New" },
  grace: { result: "Fail", severity: "Low", status: "New" },
  exempt: { result: "Fail", severity: "Low", status: "Suppressed" },
  unknown: { result: "Warning", severity: "Medium", status: "New" },
  "out-of-scope": { result: "Other", severity: "Informational", status: "Archived" },
};

export function classFields({ severity, status }: FindingRating, isNew: boolean) {
  const over = status === "Resolved" || status === "Archived";
  const activity = isNew ? (over ? "Close" : "Create") : "Update";
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

export function complianceFields({ verdict, requirement, planned }: ReportRow) {
  const { result } = FINDING_RATINGS[verdict];
  const controls = controlsSupportedBy(requirement);
  const checks = controls.map(({ id, standard, coverage }) => ({
    uid: id,
    standards: [standard],
    ...checkStatus(result, coverage),
  }));
  return {
    compliance: {
      control: checkTitle(requirement),
      ...(controls.length > 0 ? { standards: [...new Set(controls.map(({ standard }) => standard))], checks } : {}),
      status_id: RESULT_IDS[result],
      status: result === "Other" ? "Not applicable" : result,
      status_details: planned && [WOULD_BE_CHANGED],
    },
    remediation: result === "Pass" || result === "Other" ? undefined : { desc: remedyText(requirement) },
  };
}

/** What our check passes is not the whole control, unless the map says so. */
function checkStatus(result: FindingRating["result"], coverage: string) {
  if (result === "Other") return { status_id: RESULT_IDS.Other, status: "Not applicable" };
  if (result !== "Pass" || coverage === "full") return { status_id: RESULT_IDS[result], status: result };
  return { status_id: RESULT_IDS.Other, status: `Pass, ${coverage} evidence` };
}

export function subjectFinding(row: ReportRow) {
  const { directory, kind, id, username, verdict, why, rule, observedAt, outcomeAt } = row;
  return {
    time: Date.parse(outcomeAt ?? observedAt),
    message: why,
    finding_info: {
      uid: `${PRODUCT_NAME}/${directory}/${kind}/${id}`,
      title: FINDING_TITLES[verdict],
      desc: why,
      first_seen_time: Date.parse(verdict === row.read ? row.since : (outcomeAt ?? observedAt)),
      last_seen_time: Date.parse(outcomeAt ?? observedAt),
      analytic: rule === undefined ? undefined : { name: rule, type_id: 1, type: "Rule" },
    },
    resources: [{ uid: id, name: username, type: kind, namespace: directory, role_id: 1, role: "Target" }],
    evidences: [
      {
        data: row.factsAfter ?? row.facts,
        user: kind === "profile" ? undefined : { uid: id, name: username, has_mfa: hasMfa(row) },
      },
    ],
  };
}

export function runFinding(head: ReportHead, warning: string, metadata: object) {
  const at = Date.parse(head.endedAt ?? head.startedAt);
  const rating: FindingRating = { result: "Warning", severity: "High", status: "New" };
  return {
    message: warning,
    time: at,
    finding_info: {
      uid: `${PRODUCT_NAME}/run/${head.run}`,
      title: "INCOMPLETE run",
      desc: warning,
      last_seen_time: at,
    },
    ...classFields(rating, true),
    compliance: { control: "Every account was read and judged", status_id: RESULT_IDS.Warning, status: "Warning" },
    resources: [{ uid: head.run, name: `run ${head.run}`, type: "run", role_id: 1, role: "Target" }],
    remediation: { desc: "Find out from the message why the run is incomplete, and sweep again." },
    metadata,
  };
}
