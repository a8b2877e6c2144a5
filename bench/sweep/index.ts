/** Rows of the sweep: against the floor, nothing changed and everything new; the calls it makes and the ledger units it uses. */
import { createTable } from "../../lib/ledger/index.ts";
import { type Bill, memoryClient, memoryTable } from "../ledger/memory-table.ts";
import { PAGE, type Simulator, startSimulator } from "../simulator.ts";
import { fixed, median, type Row, seconds, thousands } from "../table.ts";
import { measureFloor } from "./floor.ts";
import { memoryEvidence, portsFor, sweepOnce, TABLE } from "./ports.ts";

/** Milliseconds before the ledger answers. */
const LEDGER_LATENCY = 5;
const REPETITIONS = 3;
/** As lib/ledger/states.ts has it; printed beside the figure, since it decides it. */
const WRITES_AT_ONCE = 128;
/** Accounts of a directory whose sweep is all beginning and end. */
const FEW = 10;

interface Sweep {
  readonly seconds: number;
  /** Of this process. */
  readonly cpuSeconds: number;
  readonly bill: Bill;
  readonly calls: Readonly<Record<string, number>>;
}

/** A sweep and the floor measured just before it, so that a machine that others slow down slows both. */
interface Pair extends Sweep {
  readonly floor: number;
}

interface Measured {
  readonly first: readonly Pair[];
  readonly unchanged: readonly Pair[];
}

/** @param latency ms before each answer of the vendor */
export async function measureSweep(accounts: number, latency: number): Promise<Row[]> {
  const few = await measure(FEW, latency, REPETITIONS);
  const fixedSeconds = median(few.unchanged.map((sweep) => sweep.seconds));
  const { first, unchanged } = await measure(accounts, latency, REPETITIONS);
  const times = (what: string, target: number, sweeps: readonly Pair[], note: string) =>
    timeRow(what, target, sweeps, { accounts, latency, fixedSeconds }, note);
  return [
    times("unchanged sweep ÷ floor", 1.15, unchanged, `begin and end alone take ${fixed(fixedSeconds)} s`),
    times("first sweep ÷ floor", 2, first, `${WRITES_AT_ONCE} single conditional writes at once`),
    callsRow(unchanged, accounts),
    ...costRows(unchanged, accounts),
  ];
}

interface Setting {
  readonly accounts: number;
  readonly latency: number;
  readonly fixedSeconds: number;
}

function timeRow(what: string, target: number, sweeps: readonly Pair[], setting: Setting, note: string): Row {
  const { accounts, latency } = setting;
  const ratio = median(sweeps.map((sweep) => sweep.seconds / sweep.floor));
  const taken = sweeps.map((sweep) => sweep.seconds);
  const floors = sweeps.map((sweep) => sweep.floor);
  const cpu = median(sweeps.map((sweep) => sweep.cpuSeconds));
  const asked = `${thousands(accounts)} accounts, ${PAGE} a page after ${latency} ms, ledger after ${LEDGER_LATENCY} ms`;
  return {
    what,
    target: `≤ ${target} ×`,
    measured: `${fixed(ratio)} × (${fixed(median(taken))} s, ${thousands(accounts / median(taken))} accounts/s)`,
    met: ratio <= target,
    note: `floors ${seconds(floors)} s, sweeps ${seconds(taken)} s, CPU ${fixed(cpu)} s; ${asked}; ${note}`,
    figures: { ...setting, floors, sweeps: taken, ratio, cpuSeconds: cpu },
  };
}

async function measure(accounts: number, latency: number, repetitions: number): Promise<Measured> {
  const simulator = await startSimulator(accounts, latency);
  const first: Pair[] = [];
  const unchanged: Pair[] = [];
  try {
    await measureFloor(simulator.vendor, accounts);
    for (let i = 0; i < repetitions; i++) {
      const sweep = await prepareSweeps(simulator, accounts);
      for (const pairs of [first, unchanged])
        pairs.push({ floor: await measureFloor(simulator.vendor, accounts), ...(await sweep()) });
    }
  } finally {
    await simulator.stop();
  }
  return { first, unchanged };
}

/** Sweeps over a ledger and evidence that are empty at first. */
async function prepareSweeps(simulator: Simulator, accounts: number): Promise<() => Promise<Sweep>> {
  const table = memoryTable();
  const client = memoryClient(table, LEDGER_LATENCY);
  await createTable(client, TABLE, AbortSignal.timeout(10_000));
  const ports = portsFor(simulator.vendor, client, memoryEvidence());
  return async () => {
    const before = await simulator.calls();
    table.bill();
    const cpu = process.cpuUsage();
    const started = performance.now();
    await sweepOnce(ports, accounts);
    const taken = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const calls = difference(await simulator.calls(), before);
    return { seconds: taken, cpuSeconds: (user + system) / 1e6, bill: table.bill(), calls };
  };
}

function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const grown = Object.entries(after).map(([route, count]): [string, number] => [route, count - (before[route] ?? 0)]);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}

/** A token, the pages, and the populations before and after, from which the total is summed. */
function callsRow(sweeps: readonly Sweep[], accounts: number): Row {
  const allowed = Math.ceil(accounts / PAGE) + 1 + 2;
  const made = sweeps.map(({ calls }) => Object.values(calls).reduce((sum, count) => sum + count, 0));
  const most = Math.max(...made);
  const calls = sweeps[made.indexOf(most)]?.calls ?? {};
  return {
    what: "vendor calls, unchanged sweep",
    target: `≤ ${thousands(allowed)} (pages, token, totals)`,
    measured: `${thousands(most)}`,
    met: most <= allowed,
    note: Object.entries(calls)
      .map(([route, count]) => `${count} ${route}`)
      .join(", "),
    figures: { accounts, calls },
  };
}

function costRows(sweeps: readonly Sweep[], accounts: number): Row[] {
  const reads = Math.max(...sweeps.map(({ bill }) => bill.reads));
  const written = sweeps[0]?.bill.written ?? {};
  const items = Object.values(written).reduce((sum, count) => sum + count, 0);
  const perAccount = (written.STATE ?? 0) + (written.EVENT ?? 0) + (written.CHANGE ?? 0);
  const extra = reads - accounts / 2;
  const kinds = Object.entries(written).map(([kind, count]) => `${count} ${kind}`);
  return [
    {
      what: "ledger reads, unchanged sweep",
      target: "≤ 0.5 units an account + 50",
      measured: `${thousands(reads)} units = 0.5 an account + ${fixed(extra, 1)}`,
      met: extra <= 50,
      figures: { accounts, readUnits: reads },
    },
    {
      what: "ledger writes, unchanged sweep",
      target: "0 an account",
      measured: `${perAccount} of accounts, ${items} in all`,
      met: perAccount === 0,
      note: kinds.join(", "),
      figures: { accounts, written, writeUnits: sweeps[0]?.bill.writes },
    },
  ];
}
