/** One change of a batch: made if there is budget for it, and counted by what the ledger then says of the account. */
import {
  endsChanges,
  enforceChange,
  type ResolvedChange,
  recoverClaim,
  type SubjectContext,
} from "../enforcement/index.ts";
import { hasCode, type WardenError } from "../errors.ts";
import {
  type Change,
  type Lease,
  type Outcome,
  omitUndefined,
  type SubjectState,
  type Verdict,
} from "../model/index.ts";

/** For one change, beside the time in which it may take to show. */
const CHANGE_DEADLINE_MS = 60_000;

export interface ApplyContext extends SubjectContext {
  readonly lease: Lease;
}

/** What became of a change, and what the ledger then says of the account. */
export interface AppliedChange {
  readonly outcome: Outcome;
  readonly verdict?: Verdict;
  /** The vendor refused our credential, or only what it was to do here. */
  readonly denial?: WardenError;
  /** No other change may be made either. */
  readonly halt?: WardenError;
}

/** Answers the same whenever it is asked again. */
export async function applyChange(
  context: ApplyContext,
  change: Change,
  isBudgeted: boolean,
  signal: AbortSignal,
): Promise<AppliedChange> {
  const { outcome, error } = await resolveChange(context, change, isBudgeted, signal);
  const state = await readState(context, change);
  return omitUndefined({
    outcome,
    verdict: state && !state.departed ? state.judgement.verdict : undefined,
    denial: !change.custodial && hasCode(error, "ERR_VENDOR_AUTH", "ERR_VENDOR_DENIED") ? error : undefined,
    halt: endsChanges(error) ? error : undefined,
  });
}

const readState = async ({ ledger, id }: ApplyContext, change: Change): Promise<SubjectState | undefined> =>
  (await ledger.readStates(id, [change.id], true)).get(change.id);

const NO_BUDGET = {
  outcome: "refused",
  why: "ERR_LIMIT_DAY: the changes of the last 24 hours have used up limits.changesPerDay, that of all or the directory's own",
} as const;

async function resolveChange(
  context: ApplyContext,
  change: Change,
  isBudgeted: boolean,
  signal: AbortSignal,
): Promise<Pick<ResolvedChange, "outcome" | "error">> {
  const { outcome } = change;
  if (outcome !== undefined) {
    await finishRecord(context, change, signal);
    return { outcome };
  }
  if (isBudgeted) {
    const deadline = AbortSignal.timeout(CHANGE_DEADLINE_MS + context.readBackTimeoutMs);
    return enforceChange(context, { lease: context.lease, change }, AbortSignal.any([signal, deadline]));
  }
  await context.ledger.refuseChange(change, NO_BUDGET);
  return NO_BUDGET;
}

/** An earlier attempt of this step died between the outcome of the change and that of the account. */
async function finishRecord(context: ApplyContext, change: Change, signal: AbortSignal): Promise<void> {
  const state = await readState(context, change);
  if (state?.claim?.by === context.lease.run)
    await recoverClaim(context, { lease: context.lease, change, state }, signal);
}
