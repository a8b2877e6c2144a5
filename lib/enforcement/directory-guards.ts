/** What speaks against a change at its very moment: the kill switch, a newer policy, a newer lease, a freeze, or that the account is held. */

import { WardenError } from "../errors.ts";
import { type ChangeResult, type Claim, describeHold, type GuardState, HALTED } from "../model/index.ts";
import { describeFreeze, freezeAt } from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import { refusal } from "./guards.ts";

/** With the reason as an error where it holds for every other change too. */
interface GuardRefusal extends ChangeResult {
  readonly error?: WardenError;
}

/** A window of the policy in which nothing is changed. */
export function frozen({
  id,
  policy,
  clock,
}: Pick<SubjectContext, "id" | "policy" | "clock">): ChangeResult | undefined {
  const freeze = freezeAt(policy, id, clock());
  return freeze && refusal(describeFreeze(freeze));
}

/**
 * What the kill switch, a newer policy, a newer lease, a hold or a freeze says against a change; all but a hold as an error, which
 * ends every other change too. @param claim its token is 0 where no lease stands behind it
 */
export function checkGuards(
  context: Pick<SubjectContext, "id" | "policy" | "policyHash" | "clock">,
  claim: Pick<Claim, "token">,
  { halted, policy, token, held }: GuardState,
): GuardRefusal | undefined {
  if (halted !== undefined)
    return { ...refusal(`${HALTED}: ${halted}`), error: haltError(context, halted, SWITCH_ADVICE) };
  if (policy !== context.policyHash)
    return { ...refusal("another policy has been deployed since the plan was made"), error: newerPolicy(context) };
  if (claim.token > 0 && token !== undefined && token > claim.token)
    return { ...refusal("another run has taken this directory over"), error: leaseLost(context) };
  if (held) return refusal(describeHold(held));
  const freeze = frozen(context);
  return freeze && { ...freeze, error: haltError(context, freeze.why, FREEZE_ADVICE) };
}

const SWITCH_ADVICE = "Allow them again with `switch on`; then approve the plan that is left, or sweep.";
const FREEZE_ADVICE = "When that is over, approve the plan that is left, or sweep.";

const newerPolicy = ({ id }: Pick<SubjectContext, "id">): WardenError =>
  new WardenError(
    "ERR_POLICY_CHANGED",
    `Another policy has been deployed since the changes in ${id} were planned, so no more of them are made; sweep again for a new plan.`,
  );

const leaseLost = ({ id }: Pick<SubjectContext, "id">): WardenError =>
  new WardenError(
    "ERR_LEASE_LOST",
    `Another run has taken over the directory ${id}; this run changes nothing there any more, and that one settles what it left open.`,
  );

const haltError = ({ id }: Pick<SubjectContext, "id">, why: string, advice: string): WardenError =>
  new WardenError("ERR_CHANGES_HALTED", `Changes in ${id} are halted: ${why}. ${advice}`);
