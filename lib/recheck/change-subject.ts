/** Changes a subject that an event named, if policy and budget allow it, and pushes live what was only written. */

import {
  accountLimit,
  consumesBudget,
  enforceChange,
  eventChange,
  frozen,
  isEnforceable,
  lockoutRisk,
  recentRevert,
  recordRefusal,
  refusedPassword,
  releaseChanges,
  reserveChanges,
  unnamedService,
  untold,
} from "../enforcement/index.ts";
import { retryable } from "../errors.ts";
import { type Change, type ChangeResult, type Observation, omitUndefined, type SubjectState } from "../model/index.ts";
import { bindingRule, mayChange } from "../policy/index.ts";
import { leaseOf, type RecheckContext } from "./context.ts";
import type { RecheckResult } from "./ports.ts";

/** As long as a sweep gives it: whoever finds an older claim takes its holder for dead. */
const CHANGE_DEADLINE_MS = 60_000;

/** @param states as they were read, if what was observed is not recorded yet */
export async function changeIfDue(
  context: RecheckContext,
  observation: Observation,
  states: ReadonlyMap<string, SubjectState> | undefined,
  signal: AbortSignal,
): Promise<RecheckResult> {
  const { ledger } = context;
  const state = states?.get(observation.subject.id);
  const save = async () => states && ledger.saveObservations([observation], states);
  const notDue = whyNotDue(context, observation, state) ?? (await whyNotAllowed(context, signal));
  if (notDue) {
    await save();
    return notDue;
  }
  const overLimit = accountLimit(context, state);
  const [granted] = await Promise.all([overLimit ? 0 : reserveChanges(context, 1), save()]);
  if (granted === 0) return park(context, observation, overLimit ?? NO_BUDGET);
  return changeSubject(context, observation, state, signal);
}

const NO_BUDGET: ChangeResult = {
  outcome: "refused",
  why: "ERR_LIMIT_DAY: limits.changesPerDay is used up, that of all or the directory's own; the next sweep plans it",
};

/** The event is done with: that its change was over a limit is on record, and the account stays `violating`, so that the next sweep plans it. */
async function park(context: RecheckContext, observation: Observation, refusal: ChangeResult): Promise<RecheckResult> {
  const change = eventChange(context.run, observation);
  await recordRefusal(context, { lease: leaseOf(context), change }, refusal);
  return { did: "looked", outcome: refusal.outcome, why: refusal.why };
}

/** What the look came to if the subject is not to be changed now. */
function whyNotDue(
  context: RecheckContext,
  { subject, judgement }: Observation,
  state: SubjectState | undefined,
): RecheckResult | undefined {
  const { id, policy, directory } = context;
  if (!mayChange(policy, id) || !directory.enforce || !isEnforceable(context, judgement, subject))
    return { did: "looked" };
  if (subject.profile?.present === false) return LEFT_TO_SWEEP;
  const objection =
    frozen(context) ??
    unnamedService(context, subject) ??
    lockoutRisk(context, judgement, subject) ??
    untold(bindingRule(policy, judgement)?.notify, state?.notices, context.clock()) ??
    recentRevert(context, state) ??
    refusedPassword({ directory }, state);
  return objection && { did: "looked", outcome: objection.outcome, why: objection.why };
}

/** One look may have missed it: only a sweep counts what was listed, and so tells what is gone from what was left out. */
const LEFT_TO_SWEEP: RecheckResult = {
  did: "looked",
  outcome: "refused",
  why: "this profile was not found, and only a sweep, which reads the whole list, may make it; the next sweep does",
};

async function whyNotAllowed(
  { findObstacle }: RecheckContext,
  signal: AbortSignal,
): Promise<RecheckResult | undefined> {
  const why = await findObstacle(signal);
  return why === undefined ? undefined : { did: "looked", outcome: "refused", why };
}

/** The budget has been reserved; what is not used of it is given back. */
async function changeSubject(
  context: RecheckContext,
  observation: Observation,
  state: SubjectState | undefined,
  signal: AbortSignal,
): Promise<RecheckResult> {
  const change = eventChange(context.run, observation);
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(CHANGE_DEADLINE_MS)]);
  const task = omitUndefined({ lease: leaseOf(context), change, state, justRead: observation });
  const resolved = await enforceChange(context, task, inTime);
  const { outcome, error } = resolved;
  if (!consumesBudget(outcome)) await releaseChanges(context, 1);
  // An account with a password is left to the next sweep: a wrong one, sent again and again without an answer, locks it.
  if (error && retryable(error) && !observation.subject.credentialHeld) throw error;
  return publishIfStaged(context, change, resolved, signal);
}

/** What is only written is pushed live at once, if that is ours to do. */
export async function publishIfStaged(
  context: RecheckContext,
  change: Change,
  { outcome, why, learned }: ChangeResult,
  signal: AbortSignal,
): Promise<RecheckResult> {
  if (outcome !== "staged") return { did: "changed", outcome, why };
  const staged = omitUndefined({ ...change, outcome, why, learned });
  const published = await context.publish(context, staged, signal);
  return { did: "changed", outcome: published ? "enforced" : outcome, why };
}
