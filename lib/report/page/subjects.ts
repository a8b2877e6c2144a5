/** The sections that list subjects: who is not covered, and who is no usual account. */

import {
  formatCount,
  joinWords,
  pluralize,
  REMEDIATION_TEXTS,
  type Remediation,
  type ReportRow,
} from "../data/index.ts";
import { type Html, type HtmlValue, html, untrustedSentence } from "./html.ts";
import { type PageContext, type PageSection, subjectNoun } from "./section.ts";
import { type Column, renderLongTable, sinceCell, subjectCell, verdictCell, whyCell } from "./table.ts";

/** Who violates, or could not be assessed. */
export function openSubjectsSection({ head, summary, coverage, remediationOf }: PageContext): PageSection {
  const now = head.endedAt ?? head.startedAt;
  const columns: Column<ReportRow>[] = [
    { head: "Account", cell: subjectCell },
    { head: "Verdict", cell: verdictCell },
    { head: "Why", cell: whyCell },
    { head: "Since", look: "date", cell: (row) => sinceCell(row.since, now) },
    { head: "What is being done", cell: (row) => remediationText(remediationOf(row), row) },
  ];
  return {
    id: "open",
    title: "Who is not covered",
    lead: "Violating or unknown after the changes of this run. Accounts that no change may touch come first, then those held to phishing-resistant MFA; in each, who has been so for longest.",
    body: html`${
      summary.open.count === 0
        ? html`<p>Nobody ${head.incomplete.length > 0 ? "of those who were read " : ""}is violating or unknown.</p>`
        : renderLongTable(columns, summary.open, {
            caption: `${pluralize(summary.open.count, subjectNoun(summary))} violating or unknown`,
            quiet: true,
          })
    }${othersText(summary, coverage)}`,
  };
}

/** Who is not covered either, and not in that list. */
function othersText({ counts }: PageContext["summary"], { unread }: PageContext["coverage"]): Html | undefined {
  const others = [
    { n: counts.pending, what: "with time left to register a device" },
    { n: counts.grace, what: "within a grace period" },
    { n: counts.exempt, what: "exempt" },
    { n: unread, what: "never listed" },
  ].filter(({ n }) => n > 0);
  if (others.length === 0) return undefined;
  const named = unread > 0 ? "the tables name those who were listed" : "the tables name them";
  return html`<p class="soft">Not covered either: ${joinWords(others.map(({ n, what }) => `${formatCount(n)} ${what}`))}; ${named}.</p>`;
}

/** With the reason where the words for it do not say it all. */
function remediationText(remediation: Remediation, { outcomeWhy }: ReportRow): HtmlValue {
  const plain = remediation === "needs-user" || outcomeWhy === undefined;
  return html`${REMEDIATION_TEXTS[remediation]}${!plain && html`<span class="id">${untrustedSentence(outcomeWhy)}</span>`}`;
}

/** Profiles, and accounts with credentials of their own. Nothing where there are none. */
export function specialSubjectsSection({ summary }: PageContext): PageSection | undefined {
  const { credentialHeld, profiles } = summary;
  if (credentialHeld.count + profiles.count === 0) return undefined;
  const columns: Column<ReportRow>[] = [
    { head: "Name", cell: subjectCell },
    { head: "Verdict", cell: verdictCell },
    { head: "Why", cell: whyCell },
  ];
  return {
    id: "special",
    title: "Profiles and held accounts",
    lead: "MFA server profiles, and accounts whose credentials the organisation itself holds.",
    body: html`${profiles.count > 0 && renderLongTable(columns, profiles, { caption: `${pluralize(profiles.count, "MFA server profile")}` })}${credentialHeld.count > 0 && renderLongTable(columns, credentialHeld, { caption: `${pluralize(credentialHeld.count, "account")} whose credentials the organisation holds` })}`,
  };
}
