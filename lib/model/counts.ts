/** Counts by verdict and by outcome. */
import { OUTCOMES } from "./change.ts";
import { VERDICTS, type Verdict } from "./verdict.ts";

/** How many subjects have each verdict. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** No subject of any verdict. */
export const noVerdicts = () => zeros(VERDICTS);

/** No change planned, and none of any outcome. */
export const noChanges = () => zeros(["planned", ...OUTCOMES]);

const zeros = <K extends string>(keys: readonly K[]) =>
  Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;

/** The sum of both, or with `sign` -1 their difference, by the keys of `counts`. */
export function addCounts<K extends string>(
  counts: Readonly<Record<K, number>>,
  more: Readonly<Partial<Record<K, number>>>,
  sign: 1 | -1 = 1,
): Record<K, number> {
  const sum: Record<K, number> = { ...counts };
  for (const key of Object.keys(more) as K[]) sum[key] += sign * (more[key] ?? 0);
  return sum;
}
