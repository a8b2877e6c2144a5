/** Which rule binds an account: matchers prepared once for each policy and directory. */

import type { Judgement, Subject } from "../model/index.ts";
import { foldId, foldName } from "./fold.ts";
import type { BreakGlassAccount, Exemption, Policy, Rule } from "./schema.ts";

/** A rule that can bind accounts of one directory; ids without the directory. */
interface Matcher {
  readonly rule: Rule;
  /** By id, with the user name that it must still have. */
  readonly accounts?: ReadonlyMap<string, string | undefined>;
  readonly groups?: ReadonlySet<string>;
  readonly populations?: ReadonlySet<string>;
  readonly usernames?: readonly ((folded: string) => boolean)[];
  readonly bound: RuleChoice;
  readonly renamed: RuleChoice;
  readonly undecided: { readonly population: RuleChoice; readonly groups: RuleChoice };
}

/**
 * `settled`: the verdict of whoever proves what the rule requires, or of everybody when it requires nothing. `undecided`:
 * the rule may bind, by a fact that is not known. `renamed`: the rule names this id, with another user name.
 */
export type RuleChoice =
  | { readonly kind: "bound"; readonly rule: Rule; readonly settled: Judgement }
  | { readonly kind: "undecided"; readonly rule: Rule; readonly by: "population" | "groups" }
  | { readonly kind: "renamed"; readonly rule: Rule }
  | { readonly kind: "none" };

/** A policy as one directory sees it. */
export interface DirectoryRules {
  readonly matchers: readonly Matcher[];
  /** By account id. */
  readonly exemptions: ReadonlyMap<string, readonly Exemption[]>;
  /** Ids that the rules name. */
  readonly accounts: ReadonlySet<string>;
  /** Break-glass accounts by id, with the user name that each must still have. */
  readonly breakGlass: ReadonlyMap<string, string>;
  readonly groups: ReadonlySet<string>;
  readonly populations: ReadonlySet<string>;
  /** What rules, exemptions and `breakGlass` name, by user name. */
  readonly namedAccounts: ReadonlyMap<string, readonly NamedAccount[]>;
}

/** What names an account by its id. */
export type NamedBy = Rule | Exemption | BreakGlassAccount;

/** An account that the policy names by its id, with the user name that it should have. */
export interface NamedAccount {
  readonly id: string;
  readonly by: NamedBy;
}

const NO_RULE: RuleChoice = { kind: "none" };
const preparedRules = new WeakMap<Policy, Map<string, DirectoryRules>>();

/** Prepared on first use and kept as long as the policy. */
export function directoryRules(policy: Policy, directory: string): DirectoryRules {
  const prepared = preparedRules.get(policy) ?? new Map<string, DirectoryRules>();
  const scope = prepared.get(directory) ?? prepareRules(policy, directory);
  if (prepared.size === 0) preparedRules.set(policy, prepared);
  prepared.set(directory, scope);
  return scope;
}

function prepareRules(policy: Policy, directory: string): DirectoryRules {
  const matchers = policy.rules.flatMap((rule) => matcherOf(rule, directory) ?? []);
  const own = policy.exemptions.filter((exemption) => exemption.directory === directory);
  const breakGlass = localEntries(policy.breakGlass ?? [], directory);
  return {
    matchers,
    exemptions: Map.groupBy(own, ({ account }) => foldId(account)),
    accounts: new Set(matchers.flatMap(({ accounts }) => [...(accounts?.keys() ?? [])])),
    breakGlass: new Map(breakGlass.map(({ id, username }) => [foldId(id), username])),
    groups: new Set(matchers.flatMap(({ groups = [] }) => [...groups])),
    populations: new Set(matchers.flatMap(({ populations = [] }) => [...populations])),
    namedAccounts: groupByName([...namedByRules(policy.rules, directory), ...namedDirectly(own, breakGlass)]),
  };
}

type NamedWithUsername = NamedAccount & { readonly username?: string | undefined };

function groupByName(named: readonly NamedWithUsername[]): Map<string, readonly NamedAccount[]> {
  const checked = named.filter(({ username }) => username !== undefined);
  return Map.groupBy(checked, ({ username = "" }) => foldName(username));
}

/** Also of rules that can bind nobody here: what they name is meant all the same. */
const namedByRules = (rules: readonly Rule[], directory: string): NamedWithUsername[] =>
  rules.flatMap((rule) => {
    const { accounts = [] } = rule.match === "all" ? {} : rule.match;
    return localEntries(accounts, directory).map(({ id, username }) => ({ id: foldId(id), username, by: rule }));
  });

/** @param breakGlass ids without the directory */
const namedDirectly = (
  exemptions: readonly Exemption[],
  breakGlass: readonly BreakGlassAccount[],
): NamedWithUsername[] => [
  ...exemptions.map((by) => ({ id: foldId(by.account), username: by.username, by })),
  ...breakGlass.map((by) => ({ id: foldId(by.id), username: by.username, by })),
];

/**
 * Whatever gives this account's user name with the id of another account: the id may be mistyped, or the name used again. Of
 * exemptions only those in force. @param now milliseconds since 1970
 */
export function namedWithOtherId(rules: DirectoryRules, { id, username }: Subject, now: number): NamedBy | undefined {
  if (rules.namedAccounts.size === 0) return undefined;
  const named = rules.namedAccounts.get(foldName(username))?.filter(({ by }) => isInForce(by, now)) ?? [];
  const own = foldId(id);
  return named.some((account) => account.id === own) ? undefined : named[0]?.by;
}

/** Only an exemption begins and ends. @param now milliseconds since 1970 */
export const isInForce = (by: NamedBy, now: number): boolean => !("until" in by) || (by.from <= now && now < by.until);

/** `undefined` when the rule can bind nobody here: keys must all match, and one is about other directories only. */
function matcherOf(rule: Rule, directory: string): Matcher | undefined {
  const choices = possibleChoices(rule);
  if (rule.match === "all") return { rule, ...choices };
  const { directories, accounts, groups, populations, usernames } = rule.match;
  if (directories && !directories.includes(directory)) return undefined;
  const keys = {
    ...(accounts && {
      accounts: new Map(localEntries(accounts, directory).map(({ id, username }) => [foldId(id), username])),
    }),
    ...(groups && { groups: localIds(groups, directory) }),
    ...(populations && { populations: localIds(populations, directory) }),
  };
  if (Object.values(keys).some(({ size }) => size === 0)) return undefined;
  return { rule, ...choices, ...keys, ...(usernames && { usernames: usernames.map(globMatcher) }) };
}

/** Those of this directory, without its prefix. */
export const localEntries = <T extends { readonly id: string }>(named: readonly T[], directory: string): T[] =>
  named
    .filter(({ id }) => id.startsWith(`${directory}/`))
    .map((each) => ({ ...each, id: each.id.slice(directory.length + 1) }));

const localIds = (ids: readonly string[], directory: string): Set<string> =>
  new Set(
    localEntries(
      ids.map((id) => ({ id })),
      directory,
    ).map(({ id }) => foldId(id)),
  );

function possibleChoices(rule: Rule): Pick<Matcher, "bound" | "renamed" | "undecided"> {
  return {
    bound: { kind: "bound", rule, settled: Object.freeze(settledJudgement(rule)) },
    renamed: { kind: "renamed", rule },
    undecided: {
      population: { kind: "undecided", rule, by: "population" },
      groups: { kind: "undecided", rule, by: "groups" },
    },
  };
}

const PROVED = {
  enabled: "MFA is on.",
  registered: "MFA is on and a usable device is registered.",
  "phishing-resistant": "MFA is on and a usable FIDO2 device is registered.",
};

const settledJudgement = ({ name, require: requirement }: Rule): Judgement =>
  requirement === "none"
    ? { verdict: "out-of-scope", why: `Rule "${name}" requires nothing of this account.`, rule: name, requirement }
    : { verdict: "compliant", why: PROVED[requirement], rule: name, requirement };

/** The first rule that matches; a rule that may match is not passed over. */
export function chooseRule(scope: DirectoryRules, subject: Subject): RuleChoice {
  const { population } = subject.facts;
  // Once for all matchers: this runs for every account there is.
  const id = scope.accounts.size > 0 ? foldId(subject.id) : subject.id;
  const place = population.known && scope.populations.size > 0 ? foldId(population.value) : undefined;
  for (const matcher of scope.matchers) {
    const choice = matchSubject(matcher, subject, id, place);
    if (choice !== undefined) return choice;
  }
  return NO_RULE;
}

/** `undefined` when a known fact rules the matcher out; only then does one that is not known matter. */
function matchSubject(
  matcher: Matcher,
  { username, facts }: Subject,
  id: string,
  population: string | undefined,
): RuleChoice | undefined {
  const { accounts, groups, populations, usernames } = matcher;
  if (accounts !== undefined && !accounts.has(id)) return undefined;
  if (populations !== undefined && population !== undefined && !populations.has(population)) return undefined;
  if (groups !== undefined && facts.groups.known && !facts.groups.value.some((group) => groups.has(foldId(group))))
    return undefined;
  if (usernames !== undefined && !anyMatches(usernames, foldName(username))) return undefined;
  if (populations !== undefined && !facts.population.known) return matcher.undecided.population;
  if (groups !== undefined && !facts.groups.known) return matcher.undecided.groups;
  return usernameFits(accounts?.get(id), username) ? matcher.bound : matcher.renamed;
}

const anyMatches = (globs: readonly ((folded: string) => boolean)[], folded: string): boolean =>
  globs.some((matches) => matches(folded));

/** Whether a rule names this account by its id. */
export const isNamedByRule = (policy: Policy, directory: string, id: string): boolean =>
  directoryRules(policy, directory).accounts.has(foldId(id));

/** Whether `breakGlass` names this account. */
export const isBreakGlass = (policy: Policy, directory: string, id: string): boolean =>
  directoryRules(policy, directory).breakGlass.has(foldId(id));

/** Whether an account still has the user name that the policy gives with its id. */
export const usernameFits = (expected: string | undefined, username: string): boolean =>
  expected === undefined || expected === username || foldName(expected) === foldName(username);

/** Not a regular expression: several stars would make it slow on names chosen for that. */
function globMatcher(glob: string): (folded: string) => boolean {
  const [start = "", ...rest] = foldName(glob).split("*");
  const end = rest.pop();
  if (end === undefined) return (name) => name === start;
  return (name) => {
    const limit = name.length - end.length;
    if (limit < start.length || !name.startsWith(start) || !name.endsWith(end)) return false;
    let position = start.length;
    for (const part of rest) {
      const found = name.indexOf(part, position);
      if (found === -1 || found + part.length > limit) return false;
      position = found + part.length;
    }
    return true;
  };
}
