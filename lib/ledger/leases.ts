/** Who may sweep a directory now, and what the directory remembers from run to run. */
import { WardenError } from "../errors.ts";
import type { DirectoryHead, Lease, Ledger } from "../model/index.ts";
import { type Change, type Item, iso, type Key, type LedgerContext, retryOnConflict } from "./table.ts";

const TRIES = 10;

export const leaseKey = (directory: string): Key => ({ pk: `LEASE#${directory}`, sk: "-" });

/** @param seconds a lease lasts unless it is renewed */
export function leases(
  { table, clock, ulid, pause }: LedgerContext,
  seconds: number,
): Pick<Ledger, "acquireLease" | "renewLease" | "markRunRecovered" | "updateHead" | "releaseLease" | "acceptBaseline"> {
  const later = () => clock() + seconds * 1000;

  /** Throws unless the lease is still the newest one. */
  async function hold(
    { directory, run, token }: Lease,
    change: Change,
    mine: Record<string, unknown> = { token, run },
  ): Promise<void> {
    const when = Object.keys(mine).map((name) => `#${name} = :${name}`);
    const values = { ...change.values, ...mine };
    if (await table.update(leaseKey(directory), { ...change, when: when.join(" AND "), values })) return;
    throw new WardenError(
      "ERR_LEASE_LOST",
      `Another run has taken over the directory ${directory}; this run must not change anything there any more.`,
    );
  }

  return {
    acquireLease: (directory, run) =>
      retryOnConflict(pause, TRIES, async () => {
        const held = (await table.get(leaseKey(directory))) ?? {};
        const others = held.run !== undefined && held.run !== run;
        if (others && held.expires > clock()) return { heldBy: held.run, until: iso(held.expires) };
        const item = await table.update(leaseKey(directory), taking(held, run, later()));
        return (
          item && { lease: { directory, run, token: item.token }, unsettled: unsettledOf(item), head: headOf(item) }
        );
      }),

    async renewLease(lease) {
      await hold(lease, { set: ["#expires = :expires"], values: { expires: later() } });
    },

    async markRunRecovered(lease, run) {
      await retryOnConflict(pause, TRIES, async () => {
        const was = (await table.get(leaseKey(lease.directory)))?.unsettled ?? [];
        const left = unsettledOf({ unsettled: was }).filter((other) => other !== run);
        await hold(lease, { set: ["#unsettled = :left"], values: { left } });
        return true;
      });
    },

    async updateHead(lease, head) {
      const set = Object.keys(head).map((name) => `#${name} = :${name}`);
      // By the token alone, as the release: a step that closes twice comes here without the lease.
      if (set.length > 0) await hold(lease, { set, values: { ...head } }, { token: lease.token });
    },

    // By the token alone, so that a release may be repeated.
    async releaseLease(lease) {
      await hold(lease, { remove: ["#run", "#expires"] }, { token: lease.token });
    },

    async acceptBaseline(directory, baseline, origin, reason) {
      const at = iso(clock());
      const was = headOf((await table.get(leaseKey(directory))) ?? {}).baseline;
      const also = was ? [was.run, ...(was.also ?? [])].filter((run) => run !== baseline.run) : [];
      const next = also.length > 0 ? { ...baseline, also } : baseline;
      await table.put({ pk: `LEASE#${directory}`, sk: `REBASE#${at}#${ulid()}`, baseline: next, origin, reason, at });
      await table.update(leaseKey(directory), { set: ["#baseline = :next"], values: { next } });
    },
  };
}

/** The write that makes `run` the holder of a lease read as `held`, which must still be as it was. */
function taking(held: Item, run: string, expires: number): Change {
  const { run: holder, expires: was, token } = held;
  if (holder === run)
    return { set: ["#expires = :expires"], when: "#run = :run AND #token = :token", values: { run, token, expires } };
  const set = ["#run = :run", "#expires = :expires", "#token = if_not_exists(#token, :zero) + :one"];
  const values = { run, expires, zero: 0, one: 1 };
  if (holder === undefined) return { set, when: "attribute_not_exists(#run)", values };
  return {
    set: [...set, "#unsettled = list_append(if_not_exists(#unsettled, :none), :dead)"],
    when: "#run = :holder AND #expires = :was",
    values: { ...values, holder, was, none: [], dead: [holder] },
  };
}

const unsettledOf = (item: Item): string[] => [...new Set<string>(item.unsettled ?? [])];

function headOf({ baseline, manifest, sealed }: Item): DirectoryHead {
  return {
    ...(baseline === undefined ? {} : { baseline }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(sealed === undefined ? {} : { sealed }),
  };
}
