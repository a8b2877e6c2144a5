/** A row of the benchmark's result, and the table that people read. */
import { fixed } from "./figures.ts";

export interface Row {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
  /** What was measured, as a share of the most that it may be; absent where it is no ratio. */
  readonly shareOfTarget?: number;
  /** The floor it was measured against, and anything else a reader needs. */
  readonly note?: string;
  /** The figures behind it: seconds, bytes or counts, as their names say. */
  readonly figures: Readonly<Record<string, unknown>>;
}

interface RatioMeasure {
  readonly what: string;
  readonly ratio: number;
  readonly maxRatio: number;
  /** Stands behind the ratio, in brackets. */
  readonly detail?: string;
  readonly note: string;
  readonly figures: Row["figures"];
}

/** A row whose target is met if a ratio is at most `maxRatio`. */
export function ratioRow({ what, ratio, maxRatio, detail, note, figures }: RatioMeasure): Row {
  return {
    what,
    target: `≤ ${maxRatio} ×`,
    measured: detail === undefined ? `${fixed(ratio)} ×` : `${fixed(ratio)} × (${detail})`,
    met: ratio <= maxRatio,
    shareOfTarget: ratio / maxRatio,
    note,
    figures,
  };
}

const COLUMNS = ["what", "target", "measured", ""] as const;

/** Renders aligned columns; a note stands under its row. */
export function renderTable(rows: readonly Row[]): string {
  const lines = rows.map(({ what, target, measured, met }) => [what, target, measured, met ? "met" : "MISSED"]);
  const widths = COLUMNS.map((name, i) => Math.max(name.length, ...lines.map((cells) => cells[i]?.length ?? 0)));
  const render = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const body = rows.flatMap(({ note }, i) => [render(lines[i] ?? []), ...(note === undefined ? [] : [`    ${note}`])]);
  return [render(COLUMNS), widths.map((width) => "-".repeat(width)).join("  "), ...body].join("\n");
}
