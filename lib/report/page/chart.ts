/** Pictures, as SVG: each with a title and a description, and colours that a style sheet gives. */

import { scaleLinear, scaleUtc } from "d3-scale";
import { curveMonotoneX, line } from "d3-shape";
import { coverageShare } from "../data/coverage.ts";
import type { Point } from "../data/trend.ts";
import { share, shortDay } from "../data/wording.ts";
import { type Html, html } from "./html.ts";

/** A part of a whole. `kind` chooses its colour and its pattern. */
export interface Segment {
  readonly kind: string;
  readonly count: number;
}

const LENGTH = 1000;
const GAP = 3;
/** One account in a million is still to be seen. */
const LEAST = 8;

/** Patterns that the pictures use: not everybody tells the colours apart. Once a page. */
export const PATTERNS = html`<svg class="hidden" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--unknown)" opacity=".35"/><rect width="3.4" height="7" fill="var(--unknown)"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--unread)" opacity=".25"/><circle cx="3" cy="3" r="1.6" fill="var(--unread)"/></pattern>
</defs></svg>`;

/** A stacked bar as wide as its place. What it shows stands in a table beside it. */
export function bar(segments: readonly Segment[], title: string, look: "bar" | "thin"): Html {
  const shown = segments.filter(({ count }) => count > 0);
  const whole = shown.reduce((sum, { count }) => sum + count, 0);
  const room = LENGTH - GAP * Math.max(0, shown.length - 1) - LEAST * shown.length;
  const scale = scaleLinear([0, whole], [0, room]);
  let x = 0;
  const rects = shown.map(({ kind, count }) => {
    const width = LEAST + scale(count);
    const rect = html`<rect class="fill-${kind}" x="${fine(x)}" width="${fine(width)}" height="24"/>`;
    x += width + GAP;
    return rect;
  });
  const empty = html`<rect class="fill-out-of-scope" width="${LENGTH}" height="24"/>`;
  return html`<svg class="${look}" viewBox="0 0 ${LENGTH} 24" preserveAspectRatio="none" role="img" aria-label="${title}">${whole > 0 ? rects : empty}</svg>`;
}

/** The same square as in the bar, for a legend. */
export const swatch = (kind: string): Html =>
  html`<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true" focusable="false"><rect class="fill-${kind}" width="14" height="14"/></svg>`;

interface Size {
  readonly look: "wide" | "narrow";
  readonly width: number;
  readonly height: number;
  readonly ticks: number;
}
const SIZES: readonly Size[] = [
  { look: "wide", width: 760, height: 250, ticks: 6 },
  { look: "narrow", width: 340, height: 210, ticks: 3 },
];
const MARGIN = { top: 26, right: 58, bottom: 28, left: 44 };

/** Coverage from run to run, drawn for a wide and for a narrow place; at least two points. */
export const trendChart = (points: readonly Point[]): Html => html`${SIZES.map((size) => drawTrend(points, size))}`;

function drawTrend(points: readonly Point[], { look, width, height, ticks }: Size): Html {
  const whole = points.filter(({ whole }) => whole);
  const times = points.map(({ startedAt }) => Date.parse(startedAt));
  const x = scaleUtc([Math.min(...times), Math.max(...times)], [MARGIN.left, width - MARGIN.right]);
  const lowest = Math.min(...whole.map(coverageShare), 1);
  const floor = Math.max(0, Math.floor((lowest - 0.02) * 20) / 20);
  const y = scaleLinear([floor, 1], [height - MARGIN.bottom, MARGIN.top]);
  const xOf = ({ startedAt }: Point) => x(Date.parse(startedAt));
  const yOf = (point: Point) => y(coverageShare(point));
  const curve = line<Point>(xOf, yOf).curve(curveMonotoneX)([...whole]) ?? "";
  const last = whole.at(-1);
  const id = `trend-${look}`;
  return html`<svg class="${look}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">Coverage from run to run</title><desc id="${id}-text">${describe(points, whole)}</desc>
${y.ticks(4).map((tick) => html`<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${fine(y(tick))}" y2="${fine(y(tick))}"/><text x="${MARGIN.left - 8}" y="${fine(y(tick) + 4)}" text-anchor="end">${Math.round(tick * 100)} %</text>`)}
${xTicks(x.domain(), ticks).map((at, i, all) => html`<text x="${fine(x(at))}" y="${height - 6}" text-anchor="${i === 0 ? "start" : i === all.length - 1 ? "end" : "middle"}">${shortDay(at)}</text>`)}
<path class="curve" d="${curve}"/>
${points.map((point) => (point.whole ? html`<circle class="dot" cx="${fine(xOf(point))}" cy="${fine(yOf(point))}" r="4"/>` : html`<rect class="gap" x="${fine(xOf(point) - 4)}" y="${fine(y(floor) - 4)}" width="8" height="8" transform="rotate(45 ${fine(xOf(point))} ${fine(y(floor))})"/>`))}
${last && html`<text class="now" x="${fine(xOf(last) + 9)}" y="${fine(yOf(last) + 5)}">${share(coverageShare(last))}</text>`}
</svg>`;
}

/** Evenly spread, each day once. */
function xTicks([from, to]: readonly Date[], count: number): Date[] {
  const [first, last] = [from?.getTime() ?? 0, to?.getTime() ?? 0];
  const days = new Map<string, Date>();
  for (let i = 0; i < count; i++) {
    const at = new Date(first + ((last - first) * i) / (count - 1));
    if (!days.has(shortDay(at))) days.set(shortDay(at), at);
  }
  return [...days.values()];
}

function describe(points: readonly Point[], whole: readonly Point[]): string {
  const [first, last] = [whole[0], whole.at(-1)];
  if (!first || !last) return `None of ${points.length} runs read the whole population.`;
  const lost = points.length - whole.length;
  const gaps =
    lost > 0 ? ` ${lost} more did not read the whole population and stand at the bottom as hollow squares.` : "";
  return `From ${share(coverageShare(first))} on ${shortDay(first.startedAt)} to ${share(coverageShare(last))} on ${shortDay(last.startedAt)}, over ${whole.length} runs.${gaps}`;
}

const fine = (value: number): string => String(Math.round(value * 10) / 10);
