/** The sections on coverage: of the whole population, and of each directory. */

import type { DirectoryRecord, VerdictCounts } from "../../model/index.ts";
import {
  type Coverage,
  formatCount,
  formatShare,
  measureCoverage,
  pluralize,
  type Summary,
  VERDICT_MEANINGS,
} from "../data/index.ts";
import { type BarSegment, legendSquare, stackedBar } from "./chart.ts";
import { type Html, html, untrustedSentence } from "./html.ts";
import { type PageContext, type PageSection, subjectNoun } from "./section.ts";
import { type Column, numberCell, renderTable } from "./table.ts";

/** From covered to not known. */
const IN_SCOPE = ["compliant", "pending", "grace", "exempt", "violating", "unknown"] as const;

/** Reasons for being out of scope that are named. */
const MAX_REASONS = 30;

const segmentsOf = (counts: VerdictCounts, unread: number): BarSegment[] => [
  ...IN_SCOPE.map((kind) => ({ kind, count: counts[kind] })),
  { kind: "unread", count: unread },
];

/** How much of the population is covered, and why the rest is not. */
export function coverageSection({ head, summary, coverage }: PageContext): PageSection {
  const { counts, outOfScope } = summary;
  const rows = [
    ...IN_SCOPE.map((kind): CoverageRow => ({ kind, count: counts[kind], meaning: VERDICT_MEANINGS[kind] })),
    { kind: "unread", count: coverage.unread, meaning: "the vendor counts them, and no listing showed them" },
  ];
  const title = `Of ${formatCount(coverage.population)} in scope: ${rows.map((row) => `${formatCount(row.count)} ${row.kind}`).join(", ")}.`;
  const columns: Column<CoverageRow>[] = [
    { head: "Verdict", cell: ({ kind }) => html`<span class="whole">${legendSquare(kind)}${kind}</span>` },
    { head: "How many", look: "number", cell: (row) => numberCell(row.count) },
    {
      head: "Share",
      look: "number",
      cell: (row) =>
        numberCell(row.count, coverage.population === 0 ? "–" : formatShare(row.count / coverage.population)),
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
${outOfScope.length > 0 && html`<div><h3>Out of scope: ${formatCount(coverage.outOfScope)}</h3>${renderTable(OUT_OF_SCOPE_COLUMNS, outOfScope.slice(0, MAX_REASONS), { caption: "Why subjects are out of scope", quiet: true, narrow: "scroll" })}</div>`}`,
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

interface DirectoryRow {
  readonly record: DirectoryRecord;
  readonly counts: VerdictCounts;
  readonly coverage: Coverage;
}

const DIRECTORY_COLUMNS: Column<DirectoryRow>[] = [
  { head: "Directory", cell: ({ record }) => html`${record.id}<span class="id">${record.vendor}</span>` },
  {
    head: "Run",
    cell: ({ record }) =>
      html`<span class="tag ${record.status === "completed" ? "compliant" : "violating"}">${record.status}</span>`,
  },
  { head: "In scope", look: "number", cell: ({ coverage }) => numberCell(coverage.population) },
  {
    head: "Covered",
    look: "number",
    cell: ({ coverage }) => (coverage.population === 0 ? "–" : formatShare(coverage.share)),
  },
  { head: "Violating", look: "number", cell: ({ counts }) => numberCell(counts.violating) },
  {
    head: "Not assessed",
    look: "number",
    cell: ({ counts, coverage }) => numberCell(counts.unknown + coverage.unread),
  },
  {
    head: "Picture",
    cell: ({ counts, coverage, record }) =>
      stackedBar(segmentsOf(counts, coverage.unread), barTitle(record.id, coverage), "thin"),
  },
];

/** The coverage of each directory. */
export function directoriesSection({ head, summary }: PageContext): PageSection {
  const rows = head.directories.map((record): DirectoryRow => {
    const counts = summary.directories.find(({ id }) => id === record.id)?.counts ?? record.after;
    return { record, counts, coverage: measureCoverage(counts, [record], []) };
  });
  return {
    id: "directories",
    title: "Directories",
    lead: "Each vendor tenant that the run took in.",
    body: html`${renderTable(DIRECTORY_COLUMNS, rows, { caption: "Coverage by directory", quiet: true })}${partsList(head.directories)}${factsList(head.directories)}`,
  };
}

/** Of which directories parts were listed side by side, and what came of it. Nothing where none was. */
function partsList(directories: readonly DirectoryRecord[]): Html | undefined {
  const lines = directories.flatMap(({ id, shards }) => (shards ? [html`<li>${id}: ${partsText(shards)}</li>`] : []));
  if (lines.length === 0) return undefined;
  return html`<div><h3>Listed part by part</h3><ul class="plain">${lines}</ul></div>`;
}

function partsText({ count, longest, doubt }: NonNullable<DirectoryRecord["shards"]>): Html {
  if (doubt !== undefined) return html`parts of it were listed first, and then the whole: ${untrustedSentence(doubt)}`;
  const named =
    longest && html`; the longest, ${untrustedSentence(longest.id)}, has ${pluralize(longest.accounts, "account")}`;
  return html`${pluralize(count, "part")}, up to eight at once${named}. No part is cut further, so the longest sets the time.`;
}

/** What vendors say of a directory as a whole. Nothing where none says anything. */
function factsList(directories: readonly DirectoryRecord[]): Html | undefined {
  const said = directories.flatMap(({ id, facts = [] }) => facts.map((fact) => ({ id, ...fact })));
  if (said.length === 0) return undefined;
  const lines = said.map(
    ({ id, name, meaning }) => html`<li>${id}: ${untrustedSentence(meaning)} <code>${name}</code></li>`,
  );
  return html`<div><h3>What the vendor says of a directory as a whole</h3><ul class="plain">${lines}</ul><p class="soft">It proves nothing of any account.</p></div>`;
}

const barTitle = (id: string, { covered, population }: Coverage) =>
  `${id}: ${formatCount(covered)} of ${formatCount(population)} covered`;
