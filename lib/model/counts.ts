/** Counts by verdict and by outcome. */

import { OUTCOMES } from "./change.ts";
import { VERDICTS } from "./verdict.ts";

const zeros = <K extends string>(keys: readonly K[]) =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
export const noVerdicts = () => zeros(VERDICTS);
export const noChanges = () => zeros(["planned", ...OUTCOMES]);

export function addCounts<K extends string>(
  a: Readonly<Record<K, number>>,
  b: Readonly<Partial<Record<K, number>>>,
  sign: 1 | -1 = 1,
): Record<K, number> {
  const sum: Record<K, number> = { ...a };
  for (const key of Object.keys(b) as K[]) sum[key] += sign * (b[key] ?? 0);
  return sum;
}
