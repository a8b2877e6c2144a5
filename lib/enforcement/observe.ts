/** Observes one subject: reads it, finds out the facts that matter, and judges it. */

import {
  type Change,
  type Fact,
  type FactName,
  NOT_ASKED,
  omitUndefined,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import { decide, factsToFetch } from "../policy/index.ts";
import { isoNow, type ObservedSubject, type SubjectContext } from "./context.ts";
import { directionOf, showsChange } from "./direction.ts";
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
export async function observeClaimed(
  context: SubjectContext,
  { change, state }: Claimed,
  justRead: JustRead | undefined,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  if (justRead && isJustRead(context, justRead) && isNewest(state, justRead))
    return completeForChange(context, state, justRead, signal);
  const observedAt = isoNow(context);
  const subject = await readForChange(context, change, signal);
  return subject && completeForChange(context, state, { subject, observedAt }, signal);
}

interface Claimed {
  readonly change: Pick<Change, "id" | "revert">;
  readonly state: SubjectState;
}

/** That a change is still to be made may come from the account's own record; that it is made already, only from the switch itself. */
async function readForChange(
  { directory }: SubjectContext,
  change: Claimed["change"],
  signal: AbortSignal,
): Promise<Subject | undefined> {
  if (!directory.readForChange || !directory.readBack) return directory.read(change.id, signal);
  const read = await directory.readForChange(change.id, signal);
  if (!read || isToBeMade(change, read)) return read;
  return directory.readBack(read, signal);
}

const isToBeMade = (change: Claimed["change"], subject: Subject): boolean =>
  subject.facts.enabled.known && !showsChange(directionOf(change), subject);

function isNewest({ observedAt, event }: SubjectState, justRead: JustRead): boolean {
  const readAt = Date.parse(justRead.observedAt);
  return Date.parse(observedAt) <= readAt && (event.kind !== "outcome" || Date.parse(event.at) <= readAt);
}

/** The subject with the time at which each known fact of it was read: it tells those that are read anew from those that are not. */
export function withReadTime({ subject, observedAt }: JustRead): Subject {
  const timed = <T>(fact: Fact<T>): Fact<T> => (fact.known ? { readAt: observedAt, ...fact } : fact);
  const { facts, profile } = subject;
  const { active, enabled, devices, bypass, population, groups, createdAt } = facts;
  return {
    ...subject,
    facts: {
      active: timed(active),
      enabled: timed(enabled),
      devices: timed(devices),
      population: timed(population),
      groups: timed(groups),
      createdAt: timed(createdAt),
      ...omitUndefined({ bypass: bypass && timed(bypass) }),
    },
    ...omitUndefined({ profile: profile && { ...profile, used: timed(profile.used) } }),
  };
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
