/** Rows of the sweep: against the floor, nothing changed and everything new; the calls it makes and the ledger units it uses. */
import { fixed, listCounts, listFixed, median, sum, thousands } from "../shared/figures.ts";
import { PAGE_SIZE } from "../shared/simulator.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import { LEDGER_LATENCY_MS, type TimedSweep, timeSweeps } from "./timed-sweeps.ts";

/** As lib/ledger/states.ts has it; printed beside the figure, since it decides it. */
const WRITES_IN_PARALLEL = 128;
/** Accounts of a directory whose sweep is all beginning and end. */
const FEW_ACCOUNTS = 10;
const MAX_UNCHANGED_RATIO = 1.1;
/** Fewer accounts show what beginning and end take. */
const SMALL_ACCOUNTS = 20_000;
const MAX_SMALL_RATIO = 1.25;
/** Listed side by side, while the floor lists one page after the other. */
const POPULATIONS = 8;
const MAX_SHARDED_RATIO = 0.25;
const MAX_FIRST_RATIO = 1.2;
const MAX_EXTRA_READ_UNITS = 50;

interface Setting {
  readonly accounts: number;
  readonly latency: number;
  /** What beginning and end of a sweep take. */
  readonly fixedSeconds: number;
}

/** @param latency ms before each answer of the vendor */
export async function measureSweep(accounts: number, latency: number): Promise<Row[]> {
  const few = await timeSweeps(FEW_ACCOUNTS, latency, 1);
  const fixedSeconds = median(few.unchanged.map((sweep) => sweep.seconds));
  const small = await timeSweeps(SMALL_ACCOUNTS, latency, 1);
  const { first, unchanged } = await timeSweeps(accounts, latency, 1);
  const sharded = await timeSweeps(accounts, latency, POPULATIONS);
  const setting = { accounts, latency, fixedSeconds };
  const fixedNote = `begin and end alone take ${fixed(fixedSeconds)} s`;
  return [
    timeRow({ what: "unchanged sweep ÷ floor", maxRatio: MAX_UNCHANGED_RATIO }, unchanged, setting, fixedNote),
    timeRow(
      { what: `the same, ${POPULATIONS} equal populations`, maxRatio: MAX_SHARDED_RATIO },
      sharded.unchanged,
      setting,
      "the floor is one page after the other",
    ),
    timeRow(
      { what: `the same, ${thousands(SMALL_ACCOUNTS)} accounts`, maxRatio: MAX_SMALL_RATIO },
      small.unchanged,
      { ...setting, accounts: SMALL_ACCOUNTS },
      fixedNote,
    ),
    timeRow(
      { what: "first sweep ÷ floor", maxRatio: MAX_FIRST_RATIO },
      first,
      setting,
      `${WRITES_IN_PARALLEL} single conditional writes at once`,
    ),
    callsRow("vendor calls, unchanged sweep", unchanged, Math.ceil(accounts / PAGE_SIZE)),
    callsRow(`the same, ${POPULATIONS} equal populations`, sharded.unchanged, shardedPages(accounts) + 1),
    readsRow(unchanged, accounts),
    writesRow(unchanged, accounts),
  ];
}

/** Pages of all populations. */
const shardedPages = (accounts: number) => POPULATIONS * Math.ceil(accounts / POPULATIONS / PAGE_SIZE);

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

/**
 * A token, the pages, the populations before and after, from which the total is summed, and what the credential may see. @param pages
 * by population with one more, since the listing of the whole is asked what it claims
 */
function callsRow(what: string, sweeps: readonly TimedSweep[], pages: number): Row {
  const maxCalls = pages + 1 + 2 + ROLE_CALLS;
  const made = sweeps.map(({ calls }) => sum(Object.values(calls)));
  const most = Math.max(...made);
  const calls = sweeps[made.indexOf(most)]?.calls ?? {};
  return {
    what,
    target: `≤ ${thousands(maxCalls)} (pages, token, totals, roles)`,
    measured: `${thousands(most)}`,
    met: most <= maxCalls,
    note: listCounts(calls),
    figures: { calls },
  };
}

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
