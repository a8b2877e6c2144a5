/** What is known of each subject now, and how it came about. */
import { mapConcurrently } from "../concurrency.ts";
import { type Observation, omitUndefined, type StateStore, type SubjectState, type Verdict } from "../model/index.ts";
import { retryOnConflict } from "./conflict.ts";
import type { LedgerContext } from "./context.ts";
import { keepClocks } from "./grace-clocks.ts";
import { openPartition, stateKey } from "./keys.ts";
import { eventOf, isRenewal, isSeenAfter, isWorthWriting, nextState } from "./observation.ts";
import {
  archiveEvent,
  eventIn,
  OPEN_SHARDS,
  readState,
  readSubject,
  replaceState,
  type SubjectName,
  stateOf,
} from "./state-item.ts";

/** Subjects of one `saveObservations` that are written at once. */
const WRITES_IN_PARALLEL = 128;
const MAX_ATTEMPTS = 5;

/** States and their history, as subjects are observed. */
export const stateStore = (context: LedgerContext): StateStore => ({
  async readStates(directory, ids, consistent = false) {
    const keys = [...new Set(ids)].map((id) => stateKey(directory, id));
    const items = await context.table.getAll(keys, consistent);
    return new Map(items.map(stateOf).map((state) => [state.id, state]));
  },

  async saveObservations(observations, states) {
    const last = new Map(observations.map((seen) => [`${seen.directory}#${seen.subject.id}`, seen]));
    const changed = [...last.values()].filter((seen) => {
      const stored = states.get(seen.subject.id);
      return isWorthWriting(stored, seen, context.clock()) || (stored && isRenewal(stored, seen));
    });
    const written = await mapConcurrently(changed, WRITES_IN_PARALLEL, (seen) =>
      saveObservation(context, states.get(seen.subject.id), seen),
    );
    return written.reduce((sum, items) => sum + items, 0);
  },

  markDeparted: (directory, id, run, at, how) => saveDeparture(context, { directory, id }, { run, at, how }),
  readHistory: (directory, id) => readHistory(context, { directory, id }),
  listByVerdict: (directory, verdict, limit) => listByVerdict(context, directory, verdict, limit),
});

const saveObservation = (context: LedgerContext, known: SubjectState | undefined, seen: Observation): Promise<number> =>
  writeState(context, { directory: seen.directory, id: seen.subject.id }, known, (stored) => {
    if (!isWorthWriting(stored, seen, context.clock()))
      return stored && isRenewal(stored, seen) ? nextState(stored, seen, stored.event) : undefined;
    const event = eventOf(context, "verdict", { stored, observation: seen, at: seen.observedAt });
    return nextState(stored, seen, event);
  });

/** Writes what `revise` makes of the stored state until it holds; `undefined` leaves it. Answers how many items were written. */
function writeState(
  context: LedgerContext,
  subject: SubjectName,
  known: SubjectState | undefined,
  revise: (stored?: SubjectState) => SubjectState | undefined,
): Promise<number> {
  return retryOnConflict<number>(context, MAX_ATTEMPTS, async (attempt) => {
    const stored = attempt === 0 ? known : await readState(context, subject);
    const next = revise(stored);
    if (!next) return 0;
    // First, so that whoever dies in between leaves the event twice, which reads as once, and never not at all.
    const archived = stored?.event === next.event ? undefined : stored?.event;
    if (archived) await archiveEvent(context, subject, archived);
    const clocks = await keepClocks(context, stored, next);
    if (!(await replaceState(context, stored, next))) return undefined;
    return (archived ? 2 : 1) + clocks;
  });
}

interface Departure {
  readonly run: string;
  readonly at: string;
  readonly how: NonNullable<SubjectState["departed"]>;
}

async function saveDeparture(context: LedgerContext, subject: SubjectName, { run, at, how }: Departure): Promise<void> {
  await writeState(context, subject, await readState(context, subject), (stored) => {
    if (!stored || stored.departed === "confirmed" || stored.departed === how) return undefined;
    if (stored.observedAt === at || isSeenAfter(stored, at, context.clock())) return undefined;
    const event = eventOf(context, "departed", { stored, observation: { ...stored, run }, at });
    return { ...stored, departed: how, inactiveSince: stored.inactiveSince ?? at, observedAt: at, event };
  });
}

async function readHistory(context: LedgerContext, subject: SubjectName) {
  const items = await readSubject(context, subject);
  const state = items.find((item) => item.sk === "STATE");
  const events = [...new Map(items.map(eventIn).map((event) => [event.id, event])).values()];
  return omitUndefined({
    state: state && stateOf(state),
    events: events.sort((a, b) => (a.id < b.id ? -1 : 1)),
  });
}

async function listByVerdict(
  context: LedgerContext,
  directory: string,
  verdict: Verdict,
  limit: number,
): Promise<SubjectState[]> {
  const shards = Array.from({ length: OPEN_SHARDS }, (_, shard) =>
    listShard(context, openPartition(directory, verdict, shard), limit),
  );
  return (await Promise.all(shards))
    .flat()
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}

async function listShard({ table }: LedgerContext, partition: string, limit: number): Promise<SubjectState[]> {
  const found: SubjectState[] = [];
  for await (const page of table.query({ IndexName: "open", Limit: limit }, "#open = :open", { open: partition })) {
    found.push(...page.map(stateOf));
    if (found.length >= limit) break;
  }
  return found;
}
