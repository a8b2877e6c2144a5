/** The sentences that every form of a preview shares. */

import {
  type Effect,
  type Lacking,
  LOWERING_EFFECTS,
  type PolicyChange,
  type Preview,
  type Shift,
} from "../../lib/preview/index.ts";

/** What becomes of accounts. */
const EFFECT_TEXTS: Readonly<Record<Effect, string>> = {
  violating: "newly violating",
  wouldChange: "would be changed by a sweep, and would not before",
  compliant: "newly compliant",
  unknown: "newly unknown",
  enteredScope: "newly in scope",
  leftScope: "out of scope now: nothing is required any more",
  exempt: "newly exempt",
  givenTime: "violating before, and given time now",
  lessRequired: "held to less than before",
  moreRequired: "held to more than before",
  noLongerChanged: "would be changed by a sweep before, and would not any more",
};

/** `3 accounts: newly violating`. */
export const effectText = (effect: Effect, count: number): string =>
  `${count} ${accounts(count)}: ${EFFECT_TEXTS[effect]}`;

const LACKING_TEXTS: Readonly<Record<Lacking, string>> = {
  active: "whether they are active",
  enabled: "whether MFA is on",
  devices: "their devices",
  bypass: "whether MFA may be bypassed",
  population: "their population",
  groups: "their groups",
  createdAt: "when they were created",
  history: "when their time to comply began",
  settings: "anything of their directory by its new settings",
};

/** One sentence; `undefined` where everything that the policy needs is on record. */
export function unrecordedText({ unrecorded: { count, by } }: Preview): string | undefined {
  if (count === 0) return undefined;
  const lacking = Object.entries(by).map(([name, n]) => `${LACKING_TEXTS[name as Lacking] ?? name} (${n})`);
  return `Not recorded: of ${count} ${accounts(count)} the run had no reason to record ${lacking.join(", ")}. They are unknown here; a sweep by this policy asks.`;
}

const accounts = (count: number): string => (count === 1 ? "account" : "accounts");

/** `rule everyone: requires enabled in place of registered`. */
export function changeText({ part, name, what, weakensGuard }: PolicyChange): string {
  const subject = name === undefined ? part : `${SINGULAR[part] ?? part} ${name}`;
  return `${subject} ${what}${weakensGuard ? "; this protects people less" : ""}`;
}

const SINGULAR: Readonly<Partial<Record<PolicyChange["part"], string>>> = {
  rules: "rule",
  exemptions: "exemption",
  directories: "directory",
  breakGlass: "break-glass account",
};

/** Everything by which security gets lower: of the policy, of directories, of accounts. */
export const loweringTexts = ({ changes, dropped, effects }: Preview): string[] => [
  ...changes.filter(({ lowers }) => lowers).map(changeText),
  ...dropped.map(droppedText),
  ...LOWERING_EFFECTS.filter((effect) => effects[effect].count > 0).map((effect) =>
    effectText(effect, effects[effect].count),
  ),
];

const droppedText = ({ directory, accounts: count, inScope }: Preview["dropped"][number]): string =>
  `directory ${directory} is not in this policy: ${count} ${accounts(count)}, ${inScope} of them in scope, are looked after no more`;

export const notReadText = ({ directory, why }: Preview["notRead"][number]): string =>
  `directory ${directory}: nothing is said of its accounts, since ${why}`;

/** What the numbers mean, in one sentence. */
export function momentText({ run, readAt, day }: Preview): string {
  const read = `what run ${run} read from ${readAt} on, before it changed anything`;
  return day === undefined ? `Judged: ${read}.` : `Judged: ${read}, as both policies have it at the end of ${day}.`;
}

/** That more is asked of somebody tells nothing by itself: what becomes of them is listed. */
export const isListed = (effect: Effect): boolean => effect !== "moreRequired";

/** Beside the name of a rule or a directory. */
export const SHIFT_COLUMNS = [
  "accounts",
  "compliant",
  "violating",
  "exempt",
  "unknown",
  "out of scope",
  "would be changed",
] as const;

/** In the order of `SHIFT_COLUMNS`; `3 → 0` where both policies differ. */
export const shiftCells = ({ before, after, wouldChange }: Shift): string[] => [
  transition(sum(before), sum(after)),
  ...(["compliant", "violating", "exempt", "unknown", "out-of-scope"] as const).map((verdict) =>
    transition(before[verdict], after[verdict]),
  ),
  transition(wouldChange.before, wouldChange.after),
];

const transition = (before: number, after: number): string =>
  before === after ? String(after) : `${before} → ${after}`;
const sum = (counts: Shift["before"]): number => Object.values(counts).reduce((all, count) => all + count, 0);
