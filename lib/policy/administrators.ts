/** Who the policy says are administrators: they are changed last, and never all at once. Pure. */
import type { FactName, Subject } from "../model/index.ts";
import { factsToFetch } from "./decide.ts";
import { chooseRule, directoryRules, namedWithOtherId } from "./matcher.ts";
import type { AdministratorMatch, Policy, Rule } from "./schema.ts";

const asRules = new WeakMap<Policy, Policy>();

/** The same policy with its administrators as its only rules: whoever one of them binds is an administrator. */
export function administratorPolicy(policy: Policy): Policy {
  const known = asRules.get(policy);
  if (known) return known;
  const made = { ...policy, rules: (policy.administrators ?? []).map(ruleOf), exemptions: [] };
  asRules.set(policy, made);
  return made;
}

const ruleOf = (match: AdministratorMatch, index: number): Rule => ({
  name: `administrators[${index}]`,
  match,
  require: "none",
  enrolWithinMs: 0,
  withoutDevice: "skip",
  enforce: "never",
});

/**
 * Whether an account is an administrator. Where that is not known, it is: an entry that rests on an unknown fact, or an account
 * that was named with another user name or another id. A profile is none. @param now milliseconds since 1970
 */
export function isAdministrator(subject: Subject, directory: string, policy: Policy, now: number): boolean {
  if (subject.profile || policy.administrators === undefined) return false;
  const rules = directoryRules(administratorPolicy(policy), directory);
  return chooseRule(rules, subject).kind !== "none" || namedWithOtherId(rules, subject, now) !== undefined;
}

/** Facts that nobody asked the vendor for yet, and without which it is not known whether this is an administrator. */
export const factsToFindAdministrators = (subject: Subject, directory: string, policy: Policy): FactName[] =>
  policy.administrators === undefined ? [] : factsToFetch(subject, directory, administratorPolicy(policy));
