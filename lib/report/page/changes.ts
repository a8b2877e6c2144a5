/** The section on the changes of the run. */

import { OUTCOMES, type Outcome, type RecordedFacts } from "../../model/index.ts";
import {
  ADVICE,
  type ChangeReason,
  type CountedList,
  expectedDirectories,
  formatCount,
  joinWords,
  OUTCOME_MEANINGS,
  pluralize,
  REMEDIATION_TEXTS,
  type ReportRow,
} from "../data/index.ts";
import { type Html, type HtmlValue, html, untrustedSentence, untrustedText } from "./html.ts";
import type { PageContext, PageSection } from "./section.ts";
import { type Column, renderLongTable, renderTable, subjectCell, verdictCell } from "./table.ts";

const CHANGE_COLUMNS: Column<ReportRow>[] = [
  { head: "Account", cell: subjectCell },
  {
    head: "Outcome",
    cell: ({ outcome, outcomeWhy }) =>
      html`${outcome}${outcomeWhy !== undefined && html`<span class="id">${untrustedSentence(outcomeWhy)}</span>`}`,
  },
  {
    head: "Before",
    cell: ({ read, facts }) => html`${verdictCell({ verdict: read })}<span class="id">${factsText(facts)}</span>`,
  },
  {
    head: "After",
    cell: ({ verdict, factsAfter }) =>
      html`${verdictCell({ verdict })}<span class="id">${factsAfter ? factsText(factsAfter) : "nothing was seen to change"}</span>`,
  },
];

/** What the run planned to change, and what came of it. */
export function changesSection({ head, summary }: PageContext): PageSection {
  const { outcomes, changes, planned, reasons } = summary;
  const made = OUTCOMES.filter((outcome) => outcomes[outcome] > 0);
  const outcomeColumns: Column<Outcome>[] = [
    { head: "Outcome", cell: (outcome) => outcome },
    { head: "How many", look: "number", cell: (outcome) => formatCount(outcomes[outcome]) },
    { head: "It means", cell: (outcome) => OUTCOME_MEANINGS[outcome] },
  ];
  return {
    id: "changes",
    title: "Changes",
    lead: "What the run planned to change, what came of it, and what was read before and after.",
    body: html`${reasons.length > 0 && reasonsTable(reasons)}${planned.count > 0 && plannedTable(planned)}${
      changes.count > 0 &&
      html`${renderTable(outcomeColumns, made, { caption: "Changes by outcome", quiet: true, narrow: "scroll" })}${renderLongTable(CHANGE_COLUMNS, changes, { caption: "Changes, those that did not take first" })}`
    }${changes.count + planned.count === 0 && html`<p>${noChangesText(head)}</p>`}`,
  };
}

/** Reasons that are named. */
const MAX_REASONS = 30;

const REASON_COLUMNS: Column<ChangeReason>[] = [
  { head: "Not enforced", cell: ({ remediation }) => REMEDIATION_TEXTS[remediation] },
  { head: "How many", look: "number", cell: ({ count }) => formatCount(count) },
  { head: "Why", cell: ({ why }) => untrustedSentence(why) },
  {
    head: "What helps",
    cell: ({ remediation }) => {
      const { what, command } = ADVICE[remediation];
      return html`${what}${command !== undefined && html`<span class="id"><code>${command}</code></span>`}`;
    },
  },
];

const reasonsTable = (reasons: readonly ChangeReason[]): Html =>
  renderTable(REASON_COLUMNS, reasons.slice(0, MAX_REASONS), {
    caption: "Planned changes that are not enforced, and what helps",
  });

const PLANNED_COLUMNS: Column<ReportRow>[] = [
  { head: "Account", cell: subjectCell },
  { head: "Rule", cell: ({ rule, requirement }) => html`${rule}<span class="id">requires ${requirement}</span>` },
  {
    head: "Why",
    cell: ({ why, undoes }) =>
      undoes === undefined ? untrustedSentence(why) : html`to put back what run ${undoes} changed`,
  },
  { head: "Now", cell: ({ facts }) => factsText(facts) },
];

const plannedTable = (planned: CountedList<ReportRow>): Html =>
  renderLongTable(PLANNED_COLUMNS, planned, {
    caption: `${pluralize(planned.count, "account")} would be changed, and ${planned.count === 1 ? "was" : "were"} not`,
    elsewhere: "would be changed; the column would_be of the tables says who",
  });

/** Says "nothing" only of directories that left evidence, where a change would be. */
function noChangesText(head: PageContext["head"]): string {
  const { mode, incomplete, directories } = head;
  if (mode === "plan") return "The run looked only, and changed nothing.";
  const sealed = new Set(directories.flatMap(({ id, manifest }) => (manifest === undefined ? [] : [id])));
  const silent = expectedDirectories(head).filter((id) => !sealed.has(id));
  if (silent.length > 0)
    return `Whether anything was changed in ${joinWords(silent)} is not known: the run left no evidence of it.`;
  if (incomplete.length > 0) return "No change was tried. Who was not read may have needed one.";
  return "No change was needed or tried.";
}

const FACT_LABELS: Readonly<Record<string, string>> = { enabled: "MFA", active: "active", devices: "devices" };

/** `MFA off, devices: totp`: the facts that a change is about. */
function factsText(facts: RecordedFacts): HtmlValue {
  const said = Object.entries(facts).flatMap(([name, value]) => {
    const label = FACT_LABELS[name];
    if (label === undefined || name === "active") return [];
    if (typeof value === "boolean") return [`${label} ${value ? "on" : "off"}`];
    if (value === null) return [`${label}: not known`];
    return Array.isArray(value) ? [`${label}: ${value.length === 0 ? "none" : value.join(", ")}`] : [];
  });
  return untrustedText(said.join("; "));
}
