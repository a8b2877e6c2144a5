/** Pushes live what was only written: once a directory and run, what we wrote alone, and `enforced` only after that. */

import {
  confirmPublished,
  pollPublishJob,
  publishFailure,
  type SubjectContext,
  startPublish,
} from "../enforcement/index.ts";
import { addCounts, type Change, type Lease } from "../model/index.ts";
import { isCounted } from "./plan.ts";
import { failPhase, runLeasedStep, type SweepContext, subjectContext } from "./state.ts";

/** With the waits in between about 15 minutes. */
const MOST_POLLS = 90;
const POLL_SECONDS = { first: 2, later: 10 };

/** The phase of a sweep: starts the push, waits for its end without an invocation, and looks again at what was pushed. */
export async function publish(session: SweepContext, lease: Lease): Promise<boolean> {
  const { state, order } = session;
  if (state.changes.staged === 0) return true;
  const plan = { run: order.run, authors: state.authors };
  const started = await runLeasedStep(session, lease, "publish-start", async (signal) => {
    const at = await subjectContext(session, signal);
    const job = await startPublish(at, lease, await written(at, plan, ["staged"]), signal);
    return { job: job ?? null };
  });
  if (!started?.job) return started !== undefined;
  const ended = await waitForJob(session, lease, started.job);
  if (!ended) return false;
  if (!ended.ok) return failPhase(session, publishFailure(order.directory, ended.detail));
  const done = await runLeasedStep(session, lease, "publish-end", async (signal) => {
    const at = await subjectContext(session, signal);
    return confirmPublished(at, await written(at, plan, ["staged", "enforced"]), ended.detail, signal);
  });
  if (!done) return false;
  state.changes = addCounts(state.changes, { staged: -done.enforced, enforced: done.enforced });
  state.after = addCounts(state.after, done.verdicts);
  return true;
}

interface JobEnd {
  readonly ok: boolean;
  readonly detail: string;
}

async function waitForJob(session: SweepContext, lease: Lease, job: string): Promise<JobEnd | undefined> {
  const { ctx } = session;
  for (let number = 0; number < MOST_POLLS; number++) {
    const state = await runLeasedStep(session, lease, `publish-poll-${number}`, async (signal) =>
      pollPublishJob(await session.open(signal), job, signal),
    );
    if (!state || state.done) return state;
    await ctx.wait(`publish-wait-${number}`, { seconds: number === 0 ? POLL_SECONDS.first : POLL_SECONDS.later });
  }
  return { ok: false, detail: "the job did not end in time" };
}

async function written(
  { id, ledger }: Pick<SubjectContext, "id" | "ledger">,
  plan: { readonly run: string; readonly authors: readonly string[] },
  outcomes: readonly Change["outcome"][],
): Promise<Change[]> {
  const all = (await Array.fromAsync(ledger.listChanges(plan.run, id))).flat();
  return all.filter((change) => isCounted(plan.authors, change) && outcomes.includes(change.outcome));
}
