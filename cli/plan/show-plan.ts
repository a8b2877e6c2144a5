/** Shows who would be changed, by which rule, and what would be done. */

import type { Change } from "../../lib/model/index.ts";
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
  if (isCut) screen.line(`  npm run -s warden -- ${showAll}`);
}

const planRow = (change: Change): Piece[] => [change.username, change.rule, change.requirement, describeAction(change)];

function describeAction({ requirement, outcome, why }: Change): Piece {
  if (outcome !== undefined) return yellow(why === undefined ? outcome : `${outcome}: ${why}`);
  return requirement === "profile" ? "write the profile as the policy wants it" : "switch MFA on";
}
