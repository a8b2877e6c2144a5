/** What a preview found that somebody may want to stop for. */

import { type EFFECTS, LOWERING_EFFECTS, type Preview } from "./model.ts";

/**
 * `lower`: security gets lower. `changes`: accounts would be changed that were not before. `violating`: accounts violate that did not.
 * `unknown`: accounts or directories of which the record does not tell. `guards`: what keeps changes within bounds gets weaker.
 */
export const FINDINGS = ["lower", "changes", "violating", "unknown", "guards"] as const;
export type Finding = (typeof FINDINGS)[number];

/** In the order of `FINDINGS`. */
export function findingsIn({ effects, changes, dropped, notRead }: Preview): Finding[] {
  const has = (wanted: readonly (typeof EFFECTS)[number][]) => wanted.some((effect) => effects[effect].count > 0);
  const found: Readonly<Record<Finding, boolean>> = {
    lower: has(LOWERING_EFFECTS) || dropped.length > 0 || changes.some(({ lowers }) => lowers),
    changes: has(["wouldChange"]),
    violating: has(["violating"]),
    unknown: has(["unknown"]) || notRead.length > 0,
    guards: changes.some(({ weakensGuard }) => weakensGuard === true),
  };
  return FINDINGS.filter((finding) => found[finding]);
}
