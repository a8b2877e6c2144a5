/** Observes one subject: reads it, finds out the facts that matter, and judges it. */

import { type FactName, NOT_ASKED, type Subject, type SubjectHistory, type SubjectState } from "../model/index.ts";
import { decide, factsToFetch } from "../policy/index.ts";
import { isoNow, type ObservedSubject, type SubjectContext } from "./context.ts";
import { fetchFacts, fetchFactsForVerdict } from "./fetch-facts.ts";

/** Reads and judges one subject now, its devices too; `undefined`: the vendor has no such subject. */
export async function observeSubject(
  context: SubjectContext,
  id: string,
  past: SubjectHistory,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  const observedAt = isoNow(context);
  const subject = await context.directory.read(id, signal);
  return subject && completeForChange(context, past, { subject, observedAt }, signal);
}

/** Judges what was just read, with its devices too. */
async function completeForChange(
  context: SubjectContext,
  past: SubjectHistory,
  { subject: read, observedAt }: JustRead,
  signal: AbortSignal,
): Promise<ObservedSubject> {
  const lacking = factsForChange(context, read);
  const [subject = read] = await fetchFacts(context, [read], () => lacking, signal);
  return judgeAgain(context, past, { subject, observedAt });
}

type JustRead = Pick<ObservedSubject, "subject" | "observedAt">;

/** Reads and judges one subject now, with what its verdict rests on alone; `undefined`: the vendor has no such subject. */
export async function observeVerdict(
  context: SubjectContext,
  id: string,
  past: SubjectHistory,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  const observedAt = isoNow(context);
  const read = await context.directory.read(id, signal);
  const [subject] = await fetchFactsForVerdict(context, read ? [read] : [], signal);
  return subject && judgeAgain(context, past, { subject, observedAt });
}

/** How long what was read of a subject is taken for what it is now, in ms. */
const MAX_AGE_OF_READ_MS = 10_000;

/** Whether it was read moments ago. */
export function isJustRead(
  { clock }: Pick<SubjectContext, "clock">,
  { observedAt }: Pick<ObservedSubject, "observedAt">,
): boolean {
  const age = clock() - Date.parse(observedAt);
  return age >= 0 && age <= MAX_AGE_OF_READ_MS;
}

/**
 * The subject of a claim as it is now: as whoever asks has just read it, unless somebody has looked or changed something since;
 * else it is read. With its devices either way.
 */
export function observeClaimed(
  context: SubjectContext,
  state: SubjectState,
  justRead: JustRead | undefined,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  return justRead && isJustRead(context, justRead) && isNewest(state, justRead)
    ? completeForChange(context, state, justRead, signal)
    : observeSubject(context, state.id, state, signal);
}

function isNewest({ observedAt, event }: SubjectState, justRead: JustRead): boolean {
  const readAt = Date.parse(justRead.observedAt);
  return Date.parse(observedAt) <= readAt && (event.kind !== "outcome" || Date.parse(event.at) <= readAt);
}

/** A change rests on everything that can be known: groups that choose the rule, devices always. */
function factsForChange({ id, policy }: SubjectContext, subject: Subject): readonly FactName[] {
  if (subject.profile) return [];
  const wanted = new Set(factsToFetch(subject, id, policy));
  if (subject.facts.devices === NOT_ASKED) wanted.add("devices");
  return [...wanted];
}

/** Judges what was observed by what is remembered now. */
export function judgeAgain(
  { id, policy, clock }: SubjectContext,
  past: SubjectHistory,
  { subject, observedAt }: JustRead,
): ObservedSubject {
  return { subject, judgement: decide(subject, id, policy, past, clock()), observedAt };
}
