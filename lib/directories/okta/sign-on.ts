/** Whether the org's sign-on policies ask for a second factor at all. https://developer.okta.com/docs/concepts/policies/#policy-types */

import type { OktaApi } from "./api.ts";
import { type Policy, type Rule, readPolicies, readRules } from "./policies.ts";

/** What rules that let people in come to, over all policies that were read. */
export interface SignOn {
  readonly asking: number;
  readonly silent: number;
  /** Of a kind that this version does not know. */
  readonly unclear: number;
  /** Policies that were left out, since there are too many. */
  readonly unread: number;
}

/** Of each kind: an org has one for each group of applications. */
const MAX_POLICIES = 20;

export async function readSignOn(api: OktaApi, signal: AbortSignal): Promise<SignOn> {
  const kinds = await Promise.all([
    readPolicies(api, "OKTA_SIGN_ON", signal),
    readPolicies(api, "ACCESS_POLICY", signal),
  ]);
  const chosen = kinds.flatMap((policies) => policies.slice(0, MAX_POLICIES));
  const found = (await Promise.all(chosen.map((policy) => readKinds(api, policy, signal)))).flat();
  const count = (wanted: RuleKind) => found.filter((kind) => kind === wanted).length;
  return {
    asking: count("asking"),
    silent: count("silent"),
    unclear: count("unclear"),
    unread: kinds.flat().length - chosen.length,
  };
}

type RuleKind = "asking" | "silent" | "unclear" | "denying";

async function readKinds(api: OktaApi, policy: Policy, signal: AbortSignal): Promise<RuleKind[]> {
  const rules = await readRules(api, policy, signal);
  return rules.map((rule) => (policy.status === "ACTIVE" ? kindOf(rule) : "unclear"));
}

/** What a rule does whose state or access this version does not know, nobody can say. */
function kindOf({ status, actions }: Rule): RuleKind {
  const { signon, appSignOn } = actions ?? {};
  const access = signon?.access ?? appSignOn?.access;
  if (access === "DENY") return "denying";
  if (status !== "ACTIVE" || access !== "ALLOW") return "unclear";
  if (signon?.requireFactor !== undefined) return signon.requireFactor ? "asking" : "silent";
  const mode = appSignOn?.verificationMethod?.factorMode;
  if (mode === "2FA") return "asking";
  return mode === "1FA" ? "silent" : "unclear";
}
