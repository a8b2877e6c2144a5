/** One run as one HTML file: nothing is fetched, no script runs, and whatever came from outside stays text. */

import type { Framework } from "../controls/index.ts";
import {
  type Comparison,
  type CountedList,
  type DepartedSummary,
  formatMoment,
  type People,
  type ReportData,
  type ReportHead,
  remediationClassifier,
  reportCoverage,
  type Summary,
} from "../data/index.ts";
import { answerSection } from "./answer.ts";
import { approvalsSection } from "./approvals.ts";
import { changesSection } from "./changes.ts";
import { completenessSection, departedSection } from "./completeness.ts";
import { controlsSection } from "./controls.ts";
import { coverageSection, directoriesSection } from "./coverage.ts";
import { differenceSection } from "./difference.ts";
import { renderDocument } from "./document.ts";
import { exemptionsSection } from "./exemptions.ts";
import { type Html, html, untrustedText } from "./html.ts";
import { asOfNote, incompleteAlert } from "./notices.ts";
import { peopleSection } from "./people.ts";
import { filesSection, type ReportFile, runSection, verifySection } from "./proof.ts";
import { rulesSection } from "./rules.ts";
import type { PageContext, PageSection } from "./section.ts";
import { openSubjectsSection, specialSubjectsSection } from "./subjects.ts";
import { trendSection } from "./trend.ts";

export { renderPeriodPage } from "./period/index.ts";
export type { ReportFile } from "./proof.ts";

/** What the page is made from. */
export interface PageInput extends Pick<ReportData, "head" | "swept" | "policy" | "trend"> {
  readonly summary: Summary;
  readonly departed: DepartedSummary;
  /** What the evidence speaks to; absent: the page says nothing of controls. */
  readonly controls?: readonly Framework[];
  /** What changed since the run before, or why that cannot be said; absent: the page says nothing of it. */
  readonly comparison?: Comparison;
  /** Absent: the policy joins nobody. */
  readonly people?: People;
  /** Files that were written with the page. */
  readonly files: readonly ReportFile[];
}

/** Names may be as long as people make them: a page that would be larger than this lists fewer of them. */
const MAX_PAGE_BYTES = 1_900_000;
/** Rows of each list, in the order in which they are tried. */
const ROWS_LISTED = [200, 60, 20];

/** The whole page as HTML. */
export function renderPage(input: PageInput): string {
  let text = "";
  for (const most of ROWS_LISTED) {
    text = render({ ...input, ...shorten(input, most) }, most);
    if (Buffer.byteLength(text) <= MAX_PAGE_BYTES) break;
  }
  return text;
}

function shorten(
  { summary, departed, people }: PageInput,
  most: number,
): Pick<PageInput, "summary" | "departed" | "people"> {
  const cut = <T>({ count, first }: CountedList<T>): CountedList<T> => ({ count, first: first.slice(0, most) });
  const { open, planned, changes, exempt, credentialHeld, profiles } = summary;
  const lists = {
    open: cut(open),
    planned: cut(planned),
    changes: cut(changes),
    exempt: cut(exempt),
    credentialHeld: cut(credentialHeld),
    profiles: cut(profiles),
  };
  return {
    summary: { ...summary, ...lists },
    departed: { ...departed, first: departed.first.slice(0, most) },
    ...(people && {
      people: {
        ...people,
        weakest: cut(people.weakest),
        ambiguous: cut(people.ambiguous),
        notJoined: cut(people.notJoined),
      },
    }),
  };
}

const contextOf = ({ head, summary, policy }: PageInput): PageContext => ({
  head,
  summary,
  coverage: reportCoverage(head, summary.counts),
  policy,
  remediationOf: remediationClassifier(head, policy),
});

/** @param most rows of each list */
function render(input: PageInput, most: number): string {
  const { head } = input;
  const context = contextOf(input);
  const sections = sectionsOf(input, context, most);
  return renderDocument({
    title: titleOf(context),
    subtitle: reportedRun(head),
    opening: html`${incompleteAlert(head)}
${asOfNote(head)}
${answerSection(context)}`,
    sections,
    made: html`Made ${formatMoment(head.madeAt)} by ${untrustedText(head.code)}. Times are UTC.`,
  });
}

const titleOf = ({ head: { incomplete, run, day } }: PageContext) =>
  `${incomplete.length > 0 ? "INCOMPLETE: " : ""}MFA audit report, ${day === undefined ? `run ${run}` : `as of ${day}`}`;

const reportedRun = ({ run, day, endedAt, startedAt }: ReportHead): Html =>
  day === undefined
    ? html`${formatMoment(endedAt ?? startedAt)} · run <span class="mono">${run}</span>`
    : html`as of ${day}`;

function sectionsOf(input: PageInput, context: PageContext, most: number): PageSection[] {
  const sections = [
    coverageSection(context),
    openSubjectsSection(context),
    peopleSection(input.people),
    input.comparison && differenceSection(input.comparison, { most, timezone: input.policy?.timezone ?? "UTC" }),
    trendSection(input.trend),
    directoriesSection(context),
    rulesSection(context),
    changesSection(context),
    approvalsSection(input.head.approvals),
    exemptionsSection(context),
    completenessSection(context),
    departedSection(input.departed),
    specialSubjectsSection(context),
    input.controls && controlsSection(input.controls, input.summary.rules),
    verifySection(input.swept),
    filesSection(input.files),
    runSection(input.head, input.swept),
  ];
  return sections.filter((section) => section !== undefined);
}
