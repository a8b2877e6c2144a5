/** What share of the population is covered, where nobody who was not assessed is left out of the count. */

import type { DirectoryRecord, Verdict } from "../../model/index.ts";
import { total } from "./summary.ts";

export interface Coverage {
  readonly covered: number;
  /** In scope: also who could not be assessed, and who was never listed. */
  readonly population: number;
  /** Known to be there, by the vendor's count, and not read. */
  readonly unread: number;
  readonly outside: number;
  /** Directories that nothing is known of, not even how many there are. */
  readonly dark: readonly string[];
  /** 0 to 1. */
  readonly share: number;
}

export function coverageOf(
  counts: Readonly<Record<Verdict, number>>,
  directories: readonly DirectoryRecord[],
  expected: readonly string[],
): Coverage {
  const unread = directories.reduce((sum, { total: said = 0, read }) => sum + Math.max(0, said - read), 0);
  const outside = counts["out-of-scope"];
  const population = total(counts) - outside + unread;
  const light = new Set(
    directories.filter(({ total: said, read }) => said !== undefined || read > 0).map(({ id }) => id),
  );
  return {
    ...{ covered: counts.compliant, population, unread, outside },
    dark: expected.filter((id) => !light.has(id)),
    share: population === 0 ? 0 : counts.compliant / population,
  };
}

/** Of a run as the ledger has it. */
export function coverageShare({ verdicts }: { readonly verdicts: Readonly<Record<Verdict, number>> }): number {
  const population = total(verdicts) - verdicts["out-of-scope"];
  return population === 0 ? 0 : verdicts.compliant / population;
}
