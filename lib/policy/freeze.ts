/** The windows in which the policy lets nothing be changed. */

import { toIso } from "./deadline.ts";
import type { Freeze, Policy } from "./schema.ts";

/** The window that is open in this directory; of several the one that ends last. @param now milliseconds since 1970 */
export function freezeAt({ freeze = [] }: Policy, directory: string, now: number): Freeze | undefined {
  const open = freeze.filter(
    ({ from, until, directories }) => from <= now && now < until && (directories?.includes(directory) ?? true),
  );
  return open.toSorted((a, b) => b.until - a.until)[0];
}

/** One plain clause for people, like "changes are frozen until 2027-01-03T23:00:00.000Z: Year end". */
export const describeFreeze = ({ until, reason }: Freeze): string =>
  `changes are frozen until ${toIso(until)}: ${reason}`;
