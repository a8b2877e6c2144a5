/** When a request to a vendor is sent again, and how long it waits before. */

import { asWardenError, hasCode, hasStatus, WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import type { Deadline } from "./deadline.ts";

/** The one option of a request about being sent again. */
export interface RetryPolicy {
  /** How often the request is sent at most, the first time included. */
  readonly maxAttempts: number;
  /** Whether sending it again can help. @param attempt which one failed, from 1 */
  isRetryable(error: WardenError, attempt: number): boolean;
}

const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 200;
const MAX_WAIT_MS = 5_000;
const TRANSIENT_STATUSES = [429, 500, 502, 503, 504];

/** For a change that must not be made twice: it is read back instead. */
export const NO_RETRY: RetryPolicy = {
  maxAttempts: 1,
  isRetryable: () => false,
};

/** For a change that does the same when it is sent twice. */
export const RETRY_IDEMPOTENT: RetryPolicy = {
  maxAttempts: MAX_ATTEMPTS,
  isRetryable: (error) => hasCode(error, "ERR_VENDOR_UNREACHABLE") || hasStatus(error, ...TRANSIENT_STATUSES),
};

/** For a read, which is also sent again once after an answer that makes no sense. */
export const RETRY_READ: RetryPolicy = {
  maxAttempts: MAX_ATTEMPTS,
  isRetryable: (error, attempt) =>
    hasCode(error, "ERR_VENDOR_FORMAT") ? attempt === 1 : RETRY_IDEMPOTENT.isRetryable(error, attempt),
};

/** What waiting between attempts takes. */
export interface Pacing {
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** 0 to 1. */
  readonly random: () => number;
}

/**
 * Sends until an answer is good, the policy gives up, or the next wait would pass the deadline.
 * @param send throws only `WardenError`
 */
export async function sendWithRetries<T>(
  send: () => Promise<T>,
  policy: RetryPolicy,
  deadline: Deadline,
  { clock, sleep, random }: Pacing,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await send().catch(asWardenError);
    if (!(result instanceof WardenError)) return result;
    if (attempt >= policy.maxAttempts || !policy.isRetryable(result, attempt)) throw result;
    const wait = (result.detail.retryAfter ?? 0) + backoffMs(attempt, random());
    if (clock() + wait > deadline.endsAt) throw result;
    await sleep(wait, deadline.signal);
  }
}

/** Doubles up to a cap, with a random half, so that calls that failed together do not come back together. */
const backoffMs = (attempt: number, chance: number) =>
  (0.5 + chance / 2) * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
