/** The sections on whether somebody looked: coverage over time, gaps, every run, directories, what is missing. */

import {
  coveredShare,
  type DirectorySpan,
  formatAge,
  formatCount,
  formatMoment,
  formatShare,
  type Gap,
  joinWords,
  type PeriodData,
  type PeriodSweep,
  pluralize,
  type RuleCounts,
} from "../../data/index.ts";
import { legendSquare } from "../chart.ts";
import { type Html, html, untrustedSentence, untrustedText } from "../html.ts";
import type { PageSection } from "../section.ts";
import { type Column, numberCell, renderLongTable, renderTable } from "../table.ts";
import type { PeriodContext } from "./answer.ts";
import { LAYERS, shareChart, shareOf, timeOf } from "./share-chart.ts";

/** Coverage of each directory: a picture, and its figures by month. */
export function periodCoverage({ data }: PeriodContext): PageSection {
  const directories = [...new Set(data.directories.map(({ directory }) => directory))];
  return {
    id: "coverage",
    title: "Coverage over time",
    lead: "Of the accounts in scope, the share of each verdict after each sweep that read everybody. What a sweep found stands until the next one. Where nobody looked, it is empty.",
    body: html`<p>${LAYERS.map((kind) => html`<span class="tag-square whole">${legendSquare(kind)}${kind}</span> `)}</p>${directories.map((directory) => directoryCoverage(data, directory))}`,
  };
}

function directoryCoverage({ period, sweeps, gaps }: PeriodData, directory: string): Html {
  const own = sweeps.filter((sweep) => sweep.directory === directory && sweep.isWhole);
  const chart = { directory, period, sweeps: own, gaps: gaps.filter((gap) => gap.directory === directory) };
  const body =
    own.length === 0
      ? html`<p class="note bad">No sweep read everybody of ${directory} in this period.</p>`
      : html`${shareChart(chart)}<details class="data"><summary>The figures of ${directory} by month</summary>${monthsTable(directory, own)}</details>`;
  return html`<div><h3>${directory}</h3>${body}</div>`;
}

interface Month {
  readonly month: string;
  readonly sweeps: readonly PeriodSweep[];
  readonly last: PeriodSweep;
}

function monthsTable(directory: string, sweeps: readonly PeriodSweep[]): Html {
  const byMonth = Map.groupBy(sweeps, (sweep) => new Date(timeOf(sweep)).toISOString().slice(0, 7));
  const months = [...byMonth].flatMap(([month, own]): Month[] => {
    const last = own.at(-1);
    return last ? [{ month, sweeps: own, last }] : [];
  });
  const columns: Column<Month>[] = [
    { head: "Month", cell: ({ month }) => month },
    { head: "Sweeps", look: "number", cell: (one) => formatCount(one.sweeps.length) },
    { head: "Lowest coverage", look: "number", cell: (one) => formatShare(Math.min(...one.sweeps.map(shareOf))) },
    { head: "Coverage at its end", look: "number", cell: ({ last }) => formatShare(shareOf(last)) },
    ...(["compliant", "violating", "unknown", "exempt"] as const).map(
      (kind): Column<Month> => ({ head: kind, look: "number", cell: ({ last }) => numberCell(last.after[kind]) }),
    ),
  ];
  const caption = `${directory} by month; verdicts are those of the last sweep of the month that read everybody`;
  return renderTable(columns, months, { caption, quiet: true, narrow: "scroll" });
}

const MAX_LISTED = 400;
const cut = <T>(items: readonly T[]) => ({ count: items.length, first: items.slice(0, MAX_LISTED) });

const RULE_COLUMNS: Column<RuleCounts>[] = [
  { head: "Rule", cell: ({ rule }) => (rule === "" ? "no rule matches" : untrustedText(rule)) },
  { head: "Directory", cell: ({ directory }) => directory },
  { head: "Month", cell: ({ month, endedAt }) => html`${month}<span class="id">${formatMoment(endedAt)}</span>` },
  { head: "Covered", look: "number", cell: ({ verdicts }) => formatShare(coveredShare({ verdicts })) },
  ...(["violating", "unknown", "exempt"] as const).map(
    (kind): Column<RuleCounts> => ({ head: kind, look: "number", cell: ({ verdicts }) => numberCell(verdicts[kind]) }),
  ),
];

/** Verdicts by rule, month by month. */
export function periodRulesSection({ data: { rules } }: PeriodContext): PageSection {
  const ordered = rules.toSorted((a, b) => compareText(a.directory, b.directory) || compareText(a.rule, b.rule));
  return {
    id: "rules",
    title: "Rules",
    lead: "Of the last sweep of each month that read everybody, by rule: counted from its rows as they were read, before any change.",
    body:
      rules.length > 0
        ? renderLongTable(RULE_COLUMNS, cut(ordered), {
            caption: "By rule and month",
            quiet: true,
            narrow: "scroll",
            elsewhere: "are in rules.csv",
          })
        : html`<p>No rows of a sweep that read everybody could be counted: coverage by rule is not known.</p>`,
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const GAP_COLUMNS: Column<Gap>[] = [
  { head: "Directory", cell: ({ directory }) => directory },
  { head: "From", cell: ({ from }) => formatMoment(from) },
  {
    head: "Until",
    cell: ({ to, isOpen }) =>
      html`${formatMoment(to)}${isOpen && html`<span class="id">the end of what is said here</span>`}`,
  },
  {
    head: "Length",
    cell: ({ from, to, allowedMs, isAssumed }) =>
      html`${formatAge(Date.parse(to) - Date.parse(from))}<span class="id">${formatAge(allowedMs)} allowed${isAssumed && ": no schedule in the policy, taken as daily"}</span>`,
  },
  {
    head: "What happened",
    cell: ({ tried, isBeforeRecords }) =>
      isBeforeRecords
        ? "nothing is on record from before the first run: not known"
        : tried === 0
          ? "no sweep began"
          : `${pluralize(tried, "sweep")} began and did not read everybody`,
  },
];

/** Where nobody looked. */
export function gapsSection({ data: { gaps, directories } }: PeriodContext): PageSection {
  return {
    id: "gaps",
    title: "Gaps",
    lead: "Times in which no sweep read everybody of a directory, longer than one and a half times what the policy's schedule has between two sweeps: each sweep that was missed.",
    body:
      gaps.length > 0
        ? renderLongTable(GAP_COLUMNS, cut(gaps), { caption: "Gaps", quiet: true, elsewhere: "are in gaps.csv" })
        : html`<p>None, in ${joinWords([...new Set(directories.map(({ directory }) => directory))])}.</p>`,
  };
}

const EVIDENCE_TEXTS = {
  sealed: "sealed",
  none: "left none",
  missing: "missing",
  altered: "ALTERED",
} as const;

const sweepColumns = (runs: PeriodData["runs"]): Column<PeriodSweep>[] => {
  const byRun = new Map(runs.map((run) => [run.run, run]));
  return [
    {
      head: "Run",
      cell: ({ run, startedAt }) => {
        const origin = byRun.get(run)?.origin;
        return html`${formatMoment(startedAt)}<span class="id mono">${run}</span>${origin && html`<span class="id">by ${untrustedText(origin.by)}, ${untrustedText(origin.how)}</span>`}`;
      },
    },
    { head: "Directory", cell: ({ directory, mode }) => html`${directory}<span class="id">${mode}</span>` },
    {
      head: "Ended as",
      cell: ({ status, isWhole, problems }) =>
        html`${status}<span class="id">${isWhole ? "read everybody" : "did not read everybody"}</span>${!isWhole && problems[0] && html`<span class="id">${untrustedSentence(problems[0].message)}</span>`}`,
    },
    {
      head: "Covered",
      look: "number",
      cell: (sweep) =>
        html`${sweep.isWhole ? formatShare(shareOf(sweep)) : "–"}<span class="id">${pluralize(sweep.read, "account")}</span>`,
    },
    { head: "Violating", look: "number", cell: ({ after }) => numberCell(after.violating) },
    { head: "Unknown", look: "number", cell: ({ after }) => numberCell(after.unknown) },
    {
      head: "Evidence",
      cell: ({ evidence, manifest, run }) =>
        html`${EVIDENCE_TEXTS[evidence]}${manifest !== undefined && html`<span class="id mono">${manifest}</span>`}<span class="id">policy <span class="mono">${byRun.get(run)?.policy.slice(0, 12)}</span>${evidence !== "sealed" && html`; counts are the ledger's`}</span>`,
    },
  ];
};

/** Every run: those that did not read everybody first, then the newest. */
export function runsSection({ data: { runs, sweeps } }: PeriodContext): PageSection {
  const bad = sweeps.filter(({ isWhole, evidence }) => !isWhole || evidence === "missing" || evidence === "altered");
  const columns = sweepColumns(runs);
  const sealed = sweeps.filter(({ evidence }) => evidence === "sealed").length;
  return {
    id: "runs",
    title: "Runs",
    lead: "Each run in each directory, the newest first. The hash is that of its manifest, which is signed and names the one before.",
    body: html`<p>${pluralize(runs.length, "run")} over ${pluralize(sweeps.length, "sweep")} of a directory: ${formatCount(sealed)} sealed. Counts of a sealed sweep are those of its signed manifest, the others are the ledger's.</p>
${bad.length > 0 && renderLongTable(columns, cut(bad.toReversed()), { caption: "Did not read everybody, or its evidence is not whole", narrow: "scroll", elsewhere: "are in runs.csv" })}
${sweeps.length > 0 && html`<details class="long"><summary>Show every sweep</summary>${renderTable(columns, cut(sweeps.toReversed()).first, { caption: "Every sweep, the newest first", narrow: "scroll" })}${sweeps.length > MAX_LISTED && html`<p class="soft">${formatCount(sweeps.length - MAX_LISTED)} more are in runs.csv.</p>`}</details>`}`,
  };
}

const SPAN_COLUMNS: Column<DirectorySpan>[] = [
  { head: "Directory", cell: ({ directory }) => directory },
  {
    head: "Named by the policy since",
    cell: ({ came }) => (came === undefined ? "the beginning" : formatMoment(came)),
  },
  { head: "Until", cell: ({ left }) => (left === undefined ? "the end" : formatMoment(left)) },
];

/** Which directories there were, and which came or left. */
export const spansSection = ({ data: { directories } }: PeriodContext): PageSection => ({
  id: "directories",
  title: "Directories",
  lead: "Which directories the policies of the runs named. One that came or left within the period has the first run that shows it.",
  body: renderTable(SPAN_COLUMNS, directories, { caption: "Directories", quiet: true }),
});

/** Everything that is missing. */
export const missingSection = ({ summary: { incomplete } }: PeriodContext): PageSection => ({
  id: "incomplete",
  title: "Completeness",
  lead: "What is not known of this period, and why.",
  body:
    incomplete.length === 0
      ? html`<p>Nothing is known to be missing: every run on record has ended, and every manifest that the ledger knows was there.</p>`
      : html`<ul class="plain">${incomplete.slice(0, MAX_LISTED).map(({ code, message }) => html`<li>${untrustedSentence(message)} <code>${code}</code></li>`)}</ul>${incomplete.length > MAX_LISTED && html`<p class="soft">${formatCount(incomplete.length - MAX_LISTED)} more are in period.json.</p>`}`,
});
