/** Holds on accounts: what is in force now, an item an account, and a record of each act beside it. */
import { type Hold, type HoldRecord, type HoldStore, MAX_CLOCK_SKEW_MS, MAX_HOLD_HOURS } from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { holdKey, holdPartition, holdRecordKey, holdRecordPartition } from "./keys.ts";
import type { Item } from "./table.ts";

const MAX_HOLD_MS = MAX_HOLD_HOURS * 3_600_000;

/** Holds, an item an account. */
export const holdStore = (context: LedgerContext): HoldStore => ({
  async holdSubject(hold) {
    const { directory, id, reason, by, at, until } = hold;
    // First what protects: whoever dies in between has held the account.
    await context.table.put({ ...holdKey(directory, id), hold });
    await saveRecord(context, hold, { did: "held", by, at, reason, until });
  },

  async endHold(directory, id, by) {
    const at = iso(context.clock());
    const stored = await context.table.get(holdKey(directory, id));
    const hold = await holdIn(context, stored);
    if (!hold) return undefined;
    await context.table.update(holdKey(directory, id), { set: ["#hold.#until = :at"], values: { at } });
    await saveRecord(context, { directory, id }, { did: "ended", by, at });
    return hold;
  },

  async listHolds(directory) {
    const pages = await Array.fromAsync(context.table.query({}, "pk = :pk", { pk: holdPartition(directory) }));
    const holds = await Promise.all(pages.flat().map((item) => holdIn(context, item)));
    return holds.filter((hold) => hold !== undefined);
  },

  async readHoldRecords(directory, id) {
    const pk = holdRecordPartition(directory, id);
    const pages = await Array.fromAsync(context.table.query({}, "pk = :pk", { pk }));
    return pages.flat().map(({ record }): HoldRecord => record);
  },

  async listHeldSubjects(directory) {
    const pages = await Array.fromAsync(context.table.query({}, "pk = :pk", { pk: holdPartition(directory) }));
    return pages.flat().map(({ hold }): Hold => hold);
  },
});

const saveRecord = (
  { table, ulid }: LedgerContext,
  { directory, id }: Pick<Hold, "directory" | "id">,
  record: HoldRecord,
) => table.put({ ...holdRecordKey(directory, id, `${record.at}#${ulid()}`), record });

/**
 * The hold in an item, if it is in force. One that lasts longer than any that is made now was made by a clock that was ahead: it
 * ends when one would that is made now, and the first who sees it writes that down. A time that cannot be read ends nothing.
 */
export async function holdIn({ table, clock }: LedgerContext, item: Item | undefined): Promise<Hold | undefined> {
  const hold: Hold | undefined = item?.hold;
  if (!hold || Date.parse(hold.until) <= clock()) return undefined;
  const latest = clock() + MAX_HOLD_MS;
  if (!(Date.parse(hold.until) > latest + MAX_CLOCK_SKEW_MS)) return hold;
  const until = iso(latest);
  await table.update(holdKey(hold.directory, hold.id), {
    set: ["#hold.#until = :until"],
    when: "#hold.#until = :was",
    values: { until, was: hold.until },
  });
  return { ...hold, until };
}
