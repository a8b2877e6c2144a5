/** What is known of each subject now, and how it came about. */
import { createHash } from "node:crypto";
import { mapConcurrently } from "../concurrency.ts";
import type { ChangeResult, HistoryEvent, Ledger, Observation, SubjectState } from "../model/index.ts";
import { secretState, verdictSince } from "../policy/index.ts";
import { type Item, type Key, keyPart, type LedgerContext, retryOnConflict } from "./table.ts";

/** Writes of one `observe` that may be under way at once. */
const WRITES_AT_ONCE = 128;
const TRIES = 5;
const SHARDS = 16;

const partition = (directory: string, id: string) => `SUBJECT#${directory}#${keyPart(id)}`;
export const stateKey = (directory: string, id: string): Key => ({ pk: partition(directory, id), sk: "STATE" });

export function stateOf(item: Item): SubjectState {
  const state: SubjectState = item.state;
  return item.claim === undefined ? state : { ...state, claim: item.claim };
}

export async function readState(
  { table }: LedgerContext,
  directory: string,
  id: string,
): Promise<SubjectState | undefined> {
  const item = await table.get(stateKey(directory, id));
  return item && stateOf(item);
}

/** Adds an event to the history; safe to repeat, since an event's id is its key. */
export async function archive(
  { table }: LedgerContext,
  directory: string,
  id: string,
  event: HistoryEvent,
): Promise<void> {
  await table.put({ pk: partition(directory, id), sk: `EVENT#${event.id}`, event });
}

/**
 * Puts `next` in the place of exactly `stored`; every write of a state brings a new event, which so tells one from another.
 * The claim is an attribute of its own that stays as it is, unless `freeing` names its holder.
 */
export async function replaceState(
  { table }: LedgerContext,
  stored: SubjectState | undefined,
  next: SubjectState,
  freeing?: string,
): Promise<boolean> {
  const { claim, ...state } = next;
  const open = shelf(state);
  const free = freeing === undefined ? undefined : { by: freeing };
  const item = await table.update(stateKey(next.directory, next.id), {
    set: ["#state = :state", ...(open ? ["#open = :open", "#openId = :openId"] : [])],
    remove: [...(open ? [] : ["#open", "#openId"]), ...(free ? ["#claim"] : [])],
    when: [
      stored ? "#state.#event.#id = :was" : "attribute_not_exists(pk)",
      ...(free ? ["#claim.#by = :by"] : []),
    ].join(" AND "),
    values: { state, ...open, ...free, ...(stored ? { was: stored.event.id } : {}) },
  });
  return item !== undefined;
}

const shelfName = (directory: string, verdict: string, shard: number) => `OPEN#${directory}#${verdict}#${shard}`;

/** Where the index lists it; nothing for those nobody has to look at. */
function shelf({ directory, id, judgement, departed }: SubjectState): { open: string; openId: string } | undefined {
  if (departed || judgement.verdict === "compliant" || judgement.verdict === "out-of-scope") return undefined;
  const shard = (createHash("sha256").update(id).digest()[0] ?? 0) % SHARDS;
  return { open: shelfName(directory, judgement.verdict, shard), openId: keyPart(id) };
}

/** What an observation makes of the state. */
export function observed(
  stored: SubjectState | undefined,
  observation: Observation,
  event: HistoryEvent,
  learned: ChangeResult["learned"] = {},
): SubjectState {
  const { directory, subject, judgement, facts, observedAt } = observation;
  const enabledSince = stored?.enabledSince ?? (facts.enabled === true ? observedAt : undefined);
  const { refusedSecret } = { ...stored, ...learned };
  const written = learned.written ?? secretState(stored?.written, facts);
  // Where nothing new was seen, a departed subject has not come back.
  const departed = stored?.observedAt === observedAt ? stored.departed : undefined;
  return {
    directory,
    id: subject.id,
    username: subject.username,
    judgement,
    facts,
    observedAt,
    firstSeenAt: stored?.firstSeenAt ?? observedAt,
    since: verdictSince(stored, judgement.verdict, observedAt),
    ...(enabledSince === undefined ? {} : { enabledSince }),
    ...(written === undefined ? {} : { written }),
    ...(refusedSecret === undefined ? {} : { refusedSecret }),
    ...(departed === undefined ? {} : { departed }),
    event,
  };
}

/** The history's line about an observation. @param at ISO 8601 */
export function eventOf(
  { ulid }: LedgerContext,
  kind: HistoryEvent["kind"],
  stored: SubjectState | undefined,
  observation: Pick<Observation, "run" | "judgement" | "facts">,
  at: string,
): HistoryEvent {
  const { verdict, why, rule, requirement, exemption } = observation.judgement;
  return {
    id: `${at}#${ulid()}`,
    kind,
    at,
    run: observation.run,
    verdict,
    ...(stored ? { was: stored.judgement.verdict } : {}),
    why,
    ...(rule === undefined ? {} : { rule }),
    ...(requirement === undefined ? {} : { requirement }),
    ...(exemption === undefined ? {} : { exemption }),
    facts: observation.facts,
  };
}

/** `why` and `until` are not compared: they move every day. */
function differs(stored: SubjectState, { subject, judgement, facts }: Observation): boolean {
  const was = stored.judgement;
  return (
    stored.departed !== undefined ||
    !same(stored.username, subject.username) ||
    was.verdict !== judgement.verdict ||
    was.rule !== judgement.rule ||
    was.requirement !== judgement.requirement ||
    was.exemption !== judgement.exemption ||
    !sameFacts(stored.facts, facts)
  );
}

/**
 * A fact that one side does not know is no difference: enforcement asks for more than a list gives, and where a verdict rests
 * on the fact, the verdict differs.
 */
const sameFacts = (a: object, b: object) => {
  const other = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(
    ([name, value]) => value == null || other.get(name) == null || same(value, other.get(name)),
  );
};

/** Deep, whatever the order of keys: DynamoDB keeps none. It also stores half a surrogate pair as U+FFFD. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return a === b || a.toWellFormed() === b.toWellFormed();
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [entries(a), entries(b)];
  return (
    left.length === right.length && left.every(([key, value], i) => key === right[i]?.[0] && same(value, right[i]?.[1]))
  );
}

const entries = (object: object): [string, unknown][] =>
  Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

const worthWriting = (stored: SubjectState | undefined, observation: Observation) =>
  !stored || (stored.observedAt < observation.observedAt && differs(stored, observation));

/** States and their history, as subjects are observed. */
export function states(
  needs: LedgerContext,
): Pick<Ledger, "readStates" | "saveObservations" | "markDeparted" | "readHistory" | "listByVerdict"> {
  const { table, pause } = needs;

  /** Writes what `revise` makes of the stored state until it holds; `undefined` leaves it. Answers the items written. */
  function write(
    known: SubjectState | undefined,
    directory: string,
    id: string,
    revise: (stored?: SubjectState) => SubjectState | undefined,
  ) {
    return retryOnConflict<number>(pause, TRIES, async (attempt) => {
      const stored = attempt === 0 ? known : await readState(needs, directory, id);
      const next = revise(stored);
      if (!next) return 0;
      // First, so that whoever dies in between leaves the event twice, which reads as once, and never not at all.
      if (stored) await archive(needs, directory, id, stored.event);
      if (!(await replaceState(needs, stored, next))) return undefined;
      return stored ? 2 : 1;
    });
  }

  return {
    async readStates(directory, ids, consistent = false) {
      const keys = [...new Set(ids)].map((id) => stateKey(directory, id));
      const items = await table.getAll(keys, consistent);
      return new Map(items.map(stateOf).map((state) => [state.id, state]));
    },

    async saveObservations(observations, states) {
      const last = new Map(observations.map((seen) => [`${seen.directory}#${seen.subject.id}`, seen]));
      const changed = [...last.values()].filter((seen) => worthWriting(states.get(seen.subject.id), seen));
      const written = await mapConcurrently(changed, WRITES_AT_ONCE, (seen) =>
        write(states.get(seen.subject.id), seen.directory, seen.subject.id, (stored) =>
          worthWriting(stored, seen)
            ? observed(stored, seen, eventOf(needs, "verdict", stored, seen, seen.observedAt))
            : undefined,
        ),
      );
      return written.reduce((sum, items) => sum + items, 0);
    },

    async markDeparted(directory, id, run, at, how) {
      await write(await readState(needs, directory, id), directory, id, (stored) => {
        if (!stored || stored.observedAt >= at || stored.departed === "confirmed" || stored.departed === how)
          return undefined;
        const event = eventOf(needs, "departed", stored, { ...stored, run }, at);
        return { ...stored, departed: how, observedAt: at, event };
      });
    },

    async readHistory(directory, id) {
      const values = { pk: partition(directory, id) };
      const items = (await Array.fromAsync(table.query({}, "pk = :pk", values))).flat();
      const state = items.find((item) => item.sk === "STATE");
      const all: HistoryEvent[] = items.map((item) => item.event ?? item.state.event);
      const events = [...new Map(all.map((event) => [event.id, event])).values()];
      return { ...(state ? { state: stateOf(state) } : {}), events: events.sort((a, b) => (a.id < b.id ? -1 : 1)) };
    },

    async listByVerdict(directory, verdict, limit) {
      const shards = await Promise.all(
        Array.from({ length: SHARDS }, async (_, shard) => {
          const found: SubjectState[] = [];
          const shelved = { open: shelfName(directory, verdict, shard) };
          for await (const page of table.query({ IndexName: "open", Limit: limit }, "#open = :open", shelved)) {
            found.push(...page.map(stateOf));
            if (found.length >= limit) break;
          }
          return found;
        }),
      );
      return shards
        .flat()
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
  };
}
