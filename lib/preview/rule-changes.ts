/** How the rules of two policies differ, one clause each, and which differences lower what is required. */

import { REQUIREMENTS } from "../model/index.ts";
import { orderedJson, type Policy, type Rule } from "../policy/index.ts";
import type { PolicyChange } from "./model.ts";
import { durationText, type PolicyDays } from "./wording.ts";

/** Strength of what is required; nothing is 0. */
export const strengthOf = (requirement: Rule["require"]): number =>
  requirement === "none" ? 0 : REQUIREMENTS.indexOf(requirement) + 1;

type Clause = Pick<PolicyChange, "what" | "lowers" | "weakensGuard">;
type Rules = readonly Rule[];

/** @param days how a moment of the policies is written */
export function ruleChanges(before: Policy, after: Policy, days: PolicyDays): PolicyChange[] {
  const old = new Map(before.rules.map((rule) => [rule.name, rule]));
  const renamed = renamedRules(before.rules, after.rules);
  const clauses = after.rules.flatMap((rule): PolicyChange[] => {
    const oldName = renamed.get(rule.name);
    if (oldName !== undefined) return [named(rule.name, { what: `was called ${oldName}`, lowers: false })];
    const was = old.get(rule.name);
    if (!was) return [named(rule.name, addedRule(rule, after.rules))];
    return fieldChanges(was, rule, days).map((clause) => named(rule.name, clause));
  });
  const kept = new Set([...after.rules.map(({ name }) => name), ...renamed.values()]);
  const removed = before.rules.filter(({ name }) => !kept.has(name));
  const gone = removed.map(({ name }) => named(name, { what: "is removed", lowers: true }));
  return [...gone, ...clauses, ...orderChange(before.rules, after.rules)];
}

const named = (name: string, clause: Clause): PolicyChange => ({ part: "rules", name, ...clause });

const withoutName = ({ name: _, ...rest }: Rule) => orderedJson(rest);

/** Old name by new name, of rules that differ in nothing else. */
function renamedRules(before: Rules, after: Rules): Map<string, string> {
  const names = (rules: Rules) => new Set(rules.map(({ name }) => name));
  const [old, present] = [names(before), names(after)];
  const gone = new Map(before.filter(({ name }) => !present.has(name)).map((rule) => [withoutName(rule), rule.name]));
  return new Map(
    after.flatMap((rule) => {
      const was = old.has(rule.name) ? undefined : gone.get(withoutName(rule));
      return was === undefined ? [] : [[rule.name, was] as const];
    }),
  );
}

function addedRule({ name, require: required }: Rule, rules: Rules): Clause {
  const place = rules.findIndex((rule) => rule.name === name) + 1;
  const what = required === "none" ? "nothing" : required;
  return { what: `is new, at place ${place}: requires ${what}`, lowers: required === "none" };
}

function fieldChanges(was: Rule, now: Rule, days: PolicyDays): Clause[] {
  const { require: required, graceMs = 0, from = Number.NEGATIVE_INFINITY } = now;
  const { graceMs: oldGrace = 0, from: oldFrom = Number.NEGATIVE_INFINITY } = was;
  const clauses: (Clause | false)[] = [
    was.require !== required && {
      what: `requires ${required} in place of ${was.require}`,
      lowers: strengthOf(required) < strengthOf(was.require),
    },
    orderedJson(was.match) !== orderedJson(now.match) && { what: "binds other accounts", lowers: false },
    graceMs !== oldGrace && {
      what: `gives ${durationText(graceMs)} of grace in place of ${durationText(oldGrace)}`,
      lowers: graceMs > oldGrace,
    },
    from !== oldFrom && {
      what: `binds ${days.since(now.from)} in place of ${days.since(was.from)}`,
      lowers: from > oldFrom,
    },
    now.enrolWithinMs !== was.enrolWithinMs && {
      what: `gives ${durationText(now.enrolWithinMs)} to enrol in place of ${durationText(was.enrolWithinMs)}`,
      lowers: now.enrolWithinMs > was.enrolWithinMs,
    },
    now.enforce !== was.enforce && {
      what: now.enforce === "never" ? "never changes an account any more" : "may change accounts now",
      lowers: now.enforce === "never",
      ...(was.enforce === "never" && { weakensGuard: true }),
    },
    now.withoutDevice !== was.withoutDevice && {
      what:
        now.withoutDevice === "skip"
          ? "leaves people without a device as they are"
          : "also switches MFA on for people without a device, who may be locked out",
      lowers: now.withoutDevice === "skip",
      ...(now.withoutDevice === "enforce" && { weakensGuard: true }),
    },
    orderedJson(was.notify ?? null) !== orderedJson(now.notify ?? null) && {
      what: "tells people otherwise before a change",
      lowers: false,
    },
    was.reason !== now.reason && { what: "gives another reason", lowers: false },
  ];
  return clauses.filter((clause) => clause !== false);
}

/** The first rule that matches binds: among rules that both have, another order can bind other accounts. */
function orderChange(before: Rules, after: Rules): PolicyChange[] {
  const inBoth = (rules: Rules, others: Rules) =>
    rules.map(({ name }) => name).filter((name) => others.some((other) => other.name === name));
  const [old, now] = [inBoth(before, after), inBoth(after, before)];
  if (old.join("\n") === now.join("\n")) return [];
  return [{ part: "rules", what: `are in another order: ${now.join(", ")}`, lowers: false }];
}
