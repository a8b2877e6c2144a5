/** Observes subjects: finds out the facts that matter and judges them. */

import {
  type FactName,
  NOT_ASKED,
  type Observation,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import {
  bindingRule,
  decide,
  factsOnRecord,
  factsToFetch,
  factsToFindAdministrators,
  mayChange,
  type Policy,
} from "../policy/index.ts";
import { isoNow, type ObservedSubject, type SubjectContext } from "./context.ts";
import { fetchFacts } from "./fetch-facts.ts";
import { isEnforceable } from "./guards.ts";

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

/** Whatever is observed is observed by a run, or by an event under a name of its own. */
interface ObservationContext extends SubjectContext {
  readonly run: string;
}

/** Subjects as a listing or a read gave them. */
export interface ListedSubjects {
  readonly subjects: readonly Subject[];
  /** What is known of them, by id. */
  readonly states: ReadonlyMap<string, SubjectState>;
  /** When the vendor was asked, by our clock in ms: what it says may be no newer. */
  readonly askedAt: number;
  /** Those that are changed whatever their verdict, by id. */
  readonly alsoChanged?: ReadonlyMap<string, unknown> | undefined;
}

/** Groups choose the rule, the rule asks for devices; what is not known after that many rounds will not be. */
const MAX_FETCH_ROUNDS = 3;

/** Answers in the order of the listing. */
export async function observeSubjects(
  context: ObservationContext,
  listed: ListedSubjects,
  signal: AbortSignal,
): Promise<Observation[]> {
  const subjects = await fetchFactsForVerdict(context, listed.subjects, signal);
  const observations = subjects.map((subject) => judge(context, listed, subject));
  const lacking = new Map(observations.map((seen) => [seen.subject, factsForPlan(context, listed, seen)]));
  const completed = await fetchFacts(context, subjects, (subject) => lacking.get(subject) ?? [], signal);
  return observations.map((observation, index) => {
    const subject = completed[index];
    return subject && subject !== observation.subject ? judge(context, listed, subject) : observation;
  });
}

async function fetchFactsForVerdict(
  context: SubjectContext,
  listed: readonly Subject[],
  signal: AbortSignal,
): Promise<readonly Subject[]> {
  const lacking = (subject: Subject) => factsToFetch(subject, context.id, context.policy);
  let subjects = listed;
  for (let round = 0; round < MAX_FETCH_ROUNDS; round++) {
    const fetched = await fetchFacts(context, subjects, lacking, signal);
    if (fetched === subjects) return subjects;
    subjects = fetched;
  }
  return subjects;
}

function judge(context: ObservationContext, { states, askedAt }: ListedSubjects, subject: Subject): Observation {
  const { id: directory, run, policy } = context;
  const observedAt = new Date(askedAt).toISOString();
  const past: SubjectHistory = states.get(subject.id) ?? { firstSeenAt: observedAt };
  const judgement = decide(subject, directory, policy, past, askedAt);
  const facts = factsOnRecord(subject, judgement, directory, policy, past);
  return { directory, run, subject, judgement, facts, observedAt };
}

/** Whether a change would be made, were this the time for it. */
export const needsChange = (context: SubjectContext, { judgement, subject }: Observation): boolean =>
  context.directory.enforce !== undefined && isEnforceable(context, judgement, subject);

const NOTHING: readonly FactName[] = [];

/** What a planned change must know beyond its verdict and nobody has asked for: who could not sign in afterwards, and who is an administrator. */
function factsForPlan(
  context: SubjectContext,
  { alsoChanged }: ListedSubjects,
  observation: Observation,
): readonly FactName[] {
  const { id, policy } = context;
  const { subject } = observation;
  if (subject.profile || !mayChange(policy, id)) return NOTHING;
  const isDue = needsChange(context, observation);
  if (!isDue && !alsoChanged?.has(subject.id)) return NOTHING;
  const forAdministrators = factsToFindAdministrators(subject, id, policy);
  return isDue && devicesDecide(policy, observation) ? ["devices", ...forAdministrators] : forAdministrators;
}

/** Whether its devices decide if it can be changed at all, and nobody has asked for them. */
const devicesDecide = (policy: Policy, { subject, judgement }: Observation): boolean =>
  subject.facts.devices === NOT_ASKED && bindingRule(policy, judgement)?.withoutDevice !== "enforce";
