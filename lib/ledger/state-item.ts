/** The item of a subject's state, and those of its history beside it: how they are read, replaced and archived. */
import { createHash } from "node:crypto";
import { type HistoryEvent, omitUndefined, type SubjectState } from "../model/index.ts";
import type { LedgerContext } from "./context.ts";
import { historyKey, keyPart, openPartition, stateKey, subjectPartition } from "./keys.ts";
import type { Item } from "./table.ts";

/** The parts that each verdict of a directory has in the index `open`. */
export const OPEN_SHARDS = 16;

/** Which subject: its id as the vendor has it, which is not always as DynamoDB stores it. */
export type SubjectName = Pick<SubjectState, "directory" | "id">;

/** The state in an item; claim and notices are attributes of their own. */
export function stateOf(item: Item): SubjectState {
  const state: SubjectState = withInactivity(item.state);
  if (item.claim === undefined && item.notices === undefined) return state;
  return omitUndefined({ ...state, claim: item.claim, notices: item.notices?.list });
}

/** An earlier version did not write down since when somebody has been inactive. */
function withInactivity(state: SubjectState): SubjectState {
  const { inactiveSince, departed, facts, observedAt, since, event } = state;
  if (inactiveSince !== undefined || (departed === undefined && facts.active !== false)) return state;
  return { ...state, inactiveSince: departed === undefined ? (since ?? event.at) : observedAt };
}

/** The latest event is in the state; older ones are items of their own. */
export const eventIn = (item: Item): HistoryEvent => item.event ?? item.state.event;

/** The state as it is now; strongly consistent. */
export async function readState(
  { table }: LedgerContext,
  { directory, id }: SubjectName,
): Promise<SubjectState | undefined> {
  const item = await table.get(stateKey(directory, id));
  return item && stateOf(item);
}

/** The items of the state and of every archived event. */
export const readSubject = async ({ table }: LedgerContext, { directory, id }: SubjectName): Promise<Item[]> =>
  (await Array.fromAsync(table.query({}, "pk = :pk", { pk: subjectPartition(directory, id) }))).flat();

/** Adds an event to the history, and never writes over one; safe to repeat, since an event's id is its key. */
export async function archiveEvent(
  { table }: LedgerContext,
  { directory, id }: SubjectName,
  event: HistoryEvent,
): Promise<void> {
  await table.put({ ...historyKey(directory, id, event.id), event }, { when: "attribute_not_exists(pk)" });
}

/**
 * Puts `next` in the place of exactly `stored`: every write of a state brings a new event or a later time, which so tell one from
 * another.
 * Notices stay as they are; so does the claim, unless `holder` names who holds it: then it is freed.
 */
export async function replaceState(
  { table }: LedgerContext,
  stored: SubjectState | undefined,
  next: SubjectState,
  holder?: string,
): Promise<boolean> {
  const { claim: _claim, notices: _notices, ...state } = next;
  const index = openIndexKey(state);
  const item = await table.update(stateKey(next.directory, next.id), {
    set: ["#state = :state", ...(index ? ["#open = :open", "#openId = :openId"] : [])],
    remove: [...(index ? [] : ["#open", "#openId"]), ...(holder === undefined ? [] : ["#claim"])],
    when: [
      stored ? "#state.#event.#id = :was AND #state.#observedAt = :seen" : "attribute_not_exists(pk)",
      ...(holder === undefined ? [] : ["#claim.#by = :by"]),
    ].join(" AND "),
    values: omitUndefined({ state, ...index, by: holder, was: stored?.event.id, seen: stored?.observedAt }),
  });
  return item !== undefined;
}

/** Where the index lists a subject; `undefined` for those nobody has to look at. */
function openIndexKey({ directory, id, judgement, departed }: SubjectState) {
  if (departed || judgement.verdict === "compliant" || judgement.verdict === "out-of-scope") return undefined;
  const shard = (createHash("sha256").update(id).digest()[0] ?? 0) % OPEN_SHARDS;
  return { open: openPartition(directory, judgement.verdict, shard), openId: keyPart(id) };
}
