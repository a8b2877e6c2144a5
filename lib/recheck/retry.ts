/** How long what failed waits before it comes again: five tries span more than two and a half hours. */
import type { WardenError } from "../errors.ts";

const FIRST_WAIT_MS = 60_000;
/** Each wait is so many times the one before: 1, 5, 25 and 125 minutes between five tries. */
const GROWTH = 5;
/** SQS hides a message for so long at most. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html */
const MAX_WAIT_S = 43_200 - 3_600;

/** Seconds, never less than the vendor asked for. @param tries how often it was tried @param firstWaitMs after the first try */
export function retryWaitSeconds(tries: number, error: WardenError | undefined, firstWaitMs = FIRST_WAIT_MS): number {
  const grownMs = firstWaitMs * GROWTH ** (tries - 1);
  return Math.min(MAX_WAIT_S, Math.ceil(Math.max(grownMs, error?.detail.retryAfter ?? 0) / 1000));
}
