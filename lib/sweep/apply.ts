/** The phase that changes accounts: applies the plan in waves, batch by batch, and puts on record what is not tried any more. */
import { mapConcurrently } from "../concurrency.ts";
import { problemOf, WardenError } from "../errors.ts";
import type { Problem } from "../model/index.ts";
import { type AppliedBatch, applyBatch, type BatchStart } from "./apply-batch.ts";
import { type SweepContext, subjectContext } from "./context.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { halt, type Phase, type PhaseResult, proceed } from "./phase.ts";
import { listPlan, type PlanRef } from "./plan-ref.ts";
import { addBatch, addProblems, addRefused, leaveClaimsOpen, openChanges, planRef, type SweepState } from "./state.ts";
import { restBefore } from "./wave-rest.ts";
import { addToWave, firstWave, hasWaveFailed, isWaveOver, nextWave, type Wave } from "./waves.ts";

/** Of the 3,000 operations an execution may have, what changing may take: 50,000 changes need 1,015 unless the vendor is slow. */
const MAX_APPLY_STEPS = 1_065;
const REFUSALS_IN_PARALLEL = 50;

export const applyPlan: Phase = async (context, planned) => {
  const plan = planRef(context.order.run, planned);
  let state = planned;
  let position = startPosition(planned);
  for (let number = 0; position && number < MAX_APPLY_STEPS; number++) {
    const start = batchStart(plan, position);
    const step = await runLeasedStep(context, `enforce-${number}`, (signal) => applyNext(context, start, signal));
    if (!step.ok) return halt(leaveClaimsOpen(state), [step.problem]);
    state = addBatch(state, step.value);
    if (step.value.stop) return stopApplying(context, state, step.value.stop);
    const wave = addToWave(position.wave, step.value.outcomes, step.value.last === undefined);
    if (isWaveOver(wave) && hasWaveFailed(wave)) return haltPlan(state, waveProblem(context, state, wave));
    position = nextPosition(planned, wave, step.value);
    if (!position || position.wave.number === wave.number) continue;
    const rested = await restBefore(context, position.wave);
    if (!rested.ok) return haltPlan(state, rested.problem);
  }
  return position ? stopApplying(context, state, tooSlow(context)) : proceed(state);
};

/** Where the phase stands in the plan. */
interface Position {
  readonly wave: Wave;
  /** The last change looked at of these accounts. */
  readonly after?: string | undefined;
  readonly deniedSlices?: number | undefined;
}

function startPosition({ toMake }: SweepState): Position | undefined {
  const wave = firstWave(toMake);
  return wave && { wave };
}

const batchStart = (plan: PlanRef, { wave, after, deniedSlices }: Position): BatchStart => ({
  plan,
  after,
  deniedSlices,
  administrators: wave.administrators,
  limit: wave.size - wave.ended,
});

/** `undefined`: the whole plan is made. */
function nextPosition({ toMake }: SweepState, wave: Wave, { last, deniedSlices }: AppliedBatch): Position | undefined {
  if (!isWaveOver(wave)) return { wave, after: last, deniedSlices };
  const next = nextWave(toMake, wave);
  const after = next?.administrators === wave.administrators ? last : undefined;
  return next && { wave: next, after, deniedSlices };
}

/** Ends the sweep here. What was not begun keeps no outcome and so waits as a plan; nothing that is only written is pushed live. */
const haltPlan = (state: SweepState, problem: Problem): PhaseResult => halt(state, [problem]);

function waveProblem({ order: { directory } }: LeasedContext, state: SweepState, wave: Wave): Problem {
  const { number, ended, failed } = wave;
  const message = `Wave ${number} of ${directory} went wrong: ${failed} of its ${ended} changes failed or do not show. ${openChanges(state)} changes were not begun and wait as a plan; see in the report why, correct it, then approve the plan or sweep again.`;
  return problemOf(new WardenError("ERR_WAVE_HALTED", message), directory);
}

function tooSlow({ order: { directory } }: LeasedContext): Problem {
  const message = `${directory} changes too slowly for one sweep to make the whole plan; sweep again for the rest.`;
  return problemOf(new WardenError("ERR_LIMIT_EXECUTION", message), directory);
}

async function applyNext(context: LeasedContext, start: BatchStart, signal: AbortSignal): Promise<AppliedBatch> {
  const subject = await subjectContext(context, signal);
  const directory = await context.reopen(signal);
  return applyBatch({ ...subject, directory, lease: context.lease }, start, signal);
}

/**
 * What is left is refused, on record, and nothing more is tried; what was written is still pushed live. If nobody may be changed any
 * more, what is left keeps no outcome: it waits as a plan, a stale one under another policy, or is left to the run that has taken over.
 */
async function stopApplying(context: LeasedContext, state: SweepState, problem: Problem): Promise<PhaseResult> {
  if (problem.code === "ERR_CHANGES_HALTED") return haltPlan(state, problem);
  if (problem.code === "ERR_POLICY_CHANGED") return haltPlan({ ...state, stale: NEWER_POLICY }, problem);
  if (problem.code === "ERR_LEASE_LOST") return halt(leaveClaimsOpen(state), [problem]);
  const stopped = addProblems(state, [problem]);
  const plan = planRef(context.order.run, state);
  const why = `enforcement stopped: ${problem.code}`;
  const step = await runLeasedStep(context, "dismiss", () => refuseRemaining(context, plan, why));
  return step.ok ? proceed(addRefused(stopped, step.value)) : halt(stopped, [step.problem]);
}

const NEWER_POLICY = "another policy has been deployed since it was made";

/** Refuses every change that has no outcome yet; answers how many. */
async function refuseRemaining({ ports, order }: SweepContext, plan: PlanRef, why: string): Promise<number> {
  let refused = 0;
  for await (const changes of listPlan(ports.ledger, order.directory, plan)) {
    const undecided = changes.filter(({ outcome }) => outcome === undefined);
    await mapConcurrently(undecided, REFUSALS_IN_PARALLEL, (change) =>
      ports.ledger.refuseChange(change, { outcome: "refused", why }),
    );
    refused += undecided.length;
  }
  return refused;
}
