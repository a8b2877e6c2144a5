/** The section on the trend: coverage from run to run. */

import { coveredShare, formatMoment, formatShare, type TrendPoint } from "../data/index.ts";
import { trendChart } from "./chart.ts";
import { html } from "./html.ts";
import type { PageSection } from "./section.ts";
import { type Column, numberCell, renderTable } from "./table.ts";

/** Coverage from run to run, as a picture and as a table. */
export function trendSection(points: readonly TrendPoint[]): PageSection {
  const columns: Column<TrendPoint>[] = [
    { head: "Run", cell: ({ startedAt }) => formatMoment(startedAt) },
    {
      head: "Coverage",
      look: "number",
      cell: (point) => (point.complete ? formatShare(coveredShare(point)) : "not whole"),
    },
    ...(["compliant", "violating", "unknown"] as const).map(
      (kind): Column<TrendPoint> => ({
        head: kind,
        look: "number",
        cell: ({ verdicts }) => numberCell(verdicts[kind]),
      }),
    ),
  ];
  const whole = points.filter((point) => point.complete).length;
  return {
    id: "trend",
    title: "Trend",
    lead: "Coverage after each of the last runs over the same directories, at most 30.",
    body: html`${whole >= 2 ? trendChart(points) : html`<p>${whole === 1 ? "Only one run over these directories read the whole population" : "No run over these directories read the whole population"}; a trend needs two.</p>`}
<details class="data"><summary>The figures as a table</summary>${renderTable(columns, points.toReversed(), { caption: "Coverage by run, newest first", quiet: true, narrow: "scroll" })}</details>`,
  };
}
