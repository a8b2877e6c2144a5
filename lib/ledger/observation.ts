/** What an observation makes of a subject's state, and whether that is worth a write. Pure. */
import {
  type ChangeResult,
  type HistoryEvent,
  isInFuture,
  type Observation,
  type Outcome,
  omitUndefined,
  type SubjectState,
} from "../model/index.ts";
import { isReactivated, secretState, verdictSince } from "../policy/index.ts";
import type { LedgerContext } from "./context.ts";

/** The state after an observation. @param learned what else is to be remembered, because of a change */
export function nextState(
  stored: SubjectState | undefined,
  observation: Observation,
  event: HistoryEvent,
  learned: ChangeResult["learned"] = {},
  changedAt: SubjectState["changedAt"] = stored?.changedAt,
): SubjectState {
  const { directory, subject, judgement, facts, observedAt, factsReadAt, factCaveats, groupScope } = observation;
  const { id, username } = subject;
  const written = learned.written ?? secretState(stored?.written, facts);
  return omitUndefined({
    directory,
    id,
    username,
    judgement,
    facts,
    observedAt,
    factsReadAt,
    factCaveats,
    groupScope,
    firstSeenAt: earlierOf(stored?.firstSeenAt, observedAt),
    graceFrom: judgement.graceFrom ?? clockAfter(stored, observation) ?? stored?.graceFrom,
    inactiveSince: inactivityAfter(stored, observation),
    since: verdictSince(stored, judgement.verdict, observedAt),
    enabledSince:
      stored?.enabledSince !== undefined || facts.enabled === true
        ? earlierOf(stored?.enabledSince, observedAt)
        : undefined,
    written,
    writtenAt: written && (learned.written?.live === false ? observedAt : (stored?.writtenAt ?? observedAt)),
    refusedSecret: learned.refusedSecret ?? stored?.refusedSecret,
    // Where nothing new was seen, a departed subject has not come back.
    departed: stored?.observedAt === observedAt ? stored.departed : undefined,
    revertedAt: event.outcome === "reverted" ? event.at : stored?.revertedAt,
    changedAt,
    event,
  });
}

/** Whoever is active again after long enough has a new clock, whatever the verdict. */
function clockAfter(stored: SubjectState | undefined, { facts, observedAt }: Observation): string | undefined {
  if (!stored || facts.active !== true) return undefined;
  return isReactivated(stored, Date.parse(observedAt)) ? observedAt : undefined;
}

function inactivityAfter(stored: SubjectState | undefined, { facts, observedAt }: Observation): string | undefined {
  if (facts.active === true) return undefined;
  return stored?.inactiveSince ?? (facts.active === false ? observedAt : undefined);
}

/** These changes may have reached the account. */
const CHANGING: readonly Outcome[] = ["enforced", "reverted", "staged", "unverified"];
const REMEMBERED_MS = 24 * 3_600_000;

/** The times of our changes with this one, if it may have been made. @param at ISO 8601 */
export function changeTimes(
  { changedAt = [] }: Pick<SubjectState, "changedAt">,
  outcome: Outcome,
  at: string,
): SubjectState["changedAt"] {
  if (!CHANGING.includes(outcome)) return changedAt.length > 0 ? changedAt : undefined;
  return [...changedAt.filter((time) => Date.parse(time) > Date.parse(at) - REMEMBERED_MS), at];
}

/** Nobody was first seen after they were seen. */
const earlierOf = (stored: string | undefined, observedAt: string): string =>
  stored !== undefined && stored < observedAt ? stored : observedAt;

/** The history's line about an observation. @param at ISO 8601 */
export function eventOf(
  { ulid }: Pick<LedgerContext, "ulid">,
  kind: HistoryEvent["kind"],
  { stored, observation, at }: EventSource,
): HistoryEvent {
  const { verdict, why, rule, requirement, exemption } = observation.judgement;
  return omitUndefined({
    id: `${at}#${ulid()}`,
    kind,
    at,
    run: observation.run,
    verdict,
    was: stored?.judgement.verdict,
    why,
    rule,
    requirement,
    exemption,
    facts: observation.facts,
    factsReadAt: observation.factsReadAt,
    factCaveats: observation.factCaveats,
  });
}

interface EventSource {
  readonly stored: SubjectState | undefined;
  readonly observation: Pick<Observation, "run" | "judgement" | "facts" | "factsReadAt" | "factCaveats">;
  readonly at: string;
}

/** Whether an observation is newer than the state and says anything else; a state of the future is written over in any case. */
export const isWorthWriting = (stored: SubjectState | undefined, observation: Observation, now: number): boolean =>
  !stored ||
  isInFuture(stored.observedAt, now) ||
  (stored.observedAt < observation.observedAt && differs(stored, observation));

/** Whether facts that are taken from the record were read anew, and say the same: only their time is written. */
export const isRenewal = (stored: SubjectState, observation: Observation): boolean =>
  observation.renewsFacts === true && stored.observedAt < observation.observedAt;

/** Whether the subject was looked at later than at this time. @param at ISO 8601 @param now milliseconds since 1970 */
export const isSeenAfter = ({ observedAt }: Pick<SubjectState, "observedAt">, at: string, now: number): boolean =>
  observedAt > at && !isInFuture(observedAt, now);

/** `why` and `until` are not compared: they move every day. */
function differs(stored: SubjectState, { subject, judgement, facts }: Observation): boolean {
  const before = stored.judgement;
  return (
    stored.departed !== undefined ||
    !isSame(stored.username, subject.username) ||
    before.verdict !== judgement.verdict ||
    before.rule !== judgement.rule ||
    before.requirement !== judgement.requirement ||
    before.exemption !== judgement.exemption ||
    (judgement.graceFrom !== undefined && judgement.graceFrom !== stored.graceFrom) ||
    !areSameFacts(stored.facts, facts)
  );
}

/**
 * A fact that one side does not know is no difference: enforcement asks for more than a list gives, and where a verdict rests
 * on the fact, the verdict differs.
 */
function areSameFacts(stored: object, observed: object): boolean {
  const other = new Map<string, unknown>(Object.entries(observed));
  return Object.entries(stored).every(
    ([name, value]) => value == null || other.get(name) == null || isSame(value, other.get(name)),
  );
}

/** Deep, whatever the order of keys: DynamoDB keeps none. It also stores half a surrogate pair as U+FFFD. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return a === b || a.toWellFormed() === b.toWellFormed();
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [sortedEntries(a), sortedEntries(b)];
  return (
    left.length === right.length &&
    left.every(([key, value], index) => key === right[index]?.[0] && isSame(value, right[index]?.[1]))
  );
}

const sortedEntries = (object: object): [string, unknown][] =>
  Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
