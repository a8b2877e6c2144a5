/** The kill switch and the deployed policy: what must hold at the moment of a change. */
import type { GuardState, Ledger } from "../model/index.ts";
import { leaseKey } from "./leases.ts";
import { type Item, iso, type Key, type LedgerContext } from "./table.ts";

/** One item a scope; attributes are set one by one, since a directory may be called `policy` too. */
const switchKey = (scope: string): Key => ({ pk: `SWITCH#${scope}`, sk: "-" });
const EVERYWHERE = "all";
const POLICY = "policy";

export function switches({
  table,
  clock,
}: LedgerContext): Pick<Ledger, "readGuards" | "setDeployedPolicy" | "setKillSwitch"> {
  return {
    async readGuards(directory): Promise<GuardState> {
      const scopes = [...new Set([EVERYWHERE, directory, POLICY])];
      const items = await table.getAll([...scopes.map(switchKey), leaseKey(directory)], true);
      const find = (scope: string) => items.find((item) => item.pk === switchKey(scope).pk);
      const halted = [EVERYWHERE, directory].map(find).find((item) => item?.halted === true);
      const policy = find(POLICY)?.hash;
      const token = items.find((item) => item.pk === leaseKey(directory).pk)?.token;
      return {
        ...(halted ? { halted: reasonOf(halted) } : {}),
        ...(policy === undefined ? {} : { policy }),
        ...(token === undefined ? {} : { token }),
      };
    },

    async setDeployedPolicy(policy) {
      await table.update(switchKey(POLICY), { set: ["#hash = :policy"], values: { policy } });
    },

    async setKillSwitch(scope, reason, origin) {
      const halted = reason !== undefined;
      await table.update(switchKey(scope), {
        set: ["#halted = :halted", "#by = :by", "#at = :at", ...(halted ? ["#reason = :reason"] : [])],
        remove: halted ? [] : ["#reason"],

        values: { halted, by: origin, at: iso(clock()), ...(halted ? { reason } : {}) },
      });
    },
  };
}

const reasonOf = ({ reason, by, at }: Item) => `${reason} (${by.by}, ${at})`;
