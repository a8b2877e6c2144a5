/** Which times can be believed: clocks may be a little apart, and a clock that was wrong may have left times of the future. */

/** How far a vendor's clock and ours may be apart. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** Whether what is on record was written by a clock that was ahead. @param at ISO 8601 @param now milliseconds since 1970 */
export const isInFuture = (at: string, now: number): boolean => Date.parse(at) > now + MAX_CLOCK_SKEW_MS;
