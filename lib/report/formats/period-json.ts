/** A period for programs: as lines with everything, and as one object with the counts that the auditor's verifier makes again. */

import { hourOfRun } from "../../evidence/index.ts";
import type { Problem } from "../../model/index.ts";
import type { PeriodChange, PeriodData } from "../data/index.ts";
import { jsonLine } from "./text.ts";

/** What `verify` reads. */
export const PERIOD_FILE = "period.json";

const headOf = ({ period, madeAt, recordsBegin }: PeriodData, incomplete: readonly Problem[]) => ({
  complete: incomplete.length === 0,
  kind: "period",
  from: period.from,
  to: period.to,
  begins: new Date(period.begins).toISOString(),
  ends: new Date(period.ends).toISOString(),
  isCut: period.isCut,
  timezone: "UTC",
  madeAt,
  recordsBegin,
  incomplete,
});

/** One object. @param incomplete with what was found while changes were read */
export const periodJson = (data: PeriodData, incomplete: readonly Problem[]): string =>
  `${jsonLine({
    version: 1,
    ...headOf(data, incomplete),
    directories: data.directories,
    allowed: data.allowed,
    gaps: data.gaps,
    sweeps: data.sweeps.map(({ problems: _, ...sweep }) => sweep),
    hours: data.sources
      .filter(({ run, hash }) => hash !== undefined && hourOfRun(run) !== undefined)
      .map(({ run, directory, hash: manifest, counts: changes }) => ({ run, directory, manifest, changes })),
  })}\n`;

/** A line a thing, with its `kind`. The last line has the counts, so that a cut file shows. */
export async function* periodLines(
  data: PeriodData,
  incomplete: readonly Problem[],
  changes: AsyncIterable<readonly PeriodChange[]>,
): AsyncGenerator<string> {
  const counts: Record<string, number> = {};
  const write = (kind: string, item: object): string => {
    counts[kind] = (counts[kind] ?? 0) + 1;
    return `${jsonLine({ kind, ...item })}\n`;
  };
  yield `${jsonLine(headOf(data, incomplete))}\n`;
  for (const [kind, items] of listsOf(data)) for (const item of items) yield write(kind, item);
  for await (const page of changes) yield page.map((change) => write("change", change)).join("");
  yield `${jsonLine({ kind: "end", counts })}\n`;
}

const listsOf = ({ runs, sweeps, rules, gaps, directories, policies, exemptions, acts }: PeriodData) =>
  [
    ["run", runs],
    ["sweep", sweeps],
    ["rule", rules],
    ["gap", gaps],
    ["directory", directories],
    ["policy", policies],
    ["exemption", exemptions],
    ["plan", acts.plans],
    ["refused-decision", acts.refused],
    ["accepted", acts.accepted],
    ["switch", acts.turns],
    ["hold", acts.holds],
  ] as const satisfies readonly (readonly [string, readonly object[]])[];
