/** How fast the requests of one directory are sent: as they come until the vendor throttles, then at the rate that it was seen to take, and slowly faster. */

import { setTimeout as pause } from "node:timers/promises";
import { hasCode } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import { type AnswerCount, answerCount } from "./answer-count.ts";

export interface CallPace {
  /** Resolves when the next request may be sent, in the order of asking. Throws the signal's reason if that ends first. */
  takeTurn(signal: AbortSignal): Promise<void>;
  /** Sends one request whose turn it is, and learns from how it went. */
  send<T>(request: () => Promise<T>): Promise<T>;
}

export interface PaceNeeds {
  readonly clock: Clock;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** For a vendor that throttles and does not say how long. */
const DEFAULT_HOLD_MS = 1_000;
/** A longer wait may be about one account or one kind of request: then the next one is tried soon, and tells. */
const LONGEST_HOLD_MS = 30_000;
/** What a vendor says beyond that is no measure of its rate. */
const MAX_MEASURED_HOLD_MS = 120_000;
/** Fewer answers than this say nothing of a rate: they are counted on. */
const MIN_ANSWERS = 20;
/** Requests a millisecond: few may have been asked for, which says nothing of what the vendor takes. */
const MIN_RATE = 1 / 1_000;
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
  /** The latest time seen. */
  seenAt: number;
}

/** For this process alone. */
export function callPace({ clock, sleep = waitFor }: PaceNeeds): CallPace {
  const start = clock();
  const state: PaceState = {
    rate: Number.POSITIVE_INFINITY,
    heldUntil: start,
    nextAt: start,
    throttles: 0,
    answers: answerCount(start),
    seenAt: start,
  };
  const readTime = () => passTo(state, clock());
  let turn: Promise<unknown> = Promise.resolve();
  const waitForTurn = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    let throttles: number;
    do {
      throttles = state.throttles;
      const now = readTime();
      const wait = state.nextAt - now;
      if (wait > 0) await sleep(wait, signal);
    } while (state.throttles !== throttles);
    const now = readTime();
    state.nextAt = Math.max(state.nextAt, now - CATCH_UP_MS) + 1 / rateAt(state, now);
  };
  return {
    takeTurn: (signal) => {
      const own = turn.then(() => waitForTurn(signal));
      turn = own.catch(() => undefined);
      return own;
    },
    send: (request) => sendAndLearn(state, readTime, request),
  };
}

/** Where the clock is set back, all that is to come is set back with it: nobody waits for a time that was never to be. */
function passTo(state: PaceState, now: number): number {
  const back = state.seenAt - now;
  if (back > 0) {
    state.heldUntil -= back;
    state.nextAt -= back;
    state.answers.restart(now);
  }
  state.seenAt = now;
  return now;
}

/** Flat at first and then steeply up: near the limit for most of the time, and soon away from one that has risen. */
function rateAt({ rate, heldUntil }: PaceState, now: number): number {
  const doubledAfter = Math.max(DOUBLED_AFTER_MS, DOUBLED_AFTER_REQUESTS / rate);
  return rate * (1 + (Math.max(0, now - heldUntil) / doubledAfter) ** 3);
}

async function sendAndLearn<T>(state: PaceState, readTime: Clock, request: () => Promise<T>): Promise<T> {
  const throttlesBefore = state.throttles;
  try {
    const answer = await request();
    state.answers.add(readTime());
    return answer;
  } catch (error) {
    // One burst throttles many requests at once; only the first of those that were under way together counts.
    if (hasCode(error, "ERR_VENDOR_THROTTLED") && throttlesBefore === state.throttles)
      slowDown(state, readTime(), error.detail.retryAfter ?? DEFAULT_HOLD_MS);
    throw error;
  }
}

/** Holds everything, and goes on at the rate that the vendor took since it throttled last, its wait included. */
function slowDown(state: PaceState, now: number, waitMs: number): void {
  const { from, answers } = state.answers.read(now);
  const heldUntil = now + (waitMs <= LONGEST_HOLD_MS ? waitMs : DEFAULT_HOLD_MS);
  if (answers >= MIN_ANSWERS) {
    const measuredMs = now + Math.min(MAX_MEASURED_HOLD_MS, waitMs) - from;
    state.rate = Math.max(MIN_RATE, answers / Math.max(1, measuredMs));
    state.answers.restart(heldUntil);
  }
  state.throttles += 1;
  state.heldUntil = heldUntil;
  state.nextAt = heldUntil;
}

const waitFor = (ms: number, signal: AbortSignal): Promise<unknown> => pause(ms, undefined, { signal });
