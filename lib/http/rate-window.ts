/** A vendor's own word on how many calls of one kind it still takes in this minute: what is left over is not all used, and the rest waits for the next. */

import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../model/index.ts";
import type { CallBudget } from "./call-budget.ts";
import type { RateLimit } from "./response.ts";

export interface WindowNeeds {
  readonly clock: Clock;
  /** Of what the vendor takes in a window, how much is left to others; 0 to 1. */
  readonly reserve: number;
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/** Nobody waits longer, whatever a vendor or a clock says; who is refused then waits again. */
const MAX_WAIT_MS = 65_000;

interface WindowState {
  /** By the last answer, less what was sent since. */
  left: number;
  reserved: number;
  /** When the window ends, by our clock in ms. */
  endsAt: number;
}

/** Waits until the next window where this one has no room. Knows nothing before the first answer, and lets every call through. */
export function rateWindow({ clock, reserve, sleep = waitFor }: WindowNeeds): CallBudget {
  const open: WindowState = { left: Number.POSITIVE_INFINITY, reserved: 0, endsAt: 0 };
  let state = open;
  let turn: Promise<unknown> = Promise.resolve();
  const waitForRoom = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    const wait = state.endsAt - clock();
    if (state.left <= state.reserved && wait > 0) await sleep(Math.min(wait, MAX_WAIT_MS), signal);
    // Of the next window nothing is known: the first answer of it tells.
    if (state.endsAt <= clock()) state = open;
    else state = { ...state, left: state.left - 1 };
  };
  return {
    take: (signal) => {
      const own = turn.then(() => waitForRoom(signal));
      turn = own.catch(() => undefined);
      return own;
    },
    learn: ({ limit, remaining, resetMs }) => {
      const endsAt = clock() + resetMs;
      // Answers come in any order: of one window the least that was left counts.
      const isSame = Math.abs(endsAt - state.endsAt) < SAME_WINDOW_MS;
      const left = isSame ? Math.min(state.left, remaining) : remaining;
      if (endsAt >= state.endsAt - SAME_WINDOW_MS) state = { left, reserved: Math.floor(limit * reserve), endsAt };
    },
    hold: (ms) => {
      state = { left: 0, reserved: 0, endsAt: Math.max(state.endsAt, clock() + ms) };
    },
  };
}

/** Two windows begin further apart; the vendor tells their end in whole seconds. */
const SAME_WINDOW_MS = 5_000;

const waitFor = (ms: number, signal: AbortSignal): Promise<unknown> => pause(ms, undefined, { signal });

/** All of these limits at once. */
export const allBudgets = (budgets: readonly CallBudget[]): CallBudget => ({
  take: async (signal) => {
    for (const budget of budgets) await budget.take(signal);
  },
  learn: (rateLimit: RateLimit) => {
    for (const budget of budgets) budget.learn?.(rateLimit);
  },
  hold: (ms) => {
    for (const budget of budgets) budget.hold?.(ms);
  },
});
