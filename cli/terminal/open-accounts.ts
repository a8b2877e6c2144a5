/** The accounts that are still open, violating or unknown, as a list for people. */

import type { Judgement, Ledger, SubjectState, Verdict } from "../../lib/model/index.ts";
import { dim } from "./piece.ts";
import type { Screen } from "./print.ts";
import { verdictPiece } from "./verdict-text.ts";

/** Verdicts that leave somebody with something to do. */
export const OPEN_VERDICTS: readonly Verdict[] = ["violating", "unknown"];

/**
 * At most so many; those who must do something themselves first, then violating ones, then those that nothing is known
 * of. From an index, so it may lag behind.
 */
export async function listOpenStates(ledger: Ledger, directory: string, most: number): Promise<SubjectState[]> {
  const found: SubjectState[] = [];
  for (const verdict of OPEN_VERDICTS)
    if (found.length < most) found.push(...(await ledger.listByVerdict(directory, verdict, most - found.length)));
  return found.toSorted((a, b) => Number(needOf(a) === undefined) - Number(needOf(b) === undefined));
}

/** What only the person can bring about; for people to look at, no decision rests on it. */
export function needOf({ judgement, event }: SubjectState): "user" | "device" | undefined {
  if (event.outcome === "needs-user") return "user";
  return judgement.verdict === "violating" && /no usable device/i.test(judgement.why) ? "device" : undefined;
}

const COLUMNS = [
  { head: "account", most: 36 },
  { head: "verdict" },
  { head: "rule", most: 20 },
  { head: "why", most: 140 },
];

export function showStates(screen: Screen, states: readonly SubjectState[]): void {
  screen.table(
    COLUMNS,
    states.map((state) => [
      state.username,
      verdictPiece(state.judgement),
      state.judgement.rule ?? "",
      reasonOf(state.judgement, state.event),
    ]),
  );
}

/** What the last change came to says more than the verdict it left. */
const reasonOf = ({ why }: Judgement, { outcome, why: outcomeWhy }: SubjectState["event"]) =>
  outcome === undefined ? why : `${outcome}: ${outcomeWhy}`;

/** Under a list that does not show everybody. */
export const showCut = (screen: Screen): void => screen.line(dim("  …, `status --all` lists them all"));
