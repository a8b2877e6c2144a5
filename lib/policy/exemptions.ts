/** Exemptions by their time: which are in force, and which of those end soon. */

import { DAY_MS } from "./calendar.ts";
import { isInForce } from "./matcher.ts";
import type { Exemption, Policy } from "./schema.ts";

/** So many days before its end an exemption is announced. */
const ANNOUNCED_DAYS = 14;

/** Those of one directory that are in force and end within 14 days, the first to end first. @param now milliseconds since 1970 */
export const endingExemptions = ({ exemptions }: Policy, directory: string, now: number): Exemption[] =>
  exemptions
    .filter((exemption) => exemption.directory === directory && isInForce(exemption, now))
    .filter(({ until }) => until - now <= ANNOUNCED_DAYS * DAY_MS)
    .toSorted((a, b) => a.until - b.until);
