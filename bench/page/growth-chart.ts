/** A line for each measure of an unchanged sweep: for each 1,000 accounts, against the smallest directory. Flat is good. */
import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";
import * as v from "valibot";
import { fixed, thousands } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";
import { COLOURS, drawing, escapeText } from "./drawing.ts";

const SIZE = { width: 980, height: 380, left: 60, right: 330, top: 24, bottom: 40 };
const PREFIX = "unchanged sweep, ";
const MAX_RATIO = 1.4;
const LABEL_HEIGHT = 17;

const growthSchema = v.object({ accounts: v.array(v.number()), values: v.array(v.number()) });

interface Series {
  readonly name: string;
  readonly points: readonly { readonly accounts: number; readonly ratio: number }[];
}

/** `undefined` where growth was not measured. */
export function drawGrowth(rows: readonly Row[]): string | undefined {
  const all = rows.flatMap(seriesOf);
  const sizes = all[0]?.points.map(({ accounts }) => accounts) ?? [];
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  if (smallest === undefined || largest === undefined || smallest === largest) return undefined;
  const toX = scaleLog([smallest, largest], [SIZE.left, SIZE.width - SIZE.right]);
  const toY = scaleLinear([0, MAX_RATIO], [SIZE.height - SIZE.bottom, SIZE.top]).clamp(true);
  const labels = placeLabels(all.map(({ points }) => toY(points.at(-1)?.ratio ?? 0)));
  return drawing(SIZE.width, SIZE.height, "What an unchanged sweep takes for each 1,000 accounts, by size", [
    ...toY.ticks(5).map((tick) => drawTick(toY(tick), `${fixed(tick, 1)} ×`)),
    ...sizes.map(
      (accounts) =>
        `<text x="${fixed(toX(accounts), 1)}" y="${SIZE.height - 16}" text-anchor="middle">${thousands(accounts)}</text>`,
    ),
    ...all.map((series, i) => drawSeries(series, { toX, toY, labelY: labels[i] ?? 0 })),
  ]);
}

function seriesOf({ what, figures }: Row): Series[] {
  const read = v.safeParse(growthSchema, figures);
  if (!what.startsWith(PREFIX) || !read.success) return [];
  const { accounts, values } = read.output;
  const [first = Number.NaN] = values;
  const points = values.map((value, i) => ({ accounts: accounts[i] ?? 0, ratio: value / first }));
  return [{ name: what.slice(PREFIX.length).replace(" for each 1,000", ""), points }];
}

const drawTick = (y: number, text: string): string =>
  `<line x1="${SIZE.left}" x2="${SIZE.width - SIZE.right}" y1="${fixed(y, 1)}" y2="${fixed(y, 1)}" stroke="${COLOURS.line}" stroke-opacity=".25"/>
<text x="${SIZE.left - 8}" y="${fixed(y + 4, 1)}" text-anchor="end">${text}</text>`;

interface Place {
  readonly toX: (accounts: number) => number;
  readonly toY: (ratio: number) => number;
  readonly labelY: number;
}

function drawSeries({ name, points }: Series, { toX, toY, labelY }: Place): string {
  const path = line<Series["points"][number]>(
    ({ accounts }) => toX(accounts),
    ({ ratio }) => toY(ratio),
  )(points);
  const ratio = points.at(-1)?.ratio ?? 0;
  const colour = ratio <= 1.1 ? COLOURS.met : COLOURS.missed;
  const end = SIZE.width - SIZE.right;
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>
<line x1="${end}" x2="${end + 14}" y1="${fixed(toY(ratio), 1)}" y2="${fixed(labelY, 1)}" stroke="${colour}" stroke-opacity=".5"/>
<text x="${end + 18}" y="${fixed(labelY + 4, 1)}">${escapeText(`${name}: ${fixed(ratio)} ×`)}</text>`;
}

/** Near their lines, and never one on the other. */
function placeLabels(wanted: readonly number[]): number[] {
  const order = wanted.map((_, i) => i).toSorted((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed: number[] = [];
  let next = SIZE.top;
  for (const i of order) {
    placed[i] = Math.max(next, wanted[i] ?? 0);
    next = (placed[i] ?? 0) + LABEL_HEIGHT;
  }
  const over = Math.max(0, next - LABEL_HEIGHT - (SIZE.height - 10));
  return placed.map((y) => y - over);
}
