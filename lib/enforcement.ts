/** One planned change, from claim to record; the only place that switches anything on. */
import { WardenError } from "./errors.ts";
import type {
  Change,
  Claim,
  Clock,
  Directory,
  Guards,
  Judgement,
  Lease,
  Ledger,
  Observation,
  Outcome,
  State,
  Subject,
} from "./model.ts";
import { agree, NOT_ASKED } from "./model.ts";
import { bindingRule, decide, missing, sheet } from "./policy/decide.ts";
import type { Policy } from "./policy/schema.ts";

/** What one change works with. */
export interface Bench {
  readonly id: string;
  readonly directory: Directory;
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a change may take to show, in ms (design: 30 s). */
  readonly patience: number;
  readonly tell?: (moment: Moment) => void;
}

/** What the enforcement of a subject has just done; for progress, and for tests that kill it there. */
export interface Moment {
  readonly did: "claimed" | "changed" | "read-back" | "recorded";
  readonly directory: string;
  readonly subject: string;
}

export interface Ended {
  readonly outcome: Outcome;
  readonly why: string;
  /** The verdict after it; absent when the subject is gone or was not looked at. */
  readonly after?: Judgement;
  /** The vendor no longer takes our credential: nothing more may be tried. */
  readonly stop?: WardenError;
}

/** A judged look at one subject. */
interface Look {
  readonly subject: Subject;
  readonly judgement: Judgement;
  readonly observedAt: string;
}

/** Enforces one planned change under `lease`. Expected failures are outcomes; it throws only when the ledger cannot be used. */
export async function enforce(bench: Bench, lease: Lease, change: Change, signal: AbortSignal): Promise<Ended> {
  const { ledger } = bench;
  const known = (await ledger.states(bench.id, [change.id], true)).get(change.id);
  const claim: Claim = { by: lease.run, token: lease.token, before: change.before, at: now(bench) };
  const resumed = known && (await resume(bench, claim, change, known, signal));
  if (resumed) return resumed;
  const state = await ledger.claim(bench.id, change.id, claim);
  if (!state)
    return dismiss(bench, change, { outcome: "refused", why: "somebody else is changing this account right now" });
  tell(bench, "claimed", change.id);
  return conclude(bench, claim, state, change, await act(bench, change, state, signal));
}

/** An earlier try of this step died after its claim: what it may have done is looked for before anything is done again. */
async function resume(
  bench: Bench,
  claim: Claim,
  change: Change,
  state: State,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  if (state.claim?.by !== claim.by) return undefined;
  const look = await readBack(bench, change.id, state, Date.parse(state.claim.at) + bench.patience, signal);
  if (!look || !isOn(look)) return undefined;
  const ended = {
    outcome: "enforced",
    why: "an earlier try made the change; MFA is on",
    after: look.judgement,
    look,
  } as const;
  return conclude(bench, claim, state, change, ended);
}

interface Acted extends Ended {
  readonly look: Look | undefined;
}

/** Everything between claim and record. */
async function act(bench: Bench, change: Change, state: State, signal: AbortSignal): Promise<Acted> {
  try {
    const look = await lookAt(bench, change.id, state, signal);
    if (!look) return { outcome: "refused", why: "the vendor no longer has this account", look };
    const settled = compare(bench, change, look) ?? guard(bench, await bench.ledger.guards(bench.id));
    if (settled) return { ...settled, after: look.judgement, look };
    return await changeAndReadBack(bench, look, state, signal);
  } catch (error) {
    return { ...failure(error), look: undefined };
  }
}

export const NEEDS_USER = {
  outcome: "needs-user",
  why: "no usable device, so switching on now could lock this person out",
} as const;

/** What the fresh look says against the change, if anything. */
function compare(bench: Bench, change: Change, look: Look): Ended | undefined {
  const { subject, judgement } = look;
  const refused = (why: string): Ended => ({ outcome: "refused", why });
  if (judgement.verdict === "compliant") return { outcome: "already", why: "MFA was on when we came to turn it on" };
  if (judgement.verdict !== "violating") return refused(`it is ${judgement.verdict} now: ${judgement.why}`);
  if (subject.username !== change.username) return refused("its user name changed after the plan was made");
  if (judgement.rule !== change.rule || judgement.requirement !== change.requirement)
    return refused("another rule binds it than when the plan was made");
  if (!agree(sheet(subject, judgement, bench.id, bench.policy), change.before))
    return refused("its facts changed after the plan was made");
  if (!enforceable(bench.policy, judgement, subject))
    return refused("the rule that binds it does not let us change it");
  return needsUser(bench.policy, judgement, subject) ? NEEDS_USER : undefined;
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

/** Whether switching on could lock this person out, and the rule does not say to do it all the same. */
export function needsUser(policy: Policy, judgement: Judgement, { facts: { devices } }: Subject): boolean {
  if (bindingRule(policy, judgement)?.withoutDevice === "enforce") return false;
  return !devices.known || !devices.value.some((device) => device.usable);
}

function guard(bench: Bench, guards: Guards): Ended | undefined {
  if (guards.halted !== undefined) return { outcome: "refused", why: `changes are halted: ${guards.halted}` };
  if (guards.policy !== bench.policyHash)
    return { outcome: "refused", why: "another policy has been deployed since the plan was made" };
  return undefined;
}

async function changeAndReadBack(bench: Bench, look: Look, state: State, signal: AbortSignal): Promise<Acted> {
  const enforceOn = bench.directory.enforce;
  if (!enforceOn) return { outcome: "refused", why: "this directory can only be observed", look };
  let error: unknown;
  try {
    const sent = await enforceOn(look.subject, signal);
    if (sent !== "sent")
      return { outcome: sent, why: "the vendor's rules for this account do not allow it", after: look.judgement, look };
  } catch (thrown) {
    error = thrown;
  }
  tell(bench, "changed", look.subject.id);
  const patience = error === undefined || answeredOddly(error) ? bench.patience : 0;
  const seen = await readBack(bench, look.subject.id, state, bench.clock() + patience, signal);
  tell(bench, "read-back", look.subject.id);
  // What the write answered decides nothing: it may have been done though the answer was lost, or not though it said so.
  if (seen && isOn(seen))
    return { outcome: "enforced", why: "the read-back shows MFA on", after: seen.judgement, look: seen };
  if (error !== undefined && !answeredOddly(error)) return { ...failure(error), after: look.judgement, look };
  return {
    outcome: "unverified",
    why: "the vendor took the change, and the read-back does not show it",
    after: look.judgement,
    look: seen ?? look,
  };
}

const isOn = (look: Look) => look.subject.facts.enabled.known && look.subject.facts.enabled.value;
const answeredOddly = (error: unknown) => error instanceof WardenError && error.code === "ERR_VENDOR_FORMAT";

/** Looks until MFA shows as on or `until` has passed, at least once. */
async function readBack(
  bench: Bench,
  id: string,
  state: State,
  until: number,
  signal: AbortSignal,
): Promise<Look | undefined> {
  let wait = 100;
  for (;;) {
    const look = await lookAt(bench, id, state, signal).catch(() => undefined);
    const left = until - bench.clock();
    if ((look && isOn(look)) || left <= 0 || signal.aborted) return look;
    await bench.sleep(Math.min(wait, left), signal).catch(() => undefined);
    wait = Math.min(wait * 2, 4_000);
  }
}

/** Reads and judges one subject now, its devices too; `undefined` when the vendor has no such subject. */
async function lookAt(bench: Bench, id: string, state: State, signal: AbortSignal): Promise<Look | undefined> {
  const observedAt = now(bench);
  const read = await bench.directory.read(id, signal);
  if (!read) return undefined;
  const subject = await completed(bench, read, signal);
  const judgement = decide(subject, bench.id, bench.policy, state, bench.clock());
  return { subject, judgement, observedAt };
}

/** A change rests on everything that can be known: groups that choose the rule, devices always. */
async function completed(bench: Bench, read: Subject, signal: AbortSignal): Promise<Subject> {
  const { complete } = bench.directory;
  const wanted = new Set(missing(read, bench.id, bench.policy));
  if (read.facts.devices === NOT_ASKED) wanted.add("devices");
  if (!complete || wanted.size === 0) return read;
  return (await complete([read], [...wanted], signal))[0] ?? read;
}

/** Records the outcome, which frees the claim. */
async function conclude(bench: Bench, claim: Claim, state: State, change: Change, acted: Acted): Promise<Ended> {
  const { look, ...ended } = acted;
  await bench.ledger.record(claim, observationOf(bench, claim.by, state, look), ended, change);
  tell(bench, "recorded", change.id);
  return ended;
}

/** Where nothing could be seen, what was known before stands. */
function observationOf(bench: Bench, run: string, state: State, look: Look | undefined): Observation {
  const base = { directory: bench.id, run };
  if (!look)
    return {
      ...base,
      subject: lastKnown(state),
      judgement: state.judgement,
      facts: state.facts,
      observedAt: state.observedAt,
    };
  const facts = sheet(look.subject, look.judgement, bench.id, bench.policy);
  return { ...base, subject: look.subject, judgement: look.judgement, facts, observedAt: look.observedAt };
}

const lastKnown = (state: State): Subject => ({
  id: state.id,
  username: state.username,
  facts: {
    active: NOT_ASKED,
    enabled: NOT_ASKED,
    devices: NOT_ASKED,
    population: NOT_ASKED,
    groups: NOT_ASKED,
    createdAt: NOT_ASKED,
  },
});

async function dismiss(bench: Bench, change: Change, ended: Ended): Promise<Ended> {
  await bench.ledger.dismiss(change, ended);
  return ended;
}

function failure(error: unknown): Ended {
  if (!(error instanceof WardenError)) throw error;
  const fatal = error.code === "ERR_VENDOR_AUTH" || error.code === "ERR_VENDOR_DENIED";
  return { outcome: "failed", why: `${error.code}: ${error.message}`, ...(fatal ? { stop: error } : {}) };
}

/**
 * Settles a claim that a dead run left open, by reading the vendor again, not by guessing. The before-state was off: on now
 * is `enforced`; off until a change could no longer be on its way is `failed`. The caller knows that the claim's holder is dead.
 */
export async function settle(
  bench: Bench,
  lease: Lease,
  change: Change,
  state: State,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const dead = state.claim;
  if (!dead) return undefined;
  const claim: Claim = { by: lease.run, token: lease.token, before: dead.before, at: now(bench) };
  if (!(await bench.ledger.inherit(bench.id, change.id, dead, claim))) return undefined;
  if (change.outcome !== undefined) {
    const ended = { outcome: change.outcome, why: change.why ?? "settled from the change's own record" };
    return (
      await conclude(bench, claim, state, change, { ...ended, look: await lookAt(bench, change.id, state, signal) })
    ).outcome;
  }
  const look = await readBack(bench, change.id, state, Date.parse(dead.at) + bench.patience, signal);
  const ended: Acted =
    look && isOn(look)
      ? { outcome: "enforced", why: "the run died after the change; MFA is on", after: look.judgement, look }
      : { outcome: "failed", why: "ERR_RUN_DIED: the run died before the change showed", look };
  return (await conclude(bench, claim, state, change, ended)).outcome;
}

const now = (bench: Bench) => new Date(bench.clock()).toISOString();
const tell = (bench: Bench, did: Moment["did"], subject: string) => bench.tell?.({ did, directory: bench.id, subject });
