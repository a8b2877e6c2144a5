/** A benchmark's result, and how people see it. */

export interface Row {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  /** The floor it was measured against, and anything else a reader needs. */
  readonly note?: string;
  /** The figures behind it: seconds, bytes or counts, as their names say. */
  readonly figures: Readonly<Record<string, unknown>>;
}

const HEADS = ["what", "target", "measured", ""] as const;

/** Aligned columns; notes stand under their row. */
export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, target, measured, met }) => [what, target, measured, met ? "met" : "MISSED"]);
  const widths = HEADS.map((head, i) => Math.max(head.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const render = (line: readonly string[]) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const body = rows.flatMap(({ note }, i) => [render(cells[i] ?? []), ...(note === undefined ? [] : [`    ${note}`])]);
  return [render(HEADS), widths.map((width) => "-".repeat(width)).join("  "), ...body].join("\n");
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Nearest rank: a value that was really measured. @param share 0 to 100 */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((values.length * share) / 100) - 1)] ?? Number.NaN;

export const fixed = (value: number, digits = 2): string => value.toFixed(digits);
export const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
export const seconds = (values: readonly number[]): string => values.map((value) => fixed(value)).join(", ");
