/** Observes the subjects of a listing: finds out the facts that their verdicts and their changes rest on, and judges them. */

import {
  type FactName,
  type GraceClock,
  type Judgement,
  NOT_ASKED,
  type Observation,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import {
  decide,
  factsOnRecord,
  factsToFindAdministrators,
  mayChange,
  type Policy,
  pastWithClock,
} from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
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
  /** When the grace of user names began, by name; only of those who might be given any. */
  readonly clocks?: ReadonlyMap<string, GraceClock>;
}

/** Answers in the order of the listing. */
export async function observeSubjects(
  context: ObservationContext,
  listed: ListedSubjects,
  signal: AbortSignal,
): Promise<Observation[]> {
  const subjects = await fetchFactsForVerdict(context, listed.subjects, signal);
  const judged = subjects.map((subject) => judge(context, listed, subject));
  const known = await withGraceClocks(context, listed, judged);
  const observations = known === listed ? judged : judged.map((seen) => judgeByClock(context, known, seen));
  const lacking = new Map(observations.map((seen) => [seen.subject, factsForPlan(context, listed, seen)]));
  const completed = await fetchFacts(context, subjects, (subject) => lacking.get(subject) ?? [], signal);
  return observations.map((observation, index) => {
    const subject = completed[index];
    return subject && subject !== observation.subject ? judge(context, known, subject) : observation;
  });
}

/** The same, with the clocks that user names bring along: asked for only for those who would be given grace. */
async function withGraceClocks(
  context: ObservationContext,
  listed: ListedSubjects,
  judged: readonly Observation[],
): Promise<ListedSubjects> {
  const names = judged.filter(isGraced).map(({ subject }) => subject.username);
  if (names.length === 0) return listed;
  return { ...listed, clocks: await context.ledger.readGraceClocks(context.id, names) };
}

const isGraced = ({ judgement }: Observation): boolean =>
  judgement.verdict === "grace" && judgement.graceFrom !== undefined;

const judgeByClock = (context: ObservationContext, known: ListedSubjects, seen: Observation): Observation =>
  isGraced(seen) ? judge(context, known, seen.subject) : seen;

function pastOf({ states, clocks, askedAt }: ListedSubjects, { id, username }: Subject): SubjectHistory {
  const past: SubjectHistory = states.get(id) ?? { firstSeenAt: new Date(askedAt).toISOString() };
  return pastWithClock(past, clocks?.get(username), askedAt);
}

function judge(context: ObservationContext, listed: ListedSubjects, subject: Subject): Observation {
  const { askedAt } = listed;
  const { id: directory, run, policy } = context;
  const past = pastOf(listed, subject);
  const judgement = decide(subject, directory, policy, past, askedAt);
  const facts = factsOnRecord(subject, judgement, directory, policy, past);
  return { directory, run, subject, judgement, facts, observedAt: new Date(askedAt).toISOString() };
}

/** Whether a change would be made, were this the time for it. */
export const needsChange = (context: SubjectContext, { judgement, subject }: Observation): boolean =>
  context.directory.enforce !== undefined && isEnforceable(context, judgement, subject);

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
  const isDue = mayChange(policy, id) && needsChange(context, observation);
  const isChanged = isDue || (mayChange(policy, id) && alsoChanged?.has(subject.id));
  if (!isChanged && !isToldOfAdministrators(policy, judgement)) return NOTHING;
  const forAdministrators = factsToFindAdministrators(subject, id, policy);
  const lacksDevices = isDue && subject.facts.devices === NOT_ASKED && devicesDecide(context, judgement);
  return lacksDevices ? ["devices", ...forAdministrators] : forAdministrators;
}
