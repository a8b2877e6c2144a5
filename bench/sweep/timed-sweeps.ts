/** Sweeps in this process over a ledger in memory, each beside the floor measured just before it. */
import { createTable } from "../../lib/ledger/index.ts";
import { type Bill, memoryClient, memoryTable } from "../ledger/index.ts";
import { memoryEvidence } from "../shared/evidence-stores.ts";
import { type Simulator, withSimulator } from "../shared/simulator.ts";
import { type Duration, startStopwatch } from "../shared/stopwatch.ts";
import { measureFloor } from "./floor.ts";
import { sweepOnce, sweepPorts, TABLE } from "./ports.ts";

/** Milliseconds before the ledger answers. */
export const LEDGER_LATENCY_MS = 5;
const REPETITIONS = 3;
const CREATE_TABLE_TIMEOUT_MS = 10_000;

interface Sweep extends Duration {
  readonly bill: Bill;
  /** Of the vendor, by "METHOD route". */
  readonly calls: Readonly<Record<string, number>>;
}

/** A sweep and the floor just before it, so that a machine that others slow down slows both. */
export interface TimedSweep extends Sweep {
  readonly floorSeconds: number;
}

export interface TimedSweeps {
  readonly first: readonly TimedSweep[];
  /** The second over the same ledger, which finds nothing new. */
  readonly unchanged: readonly TimedSweep[];
}

/** @param latency ms before each answer of the vendor @param populations of equal size */
export const timeSweeps = (accounts: number, latency: number, populations: number): Promise<TimedSweeps> =>
  withSimulator(accounts, latency, (simulator) => timeBesideFloor(simulator, accounts), populations);

async function timeBesideFloor(simulator: Simulator, accounts: number): Promise<TimedSweeps> {
  const first: TimedSweep[] = [];
  const unchanged: TimedSweep[] = [];
  const floor = () => measureFloor(simulator.tenant, accounts);
  // The first floor warms up.
  await floor();
  for (let i = 0; i < REPETITIONS; i++) {
    const sweep = await prepareSweeps(simulator, accounts);
    first.push({ floorSeconds: await floor(), ...(await sweep()) });
    unchanged.push({ floorSeconds: await floor(), ...(await sweep()) });
  }
  return { first, unchanged };
}

/** Answers a function that sweeps once. Ledger and evidence are empty at first. */
async function prepareSweeps({ tenant, countCalls }: Simulator, accounts: number): Promise<() => Promise<Sweep>> {
  const table = memoryTable();
  const client = memoryClient(table, LEDGER_LATENCY_MS);
  await createTable(client, TABLE, AbortSignal.timeout(CREATE_TABLE_TIMEOUT_MS));
  const ports = sweepPorts(tenant, client, memoryEvidence());
  return async () => {
    const callsBefore = await countCalls();
    table.takeBill();
    const readStopwatch = startStopwatch();
    await sweepOnce(ports, accounts);
    const duration = readStopwatch();
    return { ...duration, bill: table.takeBill(), calls: subtractCounts(await countCalls(), callsBefore) };
  };
}

function subtractCounts(after: TimedSweep["calls"], before: TimedSweep["calls"]): Record<string, number> {
  const added = Object.entries(after).map(([route, count]): [string, number] => [route, count - (before[route] ?? 0)]);
  return Object.fromEntries(added.filter(([, count]) => count > 0));
}
