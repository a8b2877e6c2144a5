/** How subjects went from one population to the next: lists of those who changed, and counts from verdict to verdict. */

import { omitUndefined, type Verdict } from "../../model/index.ts";
import { type Accumulator, accumulateAll, accumulateIf } from "./accumulator.ts";
import type { CountedList } from "./first-items.ts";
import type { ReportRow } from "./model.ts";

/** A fix by `us` is one of this run, of an event or of a run in between; `themselves` is anybody else. */
export type FixedBy = "us" | "themselves";

/** One subject in the earlier and in this population. */
export interface ComparedSubject {
  readonly row: Pick<ReportRow, "directory" | "id" | "username" | "why">;
  /** After the run before; absent: it was not there. */
  readonly was?: Verdict | undefined;
  /** After this run; absent: it is not there. */
  readonly now?: Verdict | undefined;
  /** As this run read it. */
  readonly read?: Verdict | undefined;
  /** Absent for who was not fixed. */
  readonly fixedBy?: FixedBy | undefined;
}

/** One subject of a list. */
export interface SubjectTransition extends Pick<ReportRow, "directory" | "id" | "username" | "why"> {
  readonly was?: Verdict;
  readonly now?: Verdict;
  /** Only of who was fixed. */
  readonly by?: FixedBy;
}

type TransitionList = CountedList<SubjectTransition>;

/** Lists have how many there are, and the first 200 in the order of the evidence. */
export interface Transitions {
  /** Violates as this run read it, and did not after the run before or was not there; fixed in this run or not. */
  readonly violating: TransitionList;
  /** Violated after the run before or as this run read it, and is compliant after this run. */
  readonly fixed: TransitionList & { readonly byUs: number; readonly byThemselves: number };
  readonly appeared: TransitionList;
  readonly departed: TransitionList;
  /** How many went from which verdict to which: `violating>compliant`; `absent` stands for not being there. */
  readonly moves: Readonly<Record<string, number>>;
}

const MAX_LISTED_TRANSITIONS = 200;

export const accumulateTransitions = (): Accumulator<ComparedSubject, Transitions> =>
  accumulateAll({
    violating: accumulateIf(({ read, was }) => read === "violating" && was !== "violating", listTransitions()),
    fixed: accumulateIf(({ fixedBy }) => fixedBy !== undefined, countFixed()),
    appeared: accumulateIf(({ was }) => was === undefined, listTransitions()),
    departed: accumulateIf(({ now }) => now === undefined, listTransitions()),
    moves: countMoves(),
  });

function listTransitions(): Accumulator<ComparedSubject & { readonly by?: FixedBy | undefined }, TransitionList> {
  const first: SubjectTransition[] = [];
  let count = 0;
  return {
    add({ row: { directory, id, username, why }, was, now, by }) {
      count++;
      if (first.length < MAX_LISTED_TRANSITIONS)
        first.push({ directory, id, username, why, ...omitUndefined({ was, now, by }) });
    },
    end: () => ({ count, first }),
  };
}

function countFixed(): Accumulator<ComparedSubject, Transitions["fixed"]> {
  const list = listTransitions();
  const counts = { us: 0, themselves: 0 };
  return {
    add(subject) {
      if (subject.fixedBy) counts[subject.fixedBy]++;
      list.add({ ...subject, by: subject.fixedBy });
    },
    end: () => ({ ...list.end(), byUs: counts.us, byThemselves: counts.themselves }),
  };
}

function countMoves(): Accumulator<ComparedSubject, Transitions["moves"]> {
  const moves = new Map<string, number>();
  return {
    add({ was = "absent", now = "absent" }) {
      if (was !== now) moves.set(`${was}>${now}`, (moves.get(`${was}>${now}`) ?? 0) + 1);
    },
    end: () => Object.fromEntries([...moves].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
