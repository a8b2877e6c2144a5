/** Rows of growth: what a sweep takes for each 1,000 accounts, in a small directory and in large ones. */
import { fixed, MIB, thousands } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";
import { type SweepPair, type SweepUsage, sweepTwice } from "./growing-sweeps.ts";

const SMALLEST = 10_000;
/** For each 1,000 accounts, against the smallest size: beginning and end weigh less in a larger one. */
const MAX_GROWTH = 1.1;

interface Measure {
  readonly what: string;
  readonly digits: number;
  /** Does not grow with the accounts: it is compared as it is. */
  readonly isWhole?: true;
  /** Said, and no target: the machine decides. */
  readonly isTime?: true;
  readonly of: (usage: SweepUsage) => number;
}

const MEASURES: readonly Measure[] = [
  { what: "seconds", digits: 2, isTime: true, of: ({ seconds }) => seconds },
  { what: "seconds of CPU", digits: 2, isTime: true, of: ({ cpuSeconds }) => cpuSeconds },
  { what: "peak memory, MiB", digits: 0, isWhole: true, of: ({ peakBytes }) => peakBytes / MIB },
  { what: "vendor calls", digits: 2, of: ({ vendorCalls }) => vendorCalls },
  { what: "ledger read units", digits: 1, of: ({ readUnits }) => readUnits },
  { what: "ledger write units", digits: 1, of: ({ writeUnits }) => writeUnits },
  { what: "durable operations", digits: 2, of: ({ operations }) => operations },
  { what: "bytes of checkpoint", digits: 0, of: ({ checkpointBytes }) => checkpointBytes },
  { what: "bytes of evidence", digits: 0, of: ({ evidenceBytes }) => evidenceBytes },
];

/** @param sizes more than 10,000 accounts each, in their order */
export async function measureGrowth(sizes: readonly number[]): Promise<Row[]> {
  const pairs: SweepPair[] = [];
  for (const accounts of [SMALLEST, ...sizes]) pairs.push(await sweepTwice(accounts));
  return (["first", "unchanged"] as const).flatMap((sweep) =>
    MEASURES.map((measure) => growthRow(measure, sweep, pairs)),
  );
}

function growthRow(measure: Measure, sweep: "first" | "unchanged", pairs: readonly SweepPair[]): Row {
  const { what, digits, isWhole, isTime, of } = measure;
  const values = pairs.map((pair) => of(pair[sweep]) / (isWhole ? 1 : pair.accounts / 1_000));
  const [smallest = Number.NaN] = values;
  const largest = values.at(-1) ?? Number.NaN;
  return {
    what: `${sweep} sweep, ${what}${isWhole ? "" : " for each 1,000"}`,
    target: isTime ? "said" : `≤ ${MAX_GROWTH} × the first`,
    measured: values.map((value, i) => `${fixed(value, digits)} at ${thousands(pairs[i]?.accounts ?? 0)}`).join(", "),
    met: isTime === true || largest <= MAX_GROWTH * smallest,
    figures: { accounts: pairs.map(({ accounts }) => accounts), values },
  };
}
