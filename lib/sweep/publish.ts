/** Pushes live what was only written: once a directory and run, what we wrote alone, and `enforced` only after that. */

import { type Bench, failed, pollJob, promoteAll, startPush } from "../enforcement/index.ts";
import { addCounts, type Change, type Lease } from "../model/index.ts";
import { counts } from "./plan.ts";
import { bench, blame, type Session, step } from "./state.ts";

/** With the waits in between about 15 minutes. */
const MOST_POLLS = 90;
const POLL_SECONDS = { first: 2, later: 10 };

/** The phase of a sweep: starts the push, waits for its end without an invocation, and looks again at what was pushed. */
export async function publish(session: Session, lease: Lease): Promise<boolean> {
  const { tally, order } = session;
  if (tally.changes.staged === 0) return true;
  const plan = { run: order.run, authors: tally.authors };
  const started = await step(session, lease, "publish-start", async (signal) => {
    const at = await bench(session, signal);
    const job = await startPush(at, lease, await written(at, plan, ["staged"]), signal);
    return { job: job ?? null };
  });
  if (!started?.job) return started !== undefined;
  const ended = await waitForJob(session, lease, started.job);
  if (!ended) return false;
  if (!ended.ok) return blame(session, failed(order.directory, ended.detail));
  const done = await step(session, lease, "publish-end", async (signal) => {
    const at = await bench(session, signal);
    return promoteAll(at, await written(at, plan, ["staged", "enforced"]), ended.detail, signal);
  });
  if (!done) return false;
  tally.changes = addCounts(tally.changes, { staged: -done.enforced, enforced: done.enforced });
  tally.after = addCounts(tally.after, done.verdicts);
  return true;
}

interface JobEnd {
  readonly ok: boolean;
  readonly detail: string;
}

async function waitForJob(session: Session, lease: Lease, job: string): Promise<JobEnd | undefined> {
  const { ctx } = session;
  for (let number = 0; number < MOST_POLLS; number++) {
    const state = await step(session, lease, `publish-poll-${number}`, async (signal) =>
      pollJob(await session.open(signal), job, signal),
    );
    if (!state || state.done) return state;
    await ctx.wait(`publish-wait-${number}`, { seconds: number === 0 ? POLL_SECONDS.first : POLL_SECONDS.later });
  }
  return { ok: false, detail: "the job did not end in time" };
}

async function written(
  { id, ledger }: Pick<Bench, "id" | "ledger">,
  plan: { readonly run: string; readonly authors: readonly string[] },
  outcomes: readonly Change["outcome"][],
): Promise<Change[]> {
  const all = (await Array.fromAsync(ledger.changes(plan.run, id))).flat();
  return all.filter((change) => counts(plan.authors, change) && outcomes.includes(change.outcome));
}
