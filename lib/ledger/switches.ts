/** The kill switch, the deployed policy and holds: what must hold at the moment of a change; and since when directories are deployed. */
import { isDeepStrictEqual } from "node:util";
import { omitUndefined, type SwitchStore } from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { holdIn } from "./holds.ts";
import { holdKey, holdPartition, type Key, leaseKey, switchKey } from "./keys.ts";
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

  async setKillSwitch(scope, reason, origin) {
    const isHalted = reason !== undefined;
    await context.table.update(switchKey(scope), {
      set: ["#halted = :halted", "#by = :by", "#at = :at", ...(isHalted ? ["#reason = :reason"] : [])],
      remove: isHalted ? [] : ["#reason"],
      values: omitUndefined({ halted: isHalted, by: origin, at: iso(context.clock()), reason }),
    });
  },
});

const reasonOf = ({ reason, by, at }: Item) => `${reason} (${by.by}, ${at})`;
