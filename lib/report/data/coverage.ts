/** What share of the population is covered, where nobody who was not assessed is left out of the count. */

import type { DirectoryRecord, VerdictCounts } from "../../model/index.ts";
import type { ReportHead } from "./model.ts";
import { sumCounts } from "./summary-counts.ts";

export interface Coverage {
  readonly covered: number;
  /** In scope: also who could not be assessed, and who was never listed. */
  readonly population: number;
  /** Known to be there, by the vendor's count, and not read. */
  readonly unread: number;
  readonly outOfScope: number;
  /** Directories that nothing is known of, not even how many there are. */
  readonly unknownDirectories: readonly string[];
  /** 0 to 1. */
  readonly share: number;
}

/** The coverage of a whole report: a directory that is only named among the problems is expected, too. */
export const reportCoverage = (head: ReportHead, counts: VerdictCounts): Coverage =>
  measureCoverage(counts, head.directories, expectedDirectories(head));

/** The directories that a report should say something of: also one that only its problems name. */
export function expectedDirectories({ directories, incomplete }: ReportHead): string[] {
  const named = [...directories.map(({ id }) => id), ...incomplete.flatMap(({ directory }) => directory ?? [])];
  return [...new Set(named)];
}

/** @param expected the directories that the report should say something of */
export function measureCoverage(
  counts: VerdictCounts,
  directories: readonly DirectoryRecord[],
  expected: readonly string[],
): Coverage {
  const unread = directories.reduce((sum, { total = 0, read }) => sum + Math.max(0, total - read), 0);
  const outOfScope = counts["out-of-scope"];
  const population = sumCounts(counts) - outOfScope + unread;
  const known = new Set(directories.filter(({ total, read }) => total !== undefined || read > 0).map(({ id }) => id));
  return {
    covered: counts.compliant,
    population,
    unread,
    outOfScope,
    unknownDirectories: expected.filter((id) => !known.has(id)),
    share: population === 0 ? 0 : counts.compliant / population,
  };
}

/** The covered share of a run as the ledger has it; 0 to 1. */
export function coveredShare({ verdicts }: { readonly verdicts: VerdictCounts }): number {
  const population = sumCounts(verdicts) - verdicts["out-of-scope"];
  return population === 0 ? 0 : verdicts.compliant / population;
}
