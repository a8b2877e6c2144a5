/** Exemptions by their time: which are in force, and which of those end soon. */

import { DAY_MS } from "./calendar.ts";
import { isInForce } from "./matcher.ts";
import type { Exemption, Policy } from "./schema.ts";

/** So many days before its end an exemption is announced. */
const ANNOUNCED_DAYS = 14;

/** Those of one directory that are in force and end soon, within 14 days unless it says otherwise, the first to end first. @param now milliseconds since 1970 */
export const endingExemptions = (
  { exemptions }: Policy,
  directory: string,
  now: number,
  beforeMs = ANNOUNCED_DAYS * DAY_MS,
): Exemption[] =>
  exemptions
    .filter((exemption) => exemption.directory === directory && isInForce(exemption, now))
    .filter(({ until }) => until - now <= beforeMs)
    .toSorted((a, b) => a.until - b.until);

/** So long after its end an exemption counts as one that has just ended. */
const ENDED_DAYS = 30;

/** Those of one directory that ended within 30 days and are still in the policy, the first to end first. @param now as above */
export const endedExemptions = ({ exemptions }: Policy, directory: string, now: number): Exemption[] =>
  exemptions
    .filter((exemption) => exemption.directory === directory)
    .filter(({ until }) => until <= now && now - until < ENDED_DAYS * DAY_MS)
    .toSorted((a, b) => a.until - b.until);
