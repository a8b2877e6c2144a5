/** Judges one account by the policy: pure, total, and never compliant on a fact that is not known. */

import {
  type Fact,
  type FactName,
  type Facts,
  type Judgement,
  NOT_ASKED,
  type Subject,
  type SubjectHistory,
} from "../model/index.ts";
import { enrolDeadline, graceDeadline, toIso } from "./deadline.ts";
import { foldId } from "./fold.ts";
import { graceStart } from "./grace.ts";
import {
  chooseRule,
  type DirectoryRules,
  directoryRules,
  type NamedBy,
  namedWithOtherId,
  type RuleChoice,
  usernameFits,
} from "./matcher.ts";
import { judgeProfile } from "./profile.ts";
import { checkRequirement, needsDevices } from "./proof.ts";
import type { Exemption, Policy, Rule } from "./schema.ts";

const DISABLED: Judgement = Object.freeze({ verdict: "out-of-scope", why: "The account is disabled." });
const UNRULED: Judgement = Object.freeze({ verdict: "unknown", why: "No rule matches this account." });

/**
 * The verdict on one account; an MFA server profile is judged by itself. The first that holds: disabled (out of scope) ·
 * active not known, its user name given with another id, a break-glass name that no longer fits, the choice of its rule not
 * known, or a name that no longer fits
 * (unknown) · no rule (unknown) · nothing required (out of scope) · requirement proved
 * (compliant) · neither proved nor disproved (unknown, or exempt where an exemption covers that) · exemption in force
 * (exempt) · before the deadline (grace) · switched on without a device, in time (pending) · violating.
 * An exemption counts from its first to its last day; the name check of any other one does not.
 * @param now milliseconds since 1970
 */
export function decide(
  subject: Subject,
  directory: string,
  policy: Policy,
  past: SubjectHistory,
  now: number,
): Judgement {
  if (subject.profile) return judgeProfile(subject, subject.profile, past, now);
  const { active } = subject.facts;
  if (!active.known) return unknownBecause(`Whether the account is active is not known: ${active.why}.`);
  if (!active.value) return DISABLED;
  const scope = directoryRules(policy, directory);
  const namedOtherwise = namedWithOtherId(scope, subject, now);
  if (namedOtherwise) return nameOfAnother(namedOtherwise);
  if (hasOtherName(scope, subject)) return RENAMED_BREAK_GLASS;
  const choice = chooseRule(scope, subject);
  if (choice.kind !== "bound") return unbound(choice, subject.facts);
  if (choice.rule.require === "none") return choice.settled;
  const exemptions = scope.exemptions.size > 0 ? scope.exemptions.get(foldId(subject.id)) : undefined;
  const exemption = exemptions?.find(({ from, until }) => from <= now && now < until);
  if (exemption !== undefined && !usernameFits(exemption.username, subject.username))
    return { ...renamed(choice.rule, "An exemption"), exemption: exemption.id };
  const { holds, why } = checkRequirement(choice.rule.require, subject);
  if (holds === true) return exemption === undefined ? choice.settled : needless(choice.settled, exemption);
  const base = { why, rule: choice.rule.name, requirement: choice.rule.require };
  if (exemption !== undefined && (holds === false || exemption.covers.includes("unknown")))
    return exempt(base, exemption);
  if (holds === undefined) return { verdict: "unknown", ...base };
  return disproved(base, choice.rule, subject.facts, past, now);
}

const unknownBecause = (why: string): Judgement => ({ verdict: "unknown", why });

function unbound(choice: Exclude<RuleChoice, { kind: "bound" }>, facts: Facts): Judgement {
  if (choice.kind === "none") return UNRULED;
  if (choice.kind === "renamed") return renamed(choice.rule, `Rule "${choice.rule.name}"`);
  const fact: Fact<unknown> = facts[choice.by];
  const reason = fact.known ? "" : `: ${fact.why}`;
  return unknownBecause(`Rule "${choice.rule.name}" depends on this account's ${choice.by}, not known${reason}.`);
}

const renamed = ({ name, require: requirement }: Rule, who: string): Judgement => ({
  verdict: "unknown",
  why: `${who} names this account by its id, and its user name is no longer the one given there.`,
  rule: name,
  requirement,
  nameChanged: true,
});

const RENAMED_BREAK_GLASS: Judgement = Object.freeze({
  verdict: "unknown",
  why: "breakGlass names this account by its id, and its user name is no longer the one given there.",
  nameChanged: true,
});

/** Whether `breakGlass` names this account with another user name. */
const hasOtherName = ({ breakGlass }: DirectoryRules, { id, username }: Subject): boolean =>
  breakGlass.size > 0 && !usernameFits(breakGlass.get(foldId(id)), username);

function sourceText(by: NamedBy): string {
  if ("name" in by) return `Rule "${by.name}"`;
  return "until" in by ? "An exemption" : "breakGlass";
}

/** Changed, it might be the very account that the policy means to protect. */
const nameOfAnother = (by: NamedBy): Judgement => ({
  verdict: "unknown",
  why: `${sourceText(by)} gives this account's user name with another id; correct the id in the policy.`,
  nameChanged: true,
});

const needless = (settled: Judgement, { id }: Exemption): Judgement => ({
  ...settled,
  why: "The requirement is met, so the exemption is not needed.",
  exemption: id,
  exemptionNeedless: true,
});

type Base = Omit<Judgement, "verdict">;

const exempt = (base: Base, { id, until }: Exemption): Judgement => ({
  verdict: "exempt",
  ...base,
  why: "An exemption is in force.",
  exemption: id,
  until: toIso(until),
});

function disproved(base: Base, rule: Rule, facts: Facts, past: SubjectHistory, now: number): Judgement {
  const began = graceStart(facts, past, now);
  const deadline = graceDeadline(rule, began);
  const clock = now < deadline || past.graceFrom !== undefined ? clockOnRecord(rule, began) : {};
  if (now < deadline)
    return { verdict: "grace", ...base, why: "The rule still gives time to comply.", until: toIso(deadline), ...clock };
  const enrolBy = enrolDeadline(rule, facts, past, now);
  if (now < enrolBy)
    return {
      verdict: "pending",
      ...base,
      why: "MFA is on, with time left to register a device.",
      until: toIso(enrolBy),
      ...clock,
    };
  return { verdict: "violating", ...base, ...clock };
}

/** A rule without grace runs no clock. */
const clockOnRecord = ({ graceMs }: Rule, began: number): Pick<Judgement, "graceFrom"> =>
  graceMs === undefined || !Number.isFinite(began) ? {} : { graceFrom: toIso(began) };

/**
 * Facts that nobody asked the vendor for yet and that could change the verdict. Ask again with what was found: another
 * rule may then bind, with facts of its own.
 */
export function factsToFetch(subject: Subject, directory: string, policy: Policy): FactName[] {
  if (subject.profile) return [];
  const { facts } = subject;
  const wanted = wantedFacts(subject, directory, policy);
  return wanted.filter((name) => facts[name] === NOT_ASKED);
}

const PROVING: readonly FactName[] = ["enabled", "devices", "bypass"];

function wantedFacts(subject: Subject, directory: string, policy: Policy): readonly FactName[] {
  const { facts } = subject;
  if (facts.active === NOT_ASKED) return ["active"];
  if (!facts.active.known || !facts.active.value) return [];
  const choice = chooseRule(directoryRules(policy, directory), subject);
  if (choice.kind === "undecided") return choosers(choice.rule);
  if (choice.kind !== "bound" || choice.rule.require === "none") return [];
  const { holds } = checkRequirement(choice.rule.require, subject);
  if (holds === true) return [];
  const forGrace: readonly FactName[] = holds === false && choice.rule.graceMs !== undefined ? ["createdAt"] : [];
  if (holds === false && facts.enabled !== NOT_ASKED) return forGrace;
  const proving: readonly FactName[] = needsDevices(choice.rule.require, subject) ? PROVING : ["enabled"];
  return [...proving, ...forGrace];
}

/** The facts by which a rule chooses its accounts. */
const choosers = ({ match }: Rule): FactName[] =>
  match === "all"
    ? []
    : [...(match.populations ? ["population" as const] : []), ...(match.groups ? ["groups" as const] : [])];

/** The rule that a judgement names; `undefined` when none bound the account. */
export const bindingRule = (policy: Policy, { rule: name }: Judgement): Rule | undefined =>
  policy.rules.find((rule) => rule.name === name);
