/** The accounts that are still open, violating or unknown, as a list for people. */

import type { Judgement, Ledger, SubjectState, Verdict } from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import { priorities } from "../../lib/report/index.ts";
import { dim } from "./piece.ts";
import type { Screen } from "./print.ts";
import { verdictPiece } from "./verdict-text.ts";

/** Verdicts that leave somebody with something to do. */
export const OPEN_VERDICTS: readonly Verdict[] = ["violating", "unknown"];

/** So many are looked through for those that come first. */
const MIN_LISTED = 1_000;

/**
 * At most so many; the worst first: accounts that no change may touch, then those held to the strongest requirement; in each those
 * who must do something themselves, then violating ones, then those that nothing is known of. From an index, so it may lag behind.
 */
export async function listOpenStates(
  ledger: Ledger,
  directory: string,
  most: number,
  policy?: Policy,
): Promise<SubjectState[]> {
  const limit = Math.max(most, MIN_LISTED);
  const found: SubjectState[] = [];
  for (const verdict of OPEN_VERDICTS)
    if (found.length < limit) found.push(...(await ledger.listByVerdict(directory, verdict, limit - found.length)));
  const priorityOf = priorities(policy);
  return found
    .toSorted(
      (a, b) =>
        priorityOf(named(a)) - priorityOf(named(b)) ||
        Number(needOf(a) === undefined) - Number(needOf(b) === undefined),
    )
    .slice(0, most);
}

const named = ({ directory, id, judgement }: SubjectState) => ({ ...judgement, directory, id });

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
export const reasonOf = ({ why }: Judgement, { outcome, why: outcomeWhy }: SubjectState["event"]) =>
  outcome === undefined ? why : `${outcome}: ${outcomeWhy}`;

/** Under a list that does not show everybody. */
export const showCut = (screen: Screen): void => screen.line(dim("  …, `status --all` lists them all"));
