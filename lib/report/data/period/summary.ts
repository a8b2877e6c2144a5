/** What a period comes to: counts for the top of the page, and the changes that are named there. */

import { noChanges, OUTCOMES, type Problem } from "../../../model/index.ts";
import { type CountedList, listFirst } from "../first-items.ts";
import type { PeriodChange, PeriodData } from "./model.ts";

export interface PeriodSummary {
  /** Planned changes that came to an end, by outcome. */
  readonly outcomes: Readonly<Record<PeriodChange["outcome"], number>>;
  /** Of these, how many a person had approved. */
  readonly approved: number;
  /** Of these, how many events brought about. */
  readonly byEvents: number;
  /** Those that were put back first, then those that failed, then the newest that took. */
  readonly changes: CountedList<PeriodChange>;
  readonly incomplete: readonly Problem[];
}

/** Changes that are kept to be named. */
const MAX_LISTED_CHANGES = 200;

/** Reads all changes once, and keeps counts and the first of them. */
export async function summarizePeriod(data: PeriodData, signal: AbortSignal): Promise<PeriodSummary> {
  const outcomes = noChanges();
  const counts = { approved: 0, byEvents: 0 };
  const problems: Problem[] = [];
  const listed = listFirst(MAX_LISTED_CHANGES, compareForPage);
  for await (const page of data.changes((problem) => problems.push(problem), signal))
    for (const change of page) {
      outcomes[change.outcome]++;
      if (change.approvedBy !== undefined) counts.approved++;
      if (change.event !== undefined) counts.byEvents++;
      listed.add(change);
    }
  return { outcomes, ...counts, changes: listed.end(), incomplete: [...data.incomplete, ...problems] };
}

/** What took security away, then what went wrong, then what took; what nobody did comes last. */
const RANKS: Partial<Record<PeriodChange["outcome"], number>> = {
  reverted: 0,
  failed: 1,
  unverified: 1,
  enforced: 2,
  staged: 2,
};

const rankOf = ({ outcome, approvedBy }: PeriodChange) => 2 * (RANKS[outcome] ?? 3) + Number(approvedBy === undefined);

const compareForPage = (a: PeriodChange, b: PeriodChange): number =>
  rankOf(a) - rankOf(b) || (a.at > b.at ? -1 : Number(a.at < b.at));

/** Planned changes that came to an end, of all outcomes. */
export const countEnded = ({ outcomes }: Pick<PeriodSummary, "outcomes">): number =>
  OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);
