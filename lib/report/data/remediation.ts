/** What is being done about a subject that is violating or unknown. */

import type { Outcome } from "../../model/index.ts";
import { mayChange, type Policy } from "../../policy/index.ts";
import type { ReportHead, ReportRow } from "./model.ts";

/**
 * What came of its change; or why none was tried: `observed` in a run or a directory that changes nothing, `left alone` by its
 * rule, `waiting` where a change is planned and was stopped, `planned` where none was, `read again` where it is not known what
 * would be due.
 */
export type Remediation = Outcome | "planned" | "waiting" | "observed" | "left alone" | "read again";

/** Tells of a subject what is being done about it, by the policy where it is known. */
export function remediationClassifier(
  { mode, directories }: ReportHead,
  policy: Policy | undefined,
): (row: Pick<ReportRow, "verdict" | "rule" | "outcome" | "directory" | "planned">) => Remediation {
  const changes = ({ id }: { readonly id: string }) => (policy ? mayChange(policy, id, mode) : mode === "enforce");
  const changed = new Set(directories.filter(changes).map(({ id }) => id));
  const never = new Set(policy?.rules.filter(({ enforce }) => enforce === "never").map(({ name }) => name));
  return ({ verdict, rule, outcome, directory, planned }) => {
    if (outcome) return outcome;
    if (verdict === "unknown") return "read again";
    if (rule !== undefined && never.has(rule)) return "left alone";
    if (!changed.has(directory)) return "observed";
    return planned ? "waiting" : "planned";
  };
}
