/** A period as one HTML file: as the page of one run, nothing is fetched and no script runs. */

import type { PeriodData, PeriodSummary } from "../../data/index.ts";
import { formatMoment } from "../../data/index.ts";
import { renderDocument } from "../document.ts";
import { html } from "../html.ts";
import { filesSection, type ReportFile } from "../proof.ts";
import type { PageSection } from "../section.ts";
import {
  decisionsSection,
  periodChangesSection,
  periodExemptionsSection,
  policiesSection,
  stopsSection,
} from "./acting.ts";
import { type PeriodContext, periodAlert, periodAnswer } from "./answer.ts";
import {
  gapsSection,
  missingSection,
  periodCoverage,
  periodRulesSection,
  runsSection,
  spansSection,
} from "./looking.ts";

export interface PeriodPage {
  readonly data: PeriodData;
  readonly summary: PeriodSummary;
  /** Files that were written with the page. */
  readonly files: readonly ReportFile[];
}

/** The whole page as HTML. */
export function renderPeriodPage({ data, summary, files }: PeriodPage): string {
  const { period, madeAt } = data;
  const context: PeriodContext = { data, summary };
  const days = `${period.from} to ${period.to}`;
  return renderDocument({
    title: `${summary.incomplete.length > 0 ? "INCOMPLETE: " : ""}MFA audit report, ${days}`,
    subtitle: html`${days}, UTC`,
    opening: html`${periodAlert(summary)}${periodAnswer(context)}`,
    sections: sectionsOf(context, files),
    made: `Made ${formatMoment(madeAt)}. Times are UTC.`,
  });
}

const sectionsOf = (context: PeriodContext, files: readonly ReportFile[]): PageSection[] =>
  [
    periodCoverage(context),
    periodRulesSection(context),
    gapsSection(context),
    runsSection(context),
    periodChangesSection(context),
    decisionsSection(context),
    periodExemptionsSection(context),
    stopsSection(context),
    policiesSection(context),
    spansSection(context),
    missingSection(context),
    checkSection(),
    filesSection(files),
  ].filter((section) => section !== undefined);

/** How to check the page without us. */
const checkSection = (): PageSection => ({
  id: "verify",
  title: "How to check this",
  lead: "The page is a view. The evidence is the manifests that the runs signed, and the files that these name.",
  body: html`<p>Make an archive with <code>report --from DAY --to DAY --pack FILE.zip</code>. Its verifier checks the signature of each manifest, the chain from one to the next, and that the counts of each run on this page are those of its rows.</p>`,
});
