/** Rows of memory: how much a process needs that only sweeps, for few accounts and for many. */
import * as v from "valibot";
import { withLedgerServer } from "../ledger/index.ts";
import { fixed, MIB, thousands } from "../shared/figures.ts";
import { productFlags, runScript } from "../shared/processes.ts";
import { withSimulator } from "../shared/simulator.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import type { SweepInput } from "./sweep-process.ts";

const FEW_ACCOUNTS = 10_000;
const MAX_MIB = 224;
const MAX_RATIO = 1.1;
const SWEEP_TIMEOUT_MS = 45 * 60_000;

const sweepSchema = v.object({ seconds: v.number(), peakBytes: v.number() });
type Sweep = v.InferOutput<typeof sweepSchema>;

interface SweepPair {
  readonly first: Sweep;
  readonly unchanged: Sweep;
}

export async function measureMemory(accounts: number): Promise<Row[]> {
  const few = await sweepTwice(FEW_ACCOUNTS);
  const many = accounts === FEW_ACCOUNTS ? few : await sweepTwice(accounts);
  const ratio = peakOf(many) / peakOf(few);
  return [
    peakRow(accounts, few, many),
    ratioRow({
      what: `  against ${thousands(FEW_ACCOUNTS)} accounts`,
      ratio,
      maxRatio: MAX_RATIO,
      note: describe(few),
      figures: { ratio },
    }),
  ];
}

/** A first sweep and an unchanged one, each in a fresh process, over one ledger. */
const sweepTwice = (accounts: number): Promise<SweepPair> =>
  withSimulator(accounts, 0, ({ tenant }) =>
    withLedgerServer(async (endpoint) => {
      const input: SweepInput = { tenant, endpoint, accounts };
      const sweep = async () =>
        v.parse(sweepSchema, await runScript("bench/sweep/sweep-process.ts", input, SWEEP_TIMEOUT_MS));
      return { first: await sweep(), unchanged: await sweep() };
    }),
  );

function peakRow(accounts: number, few: SweepPair, many: SweepPair): Row {
  const peak = peakOf(many) / MIB;
  const flags = productFlags();
  const command = flags.length > 0 ? `node ${flags.join(" ")}` : "node without flags";
  return {
    what: `peak memory, ${thousands(accounts)} accounts`,
    target: `≤ ${MAX_MIB} MiB`,
    measured: `${fixed(peak, 0)} MiB`,
    met: peak <= MAX_MIB,
    note: `${describe(many)}; ${command}; simulator, and ledger and bucket in memory behind DynamoDB's and S3's HTTP, in other processes`,
    figures: { accounts: [FEW_ACCOUNTS, accounts], flags, few, many },
  };
}

const peakOf = ({ first, unchanged }: SweepPair) => Math.max(first.peakBytes, unchanged.peakBytes);

const describe = ({ first, unchanged }: SweepPair) =>
  `first sweep ${describeSweep(first)}, unchanged ${describeSweep(unchanged)}`;

const describeSweep = ({ peakBytes, seconds }: Sweep) => `${fixed(peakBytes / MIB, 0)} MiB in ${fixed(seconds, 1)} s`;
