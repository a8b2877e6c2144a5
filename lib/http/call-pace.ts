/** How fast the requests of one directory are sent: as they come until the vendor throttles, then at the rate that it was seen to take, and slowly faster. */

import { setTimeout as pause } from "node:timers/promises";
import { hasCode } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import { type AnswerCount, answerCount } from "./answer-count.ts";

export interface CallPace {
  /** Resolves when the next request may be sent, in the order of asking. Throws the signal's reason if that ends first. */
  takeTurn(signal: AbortSignal): Promise<void>;
  /** Milliseconds for which nothing is sent, since the vendor said so; 0 unless it throttled a moment ago. */
  heldFor(): number;
  /** Sends one request whose turn it is, and learns from how it went. */
  send<T>(request: () => Promise<T>): Promise<T>;
}

export interface PaceNeeds {
  readonly clock: Clock;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** For a vendor that throttles and does not say how long. */
const DEFAULT_HOLD_MS = 1_000;
/** Nothing is held longer, whatever a vendor or a clock says; who is throttled again waits again. */
const MAX_HOLD_MS = 120_000;
/** Fewer answers than this between two throttles say nothing of a rate. */
const MIN_ANSWERS = 20;
/** Requests a millisecond: few may have been asked for, which says nothing of what the vendor takes. */
const MIN_MEASURED_RATE = 1 / 1_000;
const MIN_RATE = 1 / 10_000;
/** A little less than what was measured, so that the vendor's own bucket fills again. */
const START_SHARE = 0.98;
/** The rate is doubled after this long without a throttle, and hardly more for most of that time. */
const DOUBLED_AFTER_MS = 100_000;
/** For a slow vendor it is doubled after so many requests: each try for more costs a refusal. */
const DOUBLED_AFTER_REQUESTS = 400;
/** Timers are late by a few milliseconds; so much is caught up. */
const CATCH_UP_MS = 50;

interface PaceState {
  /** Requests a millisecond, right after the last throttle. Infinite until the first one. */
  rate: number;
  /** When the last hold ended. */
  heldUntil: number;
  /** When the next request may be sent. */
  nextAt: number;
  throttles: number;
  readonly answers: AnswerCount;
}

/** For this process alone. */
export function callPace({ clock, sleep = waitFor }: PaceNeeds): CallPace {
  const now = clock();
  const state: PaceState = {
    rate: Number.POSITIVE_INFINITY,
    heldUntil: now,
    nextAt: now,
    throttles: 0,
    answers: answerCount(now),
  };
  let turn: Promise<unknown> = Promise.resolve();
  const waitForTurn = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    let throttles: number;
    do {
      throttles = state.throttles;
      const wait = state.nextAt - clock();
      // A clock that is set back holds up nobody for long.
      if (wait > 0) await sleep(Math.min(wait, MAX_HOLD_MS), signal);
    } while (state.throttles !== throttles);
    const now = clock();
    state.nextAt = Math.max(state.nextAt, now - CATCH_UP_MS) + 1 / rateAt(state, now);
  };
  return {
    takeTurn: (signal) => {
      const own = turn.then(() => waitForTurn(signal));
      turn = own.catch(() => undefined);
      return own;
    },
    heldFor: () => Math.min(MAX_HOLD_MS, Math.max(0, state.heldUntil - clock())),
    send: (request) => sendAndLearn(state, clock, request),
  };
}

/** Flat at first and then steeply up: near the limit for most of the time, and soon away from one that has risen. */
function rateAt({ rate, heldUntil }: PaceState, now: number): number {
  const doubledAfter = Math.max(DOUBLED_AFTER_MS, DOUBLED_AFTER_REQUESTS / rate);
  return rate * (1 + (Math.max(0, now - heldUntil) / doubledAfter) ** 3);
}

async function sendAndLearn<T>(state: PaceState, clock: Clock, request: () => Promise<T>): Promise<T> {
  const throttlesBefore = state.throttles;
  try {
    const answer = await request();
    state.answers.add(clock());
    return answer;
  } catch (error) {
    // One burst throttles many requests at once; only the first of those that were under way together counts.
    if (hasCode(error, "ERR_VENDOR_THROTTLED") && throttlesBefore === state.throttles)
      slowDown(state, clock(), Math.min(MAX_HOLD_MS, error.detail.retryAfter ?? DEFAULT_HOLD_MS));
    throw error;
  }
}

/** Holds everything, and goes on at the rate that the vendor took since it throttled last, the hold included. */
function slowDown(state: PaceState, now: number, holdMs: number): void {
  const { from, answers } = state.answers.read(now);
  const heldUntil = now + holdMs;
  if (answers >= MIN_ANSWERS)
    state.rate = Math.max(MIN_MEASURED_RATE, (START_SHARE * answers) / Math.max(1, heldUntil - from));
  else state.rate = Math.max(MIN_RATE, state.rate / 2);
  state.throttles += 1;
  state.heldUntil = heldUntil;
  state.nextAt = heldUntil;
  state.answers.restart(heldUntil);
}

const waitFor = (ms: number, signal: AbortSignal): Promise<unknown> => pause(ms, undefined, { signal });
