/** The phase that changes accounts: applies the plan batch by batch, and puts on record what is not tried any more. */
import { mapConcurrently } from "../concurrency.ts";
import { problemOf, WardenError } from "../errors.ts";
import type { Problem } from "../model/index.ts";
import { type AppliedBatch, applyBatch, type BatchStart } from "./apply-batch.ts";
import { type SweepContext, subjectContext } from "./context.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { halt, type Phase, type PhaseResult, proceed } from "./phase.ts";
import { listPlan, type PlanRef } from "./plan-ref.ts";
import { addBatch, addProblems, addRefused, leaveClaimsOpen, planRef, type SweepState } from "./state.ts";

/** Of the 3,000 operations an execution may have, what changing may take: 50,000 changes need 1,000 unless the vendor is slow. */
const MAX_APPLY_STEPS = 1_050;
const REFUSALS_IN_PARALLEL = 50;

export const applyPlan: Phase = async (context, planned) => {
  const { order } = context;
  const plan = planRef(order.run, planned);
  let state = planned;
  let after: string | undefined;
  for (let number = 0; number < MAX_APPLY_STEPS; number++) {
    const start = { plan, after };
    const step = await runLeasedStep(context, `enforce-${number}`, (signal) => applyNext(context, start, signal));
    if (!step.ok) return halt(leaveClaimsOpen(state), [step.problem]);
    const { stop, last } = step.value;
    state = addBatch(state, step.value);
    if (stop) return stopApplying(context, state, stop);
    if (last === undefined) return proceed(state);
    after = last;
  }
  const message = `${order.directory} changes too slowly for one sweep to make the whole plan; sweep again for the rest.`;
  return stopApplying(context, state, problemOf(new WardenError("ERR_LIMIT_EXECUTION", message), order.directory));
};

async function applyNext(context: LeasedContext, start: BatchStart, signal: AbortSignal): Promise<AppliedBatch> {
  const subject = await subjectContext(context, signal);
  const directory = await context.reopen(signal);
  return applyBatch({ ...subject, directory, lease: context.lease }, start, signal);
}

/** What is left is refused, on record, and nothing more is tried; what was written is still pushed live. */
async function stopApplying(context: LeasedContext, state: SweepState, problem: Problem): Promise<PhaseResult> {
  const stopped = addProblems(state, [problem]);
  const plan = planRef(context.order.run, state);
  const why = `enforcement stopped: ${problem.code}`;
  const step = await runLeasedStep(context, "dismiss", () => refuseRemaining(context, plan, why));
  return step.ok ? proceed(addRefused(stopped, step.value)) : halt(stopped, [step.problem]);
}

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
