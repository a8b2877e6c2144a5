/** The kill switch, the deployed policy and holds: what must hold at the moment of a change; and since when directories are deployed. */
import { isDeepStrictEqual } from "node:util";
import { type Origin, omitUndefined, type SwitchHistory, type SwitchStore, type SwitchTurn } from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { holdIn } from "./holds.ts";
import { holdKey, holdPartition, type Key, leaseKey, switchKey, switchTurnKey, TURN_PREFIX } from "./keys.ts";
import type { Item } from "./table.ts";

/** Scope of the switch that stops changes in every directory. */
const EVERYWHERE = "all";
/** Scope of the deployed policy. A directory may be called so, too: attributes are set one by one. */
const POLICY = "policy";

/** Switches, an item a scope. */
export const switchStore = (context: LedgerContext): SwitchStore => ({
  async readGuards(directory, subject) {
    const { table } = context;
    const held = subject === undefined ? [] : [holdKey(directory, subject)];
    const scopes = [...new Set([EVERYWHERE, directory, POLICY])];
    const items = await table.getAll([...scopes.map(switchKey), leaseKey(directory), ...held], true);
    const find = ({ pk }: Pick<Key, "pk">) => items.find((item) => item.pk === pk);
    const halted = [EVERYWHERE, directory].map((scope) => find(switchKey(scope))).find((item) => item?.halted === true);
    return omitUndefined({
      halted: halted && reasonOf(halted),
      policy: find(switchKey(POLICY))?.hash as string | undefined,
      token: find(leaseKey(directory))?.token as number | undefined,
      held: await holdIn(context, find({ pk: holdPartition(directory) })),
    });
  },

  async setDeployedPolicy(policy) {
    await context.table.update(switchKey(POLICY), { set: ["#hash = :policy"], values: { policy } });
  },

  async trackDirectories(directories) {
    const { table, clock } = context;
    const known: Readonly<Record<string, string>> = (await table.get(switchKey(POLICY)))?.since ?? {};
    const since = Object.fromEntries(directories.map((id) => [id, known[id] ?? iso(clock())]));
    const isNew = !isDeepStrictEqual(since, known);
    if (isNew) await table.update(switchKey(POLICY), { set: ["#since = :since"], values: { since } });
    return new Map(Object.entries(since));
  },

  setKillSwitch: (scope, reason, origin) => turnSwitch(context, scope, reason, origin),
  readSwitchHistory: (scope) => readSwitchHistory(context, scope),
});

/** First what protects, which waits for nothing; then the record of the turn, which says what an earlier version had left. */
async function turnSwitch(
  { table, clock, ulid }: LedgerContext,
  scope: string,
  reason: string | undefined,
  by: Origin,
): Promise<void> {
  const isHalted = reason !== undefined;
  const at = iso(clock());
  const before = await table.exchange(switchKey(scope), {
    set: ["#halted = :halted", "#by = :by", "#at = :at", ...(isHalted ? ["#reason = :reason"] : [])],
    remove: isHalted ? [] : ["#reason"],
    values: omitUndefined({ halted: isHalted, by, at, reason }),
  });
  const turn: SwitchTurn = omitUndefined({ halted: isHalted, reason, by, at });
  await table.put({
    ...switchTurnKey(scope, at, ulid()),
    turn,
    ...omitUndefined({ before: before && turnIn(before) }),
  });
}

async function readSwitchHistory({ table }: LedgerContext, scope: string): Promise<SwitchHistory> {
  const values = { pk: switchKey(scope).pk, prefix: TURN_PREFIX };
  const [item, pages] = await Promise.all([
    table.get(switchKey(scope)),
    Array.fromAsync(table.query({}, "pk = :pk AND begins_with(sk, :prefix)", values)),
  ]);
  const turns: SwitchTurn[] = [];
  for (const { turn, before } of pages.flat()) {
    // Whoever died between the two writes left its turn in the next record alone.
    if (before && before.at !== turns.at(-1)?.at) turns.push(before);
    turns.push(turn);
  }
  const last = item && turnIn(item);
  if (last && last.at !== turns.at(-1)?.at) turns.push(last);
  const isWhole = pages.flat().length > 0 && pages.flat()[0]?.before === undefined;
  return omitUndefined({ turns, firstKnown: isWhole ? undefined : turns[0] });
}

/** The last turn, as the switch itself has it. `undefined`: it was never turned; the item has another use, too. */
function turnIn({ halted, reason, by, at }: Item): SwitchTurn | undefined {
  return halted === undefined ? undefined : { halted, by, at, ...omitUndefined({ reason }) };
}

const reasonOf = ({ reason, by, at }: Item) => `${reason} (${by.by}, ${at})`;
