/** How many calls one directory may have under way: halves when the vendor throttles, and recovers slowly. */

import { WardenError } from "../errors.ts";

export interface ConcurrencyLimit {
  /** Runs `work` when there is room. Its waits between tries keep its place, so that a throttled directory gets quieter. */
  hold<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Runs one request of that work, and learns from how it went. */
  pace<T>(request: () => Promise<T>): Promise<T>;
}

/** @param most how many calls at once, while nothing throttles */
export function concurrencyLimit(most: number): ConcurrencyLimit {
  const queue = new Set<() => void>();
  let limit = most;
  let busy = 0;
  let calm = 0;
  let round = 0;

  function admit(): void {
    for (const enter of queue) {
      if (busy >= limit) return;
      queue.delete(enter);
      busy += 1;
      enter();
    }
  }

  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      if (queue.delete(resolve)) reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    queue.add(resolve);
    admit();
    await promise.finally(() => signal.removeEventListener("abort", leave));
  }

  function recover(): void {
    calm += 1;
    if (calm < limit || limit >= most) return;
    calm = 0;
    limit += 1;
    admit();
  }

  // One burst throttles many calls at once; only the first of those that were under way together counts.
  function slow(began: number): void {
    if (began !== round) return;
    round += 1;
    calm = 0;
    limit = Math.max(1, Math.floor(limit / 2));
  }

  return {
    hold: async (work, signal) => {
      await turn(signal);
      try {
        return await work();
      } finally {
        busy -= 1;
        admit();
      }
    },
    pace: async (request) => {
      const began = round;
      try {
        const answer = await request();
        recover();
        return answer;
      } catch (error) {
        if (error instanceof WardenError && error.code === "ERR_VENDOR_THROTTLED") slow(began);
        throw error;
      }
    },
  };
}
