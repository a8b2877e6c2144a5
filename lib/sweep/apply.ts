/** Many changes at a time: the batches of the enforce phase under one budget, and what a dead run left open. */

import { mapConcurrently } from "../concurrency.ts";
import {
  BUDGET_SCOPE,
  consumesBudget,
  enforceChange,
  type ResolvedChange,
  recoverClaim,
  type SubjectContext,
} from "../enforcement/index.ts";
import { problemOf, type WardenError } from "../errors.ts";
import type { Change, Lease, Ledger, Outcome, Problem, Verdict } from "../model/index.ts";
import { isCounted } from "./plan.ts";

const STEP = { changes: 50, ms: 60_000 };
export const AT_ONCE = 8;
const CHANGE_DEADLINE_MS = 60_000;

export interface PlanRef {
  readonly run: string;
  /** The tries that count, by the step's number. */
  readonly authors: readonly string[];
  /** Where the step before ended. */
  readonly after?: string;
}

export interface AppliedBatch {
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
export async function applyBatch(
  bench: SubjectContext,
  lease: Lease,
  plan: PlanRef,
  signal: AbortSignal,
): Promise<AppliedBatch> {
  const changes = await nextChanges(bench, plan);
  const open = changes.filter((change) => change.outcome === undefined);
  const granted = await bench.ledger.reserveBudget(BUDGET_SCOPE, open.length, bench.policy.limits.changesPerDay);
  const allowed = new Set(open.slice(0, granted));
  const done = new Map<Change, Done>();
  const started = bench.clock();
  let stop: WardenError | undefined;
  for (let i = 0; i < changes.length && !stop && bench.clock() - started < STEP.ms; i += AT_ONCE) {
    // A run that has lost its lease leaves what it has not begun as it is.
    signal.throwIfAborted();
    const slice = changes.slice(i, i + AT_ONCE);
    const ended = await mapConcurrently(slice, AT_ONCE, (change) =>
      one(bench, lease, change, allowed.has(change), signal),
    );
    for (const [k, end] of ended.entries()) done.set(slice[k] as Change, end);
    stop = ended.find((end) => end.stop)?.stop;
  }
  const used = [...allowed]
    .flatMap((change) => done.get(change) ?? [])
    .filter(({ outcome }) => consumesBudget(outcome)).length;
  await bench.ledger.releaseBudget(BUDGET_SCOPE, granted - used);
  return summarize(bench.id, done, changes.length, stop);
}

async function nextChanges(bench: SubjectContext, plan: PlanRef): Promise<Change[]> {
  const next: Change[] = [];
  for await (const changes of bench.ledger.listChanges(plan.run, bench.id, plan.after)) {
    next.push(...changes.filter((change) => isCounted(plan.authors, change) && !change.foreseen));
    if (next.length >= STEP.changes) break;
  }
  return next.slice(0, STEP.changes);
}

const NO_BUDGET = {
  outcome: "refused",
  why: "ERR_LIMIT_DAY: the changes of the last 24 hours have used up limits.changesPerDay",
} as const;

/** What became of a change, and what the ledger then says of the account: the same whenever it is asked again. */
async function one(
  bench: SubjectContext,
  lease: Lease,
  change: Change,
  allowed: boolean,
  signal: AbortSignal,
): Promise<Done> {
  const { outcome, error } = await end(bench, lease, change, allowed, signal);
  const state = (await bench.ledger.readStates(bench.id, [change.id], true)).get(change.id);
  return {
    outcome,
    ...(state && !state.departed ? { verdict: state.judgement.verdict } : {}),
    ...(error && isFatal(error) && !change.custodial ? { stop: error } : {}),
  };
}

async function end(
  bench: SubjectContext,
  lease: Lease,
  change: Change,
  allowed: boolean,
  signal: AbortSignal,
): Promise<Pick<ResolvedChange, "outcome" | "error">> {
  const { outcome } = change;
  if (outcome !== undefined) {
    await finishRecord(bench, lease, change, signal);
    return { outcome };
  }
  if (allowed) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(CHANGE_DEADLINE_MS + bench.readBackTimeoutMs)]);
    return enforceChange(bench, { lease, change }, deadline);
  }
  await bench.ledger.refuseChange(change, NO_BUDGET);
  return NO_BUDGET;
}

/** An earlier try of this step died between the outcome of the change and that of the account. */
async function finishRecord(bench: SubjectContext, lease: Lease, change: Change, signal: AbortSignal): Promise<void> {
  const state = (await bench.ledger.readStates(bench.id, [change.id], true)).get(change.id);
  if (state?.claim?.by === lease.run) await recoverClaim(bench, { lease, change, state }, signal);
}

/** The vendor no longer takes our credential: nothing more may be tried. */
const isFatal = ({ code }: WardenError) => code === "ERR_VENDOR_AUTH" || code === "ERR_VENDOR_DENIED";

function summarize(
  directory: string,
  done: ReadonlyMap<Change, Done>,
  wanted: number,
  stop: WardenError | undefined,
): AppliedBatch {
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
export async function refuseRemaining(ledger: Ledger, directory: string, plan: PlanRef, why: string): Promise<number> {
  let refused = 0;
  for await (const changes of ledger.listChanges(plan.run, directory)) {
    const open = changes.filter((change) => isCounted(plan.authors, change) && change.outcome === undefined);
    await mapConcurrently(open, STEP.changes, (change) => ledger.refuseChange(change, { outcome: "refused", why }));
    refused += open.length;
  }
  return refused;
}
