/** The phase that pushes live what was only written: once a directory and run, what we wrote alone, and `enforced` only after that. */

import type { StepResult } from "../durable.ts";
import {
  confirmPublished,
  pollPublishJob,
  publishFailure,
  type SubjectContext,
  startPublish,
} from "../enforcement/index.ts";
import type { Change, Outcome } from "../model/index.ts";
import { subjectContext } from "./context.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { failPhase, halt, type Phase, proceed } from "./phase.ts";
import { listPlan, type PlanRef } from "./plan-ref.ts";
import { addPublished, planRef } from "./state.ts";

/** With the waits in between about 15 minutes. */
const MAX_POLLS = 90;
const SECONDS_TO_FIRST_POLL = 2;
const SECONDS_BETWEEN_POLLS = 10;

/** Starts the push, waits for its end without an invocation, and looks again at what was pushed. */
export const publish: Phase = async (context, state) => {
  if (state.changes.staged === 0) return proceed(state);
  const plan = planRef(context.order.run, state);
  const started = await runLeasedStep(context, "publish-start", (signal) => startJob(context, plan, signal));
  if (!started.ok) return halt(state, [started.problem]);
  const { job } = started.value;
  if (!job) return proceed(state);
  const ended = await waitForJob(context, job);
  if (!ended.ok) return halt(state, [ended.problem]);
  const { ok, detail } = ended.value;
  if (!ok) return failPhase(context, state, publishFailure(context.order.directory, detail));
  const confirmed = await runLeasedStep(context, "publish-end", async (signal) => {
    const subject = await subjectContext(context, signal);
    return confirmPublished(subject, await listByOutcome(subject, plan, ["staged", "enforced"]), detail, signal);
  });
  return confirmed.ok ? proceed(addPublished(state, confirmed.value)) : halt(state, [confirmed.problem]);
};

/** `null`: there is nothing for us to push. */
async function startJob(
  context: LeasedContext,
  plan: PlanRef,
  signal: AbortSignal,
): Promise<{ readonly job: string | null }> {
  const subject = await subjectContext(context, signal);
  const staged = await listByOutcome(subject, plan, ["staged"]);
  const job = await startPublish(subject, context.lease, staged, signal);
  return { job: job ?? null };
}

interface JobEnd {
  readonly ok: boolean;
  readonly detail: string;
}

async function waitForJob(context: LeasedContext, job: string): Promise<StepResult<JobEnd>> {
  let seen: string | undefined;
  for (let number = 0; number < MAX_POLLS; number++) {
    const before = seen;
    const step = await runLeasedStep(context, `publish-poll-${number}`, async (signal) =>
      pollPublishJob(await context.open(signal), job, signal, before),
    );
    if (!step.ok) return step;
    if (step.value.done) return { ok: true, value: step.value };
    seen = step.value.seen;
    const seconds = number === 0 ? SECONDS_TO_FIRST_POLL : SECONDS_BETWEEN_POLLS;
    await context.durable.wait(`publish-wait-${number}`, { seconds });
  }
  return { ok: true, value: { ok: false, detail: "the job did not end in time" } };
}

async function listByOutcome(
  { id, ledger }: Pick<SubjectContext, "id" | "ledger">,
  plan: PlanRef,
  outcomes: readonly Outcome[],
): Promise<Change[]> {
  const changes = (await Array.fromAsync(listPlan(ledger, id, plan))).flat();
  return changes.filter(({ outcome }) => outcome !== undefined && outcomes.includes(outcome));
}
