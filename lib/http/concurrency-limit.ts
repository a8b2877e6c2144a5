/** How many calls one directory may have under way: halves when the vendor throttles, and recovers slowly. */

import { hasCode } from "../errors.ts";

export interface ConcurrencyLimit {
  /** Runs `work` when there is room. Its waits between attempts keep its slot, so that a throttled directory gets quieter. */
  withSlot<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Sends one request of that work, and adjusts the limit by how it went. */
  paceRequest<T>(send: () => Promise<T>): Promise<T>;
}

/** @param maxConcurrent calls at once while nothing throttles */
export function concurrencyLimit(maxConcurrent: number): ConcurrencyLimit {
  const state: LimitState = {
    limit: maxConcurrent,
    running: 0,
    waiting: new Set(),
    successesInARow: 0,
    throttles: 0,
  };
  return {
    withSlot: async (work, signal) => {
      await takeSlot(state, signal);
      try {
        return await work();
      } finally {
        state.running -= 1;
        admitWaiting(state);
      }
    },
    paceRequest: (send) => paceRequest(state, maxConcurrent, send),
  };
}

interface LimitState {
  limit: number;
  running: number;
  /** Those who wait for a slot, in the order in which they came. */
  readonly waiting: Set<() => void>;
  successesInARow: number;
  throttles: number;
}

/** Resolves when there is a slot. Throws the signal's reason when that ends first. */
async function takeSlot(state: LimitState, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const leave = () => {
    if (state.waiting.delete(resolve)) reject(signal.reason);
  };
  signal.addEventListener("abort", leave, { once: true });
  state.waiting.add(resolve);
  admitWaiting(state);
  await promise.finally(() => signal.removeEventListener("abort", leave));
}

function admitWaiting(state: LimitState): void {
  for (const enter of state.waiting) {
    if (state.running >= state.limit) return;
    state.waiting.delete(enter);
    state.running += 1;
    enter();
  }
}

async function paceRequest<T>(state: LimitState, maxConcurrent: number, send: () => Promise<T>): Promise<T> {
  const throttlesBefore = state.throttles;
  try {
    const answer = await send();
    raiseLimit(state, maxConcurrent);
    return answer;
  } catch (error) {
    if (hasCode(error, "ERR_VENDOR_THROTTLED")) halveLimit(state, throttlesBefore);
    throw error;
  }
}

/** By one, after as many successes as there are slots. */
function raiseLimit(state: LimitState, maxConcurrent: number): void {
  state.successesInARow += 1;
  if (state.successesInARow < state.limit || state.limit >= maxConcurrent) return;
  state.successesInARow = 0;
  state.limit += 1;
  admitWaiting(state);
}

/** One burst throttles many calls at once; only the first of those that were under way together counts. */
function halveLimit(state: LimitState, throttlesBefore: number): void {
  if (throttlesBefore !== state.throttles) return;
  state.throttles += 1;
  state.successesInARow = 0;
  state.limit = Math.max(1, Math.floor(state.limit / 2));
}
