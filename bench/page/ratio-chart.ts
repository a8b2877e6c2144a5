/** A bar for each ratio: how much of its figure it takes. What ends before the line is met. */
import { scaleLinear } from "d3-scale";
import { fixed } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";
import { COLOURS, drawing, escapeText } from "./drawing.ts";

const SIZE = { width: 980, row: 26, bar: 16, names: 470, values: 90, top: 34, bottom: 10 };
/** A bar that is longer is cut; its value says how long it is. */
const MAX_SHARE = 1.6;

export function drawRatios(rows: readonly Row[]): string {
  const bars = rows.flatMap(({ what, shareOfTarget }) =>
    shareOfTarget === undefined ? [] : [{ what, shareOfTarget }],
  );
  const height = SIZE.top + bars.length * SIZE.row + SIZE.bottom;
  const toX = scaleLinear([0, MAX_SHARE], [SIZE.names, SIZE.width - SIZE.values]).clamp(true);
  const line = toX(1);
  return drawing(SIZE.width, height, "Each ratio against its figure", [
    ...bars.map(({ what, shareOfTarget }, i) => drawBar({ what, shareOfTarget, y: SIZE.top + i * SIZE.row, toX })),
    `<line x1="${line}" x2="${line}" y1="${SIZE.top - 8}" y2="${height - SIZE.bottom}" stroke="${COLOURS.line}" stroke-dasharray="3 3"/>`,
    `<text x="${line}" y="${SIZE.top - 14}" text-anchor="middle" fill="${COLOURS.line}">its figure</text>`,
  ]);
}

interface Bar {
  readonly what: string;
  readonly shareOfTarget: number;
  readonly y: number;
  readonly toX: (share: number) => number;
}

function drawBar({ what, shareOfTarget, y, toX }: Bar): string {
  const isMet = shareOfTarget <= 1;
  const end = toX(shareOfTarget);
  const baseline = y + SIZE.bar - 3;
  const value = `${fixed(shareOfTarget * 100, 0)} %${isMet ? "" : ", missed"}`;
  return `<text x="${SIZE.names - 10}" y="${baseline}" text-anchor="end">${escapeText(what)}</text>
<rect x="${SIZE.names}" y="${y}" width="${fixed(end - SIZE.names, 1)}" height="${SIZE.bar}" fill="${isMet ? COLOURS.met : COLOURS.missed}"/>
<text x="${fixed(end + 6, 1)}" y="${baseline}">${value}</text>`;
}
