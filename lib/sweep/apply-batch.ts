/** One step of changing accounts: the next changes of the plan, several at a time, under one reservation of the budget. */
import { mapConcurrently } from "../concurrency.ts";
import { checkGuards, consumesBudget, releaseChanges, reserveChanges } from "../enforcement/index.ts";
import { problemOf, type WardenError } from "../errors.ts";
import { type Change, type Outcome, omitUndefined, type Problem, type Verdict } from "../model/index.ts";
import { type AppliedChange, type ApplyContext, applyChange } from "./apply-change.ts";
import { addSlice, type Denials } from "./denials.ts";
import { listPlan, type PlanRef } from "./plan-ref.ts";

/** A step ends at whichever comes first. */
const MAX_CHANGES_PER_STEP = 50;
const MAX_STEP_DURATION_MS = 60_000;
const CHANGES_IN_PARALLEL = 8;

/** The engine keeps it as JSON, so its keys never change. */
export interface AppliedBatch {
  readonly outcomes: Partial<Record<Outcome, number>>;
  /** What these changes did to the counts by verdict. */
  readonly verdicts: Partial<Record<Verdict, number>>;
  /** The last change looked at; absent when there are no more. */
  readonly last?: string;
  /** Nothing more may be tried. */
  readonly stop?: Problem;
  /** Slices in a row, up to the last one, that were denied whole. Absent where there is none, and in what an earlier version wrote. */
  readonly deniedSlices?: number;
}

/** Which changes a batch takes: so many of the plan's from behind `after`. */
export interface BatchStart {
  readonly plan: PlanRef;
  readonly after?: string | undefined;
  /** Only these, or everybody but these; absent: whoever comes. */
  readonly administrators?: boolean | undefined;
  /** Slices in a row that were denied whole before. */
  readonly deniedSlices?: number | undefined;
  /** Absent: as many as one step takes. */
  readonly limit?: number;
}

interface Application {
  /** In the order of the plan. */
  readonly applied: ReadonlyMap<Change, AppliedChange>;
  readonly denials: Denials;
}

/** Safe to run twice: a change that has its outcome is counted and not made again. */
export async function applyBatch(context: ApplyContext, start: BatchStart, signal: AbortSignal): Promise<AppliedBatch> {
  const changes = await nextChanges(context, start);
  const undecided = changes.filter(({ outcome }) => outcome === undefined);
  const granted = await reserveChanges(context, undecided.length);
  const budgeted = new Set(undecided.slice(0, granted));
  const { deniedSlices = 0 } = start;
  const application = await applyChanges(context, { changes, budgeted, deniedSlices }, signal);
  await releaseChanges(context, granted - countConsumed(budgeted, application));
  return summarize(context.id, changes, { ...application, mayFollow: changes.length >= batchSize(start) });
}

const batchSize = ({ limit = MAX_CHANGES_PER_STEP }: BatchStart) => Math.min(MAX_CHANGES_PER_STEP, limit);

async function nextChanges({ id, ledger }: ApplyContext, start: BatchStart): Promise<Change[]> {
  const size = batchSize(start);
  const next: Change[] = [];
  for await (const changes of listPlan(ledger, id, start.plan, start.after)) {
    next.push(...changes.filter((change) => !change.foreseen && isWanted(start, change)));
    if (next.length >= size) break;
  }
  return next.slice(0, size);
}

const isWanted = ({ administrators }: BatchStart, change: Change): boolean =>
  administrators === undefined || administrators === (change.administrator === true);

interface Batch {
  readonly changes: readonly Change[];
  /** Those for which there is budget. */
  readonly budgeted: ReadonlySet<Change>;
  readonly deniedSlices: number;
}

/** Ends early when its time is over or nothing more may be tried: a change that is not among the results was not begun. */
async function applyChanges(
  context: ApplyContext,
  { changes, budgeted, deniedSlices }: Batch,
  signal: AbortSignal,
): Promise<Application> {
  const applied = new Map<Change, AppliedChange>();
  const startedAt = context.clock();
  let denials: Denials = { slices: deniedSlices };
  for (let next = 0; next < changes.length; next += CHANGES_IN_PARALLEL) {
    if (context.clock() - startedAt >= MAX_STEP_DURATION_MS || denials.stop) break;
    // A run that has lost its lease leaves what it has not begun as it is.
    signal.throwIfAborted();
    const halt = next > 0 ? await findHalt(context) : undefined;
    if (halt) return { applied, denials: { ...denials, stop: halt } };
    const slice = changes.slice(next, next + CHANGES_IN_PARALLEL);
    const results = await mapConcurrently(slice, CHANGES_IN_PARALLEL, async (change) => {
      const result = await applyChange(context, change, budgeted.has(change), signal);
      return [change, result] as const;
    });
    for (const [change, result] of results) applied.set(change, result);
    denials = addSlice(
      denials,
      results.map(([, result]) => result),
    );
  }
  return { applied, denials };
}

/** Asked between two slices, so that after a halt nobody else is even read. */
async function findHalt(context: ApplyContext): Promise<WardenError | undefined> {
  return checkGuards(context, context.lease, await context.ledger.readGuards(context.id))?.error;
}

const countConsumed = (budgeted: ReadonlySet<Change>, { applied }: Application): number =>
  [...applied].filter(([change, { outcome }]) => budgeted.has(change) && consumesBudget(outcome)).length;

interface EndedBatch extends Application {
  /** There may be more changes behind these. */
  readonly mayFollow: boolean;
}

function summarize(
  directory: string,
  changes: readonly Change[],
  { applied, denials, mayFollow }: EndedBatch,
): AppliedBatch {
  const outcomes: Partial<Record<Outcome, number>> = {};
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const [{ verdict: was = "violating" }, { outcome, verdict }] of applied) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    verdicts[was] = (verdicts[was] ?? 0) - 1;
    if (verdict) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  const hasMore = applied.size < changes.length || mayFollow;
  const last = [...applied.keys()].at(-1)?.id;
  return omitUndefined({
    outcomes,
    verdicts,
    last: hasMore ? last : undefined,
    stop: denials.stop && problemOf(denials.stop, directory),
    deniedSlices: denials.slices || undefined,
  });
}
