/** The clock of an account's grace: when it began, and that nobody renews it by leaving and coming back. */

import type { Facts, GraceClock, SubjectHistory } from "../model/index.ts";
import { DAY_MS } from "./calendar.ts";
import { instant } from "./instant.ts";

/** Whoever was away for so long has a new clock. */
const RENEWING_ABSENCE_MS = 30 * DAY_MS;

/**
 * When the account's time began: as the ledger has it, or else at its creation, or else when it was first seen. After 30 days of
 * inactivity, or if it has never been seen active, it begins now. Milliseconds since 1970.
 */
export function graceStart({ createdAt }: Facts, past: SubjectHistory, now: number): number {
  if (isReactivated(past, now)) return now;
  if (past.graceFrom !== undefined) return Math.min(instant(past.graceFrom), now);
  const created = createdAt.known ? instant(createdAt.value) : undefined;
  // A creation in the future would be endless grace.
  const isUsable = created !== undefined && Number.isFinite(created) && created <= now;
  return isUsable ? created : Math.min(instant(past.firstSeenAt), now);
}

/** Of an account that is active now. @param now milliseconds since 1970 */
export function isReactivated({ inactiveSince, firstSeenAt, graceFrom }: SubjectHistory, now: number): boolean {
  if (inactiveSince === undefined) return false;
  const isNew = graceFrom === undefined && instant(inactiveSince) <= instant(firstSeenAt);
  return isNew || now - instant(inactiveSince) >= RENEWING_ABSENCE_MS;
}

/** What is known of an account, with the clock that its user name brings along, where that began earlier. */
export function pastWithClock<P extends SubjectHistory>(past: P, clock: GraceClock | undefined, now: number): P {
  if (clock === undefined || isOver(clock, now)) return past;
  if (past.graceFrom !== undefined && past.graceFrom <= clock.from) return past;
  return { ...past, graceFrom: clock.from };
}

/** Nobody has had the name for long enough. */
const isOver = ({ goneSince }: GraceClock, now: number): boolean =>
  goneSince !== undefined && now - instant(goneSince) >= RENEWING_ABSENCE_MS;
