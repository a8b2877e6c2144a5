/** Many changes at a time: the batches of the enforce phase under one budget, and what a dead run left open. */
import { type Bench, enforce, settle } from "../enforcement.ts";
import { problemOf, WardenError } from "../errors.ts";
import type { Change, DirectoryRecord, Lease, Ledger, Outcome, Problem, Verdict } from "../model.ts";
import { pooled } from "../pool.ts";
import { finishRun } from "../run.ts";
import { counts } from "./plan.ts";
import { addCounts, noChanges, noVerdicts } from "./session.ts";

/** Sweeps and events draw on one budget. */
export const BUDGET = "all";

const STEP = { changes: 50, ms: 60_000 };
const AT_ONCE = 8;
const CHANGE_DEADLINE_MS = 60_000;

export interface Plan {
  readonly run: string;
  /** The tries that count, by the step's number. */
  readonly authors: readonly string[];
  /** Where the step before ended. */
  readonly after?: string;
  readonly keep: () => Promise<void>;
}

export interface Batch {
  readonly outcomes: Partial<Record<Outcome, number>>;
  /** What these changes did to the counts by verdict. */
  readonly verdicts: Partial<Record<Verdict, number>>;
  /** The last change looked at; absent when there are no more. */
  readonly last?: string;
  readonly stop?: Problem;
}

interface Done {
  readonly outcome: Outcome;
  readonly verdict?: Verdict;
  readonly stop?: WardenError;
}

/** One step: up to 50 changes or 60 s. Safe to run twice: a change that has its outcome is counted and not made again. */
export async function enforceBatch(bench: Bench, lease: Lease, plan: Plan, signal: AbortSignal): Promise<Batch> {
  const changes = await nextChanges(bench, plan);
  const open = changes.filter((change) => change.outcome === undefined);
  const granted = await bench.ledger.reserve(BUDGET, open.length, bench.policy.limits.changesPerDay);
  const allowed = new Set(open.slice(0, granted));
  const done = new Map<Change, Done>();
  const started = bench.clock();
  let stop: WardenError | undefined;
  for (let i = 0; i < changes.length && !stop && bench.clock() - started < STEP.ms; i += AT_ONCE) {
    await plan.keep();
    const slice = changes.slice(i, i + AT_ONCE);
    const ended = await pooled(slice, AT_ONCE, (change) => one(bench, lease, change, allowed.has(change), signal));
    for (const [k, end] of ended.entries()) done.set(slice[k] as Change, end);
    stop = ended.find((end) => end.stop)?.stop;
  }
  const used = [...allowed].filter((change) => spends(done.get(change))).length;
  await bench.ledger.giveBack(BUDGET, granted - used);
  return summarize(bench.id, done, changes.length, stop);
}

/** A change that may have reached the vendor is spent, whatever came of it. */
const spends = (done: Done | undefined) =>
  done !== undefined && !["already", "refused", "needs-user"].includes(done.outcome);

async function nextChanges(bench: Bench, plan: Plan): Promise<Change[]> {
  const next: Change[] = [];
  for await (const changes of bench.ledger.changes(plan.run, bench.id, plan.after)) {
    next.push(...changes.filter((change) => counts(plan.authors, change) && !change.foreseen));
    if (next.length >= STEP.changes) break;
  }
  return next.slice(0, STEP.changes);
}

async function one(bench: Bench, lease: Lease, change: Change, allowed: boolean, signal: AbortSignal): Promise<Done> {
  if (change.outcome !== undefined) return { outcome: change.outcome, ...(await verdictNow(bench, change)) };
  if (!allowed) {
    const why = "ERR_LIMIT_DAY: the changes of the last 24 hours have used up limits.changesPerDay";
    await bench.ledger.dismiss(change, { outcome: "refused", why });
    return { outcome: "refused", verdict: "violating" };
  }
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(CHANGE_DEADLINE_MS + bench.patience)]);
  const { outcome, after, stop } = await enforce(bench, lease, change, deadline);
  return { outcome, ...(after ? { verdict: after.verdict } : {}), ...(stop ? { stop } : {}) };
}

/** For a change that an earlier try of this step ended: what the ledger says of the account. */
async function verdictNow(bench: Bench, change: Change): Promise<{ verdict?: Verdict }> {
  const state = (await bench.ledger.states(bench.id, [change.id], true)).get(change.id);
  return state && !state.departed ? { verdict: state.judgement.verdict } : {};
}

function summarize(
  directory: string,
  done: ReadonlyMap<Change, Done>,
  wanted: number,
  stop: WardenError | undefined,
): Batch {
  const outcomes: Partial<Record<Outcome, number>> = {};
  const verdicts: Partial<Record<Verdict, number>> = { violating: -done.size };
  for (const { outcome, verdict } of done.values()) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (verdict) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  const last = [...done.keys()].at(-1)?.id;
  const more = last !== undefined && (done.size < wanted || wanted === STEP.changes);
  return { outcomes, verdicts, ...(more ? { last } : {}), ...(stop ? { stop: problemOf(stop, directory) } : {}) };
}

/** Refuses every change that has no outcome yet; answers how many. */
export async function dismissRest(ledger: Ledger, directory: string, plan: Plan, why: string): Promise<number> {
  let refused = 0;
  for await (const changes of ledger.changes(plan.run, directory)) {
    const open = changes.filter((change) => counts(plan.authors, change) && change.outcome === undefined);
    await pooled(open, STEP.changes, async (change) => {
      await plan.keep();
      await ledger.dismiss(change, { outcome: "refused", why });
    });
    refused += open.length;
  }
  return refused;
}

/** Settles every claim that a dead run left open in this directory, and closes the run as failed. */
export async function settleRun(
  bench: Bench,
  lease: Lease,
  dead: string,
  keep: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { ledger } = bench;
  for await (const changes of ledger.changes(dead, bench.id)) {
    const states = await ledger.states(
      bench.id,
      changes.map(({ id }) => id),
      true,
    );
    const open = changes.flatMap((change) => {
      const state = states.get(change.id);
      return state?.claim ? [{ change, state }] : [];
    });
    await pooled(open, AT_ONCE, async ({ change, state }) => {
      await keep();
      await settle(bench, lease, change, state, signal);
    });
  }
  await closeDead(ledger, dead, bench);
  await ledger.settled(lease, dead);
}

/** Closes the runs that died before they held this directory's lease, or while they waited for it: nothing else names them. */
export async function closeWaiters(bench: Bench, { run }: Lease): Promise<void> {
  for (const earlier of await bench.ledger.runs(20))
    if (earlier.status === "running" && earlier.run < run && earlier.directories.includes(bench.id))
      await closeDead(bench.ledger, earlier.run, bench);
}

async function closeDead(ledger: Ledger, dead: string, bench: Bench): Promise<void> {
  const known = await ledger.run(dead);
  if (!known) return;
  const record = known.directories.find(({ id }) => id === bench.id) ?? blankRecord(dead, bench, known.run.mode);
  if (record.status === "running") {
    const problem = problemOf(
      new WardenError("ERR_RUN_DIED", `Run ${dead} of ${bench.id} died before it ended; what it left open is settled.`),
      bench.id,
    );
    await ledger.putDirectory({
      ...record,
      status: "failed",
      changes: await countOutcomes(ledger, dead, bench.id),
      problems: [...record.problems, problem],
    });
  }
  await finishRun(ledger, dead);
}

const blankRecord = (run: string, bench: Bench, mode: DirectoryRecord["mode"]): DirectoryRecord => ({
  ...{ run, id: bench.id, vendor: bench.directory.vendor, status: "running", mode, read: 0, problems: [] },
  verdicts: noVerdicts(),
  after: noVerdicts(),
  changes: noChanges(),
});

async function countOutcomes(ledger: Ledger, run: string, directory: string): Promise<DirectoryRecord["changes"]> {
  let sum = noChanges();
  for await (const changes of ledger.changes(run, directory))
    for (const { outcome } of changes) sum = addCounts(sum, { planned: 1, ...(outcome ? { [outcome]: 1 } : {}) });
  return sum;
}
