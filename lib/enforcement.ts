/** One planned change, from claim to record; the only place that switches anything on. */
import { retryable, WardenError } from "./errors.ts";
import { type Bench, isOn, type Look, lookAt, type Moment, now, readBack } from "./look.ts";
import {
  agree,
  type Change,
  type Claim,
  type Guards,
  type Judgement,
  type Lease,
  NOT_ASKED,
  type Observation,
  type Outcome,
  type State,
  type Subject,
} from "./model.ts";
import { bindingRule, sheet } from "./policy/decide.ts";
import type { Policy } from "./policy/schema.ts";

export interface Ended {
  readonly outcome: Outcome;
  readonly why: string;
  /** The verdict after it; absent when nothing could be seen. */
  readonly after?: Judgement;
  /** Why it failed, where a call did. */
  readonly error?: WardenError;
}

/** Enforces one change. Expected failures are outcomes; it throws only when the ledger cannot be used. */
export async function enforce(
  bench: Bench,
  lease: Pick<Lease, "run" | "token">,
  change: Change,
  signal: AbortSignal,
): Promise<Ended> {
  const { ledger } = bench;
  const known = (await ledger.states(bench.id, [change.id], true)).get(change.id);
  const claim = claimOf(bench, lease, change);
  // What a dead try of our own, or a dead holder, may have done is looked for before anything is done again.
  const abandoned = known?.claim !== undefined && (known.claim.by === claim.by || isStale(bench, known.claim));
  const settled = abandoned ? await settle(bench, lease, change, known, signal, "go on") : undefined;
  if (settled) return settled;
  const state = await takeClaim(bench, change.id, claim, signal);
  if (!state) return dismiss(bench, change, refused("somebody else is changing this account right now"));
  tell(bench, "claimed", change.id);
  const acted = await act(bench, claim, change, state, signal);
  const ended = await conclude(bench, claim, state, change, acted);
  if (acted.gone) await ledger.depart(bench.id, change.id, claim.by, now(bench), "confirmed");
  return ended;
}

const claimOf = (
  bench: Bench,
  { run, token }: Pick<Lease, "run" | "token">,
  { before }: Pick<Change, "before">,
): Claim => ({
  ...{ by: run, token, before },
  at: now(bench),
});

const refused = (why: string): Ended => ({ outcome: "refused", why });

/** No change takes longer than its patience and this: the holder of an older claim is dead. */
const CLAIM_LIFE_MS = 2 * 60_000;
export const isStale = (bench: Bench, { at }: Claim): boolean =>
  bench.clock() - Date.parse(at) > bench.patience + CLAIM_LIFE_MS;

/** A sweep and an event may meet at one account: whoever comes second waits, and then finds it done. */
async function takeClaim(bench: Bench, id: string, claim: Claim, signal: AbortSignal): Promise<State | undefined> {
  const until = bench.clock() + bench.patience;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1_000)) {
    const state = await bench.ledger.claim(bench.id, id, claim);
    if (state || signal.aborted || bench.clock() + wait > until) return state;
    await bench.sleep(wait, signal).catch(() => undefined);
  }
}

interface Acted extends Ended {
  readonly look?: Look | undefined;
  /** The vendor says that there is no such subject. */
  readonly gone?: boolean;
}

/** Everything between claim and record. */
async function act(bench: Bench, claim: Claim, change: Change, state: State, signal: AbortSignal): Promise<Acted> {
  try {
    const look = await lookAt(bench, change.id, state, signal);
    if (!look) return { ...refused("the vendor no longer has this account"), gone: true };
    const ended = compare(bench, change, look) ?? guard(bench, claim, await bench.ledger.guards(bench.id));
    if (ended) return { ...ended, after: look.judgement, look };
    return await changeAndReadBack(bench, look, state, signal);
  } catch (error) {
    return failure(error);
  }
}

/** What the fresh look says against the change, if anything. */
function compare(bench: Bench, change: Change, { subject, judgement }: Look): Ended | undefined {
  if (judgement.verdict === "compliant") return { outcome: "already", why: "MFA was on when we came to turn it on" };
  if (judgement.verdict !== "violating") return refused(`it is ${judgement.verdict} now: ${judgement.why}`);
  if (subject.username !== change.username) return refused("its user name changed after the plan was made");
  if (judgement.rule !== change.rule || judgement.requirement !== change.requirement)
    return refused("another rule binds it than when the plan was made");
  if (!agree(sheet(subject, judgement, bench.id, bench.policy), change.before))
    return refused("its facts changed after the plan was made");
  if (!enforceable(bench.policy, judgement, subject))
    return refused("the rule that binds it does not let us change it");
  return lockOut(bench.policy, judgement, subject);
}

/** Whether switching on is allowed by the rule and would alter what is wrong. */
export function enforceable(policy: Policy, judgement: Judgement, subject: Subject): boolean {
  const { enabled } = subject.facts;
  return (
    judgement.verdict === "violating" &&
    enabled.known &&
    !enabled.value &&
    bindingRule(policy, judgement)?.enforce === "allowed"
  );
}

/** `needs-user` when switching on could lock this person out, and the rule does not say to do it all the same. */
export function lockOut(policy: Policy, judgement: Judgement, { facts: { devices } }: Subject): Ended | undefined {
  if (bindingRule(policy, judgement)?.withoutDevice === "enforce") return undefined;
  const needsUser = (why: string): Ended => ({ outcome: "needs-user", why });
  if (!devices.known)
    return needsUser(
      `which devices there are is not known (${devices.why}), and without one this person would be locked out`,
    );
  // A device of a kind that this version does not know may be of no use at sign-in.
  if (devices.value.some(({ usable, method }) => usable && method !== "unknown")) return undefined;
  return needsUser("no usable device, so switching on now could lock this person out");
}

/** @param claim its token is 0 where no lease stands behind it */
function guard(bench: Bench, claim: Claim, { halted, policy, token }: Guards): Ended | undefined {
  if (halted !== undefined) return refused(`changes are halted: ${halted}`);
  if (policy !== bench.policyHash) return refused("another policy has been deployed since the plan was made");
  if (claim.token > 0 && token !== undefined && token > claim.token)
    return refused("another run has taken this directory over");
  return undefined;
}

async function changeAndReadBack(bench: Bench, look: Look, state: State, signal: AbortSignal): Promise<Acted> {
  const enforceOn = bench.directory.enforce;
  if (!enforceOn) return { ...refused("this directory can only be observed"), look };
  const { subject, judgement: after } = look;
  const sent = await enforceOn(subject, signal).catch(asWardenError);
  if (sent === "needs-user" || sent === "refused")
    return { outcome: sent, why: "the vendor's rules for this account do not allow it", after, look };
  tell(bench, "changed", subject.id);
  const error = sent instanceof WardenError ? sent : undefined;
  const patience = error && !isUnsure(error) ? 0 : bench.patience;
  // Its own deadline: whatever ended the call may not end the look at what the call has done.
  const deadline = AbortSignal.timeout(bench.patience + READ_BACK_MS);
  const seen = await readBack(bench, subject.id, state, bench.clock() + patience, deadline).catch(asWardenError);
  tell(bench, "read-back", subject.id);
  const shown = seen instanceof WardenError ? undefined : seen;
  // What the write answered decides nothing: it may have been done though the answer was lost, or not though it said so.
  if (shown && isOn(shown))
    return { outcome: "enforced", why: "the read-back shows MFA on", after: shown.judgement, look: shown };
  if (error && error.code !== "ERR_VENDOR_FORMAT") return { ...failure(error), after, look };
  const why = seen instanceof WardenError ? `cannot be read back (${seen.code})` : "the read-back does not show it";
  return { outcome: "unverified", why: `the vendor took the change, and ${why}`, after, look: shown ?? look };
}

const READ_BACK_MS = 15_000;

/** After these nobody can know whether the vendor did it. */
const UNSURE = ["FORMAT", "OVERSIZE", "UNAVAILABLE", "UNREACHABLE", "TIMEOUT"].map((name) => `ERR_VENDOR_${name}`);
const isUnsure = ({ code }: WardenError) => code === "ERR_ABORTED" || UNSURE.includes(code);

function asWardenError(error: unknown): WardenError {
  if (error instanceof WardenError) return error;
  throw error;
}

/** Records the outcome, which frees the claim. */
async function conclude(bench: Bench, claim: Claim, state: State, change: Change, acted: Acted): Promise<Ended> {
  const { look, gone, ...ended } = acted;
  const observation = observationOf(bench, claim.by, state, look);
  await bench.ledger.record(claim, observation, ended, change.unplanned ? undefined : change);
  tell(bench, "recorded", change.id);
  return ended;
}

/** Where nothing could be seen, what was known before stands. */
function observationOf(bench: Bench, run: string, state: State, look: Look | undefined): Observation {
  const base = { directory: bench.id, run };
  if (!look) {
    const { judgement, facts, observedAt } = state;
    return { ...base, subject: lastKnown(state), judgement, facts, observedAt };
  }
  const facts = sheet(look.subject, look.judgement, bench.id, bench.policy);
  return { ...base, subject: look.subject, judgement: look.judgement, facts, observedAt: look.observedAt };
}

const UNASKED = {
  ...{ active: NOT_ASKED, enabled: NOT_ASKED, devices: NOT_ASKED },
  ...{ population: NOT_ASKED, groups: NOT_ASKED, createdAt: NOT_ASKED },
};
const lastKnown = ({ id, username }: State): Subject => ({ id, username, facts: UNASKED });

async function dismiss(bench: Bench, change: Change, ended: Ended): Promise<Ended> {
  if (!change.unplanned) await bench.ledger.dismiss(change, ended);
  return ended;
}

function failure(error: unknown): Ended {
  if (!(error instanceof WardenError)) throw error;
  return { outcome: "failed", why: `${error.code}: ${error.message}`, error };
}

/**
 * Settles a claim whose holder is dead, by reading the vendor again, not by guessing. The before-state was off: on now is
 * `enforced`; off until a change could no longer be on its way is `failed`, or, to `go on`, nothing yet. Throws while the
 * vendor cannot be read for a reason that may pass.
 */
export async function settle(
  bench: Bench,
  lease: Pick<Lease, "run" | "token">,
  change: Change,
  state: State,
  signal: AbortSignal,
  whenOff: "failed" | "go on" = "failed",
): Promise<Ended | undefined> {
  const dead = state.claim;
  if (!dead) return undefined;
  const claim = claimOf(bench, lease, dead);
  if (!(await bench.ledger.inherit(bench.id, change.id, dead, claim))) return undefined;
  const seen = await readBack(bench, change.id, state, Date.parse(dead.at) + bench.patience, signal).catch(lasting);
  const look = seen instanceof WardenError ? undefined : seen;
  const known = look ? { after: look.judgement, look } : {};
  if (change.outcome !== undefined)
    return conclude(bench, claim, state, change, { outcome: change.outcome, why: change.why ?? "", ...known });
  if (look && isOn(look))
    return conclude(bench, claim, state, change, {
      outcome: "enforced",
      why: "whoever made the change died; MFA is on",
      ...known,
    });
  if (whenOff === "go on") return undefined;
  const ended: Ended =
    seen instanceof WardenError
      ? { outcome: "unverified", why: `the run died, and the account cannot be read (${seen.code})` }
      : { outcome: "failed", why: "ERR_RUN_DIED: the run died before the change showed" };
  return conclude(bench, claim, state, change, { ...ended, ...known });
}

/** A vendor that is down will be back: the claim waits for it. */
function lasting(error: unknown): WardenError {
  const known = asWardenError(error);
  if (retryable(known) || known.code === "ERR_ABORTED") throw known;
  return known;
}

const tell = (bench: Bench, did: Moment["did"], subject: string) => bench.tell?.({ did, directory: bench.id, subject });
