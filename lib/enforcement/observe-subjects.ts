/** Observes the subjects of a listing: finds out the facts that their verdicts and their changes rest on, and judges them. */

import {
  type Fact,
  type FactName,
  type GraceClock,
  type Judgement,
  NOT_ASKED,
  type Observation,
  omitUndefined,
  type RecordedFacts,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import {
  decide,
  factCaveats,
  factsOnRecord,
  factsToFindAdministrators,
  factTimes,
  groupScopeOf,
  mayChange,
  type Policy,
  pastWithClock,
} from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import { type FactRecord, openFactRecord } from "./fact-record.ts";
import { fetchFacts, fetchFactsForVerdict } from "./fetch-facts.ts";
import { devicesDecide, isEnforceable } from "./guards.ts";

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
  /** What is on record is taken where the directory lets it; absent: everything is read anew. */
  readonly usesRecord?: true;
}

/** The same, with what is found out beside it. */
interface KnownSubjects extends ListedSubjects {
  /** When the grace of user names began, by name; only of those who might be given any. */
  readonly clocks?: ReadonlyMap<string, GraceClock>;
  readonly record?: FactRecord | undefined;
}

/** Answers in the order of the listing. */
export async function observeSubjects(
  context: ObservationContext,
  given: ListedSubjects,
  signal: AbortSignal,
): Promise<Observation[]> {
  const record = given.usesRecord && (await openFactRecord(context, given, signal));
  const listed: KnownSubjects = record ? { ...given, record } : given;
  const fetched = await fetchFactsForVerdict(context, listed.subjects, signal, listed.record);
  const judged = fetched.map((subject) => judge(context, listed, subject));
  const known = await withGraceClocks(context, listed, judged);
  const byClock = known === listed ? judged : judged.map((seen) => judgeByClock(context, known, seen));
  const observations = record ? await readDueAnew(context, known, record, byClock, signal) : byClock;
  const subjects = observations.map(({ subject }) => subject);
  const lacking = new Map(observations.map((seen) => [seen.subject, factsForPlan(context, listed, seen)]));
  const completed = await fetchFacts(context, subjects, (subject) => lacking.get(subject) ?? [], signal);
  return observations.map((observation, index) => {
    const subject = completed[index];
    return subject && subject !== observation.subject ? judge(context, known, subject) : observation;
  });
}

/**
 * No change rests on the record: whoever would be changed is asked for what was taken from it, and judged anew. So is who may be an
 * administrator that somebody is told of, since only groups that rules name are on record.
 */
async function readDueAnew(
  context: ObservationContext,
  known: KnownSubjects,
  record: FactRecord,
  observations: readonly Observation[],
  signal: AbortSignal,
): Promise<readonly Observation[]> {
  const isDue = (seen: Observation) =>
    mayBeChanged(context, known, seen) || isToldOfAdministrators(context.policy, seen.judgement);
  const due = observations.map((seen) => (isDue(seen) ? record.putBack(seen.subject) : undefined));
  const asked = due.filter((subject) => subject !== undefined);
  if (asked.length === 0) return observations;
  const fetched = (await fetchFactsForVerdict(context, asked, signal)).values();
  return observations.map((seen, index) => {
    const subject = due[index] && fetched.next().value;
    return subject ? judge(context, known, subject) : seen;
  });
}

/** The same, with the clocks that user names bring along: asked for only for those who would be given grace. */
async function withGraceClocks(
  context: ObservationContext,
  listed: KnownSubjects,
  judged: readonly Observation[],
): Promise<KnownSubjects> {
  const names = judged.filter(isGraced).map(({ subject }) => subject.username);
  if (names.length === 0) return listed;
  return { ...listed, clocks: await context.ledger.readGraceClocks(context.id, names) };
}

const isGraced = ({ judgement }: Observation): boolean =>
  judgement.verdict === "grace" && judgement.graceFrom !== undefined;

const judgeByClock = (context: ObservationContext, known: KnownSubjects, seen: Observation): Observation =>
  isGraced(seen) ? judge(context, known, seen.subject) : seen;

function pastOf({ states, clocks, askedAt }: KnownSubjects, { id, username }: Subject): SubjectHistory {
  const past: SubjectHistory = states.get(id) ?? { firstSeenAt: new Date(askedAt).toISOString() };
  return pastWithClock(past, clocks?.get(username), askedAt);
}

function judge(context: ObservationContext, listed: KnownSubjects, subject: Subject): Observation {
  const { askedAt } = listed;
  const { id: directory, run, policy } = context;
  const past = pastOf(listed, subject);
  const judgement = decide(subject, directory, policy, past, askedAt);
  const facts = factsOnRecord(subject, judgement, directory, policy, past);
  const observation = { directory, run, subject, judgement, facts, observedAt: new Date(askedAt).toISOString() };
  const times = { factsReadAt: factTimes(subject, facts), factCaveats: factCaveats(subject, facts) };
  return omitUndefined({ ...observation, ...times, ...recordedForReuse(context, listed, subject, facts) });
}

/** What the next sweep must know to take these facts from the record. Where nothing can be taken, nothing is recorded for it. */
function recordedForReuse(
  { directory: { factReuse }, id, policy }: ObservationContext,
  { usesRecord, record }: KnownSubjects,
  { facts }: Subject,
  recorded: RecordedFacts,
): Pick<Observation, "groupScope" | "renewsFacts"> {
  if (!factReuse) return {};
  const groupScope = Array.isArray(recorded.groups) ? groupScopeOf(policy, id) : undefined;
  if (usesRecord && !record) return omitUndefined({ groupScope });
  const isNew = factReuse.facts.some((name) => recorded[name] != null && isReadNow(facts[name]));
  return omitUndefined({ groupScope, renewsFacts: isNew || undefined });
}

const isReadNow = (fact: Fact<unknown> | undefined): boolean => fact?.known === true && fact.readAt === undefined;

/** Whether a change would be made, were this the time for it. */
export const needsChange = (context: SubjectContext, { judgement, subject }: Observation): boolean =>
  context.directory.enforce !== undefined && isEnforceable(context, judgement, subject);

/** Whether this sweep or event would plan a change of it. */
function mayBeChanged(
  context: SubjectContext,
  { alsoChanged }: Pick<ListedSubjects, "alsoChanged">,
  observation: Observation,
): boolean {
  const { subject } = observation;
  if (subject.profile || !mayChange(context.policy, context.id)) return false;
  return needsChange(context, observation) || alsoChanged?.has(subject.id) === true;
}

const NOTHING: readonly FactName[] = [];

/** Whether somebody is told of it if this is an administrator. */
export const isToldOfAdministrators = ({ notify }: Policy, { verdict }: Judgement): boolean =>
  notify?.administrators !== undefined && verdict === "violating";

/** What a planned change must know beyond its verdict and nobody has asked for: who could not sign in afterwards, and who is an administrator. */
function factsForPlan(
  context: SubjectContext,
  { alsoChanged }: ListedSubjects,
  observation: Observation,
): readonly FactName[] {
  const { id, policy } = context;
  const { subject, judgement } = observation;
  if (subject.profile) return NOTHING;
  const isChanged = mayBeChanged(context, { alsoChanged }, observation);
  if (!isChanged && !isToldOfAdministrators(policy, judgement)) return NOTHING;
  const isDue = isChanged && needsChange(context, observation);
  const forAdministrators = factsToFindAdministrators(subject, id, policy);
  const lacksDevices = isDue && subject.facts.devices === NOT_ASKED && devicesDecide(context, judgement);
  return lacksDevices ? ["devices", ...forAdministrators] : forAdministrators;
}
