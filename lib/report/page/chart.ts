/** Pictures, as SVG: each with a title and a description, and colours that a style sheet gives. */

import { scaleLinear, scaleUtc } from "d3-scale";
import { curveMonotoneX, line } from "d3-shape";
import { coveredShare, formatShare, formatShortDay, type TrendPoint } from "../data/index.ts";
import { type Html, html } from "./html.ts";

/** A part of a whole. `kind` chooses its colour and its pattern. */
export interface BarSegment {
  readonly kind: string;
  readonly count: number;
}

const BAR_WIDTH = 1000;
const SEGMENT_GAP = 3;
/** One account in a million is still to be seen. */
const MIN_SEGMENT_WIDTH = 8;

/** Patterns that the pictures use: not everybody tells the colours apart. Once a page. */
export const PATTERN_DEFINITIONS = html`<svg class="hidden" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--unknown)" opacity=".35"/><rect width="3.4" height="7" fill="var(--unknown)"/></pattern>
<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="var(--unread)" opacity=".25"/><circle cx="3" cy="3" r="1.6" fill="var(--unread)"/></pattern>
</defs></svg>`;

/** A stacked bar as wide as its place. What it shows stands in a table beside it. */
export function stackedBar(segments: readonly BarSegment[], title: string, look: "bar" | "thin"): Html {
  const shown = segments.filter(({ count }) => count > 0);
  const whole = shown.reduce((sum, { count }) => sum + count, 0);
  const room = BAR_WIDTH - SEGMENT_GAP * Math.max(0, shown.length - 1) - MIN_SEGMENT_WIDTH * shown.length;
  const scale = scaleLinear([0, whole], [0, room]);
  let x = 0;
  const rects = shown.map(({ kind, count }) => {
    const width = MIN_SEGMENT_WIDTH + scale(count);
    const rect = html`<rect class="fill-${kind}" x="${roundToTenth(x)}" width="${roundToTenth(width)}" height="24"/>`;
    x += width + SEGMENT_GAP;
    return rect;
  });
  const empty = html`<rect class="fill-out-of-scope" width="${BAR_WIDTH}" height="24"/>`;
  return html`<svg class="${look}" viewBox="0 0 ${BAR_WIDTH} 24" preserveAspectRatio="none" role="img" aria-label="${title}">${whole > 0 ? rects : empty}</svg>`;
}

/** The square of a legend, in the colour and pattern of the bar. */
export const legendSquare = (kind: string): Html =>
  html`<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true" focusable="false"><rect class="fill-${kind}" width="14" height="14"/></svg>`;

/** How large a chart is drawn, and how many moments it names. */
export interface ChartSize {
  readonly look: "wide" | "narrow";
  readonly width: number;
  readonly height: number;
  readonly ticks: number;
}
const CHART_SIZES: readonly ChartSize[] = [
  { look: "wide", width: 760, height: 250, ticks: 6 },
  { look: "narrow", width: 340, height: 210, ticks: 3 },
];
const CHART_MARGIN = { top: 26, right: 58, bottom: 28, left: 44 };

/** Coverage from run to run, drawn for a wide and for a narrow place; at least two points. */
export const trendChart = (points: readonly TrendPoint[]): Html =>
  html`${CHART_SIZES.map((size) => drawTrend(points, size))}`;

function drawTrend(points: readonly TrendPoint[], { look, width, height, ticks }: ChartSize): Html {
  const whole = points.filter(({ complete }) => complete);
  const times = points.map(({ startedAt }) => Date.parse(startedAt));
  const x = scaleUtc([Math.min(...times), Math.max(...times)], [CHART_MARGIN.left, width - CHART_MARGIN.right]);
  const lowest = Math.min(...whole.map(coveredShare), 1);
  const floor = Math.max(0, Math.floor((lowest - 0.02) * 20) / 20);
  const y = scaleLinear([floor, 1], [height - CHART_MARGIN.bottom, CHART_MARGIN.top]);
  const xOf = ({ startedAt }: TrendPoint) => x(Date.parse(startedAt));
  const yOf = (point: TrendPoint) => y(coveredShare(point));
  const curve = line<TrendPoint>(xOf, yOf).curve(curveMonotoneX)([...whole]) ?? "";
  const last = whole.at(-1);
  const id = `trend-${look}`;
  return html`<svg class="${look}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">Coverage from run to run</title><desc id="${id}-text">${describe(points, whole)}</desc>
${y.ticks(4).map((tick) => html`<line class="grid" x1="${CHART_MARGIN.left}" x2="${width - CHART_MARGIN.right}" y1="${roundToTenth(y(tick))}" y2="${roundToTenth(y(tick))}"/><text x="${CHART_MARGIN.left - 8}" y="${roundToTenth(y(tick) + 4)}" text-anchor="end">${Math.round(tick * 100)} %</text>`)}
${xTicks(x.domain(), ticks).map((at, i, all) => html`<text x="${roundToTenth(x(at))}" y="${height - 6}" text-anchor="${i === 0 ? "start" : i === all.length - 1 ? "end" : "middle"}">${formatShortDay(at)}</text>`)}
<path class="curve" d="${curve}"/>
${points.map((point) => (point.complete ? html`<circle class="dot" cx="${roundToTenth(xOf(point))}" cy="${roundToTenth(yOf(point))}" r="4"/>` : html`<rect class="gap" x="${roundToTenth(xOf(point) - 4)}" y="${roundToTenth(y(floor) - 4)}" width="8" height="8" transform="rotate(45 ${roundToTenth(xOf(point))} ${roundToTenth(y(floor))})"/>`))}
${last && html`<text class="now" x="${roundToTenth(xOf(last) + 9)}" y="${roundToTenth(yOf(last) + 5)}">${formatShare(coveredShare(last))}</text>`}
</svg>`;
}

/** Evenly spread, each day once. */
function xTicks([from, to]: readonly Date[], count: number): Date[] {
  const [first, last] = [from?.getTime() ?? 0, to?.getTime() ?? 0];
  const days = new Map<string, Date>();
  for (let i = 0; i < count; i++) {
    const at = new Date(first + ((last - first) * i) / (count - 1));
    if (!days.has(formatShortDay(at))) days.set(formatShortDay(at), at);
  }
  return [...days.values()];
}

function describe(points: readonly TrendPoint[], whole: readonly TrendPoint[]): string {
  const [first, last] = [whole[0], whole.at(-1)];
  if (!first || !last) return `None of ${points.length} runs read the whole population.`;
  const lost = points.length - whole.length;
  const gaps =
    lost > 0 ? ` ${lost} more did not read the whole population and stand at the bottom as hollow squares.` : "";
  return `From ${formatShare(coveredShare(first))} on ${formatShortDay(first.startedAt)} to ${formatShare(coveredShare(last))} on ${formatShortDay(last.startedAt)}, over ${whole.length} runs.${gaps}`;
}

const roundToTenth = (value: number): string => String(Math.round(value * 10) / 10);
