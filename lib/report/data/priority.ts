/** Whose trouble is read first: accounts of last resort, then administrators, then everybody else. */

import { foldId, type Policy } from "../../policy/index.ts";
import type { Priority, ReportRow } from "./model.ts";

interface Judged {
  readonly directory: string;
  readonly id: string;
  readonly rule?: string | undefined;
  readonly requirement?: string | undefined;
}

/** By the policy where it is known. */
export function priorities(policy: Policy | undefined): (judged: Judged) => Priority {
  const never = new Set(policy?.rules.filter(({ enforce }) => enforce === "never").map(({ name }) => name));
  const breakGlass = new Set(policy?.breakGlass?.map(({ id }) => foldId(id)));
  return ({ directory, id, rule, requirement }) => {
    if (breakGlass.size > 0 && breakGlass.has(foldId(`${directory}/${id}`))) return 1;
    if (requirement === undefined || requirement === "none") return 3;
    if (rule !== undefined && never.has(rule)) return 1;
    return requirement === "phishing-resistant" ? 2 : 3;
  };
}

/** The row with its priority; most rows are as they were, since a million of them come by. */
export function rowPrioritizer(policy: Policy | undefined): (row: ReportRow) => ReportRow {
  const priorityOf = priorities(policy);
  return (row) => {
    const priority = priorityOf(row);
    return priority === 3 ? row : { ...row, priority };
  };
}
