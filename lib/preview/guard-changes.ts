/** How two policies differ in what keeps changes within bounds: limits, freezes, administrators. */

import { DEFAULT_CHANGES_PER_ACCOUNT } from "../enforcement/index.ts";
import { type Freeze, orderedJson, type Policy } from "../policy/index.ts";
import type { PolicyChange } from "./model.ts";

/** @param now what is over by then guards nothing; milliseconds since 1970 */
export const guardChanges = (before: Policy, after: Policy, now: number): PolicyChange[] => [
  ...limitChanges(before, after),
  ...directoryLimitChanges(before, after),
  ...freezeChanges(before, after, now),
  ...administratorChanges(before, after),
];

type Limits = Policy["limits"];

const CHANGE_LIMITS: readonly (readonly [name: string, of: (limits: Limits) => number])[] = [
  ["changesPerRun.count", ({ changesPerRun }) => changesPerRun.count],
  ["changesPerRun.percent", ({ changesPerRun }) => changesPerRun.percent],
  ["changesPerDay", ({ changesPerDay }) => changesPerDay],
  ["changesPerAccount", ({ changesPerAccount = DEFAULT_CHANGES_PER_ACCOUNT }) => changesPerAccount],
];
/** More of them is less security, not more changes. */
const EXEMPTION_LIMITS: typeof CHANGE_LIMITS = [
  ["exemptionDays", ({ exemptionDays }) => exemptionDays],
  ["exemptions.percent", ({ exemptions }) => exemptions.percent],
];

function limitChanges({ limits: was }: Policy, { limits: now }: Policy): PolicyChange[] {
  const differing = (limits: typeof CHANGE_LIMITS) => limits.filter(([, of]) => of(was) !== of(now));
  const changeOf = ([name, of]: (typeof CHANGE_LIMITS)[number]): PolicyChange => ({
    part: "limits",
    name,
    what: `is ${of(now)} in place of ${of(was)}`,
    lowers: false,
  });
  return [
    ...differing(CHANGE_LIMITS).map((one) => weakened(changeOf(one), one[1](now) > one[1](was))),
    ...differing(EXEMPTION_LIMITS).map((one) => ({ ...changeOf(one), lowers: one[1](now) > one[1](was) })),
  ];
}

const weakened = (change: PolicyChange, isWeaker: boolean): PolicyChange =>
  isWeaker ? { ...change, weakensGuard: true } : change;

function directoryLimitChanges(before: Policy, after: Policy): PolicyChange[] {
  const old = new Map(before.directories.map((one) => [one.id, one]));
  return after.directories.flatMap(({ id, limits }) => {
    const was = old.get(id);
    const [most, mostNow] = [was?.limits?.changesPerDay ?? Infinity, limits?.changesPerDay ?? Infinity];
    if (!was || most === mostNow) return [];
    const what = `has ${limitText(mostNow)} in place of ${limitText(most)}`;
    return [weakened({ part: "directories", name: id, what, lowers: false }, mostNow > most)];
  });
}

const limitText = (changesPerDay: number): string =>
  changesPerDay === Infinity ? "no limit of its own" : `a limit of ${changesPerDay} changes a day`;

function freezeChanges({ freeze: was = [] }: Policy, { freeze: now = [] }: Policy, at: number): PolicyChange[] {
  if (orderedJson(was) === orderedJson(now)) return [];
  const isLeft = (one: Freeze) => now.some((other) => covers(other, one, at));
  const isWeaker = was.some((one) => one.until > at && !isLeft(one));
  return [weakened({ part: "freeze", what: "is changed", lowers: false }, isWeaker)];
}

const covers = (other: Freeze, one: Freeze, at: number): boolean =>
  other.from <= Math.max(one.from, at) && other.until >= one.until && isWithin(one.directories, other.directories);

/** Without a list all directories are meant. */
const isWithin = (some: Freeze["directories"], all: Freeze["directories"]): boolean =>
  all === undefined || (some?.every((id) => all.includes(id)) ?? false);

function administratorChanges(
  { administrators: was = [] }: Policy,
  { administrators: now = [] }: Policy,
): PolicyChange[] {
  if (orderedJson(was) === orderedJson(now)) return [];
  const kept = new Set(now.map(orderedJson));
  const isWeaker = was.some((one) => !kept.has(orderedJson(one)));
  return [weakened({ part: "administrators", what: "is changed", lowers: false }, isWeaker)];
}
