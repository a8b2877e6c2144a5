/** How two policies differ, part by part, before anybody is judged. */

import { type DirectoryConfig, type Exemption, orderedJson, type Policy } from "../policy/index.ts";
import { guardChanges } from "./guard-changes.ts";
import type { PolicyChange } from "./model.ts";
import { ruleChanges } from "./rule-changes.ts";
import { type PolicyDays, policyDays } from "./wording.ts";

/** @param now what is over by then lowers nothing; milliseconds since 1970 */
export function policyChanges(before: Policy, after: Policy, now: number): PolicyChange[] {
  const days = policyDays(after.timezone);
  return [
    ...directoryChanges(before, after),
    ...ruleChanges(before, after, days),
    ...exemptionChanges(before, after, days, now),
    ...breakGlassChanges(before, after),
    ...approvalChanges(before, after),
    ...guardChanges(before, after, now),
    ...otherChanges(before, after),
  ];
}

const differs = (a: unknown, b: unknown): boolean => orderedJson(a ?? null) !== orderedJson(b ?? null);

/** Whether what was read of a directory can be what it holds by its other entry. */
export const isSameTenant = (a: DirectoryConfig, b: DirectoryConfig): boolean =>
  a.vendor === b.vendor && !differs(a.settings, b.settings);

function directoryChanges(before: Policy, after: Policy): PolicyChange[] {
  const named = (name: string, what: string, lowers: boolean): PolicyChange => ({
    part: "directories",
    name,
    what,
    lowers,
  });
  const old = new Map(before.directories.map((one) => [one.id, one]));
  const present = new Set(after.directories.map(({ id }) => id));
  const removed = before.directories.filter(({ id }) => !present.has(id));
  return [
    ...removed.map(({ id }) => named(id, "is removed", true)),
    ...after.directories.flatMap((now) => {
      const was = old.get(now.id);
      if (!was) return [named(now.id, `is new, in mode ${now.mode}`, false)];
      return directoryFields(was, now).map(([what, lowers]) => named(now.id, what, lowers));
    }),
  ];
}

function directoryFields(was: DirectoryConfig, now: DirectoryConfig): [what: string, lowers: boolean][] {
  const floor = ({ expect }: DirectoryConfig) => expect?.accounts ?? 0;
  const clauses: [boolean, string, boolean][] = [
    [was.mode !== now.mode, `is in mode ${now.mode} in place of ${was.mode}`, now.mode === "observe"],
    [!isSameTenant(was, now), "has other settings", false],
    [floor(was) !== floor(now), `expects ${floor(now)} accounts in place of ${floor(was)}`, floor(now) < floor(was)],
    [was.secret !== now.secret, "has another secret", false],
  ];
  return clauses.filter(([isSo]) => isSo).map(([, what, lowers]) => [what, lowers]);
}

function exemptionChanges(before: Policy, after: Policy, days: PolicyDays, now: number): PolicyChange[] {
  const named = ({ id }: Exemption, what: string, lowers: boolean): PolicyChange => ({
    part: "exemptions",
    name: id,
    what,
    lowers,
  });
  const old = new Map(before.exemptions.map((one) => [one.id, one]));
  const present = new Set(after.exemptions.map(({ id }) => id));
  const term = ({ from, until }: Exemption) => `from ${days.day(from)} to ${days.day(until - 1)}`;
  return [
    ...before.exemptions.filter(({ id }) => !present.has(id)).map((one) => named(one, "is removed", false)),
    ...after.exemptions.flatMap((one) => {
      const was = old.get(one.id);
      if (!was) return [named(one, `is new, ${term(one)}`, one.until > now)];
      if (!differs(was, one)) return [];
      const isLonger = one.until > was.until || one.from < was.from || one.covers.length > was.covers.length;
      return [named(one, `is changed, and holds ${term(one)}`, isLonger && one.until > now)];
    }),
  ];
}

function breakGlassChanges(before: Policy, after: Policy): PolicyChange[] {
  const ids = ({ breakGlass = [] }: Policy) => breakGlass.map(({ id }) => id);
  const change = (name: string, what: string, lowers: boolean): PolicyChange => ({
    part: "breakGlass",
    name,
    what,
    lowers,
  });
  const [old, now] = [ids(before), ids(after)];
  return [
    ...now.filter((id) => !old.includes(id)).map((id) => change(id, "is never changed any more", true)),
    ...old
      .filter((id) => !now.includes(id))
      .map((id): PolicyChange => ({ ...change(id, "may be changed now", false), weakensGuard: true })),
  ];
}

/** That fewer eyes see a plan before it is applied is less security, too. */
function approvalChanges({ approval: was }: Policy, { approval: now }: Policy): PolicyChange[] {
  if (!differs(was, now)) return [];
  if (!now) return [{ part: "approval", what: "is removed", lowers: true }];
  const added = now.approvers.filter((one) => !was?.approvers.includes(one)).length;
  const lowers = was !== undefined && (added > 0 || (now.self && !was.self));
  return [{ part: "approval", what: "is changed: who may approve a plan", lowers }];
}

const OTHER_PARTS = ["notices", "notify", "people", "timezone", "deploy"] as const;

const otherChanges = (before: Policy, after: Policy): PolicyChange[] =>
  OTHER_PARTS.filter((part) => differs(before[part], after[part])).map((part) => ({
    part,
    what: "is changed",
    lowers: false,
  }));
