/** A vendor's limit on how many calls of one kind it takes in a while: kept before it is hit, since what it refuses counts too. */

import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../model/index.ts";
import type { RateLimit } from "./response.ts";

export interface CallBudget {
  /** Resolves when the next call may be sent, in the order of asking. Throws the signal's reason if that ends first. */
  take(signal: AbortSignal): Promise<void>;
  /** What the vendor says of its limit with a good answer. */
  learn?(rateLimit: RateLimit): void;
  /** The vendor refused a call of this kind, and takes none for so long. With it, a call that may be sent again waits for that. */
  hold?(ms: number): void;
}

export interface BudgetNeeds {
  readonly calls: number;
  readonly perMs: number;
  readonly clock: Clock;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** At most `calls` within any `perMs`, for this process alone. */
export function callBudget({ calls, perMs, clock, sleep = waitFor }: BudgetNeeds): CallBudget {
  /** When the last calls were let through, oldest first. */
  const sent: number[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  const waitForRoom = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    const oldest = sent.length < calls ? undefined : sent.shift();
    if (oldest !== undefined) await sleep(Math.min(perMs, Math.max(0, oldest + perMs - clock())), signal);
    sent.push(clock());
  };
  return {
    take: (signal) => {
      const own = turn.then(() => waitForRoom(signal));
      turn = own.catch(() => undefined);
      return own;
    },
  };
}

const waitFor = (ms: number, signal: AbortSignal): Promise<unknown> =>
  ms > 0 ? pause(ms, undefined, { signal }) : Promise.resolve();
