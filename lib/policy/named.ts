/** What the policy names of one directory, in its rules and among its administrators, by the vendor's ids. */
import { administratorPolicy } from "./administrators.ts";
import { type DirectoryRules, directoryRules } from "./matcher.ts";
import type { Policy } from "./schema.ts";

/** A group or a population. */
export interface NamedScope {
  readonly kind: "group" | "population";
  readonly id: string;
}

export const namedAccounts = (policy: Policy, directory: string): string[] =>
  named(policy, directory, ({ accounts }) => accounts);

export function namedScopes(policy: Policy, directory: string): NamedScope[] {
  const groups = named(policy, directory, (rules) => rules.groups);
  const populations = named(policy, directory, (rules) => rules.populations);
  return [
    ...groups.map((id) => ({ kind: "group", id }) as const),
    ...populations.map((id) => ({ kind: "population", id }) as const),
  ];
}

const named = (policy: Policy, directory: string, idsOf: (rules: DirectoryRules) => ReadonlySet<string>): string[] => {
  const all = [policy, administratorPolicy(policy)].map((rules) => idsOf(directoryRules(rules, directory)));
  return [...new Set(all.flatMap((ids) => [...ids]))];
};
