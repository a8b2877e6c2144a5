/** One planned change from claim to record: claim, read, guards, change, read back, record. */

import { asWardenError } from "../errors.ts";
import type { Change, ChangeResult, SubjectState } from "../model/index.ts";
import { changeAndReadBack } from "./change.ts";
import { isAbandoned, newClaim, waitForClaim } from "./claim.ts";
import { type ChangeTask, isoNow, reportProgress, type SubjectContext } from "./context.ts";
import { checkGuards } from "./directory-guards.ts";
import { checkPlanStillValid, refusal } from "./guards.ts";
import { observeClaimed } from "./observe.ts";
import { ownAccount } from "./own-account.ts";
import { changedRecently } from "./recent-change.ts";
import { type ClaimedChange, recordOutcome } from "./record.ts";
import { recordIfMade } from "./recover-claim.ts";
import { failure, type ObservedResult, type ResolvedChange } from "./result.ts";
import { checkRevertStillValid } from "./revert-guards.ts";

/** Makes one change, whichever way it goes. Expected failures are outcomes; it throws only when the ledger cannot be used. */
export async function enforceChange(
  context: SubjectContext,
  task: ChangeTask,
  signal: AbortSignal,
): Promise<ResolvedChange> {
  const { lease, change } = task;
  const claim = newClaim(context, lease, change);
  const made = await findEarlierChange(context, task, signal);
  if (made) return made;
  const state = await waitForClaim(context, change.id, claim, signal);
  if (!state) return refuseUnclaimed(context, change);
  reportProgress(context, "claimed", change.id);
  const claimed = { claim, change, state };
  const result = await attemptChange(context, claimed, task.justRead, signal);
  const resolved = await recordOutcome(context, claimed, result);
  if (result.departed) await context.ledger.markDeparted(context.id, change.id, claim.by, isoNow(context), "confirmed");
  return resolved;
}

/** Puts on record that a change was not tried, and why. Nothing is recorded while somebody else changes the subject. */
export async function recordRefusal(
  context: SubjectContext,
  { lease, change }: ChangeTask,
  result: ChangeResult,
): Promise<void> {
  const claim = newClaim(context, lease, change);
  const state = await context.ledger.claimSubject(context.id, change.id, claim);
  if (state) await recordOutcome(context, { claim, change, state }, result);
}

/** What a dead try of our own, or a dead holder, may have done is looked for before anything is done again. */
async function findEarlierChange(
  context: SubjectContext,
  task: ChangeTask,
  signal: AbortSignal,
): Promise<ResolvedChange | undefined> {
  const { lease, change } = task;
  const state = task.state ?? (await readState(context, change.id));
  if (!state?.claim || !isAbandoned(context, lease.run, state.claim)) return undefined;
  return recordIfMade(context, { lease, change, state }, signal);
}

async function readState({ ledger, id }: SubjectContext, subject: string): Promise<SubjectState | undefined> {
  return (await ledger.readStates(id, [subject], true)).get(subject);
}

/** An event's change is in no plan, so there is nothing to write it to. */
async function refuseUnclaimed({ ledger }: SubjectContext, change: Change): Promise<ResolvedChange> {
  const result = refusal("somebody else is changing this account right now");
  if (!change.unplanned) await ledger.refuseChange(change, result);
  return result;
}

/** Everything between claim and record. */
async function attemptChange(
  context: SubjectContext,
  claimed: ClaimedChange,
  justRead: ChangeTask["justRead"],
  signal: AbortSignal,
): Promise<ObservedResult> {
  const { claim, change, state } = claimed;
  try {
    const observed = await observeClaimed(context, claimed, justRead, signal);
    if (!observed) return { ...refusal("the vendor no longer has this account"), departed: true };
    const checkStillValid = change.revert ? checkRevertStillValid : checkPlanStillValid;
    const objection =
      checkStillValid(context, change, state, observed) ??
      (change.unplanned ? undefined : changedRecently(context, observed.subject, state)) ??
      (await ownAccount(context, observed.subject, signal)) ??
      checkGuards(context, claim, await context.ledger.readGuards(context.id, change.id));
    if (objection) return { ...objection, observed };
    return await changeAndReadBack(context, { change, state, before: observed }, signal);
  } catch (error) {
    return failure(asWardenError(error));
  }
}
