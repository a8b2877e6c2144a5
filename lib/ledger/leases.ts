/** Who may work on a directory now, and what the directory remembers from run to run. */
import { WardenError } from "../errors.ts";
import {
  type Baseline,
  type BaselineDecision,
  type DirectoryHead,
  type Lease,
  type LeaseRequestResult,
  type LeaseStore,
  type Origin,
  type OverlongLease,
  omitUndefined,
} from "../model/index.ts";
import { retryOnConflict } from "./conflict.ts";
import { iso, type LedgerContext } from "./context.ts";
import type { ItemUpdate } from "./expression.ts";
import { BASELINE_PREFIX, baselineKey, leaseKey } from "./keys.ts";
import type { Item } from "./table.ts";

const MAX_ATTEMPTS = 10;

/** Leases with the heads of their directories. */
export const leaseStore = (context: LedgerContext): LeaseStore => ({
  acquireLease: (directory, run, seen) =>
    retryOnConflict(context, MAX_ATTEMPTS, () => tryToAcquire(context, { directory, run, seen })),

  async renewLease(lease) {
    await updateHeld(context, lease, { set: ["#expires = :expires"], values: { expires: nextExpiry(context) } });
  },

  async markRunRecovered(lease, run) {
    await retryOnConflict(context, MAX_ATTEMPTS, async () => {
      const item = (await context.table.get(leaseKey(lease.directory))) ?? {};
      const left = unsettledOf(item).filter((other) => other !== run);
      await updateHeld(context, lease, { set: ["#unsettled = :left"], values: { left } });
      return true;
    });
  },

  async updateHead(lease, head) {
    const set = Object.keys(head).map((name) => `#${name} = :${name}`);
    // By the token alone, as the release: a step that closes twice comes here without the lease.
    if (set.length > 0) await updateHeld(context, lease, { set, values: { ...head } }, byToken(lease));
  },

  // By the token alone, so that a release may be repeated.
  async releaseLease(lease) {
    await updateHeld(context, lease, { remove: ["#run", "#expires"] }, byToken(lease));
  },

  async expireLease(lease) {
    await updateHeld(context, lease, { set: ["#expires = :expires"], values: { expires: context.clock() } });
  },

  async readLease(directory) {
    const item = await context.table.get(leaseKey(directory));
    return item?.run === undefined ? undefined : { run: item.run, until: iso(item.expires) };
  },

  readHead: async (directory) => headOf((await context.table.get(leaseKey(directory))) ?? {}),

  acceptBaseline: (directory, baseline, origin, reason) =>
    saveBaseline(context, directory, baseline, { origin, reason }),

  async listBaselineDecisions(directory) {
    const values = { pk: leaseKey(directory).pk, prefix: BASELINE_PREFIX };
    const pages = await Array.fromAsync(context.table.query({}, "pk = :pk AND begins_with(sk, :prefix)", values));
    return pages.flat().map(({ baseline, origin, reason, at }): BaselineDecision => ({ baseline, origin, reason, at }));
  },
});

/** `undefined`: somebody else wrote in between. */
async function tryToAcquire(
  context: LedgerContext,
  { directory, run, seen }: LeaseRequest,
): Promise<LeaseRequestResult | undefined> {
  const held = (await context.table.get(leaseKey(directory))) ?? {};
  const isOthers = held.run !== undefined && held.run !== run;
  const isUnrenewed = held.run === seen?.heldBy && held.expires === seen?.expires;
  if (isOthers && !isUnrenewed && held.expires > context.clock()) return heldAnswer(context, held);
  const item = await context.table.update(leaseKey(directory), acquisition(held, run, nextExpiry(context)));
  return (
    item && {
      lease: { directory, run, token: item.token },
      unsettled: unsettledOf(item),
      head: headOf(item),
    }
  );
}

interface LeaseRequest {
  readonly directory: string;
  readonly run: string;
  readonly seen: OverlongLease | undefined;
}

function heldAnswer(context: LedgerContext, { run: heldBy, expires }: Item): LeaseRequestResult {
  const latest = nextExpiry(context);
  if (expires <= latest) return { heldBy, until: iso(expires) };
  return { heldBy, until: iso(latest), overlong: { heldBy, expires } };
}

/** The write that makes `run` the holder of a lease read as `held`, which must still be as it was. */
function acquisition(held: Item, run: string, expires: number): ItemUpdate {
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

/** The runs whose baseline it takes the place of are kept: who was there and is not now has departed. */
async function saveBaseline(
  { table, clock, ulid }: LedgerContext,
  directory: string,
  baseline: Baseline,
  decision: { readonly origin: Origin; readonly reason: string },
): Promise<void> {
  const at = iso(clock());
  const before = headOf((await table.get(leaseKey(directory))) ?? {}).baseline;
  const also = before ? [before.run, ...(before.also ?? [])].filter((run) => run !== baseline.run) : [];
  const next = also.length > 0 ? { ...baseline, also } : baseline;
  await table.put(
    { ...baselineKey(directory, at, ulid()), baseline: next, ...decision, at },
    { when: "attribute_not_exists(pk)" },
  );
  await table.update(leaseKey(directory), { set: ["#baseline = :next"], values: { next } });
}

/** Milliseconds since 1970. */
const nextExpiry = ({ clock, leaseSeconds }: LedgerContext) => clock() + leaseSeconds * 1000;

const byToken = ({ token }: Lease) => ({ token });

/** Throws unless the lease is still the newest one. @param mine what the item must still say */
async function updateHeld(
  { table }: LedgerContext,
  { directory, run, token }: Lease,
  update: ItemUpdate,
  mine: { readonly token: number; readonly run?: string } = { token, run },
): Promise<void> {
  const when = Object.keys(mine).map((name) => `#${name} = :${name}`);
  const values = { ...update.values, ...mine };
  if (await table.update(leaseKey(directory), { ...update, when: when.join(" AND "), values })) return;
  throw new WardenError(
    "ERR_LEASE_LOST",
    `Another run has taken over the directory ${directory}; this run must not change anything there any more.`,
  );
}

const unsettledOf = (item: Item): string[] => [...new Set<string>(item.unsettled ?? [])];

const headOf = ({ baseline, manifest, sealed, plan }: Item): DirectoryHead =>
  omitUndefined({ baseline, manifest, sealed, plan });
