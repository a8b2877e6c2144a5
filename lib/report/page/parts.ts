/** The parts of the page that count: coverage, trend, directories, rules; and what a part is. */

import { VERDICTS, type Verdict } from "../../model/index.ts";
import { type Coverage, coverageOf, coverageShare } from "../data/coverage.ts";
import type { Summary } from "../data/summary.ts";
import type { Point } from "../data/trend.ts";
import { count, MEANING, moment, plural, share } from "../data/wording.ts";
import { type Grounds, kindOf } from "./answer.ts";
import { bar, type Segment, swatch, trendChart } from "./chart.ts";
import { type Html, html, sentence, type Value } from "./html.ts";
import { type Column, table } from "./table.ts";

/** @param title of the section; also its place in the contents */
export interface Part {
  readonly id: string;
  readonly title: string;
  readonly lead: Value;
  readonly body: Value;
}

export const section = ({ id, title, lead, body }: Part): Html =>
  html`<section class="part" id="${id}" aria-labelledby="${id}-title"><hgroup><h2 id="${id}-title">${title}</h2><p>${lead}</p></hgroup><div>${body}</div></section>`;

/** From covered to not known. */
const INSIDE = ["compliant", "pending", "grace", "exempt", "violating", "unknown"] as const;

const segmentsOf = (counts: Readonly<Record<Verdict, number>>, unread = 0): Segment[] => [
  ...INSIDE.map((kind) => ({ kind, count: counts[kind] })),
  { kind: "unread", count: unread },
];

export function coveragePart({ head, summary, coverage }: Grounds): Part {
  const { counts, outside } = summary;
  const rows = [
    ...INSIDE.map((kind): CoverageRow => ({ kind, count: counts[kind], meaning: MEANING[kind] })),
    { kind: "unread", count: coverage.unread, meaning: "the vendor counts them, and no listing showed them" },
  ];
  const title = `Of ${count(coverage.population)} in scope: ${rows.map((row) => `${count(row.count)} ${row.kind}`).join(", ")}.`;
  const columns: Column<CoverageRow>[] = [
    { head: "Verdict", cell: ({ kind }) => html`<span class="whole">${swatch(kind)}${kind}</span>` },
    { head: "How many", look: "number", cell: (row) => number(row.count) },
    {
      head: "Share",
      look: "number",
      cell: (row) => number(row.count, coverage.population === 0 ? "–" : share(row.count / coverage.population)),
    },
    { head: "It means", cell: ({ meaning }) => meaning },
  ];
  return {
    ...{ id: "coverage", title: "Coverage" },
    lead: "Everybody in scope is counted, also those who could not be assessed: they are not covered.",
    body: html`<div class="figures"><p class="figure">${share(coverage.share)}</p><p>${count(coverage.covered)} of ${plural(coverage.population, kindOf(summary))} in scope ${head.incomplete.length > 0 && "of which anything is known "}meet what is required. ${coverage.outside > 0 && html`${count(coverage.outside)} are out of scope, and not counted here.`}</p></div>
${bar(segmentsOf(counts, coverage.unread), title, "bar")}
${table(columns, rows, { caption: "The population by verdict", quiet: true, narrow: "scroll" })}
${outside.length > 0 && html`<div><h3>Out of scope: ${count(coverage.outside)}</h3>${table(OUTSIDE, outside.slice(0, 30), { caption: "Why subjects are out of scope", quiet: true, narrow: "scroll" })}</div>`}`,
  };
}

interface CoverageRow {
  readonly kind: string;
  readonly count: number;
  readonly meaning: string;
}

const OUTSIDE: Column<Summary["outside"][number]>[] = [
  { head: "Reason", cell: ({ why }) => sentence(why) },
  { head: "How many", look: "number", cell: (row) => count(row.count) },
];

/** A zero stands back. */
const number = (value: number, text = count(value)): Value =>
  value === 0 ? html`<span class="zero">${text}</span>` : text;

export function trendPart(points: readonly Point[]): Part {
  const columns: Column<Point>[] = [
    { head: "Run", cell: ({ startedAt }) => moment(startedAt) },
    { head: "Coverage", look: "number", cell: (point) => (point.whole ? share(coverageShare(point)) : "not whole") },
    ...(["compliant", "violating", "unknown"] as const).map(
      (kind): Column<Point> => ({ head: kind, look: "number", cell: ({ verdicts }) => number(verdicts[kind]) }),
    ),
  ];
  const whole = points.filter((point) => point.whole).length;
  return {
    ...{ id: "trend", title: "Trend" },
    lead: "Coverage after each of the last runs over the same directories, at most 30.",
    body: html`${whole >= 2 ? trendChart(points) : html`<p>${whole === 1 ? "Only one run over these directories read the whole population" : "No run over these directories read the whole population"}; a trend needs two.</p>`}
<details class="data"><summary>The figures as a table</summary>${table(columns, points.toReversed(), { caption: "Coverage by run, newest first", quiet: true, narrow: "scroll" })}</details>`,
  };
}

export function directoriesPart({ head, summary }: Grounds): Part {
  const rows = head.directories.map((record) => {
    const counts = summary.directories.find(({ id }) => id === record.id)?.counts ?? record.after;
    return { record, counts, coverage: coverageOf(counts, [record], []) };
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
      cell: ({ coverage }) => (coverage.population === 0 ? "–" : share(coverage.share)),
    },
    { head: "Violating", look: "number", cell: ({ counts }) => number(counts.violating) },
    { head: "Not assessed", look: "number", cell: ({ counts, coverage }) => number(counts.unknown + coverage.unread) },
    {
      head: "Picture",
      cell: ({ counts, coverage, record }) =>
        bar(segmentsOf(counts, coverage.unread), pictureOf(record.id, coverage), "thin"),
    },
  ];
  return {
    ...{ id: "directories", title: "Directories" },
    lead: "Each vendor tenant that the run took in.",
    body: table(columns, rows, { caption: "Coverage by directory", quiet: true }),
  };
}

const pictureOf = (id: string, { covered, population }: Coverage) =>
  `${id}: ${count(covered)} of ${count(population)} covered`;

export function rulesPart({ summary }: Grounds): Part {
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
    ...{ id: "rules", title: "Rules" },
    lead: "In the order of the policy: the first rule that matches an account binds it. A disabled account needs none.",
    body: table(columns, summary.rules.slice(0, 100), { caption: "Verdicts by rule", quiet: true, narrow: "scroll" }),
  };
}
