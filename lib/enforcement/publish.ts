/** Pushes live what was only written: our own changes alone, and `enforced` only after that. */

import { mapConcurrently } from "../concurrency.ts";
import { retryable, WardenError } from "../errors.ts";
import {
  type Change,
  type Directory,
  type Lease,
  type Observation,
  omitUndefined,
  type PublishJobState,
  type SubjectState,
  type Verdict,
} from "../model/index.ts";
import { decide, factsOnRecord } from "../policy/index.ts";
import { isEnforced, type SubjectContext } from "./context.ts";
import { checkGuards } from "./directory-guards.ts";
import { observeSubject } from "./observe.ts";

const READ_BACKS_IN_PARALLEL = 8;

export const publishFailure = (directory: string, why: string): WardenError =>
  new WardenError(
    "ERR_PUBLISH_FAILED",
    `What was written to ${directory} is not pushed live: ${why}; it is written and pushed again the next time.`,
  );

/** Answers the job, or nothing where there is nothing for us to push. Throws `ERR_PUBLISH_FAILED` while a guard speaks against one of them. */
export async function startPublish(
  context: SubjectContext,
  lease: Pick<Lease, "token">,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { id, directory, ledger } = context;
  const ids = publishable(changes).map((change) => change.id);
  if (!directory.publish || ids.length === 0) return undefined;
  const guards = await Promise.all(ids.map((subject) => ledger.readGuards(id, subject)));
  const objection = guards.map((each) => checkGuards(context, lease, each)).find((each) => each !== undefined);
  if (objection) throw publishFailure(id, objection.why);
  return directory.publish.start(ids, signal);
}

/** Those that were written, unless a person pushes them. */
const publishable = (changes: readonly Change[]): Change[] =>
  changes.filter(({ before, learned }) => learned?.written !== undefined && before.pushed !== false);

/**
 * A vendor that cannot answer now may answer the next time: the job goes on without us.
 * @param seen of the look before
 */
export async function pollPublishJob(
  { publish }: Directory,
  job: string,
  signal: AbortSignal,
  seen?: string,
): Promise<PublishJobState> {
  if (!publish) return { done: true, ok: false, detail: "this directory pushes nothing" };
  try {
    return await publish.poll(job, signal, seen);
  } catch (error) {
    if (retryable(error)) return omitUndefined({ done: false, seen } as const);
    throw error;
  }
}

/** What a push did to the counts: the same whenever it is asked again. */
export interface PublishedCounts {
  readonly enforced: number;
  readonly verdicts: Partial<Record<Verdict, number>>;
}

/** Reads back what was pushed live, and records it as `enforced`. @param detail what the vendor said of the job */
export async function confirmPublished(
  context: SubjectContext,
  changes: readonly Change[],
  detail: string,
  signal: AbortSignal,
): Promise<PublishedCounts> {
  const published = await mapConcurrently(publishable(changes), READ_BACKS_IN_PARALLEL, (change) =>
    confirmChange(context, change, detail, signal),
  );
  const verdicts: Partial<Record<Verdict, number>> = {};
  const transitions = published.filter((transition) => transition !== undefined);
  for (const { was, is } of transitions) {
    verdicts[was] = (verdicts[was] ?? 0) - 1;
    verdicts[is] = (verdicts[is] ?? 0) + 1;
  }
  return { enforced: transitions.length, verdicts };
}

interface VerdictTransition {
  readonly was: Verdict;
  readonly is: Verdict;
}

/** What does not show any more was changed by somebody else meanwhile: it stays `staged`, and the next sweep sees to it. */
async function confirmChange(
  context: SubjectContext,
  change: Change,
  detail: string,
  signal: AbortSignal,
): Promise<VerdictTransition | undefined> {
  const state = (await context.ledger.readStates(context.id, [change.id], true)).get(change.id);
  const written = change.learned?.written;
  if (!state || !written) return undefined;
  const observation = await observePublished(
    context,
    change,
    { ...state, written: { ...written, live: true } },
    signal,
  );
  if (!observation) return undefined;
  const why = `the read-back shows it, and it is pushed live: ${detail}`;
  await context.ledger.markPublished(change, observation, why);
  // Something else was written since: the verdict rests on that.
  if (state.written?.version !== written.version) return { was: state.judgement.verdict, is: state.judgement.verdict };
  const staged = decide(observation.subject, context.id, context.policy, { ...state, written }, context.clock());
  return { was: staged.verdict, is: observation.judgement.verdict };
}

/** `undefined`: it does not show. @param past with the change live */
async function observePublished(
  context: SubjectContext,
  { id, run }: Change,
  past: SubjectState,
  signal: AbortSignal,
): Promise<Observation | undefined> {
  const observed = await observeSubject(context, id, past, signal);
  if (!observed || !isEnforced(observed.subject)) return undefined;
  const { subject, judgement, observedAt } = observed;
  const facts = factsOnRecord(subject, judgement, context.id, context.policy, past);
  return { directory: context.id, run, subject, judgement, facts, observedAt };
}
