/** What speaks against undoing a change: it lowers security, so that only what we did, and nobody touched since, is put back. */

import type { Change, ChangeResult, Observation, RecordedFacts, SubjectState } from "../model/index.ts";
import { bindingRule, factsAgree, factsOnRecord, isBreakGlass } from "../policy/index.ts";
import type { ObservedSubject, SubjectContext } from "./context.ts";
import { showsChange, whyNotReverted } from "./direction.ts";
import { accountLimit, BREAK_GLASS, refusal, refusedPassword } from "./guards.ts";

/** What the subject as it is now says against putting it back; `undefined`: nothing. */
export function checkRevertStillValid(
  context: SubjectContext,
  change: Change,
  state: SubjectState,
  observed: ObservedSubject,
): ChangeResult | undefined {
  const { subject, judgement } = observed;
  if (change.revert?.approvedBy === undefined) return refusal("nobody has approved that it is put back");
  if (showsChange("revert", subject)) return ALREADY_OFF;
  if (subject.username !== change.username) return refusal("its user name changed after the plan was made");
  if (!factsAgree(factsOnRecord(subject, judgement, context.id, context.policy, state), change.before))
    return refusal("its facts changed after the plan was made");
  return objectionToRevert(context, observed, change.revert.to, state);
}

const ALREADY_OFF: ChangeResult = { outcome: "already", why: "MFA was off when we came to put it back" };

/** What vendor, policy and our own record say against it. */
export function objectionToRevert(
  context: SubjectContext,
  { subject, judgement }: Pick<Observation, "subject" | "judgement">,
  to: RecordedFacts,
  state: SubjectState | undefined,
): ChangeResult | undefined {
  const { id, policy, directory } = context;
  if (isBreakGlass(policy, id, subject.id)) return refusal(BREAK_GLASS);
  const cannot = whyNotReverted(directory, subject, to);
  if (cannot !== undefined) return refusal(`it cannot be undone: ${cannot}`);
  if (showsChange("revert", subject)) return ALREADY_OFF;
  const { verdict, exemption, why } = judgement;
  if (verdict === "unknown" || verdict === "out-of-scope") return refusal(`its verdict is ${verdict} now: ${why}`);
  if (exemption !== undefined) return refusal("an exemption binds it, and exempt accounts are never changed");
  if (bindingRule(policy, judgement)?.enforce !== "allowed")
    return refusal("the rule that binds it does not let us change it");
  return refusedPassword(context, state) ?? accountLimit(context, state);
}
