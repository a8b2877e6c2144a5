/** The orders in which rows are listed. */

import type { Outcome } from "../../model/index.ts";
import type { ReportRow } from "./model.ts";

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export const compareById = (a: ReportRow, b: ReportRow): number =>
  compareText(a.directory, b.directory) || compareText(a.id, b.id);

/** The worst first; of those, who has had a verdict for longest. */
export const compareByAge = (a: ReportRow, b: ReportRow): number =>
  (a.priority ?? 3) - (b.priority ?? 3) || compareText(a.since, b.since) || compareById(a, b);

const WORST_OUTCOME_FIRST: readonly Outcome[] = [
  "failed",
  "unverified",
  "refused",
  "staged",
  "needs-user",
  "reverted",
  "enforced",
  "already",
];
const outcomeRank = ({ outcome }: ReportRow) =>
  outcome === undefined ? WORST_OUTCOME_FIRST.length : WORST_OUTCOME_FIRST.indexOf(outcome);

/** Changes that did not take come first; of those, the worst. */
export const compareByOutcome = (a: ReportRow, b: ReportRow): number =>
  outcomeRank(a) - outcomeRank(b) || (a.priority ?? 3) - (b.priority ?? 3) || compareById(a, b);
