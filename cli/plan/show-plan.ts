/** Shows who would be changed, by which rule, and what would be done. */

import type { Change } from "../../lib/model/index.ts";
import { commandLine } from "../terminal/command-text.ts";
import { bold, type Piece, yellow } from "../terminal/piece.ts";
import type { Screen } from "../terminal/print.ts";

const COLUMNS = [
  { head: "account", most: 36 },
  { head: "rule", most: 20 },
  { head: "requires" },
  { head: "what would be done", most: 140 },
];

/** @param most how many are shown; @param showAll the command that shows them all */
export function showPlan(screen: Screen, changes: readonly Change[], most: number, showAll: string): void {
  if (changes.length === 0) return;
  const shown = changes.slice(0, most);
  const isCut = shown.length < changes.length;
  screen.line("  plan: ", bold(changes.length), isCut ? `, the first ${shown.length} are shown` : "");
  screen.table(COLUMNS, shown.map(planRow));
  if (isCut) screen.line(`  ${commandLine(showAll)}`);
}

const planRow = (change: Change): Piece[] => [change.username, change.rule, change.requirement, describeAction(change)];

function describeAction({ requirement, outcome, why, revert }: Change): Piece {
  if (outcome !== undefined) return yellow(why === undefined ? outcome : `${outcome}: ${why}`);
  if (revert) return `switch MFA off, as it was before run ${revert.run}`;
  return requirement === "profile" ? "write the profile as the policy wants it" : "switch MFA on";
}

/** How many changes each rule calls for, the most first; and how many of them nobody has tried. */
export function showRuleCounts(screen: Screen, changes: readonly Change[]): void {
  const rules = [...Map.groupBy(changes, ({ rule }) => rule)].toSorted(([, a], [, b]) => b.length - a.length);
  for (const [rule, planned] of rules) {
    const open = planned.filter(({ outcome }) => outcome === undefined).length;
    screen.line(`  rule ${rule}: ${planned.length} planned, ${open} to make`);
  }
}
