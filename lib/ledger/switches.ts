/** The kill switch and the deployed policy: what must hold at the moment of a change; and since when directories are deployed. */
import { isDeepStrictEqual } from "node:util";
import { omitUndefined, type SwitchStore } from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { leaseKey, switchKey } from "./keys.ts";
import type { Item } from "./table.ts";

/** Scope of the switch that stops changes in every directory. */
const EVERYWHERE = "all";
/** Scope of the deployed policy. A directory may be called so, too: attributes are set one by one. */
const POLICY = "policy";

/** Switches, an item a scope. */
export const switchStore = ({ table, clock }: LedgerContext): SwitchStore => ({
  async readGuards(directory) {
    const scopes = [...new Set([EVERYWHERE, directory, POLICY])];
    const items = await table.getAll([...scopes.map(switchKey), leaseKey(directory)], true);
    const find = ({ pk }: { readonly pk: string }) => items.find((item) => item.pk === pk);
    const halted = [EVERYWHERE, directory].map((scope) => find(switchKey(scope))).find((item) => item?.halted === true);
    return omitUndefined({
      halted: halted && reasonOf(halted),
      policy: find(switchKey(POLICY))?.hash as string | undefined,
      token: find(leaseKey(directory))?.token as number | undefined,
    });
  },

  async setDeployedPolicy(policy) {
    await table.update(switchKey(POLICY), { set: ["#hash = :policy"], values: { policy } });
  },

  async trackDirectories(directories) {
    const known: Readonly<Record<string, string>> = (await table.get(switchKey(POLICY)))?.since ?? {};
    const since = Object.fromEntries(directories.map((id) => [id, known[id] ?? iso(clock())]));
    const isNew = !isDeepStrictEqual(since, known);
    if (isNew) await table.update(switchKey(POLICY), { set: ["#since = :since"], values: { since } });
    return new Map(Object.entries(since));
  },

  async setKillSwitch(scope, reason, origin) {
    const isHalted = reason !== undefined;
    await table.update(switchKey(scope), {
      set: ["#halted = :halted", "#by = :by", "#at = :at", ...(isHalted ? ["#reason = :reason"] : [])],
      remove: isHalted ? [] : ["#reason"],
      values: omitUndefined({ halted: isHalted, by: origin, at: iso(clock()), reason }),
    });
  },
});

const reasonOf = ({ reason, by, at }: Item) => `${reason} (${by.by}, ${at})`;
