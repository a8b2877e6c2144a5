/** Rechecks one subject for all of its events: opens its directory, looks at it afresh, and has it changed if policy says so. */

import { eventChange, observeSubjects, publishQueue, recordIfMade } from "../enforcement/index.ts";
import { WardenError } from "../errors.ts";
import {
  type Directory,
  isInFuture,
  type Ledger,
  MAX_CLOCK_SKEW_MS,
  type Observation,
  type SubjectEvent,
  type SubjectState,
} from "../model/index.ts";
import { changeIfDue, publishIfStaged } from "./change-subject.ts";
import { leaseOf, type RecheckContext, recheckContext, runOf } from "./context.ts";
import type { DirectoryCache } from "./directory-cache.ts";
import type { RecheckResult, SubjectRecheckPorts } from "./ports.ts";
import type { RecheckSubject, SubjectEvents } from "./subject-events.ts";

const OPEN_DEADLINE_MS = 60_000;
const RECHECK_DEADLINE_MS = 60_000;
/** Where what was written must be pushed live too. */
const RECHECK_AND_PUSH_DEADLINE_MS = 4 * 60_000;

/** The states that exist of the subject, by its id: one, read strongly consistent, or none. */
type States = ReadonlyMap<string, SubjectState>;

export function subjectRechecker(ports: SubjectRecheckPorts, directories: DirectoryCache): RecheckSubject {
  const publish = publishQueue();
  return async (subjectEvents, signal) => {
    const { directory: id, subject } = subjectEvents;
    const [unhandled, states] = await Promise.all([
      dropHandled(ports.ledger, subjectEvents),
      ports.ledger.readStates(id, [subject], true),
    ]);
    if (!unhandled) return report(ports, subjectEvents, { did: "seen" });
    try {
      const directory = await directories.open(id, withDeadline(signal, OPEN_DEADLINE_MS));
      const run = runOf(findClaimant(unhandled, states.get(subject)) ?? unhandled.events[0]);
      const context = recheckContext(ports, id, directory, { run, publish, directories });
      const result = await recheck(context, unhandled, states, withDeadline(signal, deadlineMs(directory)));
      await ports.ledger.markEventsHandled(id, idsOf(unhandled));
      report(ports, subjectEvents, result);
    } catch (error) {
      // The secret may have a new version; the next look opens the directory again.
      directories.forget(id);
      const why = error instanceof WardenError ? `${error.code}: ${error.message}` : "unexpected";
      report(ports, subjectEvents, { did: "failed", why });
      throw error;
    }
  };
}

const idsOf = ({ events }: SubjectEvents): string[] => events.map(({ id }) => id);

async function dropHandled(ledger: Ledger, subjectEvents: SubjectEvents): Promise<SubjectEvents | undefined> {
  const handled = await ledger.handledEvents(subjectEvents.directory, idsOf(subjectEvents));
  const [first, ...others] = subjectEvents.events.filter(({ id }) => !handled.has(id));
  return first && { ...subjectEvents, events: [first, ...others] };
}

const report = ({ onProgress }: SubjectRecheckPorts, subjectEvents: SubjectEvents, result: RecheckResult): void => {
  const { directory, subject } = subjectEvents;
  onProgress?.({ directory, subject, events: idsOf(subjectEvents), ...result });
};

const withDeadline = (signal: AbortSignal, ms: number) => AbortSignal.any([signal, AbortSignal.timeout(ms)]);
const deadlineMs = ({ publish }: Directory) => (publish ? RECHECK_AND_PUSH_DEADLINE_MS : RECHECK_DEADLINE_MS);

/** The event whose earlier try died after its claim: what it did must be on record before anything else. */
const findClaimant = ({ events }: SubjectEvents, state: SubjectState | undefined): SubjectEvent | undefined =>
  events.find((event) => runOf(event) === state?.claim?.by);

async function recheck(
  context: RecheckContext,
  { subject, events }: SubjectEvents,
  states: States,
  signal: AbortSignal,
): Promise<RecheckResult> {
  const state = states.get(subject);
  const claimed = state?.claim?.by === context.run;
  if (state && !claimed && events.every((event) => isOlder(event, state, context.clock()))) return { did: "older" };
  const askedAt = context.clock();
  const read = await context.directory.read(subject, signal);
  const listed = { subjects: read ? [read] : [], states, askedAt };
  const [observation] = await observeSubjects(context, listed, signal);
  if (!observation) {
    if (state) await markDeparted(context, subject, askedAt);
    return { did: "gone" };
  }
  if (claimed) return finishChange(context, observation, { state, states }, signal);
  return changeIfDue(context, observation, states, signal);
}

/**
 * Only by more than clocks may be apart. What an earlier try of the same event saw is not newer than the event, since that try
 * may have failed; nor is what was seen in the future.
 */
const isOlder = (event: SubjectEvent, state: SubjectState, now: number): boolean =>
  event.at !== undefined &&
  !isInFuture(state.observedAt, now) &&
  state.event.run !== runOf(event) &&
  Date.parse(event.at) + MAX_CLOCK_SKEW_MS < Date.parse(state.observedAt);

const markDeparted = ({ ledger, id, run }: RecheckContext, subject: string, askedAt: number): Promise<void> =>
  ledger.markDeparted(id, subject, run, new Date(askedAt).toISOString(), "confirmed");

/** Finishes what an earlier try of this event began. */
async function finishChange(
  context: RecheckContext,
  observation: Observation,
  { state, states }: { readonly state: SubjectState; readonly states: States },
  signal: AbortSignal,
): Promise<RecheckResult> {
  await context.ledger.saveObservations([observation], states);
  const change = eventChange(context.run, observation);
  const made = await recordIfMade(context, { lease: leaseOf(context), change, state }, signal);
  if (made) return publishIfStaged(context, change, made, signal);
  return changeIfDue(context, observation, undefined, signal);
}
