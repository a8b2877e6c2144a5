/** One deadline over everything that a call does: request, body, and the waits between its attempts. */

import type { Code } from "../errors.ts";
import type { Clock } from "../model/index.ts";

export interface Deadline {
  readonly signal: AbortSignal;
  /** How long it all may take. */
  readonly limitMs: number;
  /** Epoch ms. */
  readonly endsAt: number;
  /** What a request that broke off says: its caller gave up, the time was over, or the vendor could not be reached. */
  codeOfBreak(): Code;
  /** To be called when the call has ended: nothing may be left behind. */
  clear(): void;
}

/**
 * Begins now, and ends early when the caller's signal does. Made by hand, since what `AbortSignal.timeout` leaves behind
 * lives as long as its time.
 */
export function startDeadline(ms: number, clock: Clock, caller: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, ms);
  caller.addEventListener("abort", abort, { once: true });
  if (caller.aborted) abort();
  return {
    signal: controller.signal,
    limitMs: ms,
    endsAt: clock() + ms,
    codeOfBreak: () => {
      if (caller.aborted) return "ERR_ABORTED";
      return controller.signal.aborted ? "ERR_VENDOR_TIMEOUT" : "ERR_VENDOR_UNREACHABLE";
    },
    clear: () => {
      clearTimeout(timer);
      caller.removeEventListener("abort", abort);
    },
  };
}
