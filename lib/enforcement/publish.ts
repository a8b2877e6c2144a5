/** Pushes live what was only written: our own changes alone, and `enforced` only after that. */

import { mapConcurrently } from "../concurrency.ts";
import { retryable, WardenError } from "../errors.ts";
import type { Change, Directory, Lease, PublishJobState, Verdict } from "../model/index.ts";
import { decide, factsOnRecord } from "../policy/index.ts";
import { isEnforced, type SubjectContext } from "./context.ts";
import { checkGuards } from "./guards.ts";
import { observeSubject } from "./observe.ts";

const READ_BACKS_IN_PARALLEL = 8;

/** A vendor that cannot answer now may answer the next time: the job goes on without us. */
export async function pollPublishJob(
  { publish }: Directory,
  job: string,
  signal: AbortSignal,
): Promise<PublishJobState> {
  try {
    return (await publish?.poll(job, signal)) ?? { done: true, ok: false, detail: "this directory pushes nothing" };
  } catch (error) {
    if (retryable(error)) return { done: false };
    throw error;
  }
}

export const publishFailure = (directory: string, why: string): WardenError =>
  new WardenError(
    "ERR_PUBLISH_FAILED",
    `What was written to ${directory} is not pushed live: ${why}; it is written and pushed again the next time.`,
  );

/** What of these changes we push live. */
const pushable = (changes: readonly Change[]): Change[] =>
  changes.filter(({ before, learned }) => learned?.written !== undefined && before.pushed !== false);

/** Answers the job, or nothing where there is nothing for us to push. Throws `ERR_PUBLISH_FAILED` while changes are halted. */
export async function startPublish(
  at: SubjectContext,
  lease: Pick<Lease, "token">,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { publish } = at.directory;
  const ours = pushable(changes);
  if (!publish || ours.length === 0) return undefined;
  const against = checkGuards(at, lease, await at.ledger.readGuards(at.id));
  if (against) throw publishFailure(at.id, against.why);
  return publish.start(
    ours.map(({ id }) => id),
    signal,
  );
}

/** What the promotion of changes did to the counts: the same whenever it is asked again. */
export interface PublishedCounts {
  readonly enforced: number;
  readonly verdicts: Partial<Record<Verdict, number>>;
}

/** What does not show any more was changed by somebody else meanwhile: it stays `staged`, and the next sweep sees to it. */
async function promote(
  at: SubjectContext,
  change: Change,
  detail: string,
  signal: AbortSignal,
): Promise<{ was: Verdict; is: Verdict } | undefined> {
  const state = (await at.ledger.readStates(at.id, [change.id], true)).get(change.id);
  const wrote = change.learned?.written;
  if (!state || !wrote) return undefined;
  const past = { ...state, written: { ...wrote, live: true } };
  const look = await observeSubject(at, change.id, past, signal);
  if (!look || !isEnforced(look.subject)) return undefined;
  const { subject, judgement, observedAt } = look;
  const facts = factsOnRecord(subject, judgement, at.id, at.policy, past);
  const seen = { directory: at.id, run: change.run, subject, judgement, facts, observedAt };
  await at.ledger.markPublished(change, seen, `the read-back shows it, and it is pushed live: ${detail}`);
  if (state.written?.version !== wrote.version) return { was: state.judgement.verdict, is: state.judgement.verdict };
  const staged = decide(subject, at.id, at.policy, { ...past, written: wrote }, at.clock());
  return { was: staged.verdict, is: judgement.verdict };
}

export async function confirmPublished(
  at: SubjectContext,
  changes: readonly Change[],
  detail: string,
  signal: AbortSignal,
): Promise<PublishedCounts> {
  const ends = await mapConcurrently(pushable(changes), READ_BACKS_IN_PARALLEL, (change) =>
    promote(at, change, detail, signal),
  );
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const { was, is } of ends.filter((end) => end !== undefined)) {
    verdicts[was] = (verdicts[was] ?? 0) - 1;
    verdicts[is] = (verdicts[is] ?? 0) + 1;
  }
  return { enforced: ends.filter((end) => end !== undefined).length, verdicts };
}
