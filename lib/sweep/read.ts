/** The phase that reads and judges, in steps: each one writes what changed and plans what must change. */
import { WardenError } from "../errors.ts";
import { reportProgress, type SweepContext, subjectContext } from "./context.ts";
import { runLeasedStep } from "./lease.ts";
import type { PageAhead } from "./page-ahead.ts";
import { failPhase, halt, type Phase, proceed } from "./phase.ts";
import type { ReadStep } from "./read-result.ts";
import { type MakeReadContext, readShards } from "./read-shards.ts";
import { type ReadContext, readPages } from "./read-step.ts";
import { shardsToRead } from "./shards.ts";
import { addProblems, addReadStep, discardShards, type SweepState } from "./state.ts";

/** Of the 3,000 operations an execution may have, what reading may take: 5,000,000 accounts at 1,000 a page need 500. */
const MAX_READ_STEPS = 1_200;

interface StepStart {
  /** Of the first step of this listing. */
  readonly firstStep: number;
  readonly number: number;
  readonly cursor: string | undefined;
  readonly pageAhead: PageAhead;
}

/** Shard by shard where that is faster, and as a whole where somebody may be missing then. */
export const readAndJudge: Phase = async (context, begun) => {
  const { counted } = begun;
  const shards = counted && shardsToRead(counted, context.ports.minShardedAccounts);
  if (!counted || !shards) return readWhole(context, begun);
  const makeReadContext: MakeReadContext = async (signal, more) => ({
    ...(await readContextOf(context, begun, {}, signal)),
    ...more,
  });
  const read = await readShards(context, begun, { shards, counted, makeReadContext });
  if (read.problems) return halt(read.state, read.problems);
  if (read.doubt !== undefined) return readWhole(context, discardShards(begun, read.state, read.doubt));
  return proceed(addPeopleProblem(context, read.state));
};

const readWhole: Phase = async (context, begun) => {
  const pageAhead: PageAhead = {};
  const firstStep = begun.authors.length;
  let state = begun;
  let cursor: string | undefined;
  for (let number = firstStep; number < firstStep + MAX_READ_STEPS; number++) {
    const start = { firstStep, number, cursor, pageAhead };
    const before = state;
    const step = await runLeasedStep(context, `read-${number}`, (signal) => readStep(context, before, start, signal));
    if (!step.ok) return halt(state, [step.problem]);
    state = addReadStep(state, step.value);
    if (step.value.problem) return halt(state);
    if (step.value.next === undefined) return proceed(addPeopleProblem(context, state));
    cursor = step.value.next;
  }
  const message = `${context.order.directory} lists more pages than one sweep can read; ask for larger pages.`;
  return failPhase(context, state, new WardenError("ERR_LIMIT_EXECUTION", message));
};

async function readStep(
  context: SweepContext,
  state: SweepState,
  { firstStep, number, cursor, pageAhead }: StepStart,
  signal: AbortSignal,
): Promise<ReadStep> {
  const readContext = { ...(await readContextOf(context, state, pageAhead, signal)), discarded: { before: firstStep } };
  return readPages(readContext, { number, cursor, usedCursors: new Set(state.cursors) }, signal);
}

async function readContextOf(
  context: SweepContext,
  state: SweepState,
  pageAhead: PageAhead,
  signal: AbortSignal,
): Promise<ReadContext> {
  const { evidence, ulid } = context.ports;
  return {
    ...(await subjectContext(context, signal)),
    evidence,
    ulid,
    run: context.order.run,
    makesPlan: context.order.applies === undefined,
    undone: await context.undone(),
    personKeyer: await context.personKeyer(signal),
    folder: context.folder,
    pageAhead,
    onPage: (accounts) => reportProgress(context, "read", state.totals[0], accounts),
  };
}

/** Whose accounts these are cannot be said, and everything else can. */
function addPeopleProblem({ ports, order }: SweepContext, state: SweepState): SweepState {
  const { people } = ports.policy;
  if (!people || typeof state.people === "string") return state;
  const { directory } = order;
  const message = `Accounts of ${directory} are not joined with those of other directories: the secret ${people.secret} could not be read all the time, or holds no key.`;
  return addProblems(state, [{ code: "ERR_PEOPLE_KEY", directory, message }]);
}
