/** One planned change, from claim to record; the only place that switches anything on. */

import { asWardenError, retryable, WardenError } from "../errors.ts";
import type { Change, ChangeResult, Claim, Lease, RecordedFacts, SubjectState } from "../model/index.ts";
import { UNSURE_VERSION } from "../policy/index.ts";
import { isEnforced, isoNow, type ObservedSubject, type SubjectContext, wasEnforced } from "./context.ts";
import { checkGuards, checkPlanStillValid, refusal } from "./guards.ts";
import { observeSubject, readBack } from "./observe.ts";
import {
  type ChangeAttempt,
  CONFIRM_TIMEOUT_MS,
  confirmChange,
  judgeAgain,
  type ResolvedChange,
  recordOutcome,
  reportProgress,
} from "./record.ts";

/**
 * Enforces one change. Expected failures are outcomes; it throws only when the ledger cannot be used.
 * @param read the state, if it has just been read strongly consistent; what was claimed since, the claim's own condition sees
 */
export async function enforceChange(
  bench: SubjectContext,
  lease: Pick<Lease, "run" | "token">,
  change: Change,
  signal: AbortSignal,
  read?: SubjectState,
): Promise<ResolvedChange> {
  const { ledger } = bench;
  const known = read ?? (await ledger.readStates(bench.id, [change.id], true)).get(change.id);
  const claim = claimOf(bench, lease, change);
  // What a dead try of our own, or a dead holder, may have done is looked for before anything is done again.
  const abandoned = known?.claim !== undefined && (known.claim.by === claim.by || isClaimStale(bench, known.claim));
  const settled = abandoned ? await recoverClaim(bench, lease, change, known, signal, "go on") : undefined;
  if (settled) return settled;
  const state = await takeClaim(bench, change.id, claim, signal);
  if (!state) return dismiss(bench, change, refusal("somebody else is changing this account right now"));
  reportProgress(bench, "claimed", change.id);
  const acted = await act(bench, claim, change, state, signal);
  const ended = await recordOutcome(bench, claim, state, change, acted);
  if (acted.gone) await ledger.markDeparted(bench.id, change.id, claim.by, isoNow(bench), "confirmed");
  return ended;
}

const claimOf = (
  bench: SubjectContext,
  { run, token }: Pick<Lease, "run" | "token">,
  { before }: Pick<Change, "before">,
  dead?: Claim,
): Claim => ({
  ...{ by: run, token, before },
  at: isoNow(bench),
  ...(dead ? { since: dead.since ?? dead.at } : {}),
});

/** No change takes longer than to wait its patience out for the claim and for what shows, and this: the holder of an older claim is dead. */
const CLAIM_LIFE_MS = 2 * 60_000;
export const isClaimStale = ({ clock, readBackTimeoutMs, directory }: SubjectContext, { at }: Claim): boolean =>
  clock() - Date.parse(at) > 2 * readBackTimeoutMs + CLAIM_LIFE_MS + (directory.confirm ? CONFIRM_TIMEOUT_MS : 0);

/** A sweep and an event may meet at one account: whoever comes second waits, and then finds it done. */
async function takeClaim(
  bench: SubjectContext,
  id: string,
  claim: Claim,
  signal: AbortSignal,
): Promise<SubjectState | undefined> {
  const until = bench.clock() + bench.readBackTimeoutMs;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1_000)) {
    const state = await bench.ledger.claimSubject(bench.id, id, claim);
    if (state || signal.aborted || bench.clock() + wait > until) return state;
    await bench.sleep(wait, signal).catch(() => undefined);
  }
}

/** Everything between claim and record. */
async function act(
  bench: SubjectContext,
  claim: Claim,
  change: Change,
  state: SubjectState,
  signal: AbortSignal,
): Promise<ChangeAttempt> {
  try {
    const look = await observeSubject(bench, change.id, state, signal);
    if (!look) return { ...refusal("the vendor no longer has this account"), gone: true };
    const ended =
      checkPlanStillValid(bench, change, state, look) ??
      checkGuards(bench, claim, await bench.ledger.readGuards(bench.id));
    if (ended) return { ...ended, after: look.judgement, look };
    return await changeAndReadBack(bench, look, state, signal);
  } catch (error) {
    return failure(error);
  }
}

async function changeAndReadBack(
  bench: SubjectContext,
  look: ObservedSubject,
  state: SubjectState,
  signal: AbortSignal,
): Promise<ChangeAttempt> {
  const { directory } = bench;
  if (!directory.enforce) return { ...refusal("this directory can only be observed"), look };
  const { subject, judgement: after } = look;
  const sent = await directory.enforce(subject, signal).catch(asWardenError);
  if (sent !== "sent" && !(sent instanceof WardenError)) return { ...sent, after, look };
  reportProgress(bench, "changed", subject.id);
  const error = sent instanceof WardenError ? sent : undefined;
  const patience = error && !isUnsure(error) ? 0 : bench.readBackTimeoutMs;
  // Its own deadline: whatever ended the call may not end the look at what the call has done.
  const deadline = AbortSignal.timeout(bench.readBackTimeoutMs + READ_BACK_MS);
  const seen = await readBack(bench, subject.id, state, bench.clock() + patience, deadline).catch(asWardenError);
  reportProgress(bench, "read-back", subject.id);
  const shown = seen instanceof WardenError ? undefined : seen;
  const passwordRefusal = error?.code === "ERR_VENDOR_PASSWORD" ? { refusedSecret: directory.secretVersion } : {};
  // What the write answered decides nothing: it may have been done though the answer was lost, or not though it said so.
  // Only of what showed before is its answer all there is.
  if (shown && isEnforced(shown.subject) && !(error && isEnforced(subject))) {
    const acted = await confirmChange(bench, state, shown, seenAs(shown), versionOf(shown));
    return { ...acted, learned: { ...acted.learned, ...passwordRefusal } };
  }
  const learned = {
    ...passwordRefusal,
    ...(!error || isUnsure(error) ? doubted(state, subject.profile !== undefined) : {}),
  };
  if (error && error.code !== "ERR_VENDOR_FORMAT") return { ...failure(error), learned, after, look: shown ?? look };
  const why = seen instanceof WardenError ? `cannot be read back (${seen.code})` : "the read-back does not show it";
  return { outcome: "unverified", why: `the vendor took the change, and ${why}`, learned, after, look: shown ?? look };
}

/** A profile that may have been written is not live as it is now, whatever it shows later; nor is its secret known. */
const doubted = ({ written }: SubjectState, isProfile: boolean): NonNullable<ChangeResult["learned"]> =>
  isProfile ? { written: { version: written?.version ?? UNSURE_VERSION, live: false } } : {};

const seenAs = ({ subject }: ObservedSubject) => `the read-back shows ${subject.profile ? "it as wanted" : "MFA on"}`;
const versionOf = ({ subject }: ObservedSubject) => subject.profile?.version;

const READ_BACK_MS = 15_000;

/** After these nobody can know whether the vendor did it. */
const UNSURE = ["FORMAT", "OVERSIZE", "UNAVAILABLE", "UNREACHABLE", "TIMEOUT"].map((name) => `ERR_VENDOR_${name}`);
const isUnsure = ({ code }: WardenError) => code === "ERR_ABORTED" || UNSURE.includes(code);

async function dismiss(bench: SubjectContext, change: Change, ended: ResolvedChange): Promise<ResolvedChange> {
  if (!change.unplanned) await bench.ledger.refuseChange(change, ended);
  return ended;
}

function failure(error: unknown): ResolvedChange {
  if (!(error instanceof WardenError)) throw error;
  return { outcome: "failed", why: `${error.code}: ${error.message}`, error };
}

/**
 * Settles a claim whose holder is dead, by reading the vendor again, not by guessing. What shows now and did not before was
 * made; what does not show until a change could no longer be on its way is `failed`, or, to `go on`, nothing yet. Throws while the
 * vendor cannot be read for a reason that may pass.
 */
export async function recoverClaim(
  bench: SubjectContext,
  lease: Pick<Lease, "run" | "token">,
  change: Change,
  state: SubjectState,
  signal: AbortSignal,
  whenOff: "failed" | "go on" = "failed",
): Promise<ResolvedChange | undefined> {
  const dead = state.claim;
  if (!dead) return undefined;
  const claim = claimOf(bench, lease, dead, dead);
  if (!(await bench.ledger.takeOverClaim(bench.id, change.id, dead, claim))) return undefined;
  const seen = await readBack(bench, change.id, state, Date.parse(dead.at) + bench.readBackTimeoutMs, signal).catch(
    lasting,
  );
  const found = seen instanceof WardenError ? undefined : seen;
  const look = found && judgeAgain(bench, { ...state, ...change.learned }, found);
  const known = look ? { after: look.judgement, look } : {};
  if (change.outcome !== undefined) {
    const { outcome, why = "", learned } = change;
    return recordOutcome(bench, claim, state, change, { outcome, why, ...known, ...(learned ? { learned } : {}) });
  }
  if (look && isEnforced(look.subject) && !wasEnforced(dead.before)) {
    const acted = await confirmChange(
      bench,
      state,
      look,
      "whoever made the change died; now it shows",
      writtenBy(dead),
    );
    // Whether the account can be used is asked again when the vendor can be asked.
    if (acted.error && retryable(acted.error)) throw acted.error;
    return recordOutcome(bench, claim, state, change, acted);
  }
  if (whenOff === "go on") return undefined;
  const learned = doubted(state, dead.before.present !== undefined);
  const ended: ResolvedChange =
    seen instanceof WardenError
      ? { outcome: "unverified", why: `the run died, and the account cannot be read (${seen.code})`, learned }
      : { outcome: "failed", why: "ERR_RUN_DIED: the run died before the change showed" };
  return recordOutcome(bench, claim, state, change, { ...ended, ...known });
}

const writtenBy = ({ before }: { readonly before: RecordedFacts }): string | undefined =>
  typeof before.version === "string" ? before.version : undefined;

/** A vendor that is down will be back: the claim waits for it. */
function lasting(error: unknown): WardenError {
  const known = asWardenError(error);
  if (retryable(known) || known.code === "ERR_ABORTED") throw known;
  return known;
}
