/** Conditional Access policies: which of them ask for MFA. No verdict rests on them. https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy */

import * as v from "valibot";
import type { DirectoryFact, Fact } from "../../model/index.ts";
import { ifPresent, textOrEmpty } from "../fields.ts";

const texts = ifPresent(v.array(v.string()));

/** One that cannot be read leaves unknown what all of them come to. */
export const policy = v.object({
  state: textOrEmpty,
  grantControls: ifPresent(
    v.object({
      builtInControls: texts,
      customAuthenticationFactors: texts,
      authenticationStrength: ifPresent(v.unknown()),
    }),
  ),
  conditions: ifPresent(
    v.object({
      users: ifPresent(v.object({ includeUsers: texts })),
      applications: ifPresent(v.object({ includeApplications: texts })),
    }),
  ),
});
type Policy = v.InferOutput<typeof policy>;

/** Numbers of policies. */
export interface ConditionalAccess {
  /** Those that are on and may ask for a second factor. */
  readonly asking: number;
  /** Of these, those for all users and all applications. */
  readonly forAll: number;
  /** Those that would ask, and are in a state that this version does not know. */
  readonly unclear: number;
}

/** Every documented state, and whether a policy works in it. */
const WORKS_BY_STATE = new Map([
  ["enabled", true],
  ["disabled", false],
  ["enabledForReportingButNotEnforced", false],
]);

export function summarizePolicies(policies: readonly Policy[]): ConditionalAccess {
  const wouldAsk = policies.filter(asksForMfa);
  const asking = wouldAsk.filter(({ state }) => WORKS_BY_STATE.get(state) === true);
  return {
    asking: asking.length,
    forAll: asking.filter(isForAll).length,
    unclear: wouldAsk.filter(({ state }) => !WORKS_BY_STATE.has(state)).length,
  };
}

/** Every documented control that asks for no second factor; what is not known here may ask for one. */
const CONTROLS_WITHOUT_MFA = [
  "block",
  "compliantDevice",
  "domainJoinedDevice",
  "approvedApplication",
  "compliantApplication",
];

function asksForMfa({ grantControls }: Policy): boolean {
  const { builtInControls = [], customAuthenticationFactors = [], authenticationStrength } = grantControls ?? {};
  return (
    builtInControls.some((control) => !CONTROLS_WITHOUT_MFA.includes(control)) ||
    authenticationStrength !== undefined ||
    customAuthenticationFactors.length > 0
  );
}

const isForAll = ({ conditions }: Policy): boolean =>
  conditions?.users?.includeUsers?.includes("All") === true &&
  conditions.applications?.includeApplications?.includes("All") === true;

export function describeConditionalAccess(fact: Fact<ConditionalAccess>): DirectoryFact {
  const name = "conditionalAccess";
  if (!fact.known) {
    const meaning = `Whether Conditional Access asks for MFA is not known: ${fact.why.replace(/\.$/, "")}.`;
    return { name, value: null, meaning };
  }
  const { asking, forAll, unclear } = fact.value;
  if (asking > 0) {
    const meaning = `${asking} Conditional Access policies may ask for MFA, ${forAll} of them for all users and all applications; whom they leave out is not looked at, and no verdict rests on them.`;
    return { name, value: true, meaning };
  }
  if (unclear > 0)
    return {
      name,
      value: null,
      meaning: `${unclear} Conditional Access policies are in a state that this version does not know.`,
    };
  return { name, value: false, meaning: "No Conditional Access policy that is on asks for MFA." };
}
