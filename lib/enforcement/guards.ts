/** What an account itself says against a change: its facts, its rule, the person's devices, a password once refused. */

import {
  type Change,
  type ChangeResult,
  isInFuture,
  type Judgement,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import {
  bindingRule,
  describeUnknownDevices,
  factsAgree,
  factsOnRecord,
  isBreakGlass,
  isNamedByRule,
} from "../policy/index.ts";
import { isEnforced, type ObservedSubject, type SubjectContext } from "./context.ts";
import { untold } from "./notice-schedule.ts";

export const refusal = (why: string): ChangeResult => ({ outcome: "refused", why });
export const BREAK_GLASS = "breakGlass names it, and so nothing changes it";
const needsUser = (why: string): ChangeResult => ({ outcome: "needs-user", why });

/** What the subject as it is now says against the change; `undefined`: nothing. */
export function checkPlanStillValid(
  context: SubjectContext,
  change: Change,
  state: SubjectState,
  { subject, judgement }: ObservedSubject,
): ChangeResult | undefined {
  const { policy } = context;
  if (judgement.verdict === "compliant") return { outcome: "already", why: alreadyEnforced(subject) };
  if (judgement.verdict !== "violating") return refusal(`its verdict is ${judgement.verdict} now: ${judgement.why}`);
  if (subject.username !== change.username) return refusal("its user name changed after the plan was made");
  if (judgement.rule !== change.rule || judgement.requirement !== change.requirement)
    return refusal("another rule binds it than when the plan was made");
  if (!factsAgree(factsOnRecord(subject, judgement, context.id, policy, state), change.before))
    return refusal("its facts changed after the plan was made");
  if (isBreakGlass(policy, context.id, subject.id)) return refusal(BREAK_GLASS);
  if (!isEnforceable(context, judgement, subject)) return refusal("the rule that binds it does not let us change it");
  return (
    unnamedService(context, subject) ??
    lockoutRisk(context, judgement, subject) ??
    untold(bindingRule(policy, judgement)?.notify, state.notices, context.clock()) ??
    recentRevert(context, state) ??
    refusedPassword(context, state) ??
    accountLimit(context, state)
  );
}

const alreadyEnforced = ({ profile }: Subject) =>
  profile ? "it was as wanted when we came to write it" : "MFA was on when we came to turn it on";

/** Whether the policy allows the change, and it would alter what is wrong. */
export function isEnforceable(
  { id, policy }: Pick<SubjectContext, "id" | "policy">,
  judgement: Judgement,
  subject: Subject,
): boolean {
  if (judgement.verdict !== "violating" || isBreakGlass(policy, id, subject.id)) return false;
  // Whatever else is wrong with a profile, writing it again corrects it.
  if (subject.profile) return subject.profile.wanted && !judgement.needsPerson;
  return subject.facts.enabled.known && !isEnforced(subject) && bindingRule(policy, judgement)?.enforce === "allowed";
}

/** Nobody signs in with a service account: MFA would only end its work, unless a person has named it on purpose. */
export function unnamedService(
  { id, policy }: Pick<SubjectContext, "id" | "policy">,
  subject: Pick<Subject, "id" | "serviceAccount">,
): ChangeResult | undefined {
  if (!subject.serviceAccount || isNamedByRule(policy, id, subject.id)) return undefined;
  return refusal("a service account, and no rule names it");
}

/** `needs-user` if switching on could lock this person out, and the rule does not say to do it all the same. */
export function lockoutRisk(
  context: Pick<SubjectContext, "directory" | "policy">,
  judgement: Judgement,
  { profile, facts: { devices } }: Subject,
): ChangeResult | undefined {
  if (profile || !devicesDecide(context, judgement)) return undefined;
  if (!devices.known)
    return needsUser(
      `which devices there are is not known (${devices.why}), and without one this person would be locked out`,
    );
  // A device of a kind that this version does not know may be of no use at sign-in.
  if (devices.value.some(({ usable, method }) => usable && method !== "unknown")) return undefined;
  const unknown = describeUnknownDevices(devices.value);
  const lacking = unknown === undefined ? "no usable device" : `only ${unknown}`;
  return needsUser(`${lacking}, so switching on now could lock this person out`);
}

/** Whether a person without a device may not be changed: not where the vendor asks for one, or the rule says to change it all the same. */
export const devicesDecide = (
  { directory, policy }: Pick<SubjectContext, "directory" | "policy">,
  judgement: Judgement,
): boolean => !directory.enrolsAtSignIn && bindingRule(policy, judgement)?.withoutDevice !== "enforce";

/** A vendor locks an account after a few wrong passwords: the same one is never tried again. */
export function refusedPassword(
  { directory }: Pick<SubjectContext, "directory">,
  state: Pick<SubjectState, "refusedSecret"> | undefined,
): ChangeResult | undefined {
  if (state?.refusedSecret === undefined || state.refusedSecret !== directory.secretVersion) return undefined;
  return refusal("the vendor refused this account's password; store a new version of the secret");
}

export const DEFAULT_CHANGES_PER_ACCOUNT = 3;
const DAY_MS = 24 * 3_600_000;

/** Whoever switches one account off again and again must not use up everybody's budget. */
export function accountLimit(
  { policy, clock }: Pick<SubjectContext, "policy" | "clock">,
  state: Pick<SubjectState, "changedAt"> | undefined,
): ChangeResult | undefined {
  const now = clock();
  const limit = policy.limits.changesPerAccount ?? DEFAULT_CHANGES_PER_ACCOUNT;
  const recent = (state?.changedAt ?? []).filter((at) => Date.parse(at) > now - DAY_MS && !isInFuture(at, now));
  if (recent.length < limit) return undefined;
  return refusal(
    `ERR_LIMIT_ACCOUNT: it was changed ${recent.length} times in 24 hours, and limits.changesPerAccount allows no more; find out who changes it back`,
  );
}

/** What a person has put back stays so for a day: an event would undo it within seconds, and nobody could hold or exempt the account. */
export function recentRevert(
  { clock }: Pick<SubjectContext, "clock">,
  state: Pick<SubjectHistory, "revertedAt"> | undefined,
): ChangeResult | undefined {
  const now = clock();
  const { revertedAt } = state ?? {};
  if (revertedAt === undefined || isInFuture(revertedAt, now)) return undefined;
  const until = Date.parse(revertedAt) + DAY_MS;
  if (now >= until) return undefined;
  return refusal(
    `it was put back as it was on ${revertedAt}, and is left alone until ${new Date(until).toISOString()}; exempt or hold it until then if it is to stay so`,
  );
}
