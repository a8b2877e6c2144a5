/** Which sweep of a directory is the newest, whatever the order in which their runs began. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endedSweeps, findNewestRun } from "../../lib/ledger/index.ts";
import { type DirectoryRecord, directoryRecord, type RunRecord, type RunStatus } from "../../lib/model/index.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
const LEASE_HELD = { code: "ERR_LEASE_HELD", message: "Another run sweeps it." };

interface Times {
  readonly began: number;
  /** It runs still unless given. */
  readonly ended?: number;
}

/** Minutes at which its directories ended; `held`: a lease refused it; `unknown`: a record of an earlier version. */
type Directories = Readonly<Record<string, number | "held" | "unknown" | "running">>;

/** A ledger of these runs, newest start first, that counts how many are read. */
function ledgerOf(runs: Readonly<Record<string, readonly [Times, Directories]>>) {
  const known = Object.entries(runs).map(([run, [{ began, ended }, directories]]) => {
    const status: RunStatus | "running" = ended === undefined ? "running" : "completed";
    const times = { startedAt: at(began), ...(ended === undefined ? {} : { endedAt: at(ended) }) };
    const how = { mode: "plan", origin: { by: "tester", how: "test" }, policy: "", code: "" } as const;
    const record: RunRecord = { run, status, ...how, ...times, directories: Object.keys(directories) };
    return { run: record, directories: Object.entries(directories).map(([id, end]) => recordOf(run, id, end)) };
  });
  const listed = known.map(({ run }) => run).toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const read: string[] = [];
  const readRun = async (run: string) => {
    read.push(run);
    return known.find((one) => one.run.run === run);
  };
  return { listed, read, readRun };
}

function recordOf(run: string, id: string, end: Directories[string]): DirectoryRecord {
  const status = end === "held" ? "refused" : end === "running" ? "running" : "completed";
  const record = directoryRecord({ run, id, vendor: "pingone", status, mode: "plan" });
  if (end === "held") return { ...record, endedAt: at(0), problems: [LEASE_HELD] };
  return typeof end === "number" ? { ...record, endedAt: at(end) } : record;
}

async function order(runs: Parameters<typeof ledgerOf>[0]): Promise<string[]> {
  const ledger = ledgerOf(runs);
  const sweeps = await Array.fromAsync(endedSweeps(ledger, ledger.listed));
  return sweeps.map(({ record }) => `${record.run} ${record.id}`);
}

test("the sweep that ended last comes first, also of runs that overlap, and of one that still runs", async () => {
  const runs = {
    long: [
      { began: 0, ended: 60 },
      { a: 10, b: 50 },
    ],
    short: [{ began: 20, ended: 30 }, { b: 29 }],
    now: [{ began: 35 }, { a: 40, b: "running" }],
  } as const;
  assert.deepEqual(await order(runs), ["long b", "now a", "short b", "long a"]);
});

test("what a lease refused, and what has not ended, is not among them", async () => {
  const runs = {
    one: [{ began: 0, ended: 5 }, { a: 5 }],
    two: [
      { began: 1, ended: 9 },
      { a: "held", b: "running" },
    ],
  } as const;
  assert.deepEqual(await order(runs), ["one a"]);
});

test("a record that does not say when its sweep ended had ended with its run", async () => {
  const runs = { old: [{ began: 0, ended: 8 }, { a: "unknown" }], new: [{ began: 1, ended: 9 }, { a: 7 }] } as const;
  assert.deepEqual(await order(runs), ["old a", "new a"]);
});

test("no more runs are read than it takes", async () => {
  const runs = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`r${i}`, [{ began: i, ended: i + 1 }, { a: i + 1 }]] as const),
  );
  const ledger = ledgerOf(runs);
  for await (const { record } of endedSweeps(ledger, ledger.listed)) {
    assert.equal(record.run, "r99");
    break;
  }
  assert.ok(ledger.read.length <= 10, `${ledger.read.length} were read`);
});

test("the newest run is the one that ended last; one that runs, or that a lease refused, only where there is no other", async () => {
  const newest = async (runs: Parameters<typeof ledgerOf>[0]) => {
    const ledger = ledgerOf(runs);
    return (await findNewestRun(ledger, ledger.listed))?.run;
  };
  const long = [{ began: 0, ended: 60 }, { a: 60 }] as const;
  const short = [{ began: 10, ended: 20 }, { b: 20 }] as const;
  const held = [
    { began: 30, ended: 90 },
    { a: "held", b: 90 },
  ] as const;
  const running = [{ began: 95 }, { a: "running" }] as const;
  assert.equal(await newest({ long, short, held, running }), "long");
  assert.equal(await newest({ held, running }), "running");
  assert.equal(await newest({}), undefined);
});
