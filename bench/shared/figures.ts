/** Figures of several runs in one, and figures as text. */

export const MIB = 2 ** 20;

/** The value in the middle, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Nearest rank: a value that was really measured. @param percent 0 to 100 */
export const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((values.length * percent) / 100) - 1)] ?? Number.NaN;

/** The run that took the least time. Throws if there is none. */
export function fastest<T extends { readonly seconds: number }>(runs: readonly T[]): T {
  const [first] = runs.toSorted((a, b) => a.seconds - b.seconds);
  if (first === undefined) throw new Error("Nothing was measured.");
  return first;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const fixed = (value: number, digits = 2): string => value.toFixed(digits);
export const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
export const listFixed = (values: readonly number[], digits = 2): string =>
  values.map((value) => fixed(value, digits)).join(", ");

/** For example `3 GET users, 1 POST token`. */
export const listCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
