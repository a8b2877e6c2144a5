/** Rows of memory: how much a process needs that only sweeps, for few accounts and for many. */
import * as v from "valibot";
import { pathOf, productFlags, runChild, startServer } from "../children.ts";
import { startSimulator } from "../simulator.ts";
import { fixed, type Row, thousands } from "../table.ts";

const FEW = 10_000;
const MIB = 2 ** 20;
const MOST_MIB = 256;
const MOST_RATIO = 1.3;
const TIMEOUT_MS = 45 * 60_000;

const ledgerSchema = v.object({ endpoint: v.string() });
const sweepSchema = v.object({ seconds: v.number(), peakBytes: v.number() });
type Sweep = v.InferOutput<typeof sweepSchema>;

interface Peaks {
  readonly first: Sweep;
  readonly unchanged: Sweep;
}

export async function measureMemory(accounts: number): Promise<Row[]> {
  const flags = productFlags();
  const few = await measure(FEW, flags);
  const many = accounts === FEW ? few : await measure(accounts, flags);
  const figures = { accounts: [FEW, accounts], flags, few, many };
  const peak = peakOf(many) / MIB;
  const ratio = peakOf(many) / peakOf(few);
  const started = flags.length > 0 ? `node ${flags.join(" ")}` : "node without flags";
  const note = `${started}; simulator, and ledger and bucket in memory behind DynamoDB's and S3's HTTP, in other processes`;
  return [
    {
      what: `peak memory, ${thousands(accounts)} accounts`,
      target: `≤ ${MOST_MIB} MiB`,
      measured: `${fixed(peak, 0)} MiB`,
      met: peak <= MOST_MIB,
      note: `${describe(many)}; ${note}`,
      figures,
    },
    {
      what: `  against ${thousands(FEW)} accounts`,
      target: `≤ ${MOST_RATIO} ×`,
      measured: `${fixed(ratio)} ×`,
      met: ratio <= MOST_RATIO,
      note: describe(few),
      figures: { ratio },
    },
  ];
}

const peakOf = ({ first, unchanged }: Peaks) => Math.max(first.peakBytes, unchanged.peakBytes);

const describe = ({ first, unchanged }: Peaks) =>
  `first sweep ${fixed(first.peakBytes / MIB, 0)} MiB in ${fixed(first.seconds, 1)} s, unchanged ${fixed(unchanged.peakBytes / MIB, 0)} MiB in ${fixed(unchanged.seconds, 1)} s`;

/** A first sweep and an unchanged one, each in a fresh process, over one ledger. */
async function measure(accounts: number, flags: readonly string[]): Promise<Peaks> {
  const simulator = await startSimulator(accounts, 0);
  try {
    const ledger = await startServer("bench/ledger/ledger-process.ts", [], ["--max-old-space-size=12000"]);
    try {
      const { endpoint } = v.parse(ledgerSchema, ledger.said);
      const args = [
        ...flags,
        pathOf("bench/sweep/sweep-process.ts"),
        JSON.stringify(simulator.vendor),
        endpoint,
        String(accounts),
      ];
      const sweep = async () => v.parse(sweepSchema, await runChild(args, { timeout: TIMEOUT_MS }));
      return { first: await sweep(), unchanged: await sweep() };
    } finally {
      await ledger.stop();
    }
  } finally {
    await simulator.stop();
  }
}
