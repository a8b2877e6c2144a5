/** Shares of verdicts over a period, as a picture: one layer a verdict, empty where nobody looked. */

import { scaleLinear, scaleUtc } from "d3-scale";
import { area, curveStepAfter } from "d3-shape";
import {
  coveredShare,
  formatShare,
  formatShortDay,
  type Gap,
  type Period,
  type PeriodSweep,
  sumCounts,
} from "../../data/index.ts";
import type { ChartSize } from "../chart.ts";
import { type Html, html } from "../html.ts";

/** From the bottom to the top. */
export const LAYERS = ["compliant", "pending", "grace", "exempt", "unknown", "violating"] as const;

export interface ShareChart {
  readonly directory: string;
  readonly period: Period;
  /** Those that read everybody, oldest first. */
  readonly sweeps: readonly PeriodSweep[];
  readonly gaps: readonly Gap[];
}

const CHART_SIZES: readonly ChartSize[] = [
  { look: "wide", width: 760, height: 190, ticks: 7 },
  { look: "narrow", width: 340, height: 170, ticks: 3 },
];
const MARGIN = { top: 10, right: 12, bottom: 26, left: 46 };
/** More could not be told apart: of those that share a place, the one with the lowest coverage is drawn. */
const MAX_POINTS = 365;

/** Drawn for a wide and for a narrow place. */
export const shareChart = (chart: ShareChart): Html => html`${CHART_SIZES.map((size) => draw(chart, size))}`;

function draw({ directory, period, sweeps, gaps }: ShareChart, { look, width, height, ticks }: ChartSize): Html {
  const x = scaleUtc([period.begins, period.ends], [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, 1], [height - MARGIN.bottom, MARGIN.top]);
  const runs = splitAtGaps(thin(sweeps, period), gaps, period);
  const id = `shares-${look}-${directory}`;
  const layers = LAYERS.map((kind, index) => {
    const shape = area<Point>(
      ({ at }) => roundToTenth(x(at)),
      ({ shares }) => roundToTenth(y(shares[index] ?? 0)),
      ({ shares }) => roundToTenth(y(shares[index + 1] ?? 0)),
    ).curve(curveStepAfter);
    return html`<path class="fill-${kind}" d="${runs.map((points) => shape([...points]) ?? "").join("")}"/>`;
  });
  return html`<svg class="${look}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-text">
<title id="${id}-title">Verdicts in ${directory} over the period</title><desc id="${id}-text">${describe(sweeps, gaps)}</desc>
<rect class="unlooked" x="${MARGIN.left}" y="${MARGIN.top}" width="${width - MARGIN.left - MARGIN.right}" height="${height - MARGIN.top - MARGIN.bottom}"/>
${layers}
${y.ticks(4).map((tick) => html`<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${roundToTenth(y(tick))}" y2="${roundToTenth(y(tick))}"/><text x="${MARGIN.left - 8}" y="${roundToTenth(y(tick) + 4)}" text-anchor="end">${Math.round(tick * 100)} %</text>`)}
${tickTimes(period, ticks).map((at, index, all) => html`<text x="${roundToTenth(x(at))}" y="${height - 6}" text-anchor="${index === 0 ? "start" : index === all.length - 1 ? "end" : "middle"}">${formatShortDay(new Date(at))}</text>`)}
</svg>`;
}

interface Point {
  readonly at: number;
  /** Where each layer begins, and where the last one ends; 0 to 1. */
  readonly shares: readonly number[];
}

/** At most one a place. */
function thin(sweeps: readonly PeriodSweep[], { begins, ends }: Period): PeriodSweep[] {
  const placeOf = (sweep: PeriodSweep) => Math.floor(((timeOf(sweep) - begins) / (ends - begins)) * MAX_POINTS);
  return [...Map.groupBy(sweeps, placeOf).values()].flatMap((some) => some.toSorted(byCoverage)[0] ?? []);
}

const byCoverage = (a: PeriodSweep, b: PeriodSweep) => shareOf(a) - shareOf(b);
export const shareOf = ({ after }: PeriodSweep): number => coveredShare({ verdicts: after });
export const timeOf = ({ endedAt, startedAt }: PeriodSweep): number => Date.parse(endedAt ?? startedAt);

/** What a sweep found stands until the next one, or until a gap begins in which nobody knows. */
function splitAtGaps(sweeps: readonly PeriodSweep[], gaps: readonly Gap[], period: Period): Point[][] {
  const runs: Point[][] = [];
  let points: Point[] = [];
  for (const [index, sweep] of sweeps.entries()) {
    const at = timeOf(sweep);
    const shares = sharesOf(sweep);
    const next = sweeps[index + 1];
    const end = Math.min(next ? timeOf(next) : period.ends, period.ends);
    const gap = gaps.find(({ from, to }) => Date.parse(from) < end && Date.parse(to) > at);
    points.push({ at, shares });
    if (next && !gap) continue;
    points.push({ at: gap ? Math.min(end, at + gap.intervalMs) : end, shares });
    runs.push(points);
    points = [];
  }
  return runs;
}

function sharesOf({ after }: PeriodSweep): number[] {
  const whole = sumCounts(after) - after["out-of-scope"];
  let sum = 0;
  return [0, ...LAYERS.map((kind) => (sum += whole === 0 ? 0 : after[kind] / whole))];
}

function tickTimes({ begins, ends }: Period, count: number): number[] {
  const times = Array.from({ length: count }, (_, index) => begins + ((ends - 1 - begins) * index) / (count - 1));
  return times.filter((at, index) => index === 0 || dayOf(at) !== dayOf(times[index - 1] ?? 0));
}
const dayOf = (at: number) => formatShortDay(new Date(at));

function describe(sweeps: readonly PeriodSweep[], gaps: readonly Gap[]): string {
  const [first, last] = [sweeps[0], sweeps.at(-1)];
  if (!first || !last) return "No sweep read everybody in this period.";
  const lost = gaps.length === 0 ? "No gaps." : `${gaps.length} gaps, left empty.`;
  return `Coverage from ${formatShare(shareOf(first))} on ${dayOf(timeOf(first))} to ${formatShare(shareOf(last))} on ${dayOf(timeOf(last))}, over ${sweeps.length} sweeps. ${lost}`;
}

const roundToTenth = (value: number): number => Math.round(value * 10) / 10;
