/** Rows of the sweep: against the floor, nothing changed and everything new; the calls it makes and the ledger units it uses. */
import { fixed, listCounts, listFixed, median, sum, thousands } from "../shared/figures.ts";
import { PAGE_SIZE } from "../shared/simulator.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import { LEDGER_LATENCY_MS, type TimedSweep, timeSweeps } from "./timed-sweeps.ts";

/** As lib/ledger/states.ts has it; printed beside the figure, since it decides it. */
const WRITES_IN_PARALLEL = 128;
/** Accounts of a directory whose sweep is all beginning and end. */
const FEW_ACCOUNTS = 10;
const MAX_UNCHANGED_RATIO = 1.15;
const MAX_FIRST_RATIO = 2;
const MAX_EXTRA_READ_UNITS = 50;

interface Setting {
  readonly accounts: number;
  readonly latency: number;
  /** What beginning and end of a sweep take. */
  readonly fixedSeconds: number;
}

/** @param latency ms before each answer of the vendor */
export async function measureSweep(accounts: number, latency: number): Promise<Row[]> {
  const few = await timeSweeps(FEW_ACCOUNTS, latency);
  const fixedSeconds = median(few.unchanged.map((sweep) => sweep.seconds));
  const { first, unchanged } = await timeSweeps(accounts, latency);
  const setting = { accounts, latency, fixedSeconds };
  return [
    timeRow(
      { what: "unchanged sweep ÷ floor", maxRatio: MAX_UNCHANGED_RATIO },
      unchanged,
      setting,
      `begin and end alone take ${fixed(fixedSeconds)} s`,
    ),
    timeRow(
      { what: "first sweep ÷ floor", maxRatio: MAX_FIRST_RATIO },
      first,
      setting,
      `${WRITES_IN_PARALLEL} single conditional writes at once`,
    ),
    callsRow(unchanged, accounts),
    readsRow(unchanged, accounts),
    writesRow(unchanged, accounts),
  ];
}

function timeRow(
  target: { readonly what: string; readonly maxRatio: number },
  timed: readonly TimedSweep[],
  setting: Setting,
  note: string,
): Row {
  const { accounts, latency } = setting;
  const ratio = median(timed.map((sweep) => sweep.seconds / sweep.floorSeconds));
  const sweeps = timed.map((sweep) => sweep.seconds);
  const floors = timed.map((sweep) => sweep.floorSeconds);
  const cpuSeconds = median(timed.map((sweep) => sweep.cpuSeconds));
  const work = `${thousands(accounts)} accounts, ${PAGE_SIZE} a page after ${latency} ms, ledger after ${LEDGER_LATENCY_MS} ms`;
  return ratioRow({
    ...target,
    ratio,
    detail: `${fixed(median(sweeps))} s, ${thousands(accounts / median(sweeps))} accounts/s`,
    note: `floors ${listFixed(floors)} s, sweeps ${listFixed(sweeps)} s, CPU ${fixed(cpuSeconds)} s; ${work}; ${note}`,
    figures: { ...setting, floors, sweeps, ratio, cpuSeconds },
  });
}

/** A token, the pages, the populations before and after, from which the total is summed, and what the credential may see. */
function callsRow(sweeps: readonly TimedSweep[], accounts: number): Row {
  const maxCalls = Math.ceil(accounts / PAGE_SIZE) + 1 + 2 + ROLE_CALLS + SHARD_CALLS;
  const made = sweeps.map(({ calls }) => sum(Object.values(calls)));
  const most = Math.max(...made);
  const calls = sweeps[made.indexOf(most)]?.calls ?? {};
  return {
    what: "vendor calls, unchanged sweep",
    target: `≤ ${thousands(maxCalls)} (pages, token, totals, roles, populations)`,
    measured: `${thousands(most)}`,
    met: most <= maxCalls,
    note: listCounts(calls),
    figures: { accounts, calls },
  };
}

/** Listed by population: the last page of each of three may be a short one, and the listing of the whole is asked what it claims. */
const SHARD_CALLS = 2 + 1;

/** The role assignments of the worker application, and the name of its one role. */
const ROLE_CALLS = 2;

function readsRow(sweeps: readonly TimedSweep[], accounts: number): Row {
  const readUnits = Math.max(...sweeps.map(({ bill }) => bill.reads));
  const extra = readUnits - accounts / 2;
  return {
    what: "ledger reads, unchanged sweep",
    target: `≤ 0.5 units an account + ${MAX_EXTRA_READ_UNITS}`,
    measured: `${thousands(readUnits)} units = 0.5 an account + ${fixed(extra, 1)}`,
    met: extra <= MAX_EXTRA_READ_UNITS,
    figures: { accounts, readUnits },
  };
}

function writesRow(sweeps: readonly TimedSweep[], accounts: number): Row {
  const { written = {}, writes } = sweeps[0]?.bill ?? {};
  const ofAccounts = (written.STATE ?? 0) + (written.EVENT ?? 0) + (written.CHANGE ?? 0);
  return {
    what: "ledger writes, unchanged sweep",
    target: "0 an account",
    measured: `${ofAccounts} of accounts, ${sum(Object.values(written))} in all`,
    met: ofAccounts === 0,
    note: listCounts(written),
    figures: { accounts, written, writeUnits: writes },
  };
}
