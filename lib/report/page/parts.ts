/** The parts of the page that count: coverage, trend, directories, rules; and what a part is. */

import { VERDICTS, type Verdict } from "../../model/index.ts";
import {
  type Coverage,
  coveredShare,
  formatCount,
  formatMoment,
  formatShare,
  measureCoverage,
  pluralize,
  type Summary,
  type TrendPoint,
  VERDICT_MEANINGS,
} from "../data/index.ts";
import { type PageContext, subjectNoun } from "./answer.ts";
import { type BarSegment, legendSquare, stackedBar, trendChart } from "./chart.ts";
import { type Html, type HtmlValue, html, untrustedSentence } from "./html.ts";
import { type Column, renderTable } from "./table.ts";

/** @param title of the section; also its place in the contents */
export interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly lead: HtmlValue;
  readonly body: HtmlValue;
}

export const renderSection = ({ id, title, lead, body }: PageSection): Html =>
  html`<section class="part" id="${id}" aria-labelledby="${id}-title"><hgroup><h2 id="${id}-title">${title}</h2><p>${lead}</p></hgroup><div>${body}</div></section>`;

/** From covered to not known. */
const IN_SCOPE = ["compliant", "pending", "grace", "exempt", "violating", "unknown"] as const;

const segmentsOf = (counts: Readonly<Record<Verdict, number>>, unread = 0): BarSegment[] => [
  ...IN_SCOPE.map((kind) => ({ kind, count: counts[kind] })),
  { kind: "unread", count: unread },
];

export function coverageSection({ head, summary, coverage }: PageContext): PageSection {
  const { counts, outOfScope } = summary;
  const rows = [
    ...IN_SCOPE.map((kind): CoverageRow => ({ kind, count: counts[kind], meaning: VERDICT_MEANINGS[kind] })),
    { kind: "unread", count: coverage.unread, meaning: "the vendor counts them, and no listing showed them" },
  ];
  const title = `Of ${formatCount(coverage.population)} in scope: ${rows.map((row) => `${formatCount(row.count)} ${row.kind}`).join(", ")}.`;
  const columns: Column<CoverageRow>[] = [
    { head: "Verdict", cell: ({ kind }) => html`<span class="whole">${legendSquare(kind)}${kind}</span>` },
    { head: "How many", look: "number", cell: (row) => number(row.count) },
    {
      head: "Share",
      look: "number",
      cell: (row) => number(row.count, coverage.population === 0 ? "–" : formatShare(row.count / coverage.population)),
    },
    { head: "It means", cell: ({ meaning }) => meaning },
  ];
  return {
    id: "coverage",
    title: "Coverage",
    lead: "Everybody in scope is counted, also those who could not be assessed: they are not covered.",
    body: html`<div class="figures"><p class="figure">${formatShare(coverage.share)}</p><p>${formatCount(coverage.covered)} of ${pluralize(coverage.population, subjectNoun(summary))} in scope ${head.incomplete.length > 0 && "of which anything is known "}meet what is required. ${coverage.outOfScope > 0 && html`${formatCount(coverage.outOfScope)} are out of scope, and not counted here.`}</p></div>
${stackedBar(segmentsOf(counts, coverage.unread), title, "bar")}
${renderTable(columns, rows, { caption: "The population by verdict", quiet: true, narrow: "scroll" })}
${outOfScope.length > 0 && html`<div><h3>Out of scope: ${formatCount(coverage.outOfScope)}</h3>${renderTable(OUT_OF_SCOPE_COLUMNS, outOfScope.slice(0, 30), { caption: "Why subjects are out of scope", quiet: true, narrow: "scroll" })}</div>`}`,
  };
}

interface CoverageRow {
  readonly kind: string;
  readonly count: number;
  readonly meaning: string;
}

const OUT_OF_SCOPE_COLUMNS: Column<Summary["outOfScope"][number]>[] = [
  { head: "Reason", cell: ({ why }) => untrustedSentence(why) },
  { head: "How many", look: "number", cell: (row) => formatCount(row.count) },
];

/** A zero stands back. */
const number = (value: number, text = formatCount(value)): HtmlValue =>
  value === 0 ? html`<span class="zero">${text}</span>` : text;

export function trendSection(points: readonly TrendPoint[]): PageSection {
  const columns: Column<TrendPoint>[] = [
    { head: "Run", cell: ({ startedAt }) => formatMoment(startedAt) },
    {
      head: "Coverage",
      look: "number",
      cell: (point) => (point.complete ? formatShare(coveredShare(point)) : "not whole"),
    },
    ...(["compliant", "violating", "unknown"] as const).map(
      (kind): Column<TrendPoint> => ({ head: kind, look: "number", cell: ({ verdicts }) => number(verdicts[kind]) }),
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

export function directoriesSection({ head, summary }: PageContext): PageSection {
  const rows = head.directories.map((record) => {
    const counts = summary.directories.find(({ id }) => id === record.id)?.counts ?? record.after;
    return { record, counts, coverage: measureCoverage(counts, [record], []) };
  });
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { head: "Directory", cell: ({ record }) => html`${record.id}<span class="id">${record.vendor}</span>` },
    {
      head: "Run",
      cell: ({ record }) =>
        html`<span class="tag ${record.status === "completed" ? "compliant" : "violating"}">${record.status}</span>`,
    },
    { head: "In scope", look: "number", cell: ({ coverage }) => number(coverage.population) },
    {
      head: "Covered",
      look: "number",
      cell: ({ coverage }) => (coverage.population === 0 ? "–" : formatShare(coverage.share)),
    },
    { head: "Violating", look: "number", cell: ({ counts }) => number(counts.violating) },
    { head: "Not assessed", look: "number", cell: ({ counts, coverage }) => number(counts.unknown + coverage.unread) },
    {
      head: "Picture",
      cell: ({ counts, coverage, record }) =>
        stackedBar(segmentsOf(counts, coverage.unread), barTitle(record.id, coverage), "thin"),
    },
  ];
  return {
    id: "directories",
    title: "Directories",
    lead: "Each vendor tenant that the run took in.",
    body: renderTable(columns, rows, { caption: "Coverage by directory", quiet: true }),
  };
}

const barTitle = (id: string, { covered, population }: Coverage) =>
  `${id}: ${formatCount(covered)} of ${formatCount(population)} covered`;

export function rulesSection({ summary }: PageContext): PageSection {
  type Row = Summary["rules"][number];
  const columns: Column<Row>[] = [
    {
      head: "Rule",
      cell: ({ rule, requirement }) =>
        html`${rule ?? "no rule"}${requirement !== undefined && html`<span class="id">requires ${requirement === "none" ? "nothing" : requirement}</span>`}`,
    },
    ...VERDICTS.map(
      (kind): Column<Row> => ({ head: kind, look: "number", cell: ({ counts }) => number(counts[kind]) }),
    ),
  ];
  return {
    id: "rules",
    title: "Rules",
    lead: "In the order of the policy: the first rule that matches an account binds it. A disabled account needs none.",
    body: renderTable(columns, summary.rules.slice(0, 100), {
      caption: "Verdicts by rule",
      quiet: true,
      narrow: "scroll",
    }),
  };
}
