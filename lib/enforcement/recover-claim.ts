/** What a try that died left behind: finds out by asking the vendor, never by guessing, and records it. */

import { asWardenError, retryable, WardenError } from "../errors.ts";
import { type Change, type Claim, omitUndefined, type SubjectState } from "../model/index.ts";
import { takeOver } from "./claim.ts";
import { confirmUsable } from "./confirm.ts";
import type { ChangeTask, ObservedSubject, SubjectContext } from "./context.ts";
import { directionOf, mayHaveShown, showsChange } from "./direction.ts";
import { judgeAgain } from "./observe.ts";
import { readBack } from "./read-back.ts";
import { recordOutcome } from "./record.ts";
import { confirmedResult, type ObservedResult, type ResolvedChange, revertedResult, unsureWrite } from "./result.ts";

/** A change whose subject may carry the claim of a dead holder. */
export interface RecoveryTask extends ChangeTask {
  readonly state: SubjectState;
}

/** What became of a claim. `none`: nobody holds one for such a change. `taken`: somebody else took it over first. */
type ClaimInspection = { readonly kind: "none" } | { readonly kind: "taken" } | OwnInspection;

/**
 * The claim is ours now. `made`: the change shows, and did not before. `notMade`: it does not show, or showed before, and can
 * no longer be on its way; nothing is observed if the vendor has no such subject. `unreadable`: asking again would not help.
 */
type OwnInspection =
  | { readonly kind: "made"; readonly claim: Claim; readonly observed: ObservedSubject }
  | { readonly kind: "notMade"; readonly claim: Claim; readonly observed: ObservedSubject | undefined }
  | { readonly kind: "unreadable"; readonly claim: Claim; readonly error: WardenError };

/**
 * Takes over a dead holder's claim, and looks whether its change was made until none could still be on its way. Throws while
 * the vendor cannot be read for a reason that may pass.
 */
async function inspectClaim(
  context: SubjectContext,
  { lease, change, state }: RecoveryTask,
  signal: AbortSignal,
): Promise<ClaimInspection> {
  const dead = state.claim;
  const direction = directionOf(change);
  // A claim of the other direction says nothing about this change: it ends with a change of its own run.
  if (!dead || directionOf(dead) !== direction) return { kind: "none" };
  const claim = takeOver(context, lease, dead);
  if (!(await context.ledger.takeOverClaim(context.id, change.id, dead, claim))) return { kind: "taken" };
  // A clock that was ahead may have made the claim: then the wait is from now.
  const until = Math.min(Date.parse(dead.at), context.clock()) + context.readBackTimeoutMs;
  const request = { id: change.id, past: state, direction, until };
  const seen = await readBack(context, request, signal).catch(lastingError);
  if (seen instanceof WardenError) return { kind: "unreadable", claim, error: seen };
  const observed = seen && judgeAgain(context, { ...state, ...change.learned }, seen);
  const isMade = observed && showsChange(direction, observed.subject) && !mayHaveShown(direction, dead.before);
  return isMade ? { kind: "made", claim, observed } : { kind: "notMade", claim, observed };
}

/** A vendor that is down will be back: the claim waits for it. */
function lastingError(error: unknown): WardenError {
  const known = asWardenError(error);
  if (retryable(known) || known.code === "ERR_ABORTED") throw known;
  return known;
}

/** Before a change is made: records that a dead try has made it. `undefined`: it has not, as far as can be seen. */
export async function recordIfMade(
  context: SubjectContext,
  task: RecoveryTask,
  signal: AbortSignal,
): Promise<ResolvedChange | undefined> {
  const inspection = await inspectClaim(context, task, signal);
  if (inspection.kind === "none" || inspection.kind === "taken") return undefined;
  const result = await provenResult(context, task, inspection);
  return result && recordOutcome(context, { ...task, claim: inspection.claim }, result);
}

/** After a run died: records what came of a change that it left open, and frees the subject. Nothing is made again. */
export async function recoverClaim(context: SubjectContext, task: RecoveryTask, signal: AbortSignal): Promise<void> {
  const inspection = await inspectClaim(context, task, signal);
  if (inspection.kind === "none" || inspection.kind === "taken") return;
  const result = (await provenResult(context, task, inspection)) ?? unprovenResult(task.state, inspection);
  await recordOutcome(context, { ...task, claim: inspection.claim }, result);
}

/** What is certain: the outcome that is on record already, or that the change was made. */
async function provenResult(
  context: SubjectContext,
  { change, state }: RecoveryTask,
  inspection: OwnInspection,
): Promise<ObservedResult | undefined> {
  if (change.outcome !== undefined) return recordedResult(change, change.outcome, inspection);
  if (inspection.kind !== "made") return undefined;
  const { claim, observed } = inspection;
  const why = "the run that changed it died before this was recorded; the account shows the change";
  if (claim.revert) return revertedResult(claim.revert, observed, why);
  const confirmation = await confirmUsable(context, state, observed);
  // Whether the account can be used is asked again when the vendor can be asked.
  if (retryable(confirmation)) throw confirmation;
  const { version } = claim.before;
  return confirmedResult({
    directory: context.directory,
    shown: observed,
    confirmation,
    why,
    version: typeof version === "string" ? version : undefined,
  });
}

/** The change has its outcome; only the subject's own record was not written. */
function recordedResult(
  { why = "", learned }: Change,
  outcome: ObservedResult["outcome"],
  inspection: OwnInspection,
): ObservedResult {
  const observed = inspection.kind === "unreadable" ? undefined : inspection.observed;
  return omitUndefined({ outcome, why, learned, observed });
}

function unprovenResult(state: SubjectState, inspection: OwnInspection): ObservedResult {
  if (inspection.kind !== "unreadable")
    return {
      outcome: "failed",
      why: "ERR_RUN_DIED: the run died before the change showed",
      observed: inspection.observed,
    };
  const { claim, error } = inspection;
  return {
    outcome: "unverified",
    why: `the run died, and the account cannot be read (${error.code})`,
    learned: unsureWrite(state, claim.before.present !== undefined),
  };
}
