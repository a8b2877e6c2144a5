/** How many good answers came in the last half minute or so: what a vendor that throttles was seen to take. */

export interface AnswerCount {
  /** @param now epoch ms */
  add(now: number): void;
  /** Since when it counts, and how many answers came since then. */
  read(now: number): { readonly from: number; readonly answers: number };
  /** Forgets all, and counts from `from` on. */
  restart(from: number): void;
}

const STRETCH_MS = 20_000;

interface Stretch {
  readonly from: number;
  answers: number;
}

/** Counts in stretches, and keeps the last two. @param from epoch ms */
export function answerCount(from: number): AnswerCount {
  let older: Stretch | undefined;
  let current: Stretch = { from, answers: 0 };
  const passTo = (now: number) => {
    const age = now - current.from;
    if (age < STRETCH_MS) return;
    // What came before a pause says nothing.
    older = age < 2 * STRETCH_MS ? current : undefined;
    current = { from: now, answers: 0 };
  };
  return {
    add: (now) => {
      passTo(now);
      current.answers += 1;
    },
    read: (now) => {
      passTo(now);
      return { from: (older ?? current).from, answers: current.answers + (older?.answers ?? 0) };
    },
    restart: (start) => {
      older = undefined;
      current = { from: start, answers: 0 };
    },
  };
}
