/** A first sweep and an unchanged one of a directory of some size, and all that they use. */
import * as v from "valibot";
import { withLedgerServer } from "../ledger/index.ts";
import { sum } from "../shared/figures.ts";
import { runScript } from "../shared/processes.ts";
import { type Simulator, withSimulator } from "../shared/simulator.ts";

const SWEEP_TIMEOUT_MS = 60 * 60_000;

const processSchema = v.object({
  seconds: v.number(),
  cpuSeconds: v.number(),
  peakBytes: v.number(),
  operations: v.number(),
  checkpointBytes: v.number(),
});

const usageSchema = v.object({
  bill: v.object({ reads: v.number(), writes: v.number() }),
  stored: v.object({ files: v.number(), bytes: v.number() }),
});

/** What a sweep uses; times in seconds, `peakBytes` of its process, units as DynamoDB counts them, `evidence` of the bucket. */
export interface SweepUsage extends v.InferOutput<typeof processSchema> {
  readonly vendorCalls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly evidenceFiles: number;
  readonly evidenceBytes: number;
}

export interface SweepPair {
  readonly accounts: number;
  readonly first: SweepUsage;
  /** The second over the same ledger, which finds nothing new. */
  readonly unchanged: SweepUsage;
}

/** Each sweep in a fresh process, through the clients that the product uses. */
export const sweepTwice = (accounts: number): Promise<SweepPair> =>
  withSimulator(accounts, 0, (simulator) =>
    withLedgerServer(async (endpoint) => {
      const sweep = () => measureSweep(simulator, endpoint, accounts);
      return { accounts, first: await sweep(), unchanged: await sweep() };
    }),
  );

async function measureSweep(simulator: Simulator, endpoint: string, accounts: number): Promise<SweepUsage> {
  const callsBefore = await countCalls(simulator);
  await takeUsage(endpoint);
  const input = { tenant: simulator.tenant, endpoint, accounts };
  const used = v.parse(processSchema, await runScript("bench/growth/growth-process.ts", input, SWEEP_TIMEOUT_MS));
  const { bill, stored } = await takeUsage(endpoint);
  return {
    ...used,
    vendorCalls: (await countCalls(simulator)) - callsBefore,
    readUnits: bill.reads,
    writeUnits: bill.writes,
    evidenceFiles: stored.files,
    evidenceBytes: stored.bytes,
  };
}

const countCalls = async ({ countCalls: count }: Simulator) => sum(Object.values(await count()));

const takeUsage = async (endpoint: string) => v.parse(usageSchema, await (await fetch(`${endpoint}/usage`)).json());
