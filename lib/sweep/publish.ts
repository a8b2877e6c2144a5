/** Pushes live what was only written: once a directory and run, what we wrote alone, and `enforced` only after that. */

import { pooled } from "../concurrency.ts";
import { type Bench, isDone, lookAt } from "../enforcement/context.ts";
import { guard } from "../enforcement/guards.ts";
import { retryable, WardenError } from "../errors.ts";
import type { Change, Directory, JobState, Lease, Verdict } from "../model/index.ts";
import { decide, sheet } from "../policy/decide.ts";
import { counts } from "./plan.ts";
import { addCounts, bench, blame, type Session, step } from "./state.ts";

/** With the waits in between about 15 minutes. */
const MOST_POLLS = 90;
const POLL_SECONDS = { first: 2, later: 10 };
const AT_ONCE = 8;

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

/** A vendor that cannot answer now may answer the next time: the job goes on without us. */
export async function pollJob({ publish }: Directory, job: string, signal: AbortSignal): Promise<JobState> {
  try {
    return (await publish?.poll(job, signal)) ?? { done: true, ok: false, detail: "this directory pushes nothing" };
  } catch (error) {
    if (retryable(error)) return { done: false };
    throw error;
  }
}

export const failed = (directory: string, why: string): WardenError =>
  new WardenError(
    "ERR_PUBLISH_FAILED",
    `What was written to ${directory} is not pushed live: ${why}; it is written and pushed again the next time.`,
  );

/** What of these changes we push live. */
const pushable = (changes: readonly Change[]): Change[] =>
  changes.filter(({ before, learned }) => learned?.written !== undefined && before.pushed !== false);

async function written(
  { id, ledger }: Pick<Bench, "id" | "ledger">,
  plan: { readonly run: string; readonly authors: readonly string[] },
  outcomes: readonly Change["outcome"][],
): Promise<Change[]> {
  const all = (await Array.fromAsync(ledger.changes(plan.run, id))).flat();
  return all.filter((change) => counts(plan.authors, change) && outcomes.includes(change.outcome));
}

/** Answers the job, or nothing where there is nothing for us to push. Throws `ERR_PUBLISH_FAILED` while changes are halted. */
export async function startPush(
  at: Bench,
  lease: Pick<Lease, "token">,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { publish } = at.directory;
  const ours = pushable(changes);
  if (!publish || ours.length === 0) return undefined;
  const against = guard(at, lease, await at.ledger.guards(at.id));
  if (against) throw failed(at.id, against.why);
  return publish.start(
    ours.map(({ id }) => id),
    signal,
  );
}

/** What the promotion of changes did to the counts: the same whenever it is asked again. */
export interface Promoted {
  readonly enforced: number;
  readonly verdicts: Partial<Record<Verdict, number>>;
}

export async function promoteAll(
  at: Bench,
  changes: readonly Change[],
  detail: string,
  signal: AbortSignal,
): Promise<Promoted> {
  const ends = await pooled(pushable(changes), AT_ONCE, (change) => promote(at, change, detail, signal));
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const { was, is } of ends.filter((end) => end !== undefined)) {
    verdicts[was] = (verdicts[was] ?? 0) - 1;
    verdicts[is] = (verdicts[is] ?? 0) + 1;
  }
  return { enforced: ends.filter((end) => end !== undefined).length, verdicts };
}

/** What does not show any more was changed by somebody else meanwhile: it stays `staged`, and the next sweep sees to it. */
async function promote(
  at: Bench,
  change: Change,
  detail: string,
  signal: AbortSignal,
): Promise<{ was: Verdict; is: Verdict } | undefined> {
  const state = (await at.ledger.states(at.id, [change.id], true)).get(change.id);
  const wrote = change.learned?.written;
  if (!state || !wrote) return undefined;
  const past = { ...state, written: { ...wrote, live: true } };
  const look = await lookAt(at, change.id, past, signal);
  if (!look || !isDone(look.subject)) return undefined;
  const { subject, judgement, observedAt } = look;
  const facts = sheet(subject, judgement, at.id, at.policy, past);
  const seen = { directory: at.id, run: change.run, subject, judgement, facts, observedAt };
  await at.ledger.promote(change, seen, `the read-back shows it, and it is pushed live: ${detail}`);
  if (state.written?.version !== wrote.version) return { was: state.judgement.verdict, is: state.judgement.verdict };
  const staged = decide(subject, at.id, at.policy, { ...past, written: wrote }, at.clock());
  return { was: staged.verdict, is: judgement.verdict };
}
