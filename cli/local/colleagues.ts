/** People of the simulated PingOne who have accounts at the other simulated vendors too, with the same e-mail address. */

import { seedPeople } from "../../simulators/pingone/index.ts";
import { mfaEnabledShare, pingoneAccounts, type SampleOptions } from "./sample-settings.ts";

/** Of the users of the simulated VMware organisation and of any other vendor. */
export const COLLEAGUES = 12;
/** Among these people there are so many with a plain name. */
const LOOKED_THROUGH = 100;

/** Their addresses, the same from one start to the next. */
export function colleagueAddresses(options: SampleOptions): string[] {
  const people = seedPeople({ seed: options.seed, now: Date.now(), mfaEnabledShare: mfaEnabledShare(options) });
  return Array.from({ length: Math.min(pingoneAccounts(options), LOOKED_THROUGH) }, (_, index) =>
    people.describe(index),
  )
    .filter(({ enabled, username, email }) => enabled && username === email)
    .map(({ email }) => email)
    .slice(0, COLLEAGUES);
}
