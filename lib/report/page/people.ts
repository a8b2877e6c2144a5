/** The parts of the page that name people: who is open, what was changed, who is excepted, what is missing, who is special. */

import { OUTCOMES, type RecordedFacts } from "../../model/index.ts";
import {
  type ExemptionEntry,
  type ExemptionRegister,
  formatCount,
  formatDay,
  joinWords,
  OUTCOME_MEANINGS,
  pluralize,
  REMEDIATION_TEXTS,
  type Remediation,
  type ReportRow,
} from "../data/index.ts";
import { type PageContext, subjectNoun } from "./answer.ts";
import { type Html, type HtmlValue, html, untrustedSentence, untrustedText } from "./html.ts";
import type { PageSection } from "./parts.ts";
import { type Column, renderLongTable, renderTable, sinceCell, subjectCell, verdictCell } from "./table.ts";

export function openSubjectsSection({ head, summary, coverage, remediationOf }: PageContext): PageSection {
  const now = head.endedAt ?? head.startedAt;
  const columns: Column<ReportRow>[] = [
    { head: "Account", cell: subjectCell },
    { head: "Verdict", cell: verdictCell },
    { head: "Why", cell: ({ why }) => untrustedSentence(why) },
    { head: "Since", look: "date", cell: (row) => sinceCell(row.since, now) },
    { head: "What is being done", cell: (row) => remediationText(remediationOf(row), row) },
  ];
  return {
    id: "open",
    title: "Who is not covered",
    lead: "Violating or unknown after the changes of this run; who has been so for longest comes first.",
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

/** Not covered either, and not in that list. */
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

/** Its reason where the words for it do not say it all. */
function remediationText(doing: Remediation, { outcomeWhy }: ReportRow): HtmlValue {
  const plain = doing === "needs-user" || outcomeWhy === undefined;
  return html`${REMEDIATION_TEXTS[doing]}${!plain && html`<span class="id">${untrustedSentence(outcomeWhy)}</span>`}`;
}

export function changesSection({ head, summary }: PageContext): PageSection {
  const { outcomes, changes } = summary;
  const counted = OUTCOMES.filter((outcome) => outcomes[outcome] > 0);
  const rows: Column<(typeof counted)[number]>[] = [
    { head: "Outcome", cell: (outcome) => outcome },
    { head: "How many", look: "number", cell: (outcome) => formatCount(outcomes[outcome]) },
    { head: "It means", cell: (outcome) => OUTCOME_MEANINGS[outcome] },
  ];
  const columns: Column<ReportRow>[] = [
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
      cell: (row) =>
        html`${verdictCell({ verdict: row.verdict })}<span class="id">${row.factsAfter ? factsText(row.factsAfter) : "nothing was seen to change"}</span>`,
    },
  ];
  const none = head.mode === "plan" ? "The run looked only, and changed nothing." : "No change was needed or tried.";
  return {
    id: "changes",
    title: "Changes",
    lead: "What the run planned to change, what came of it, and what was read before and after.",
    body:
      changes.count === 0
        ? html`<p>${none}</p>`
        : html`${renderTable(rows, counted, { caption: "Changes by outcome", quiet: true, narrow: "scroll" })}${renderLongTable(columns, changes, { caption: "Changes, those that did not take first" })}`,
  };
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

export function exemptionsSection({ summary }: PageContext): PageSection {
  const { register, exempt } = summary;
  return {
    id: "exceptions",
    title: "Exceptions",
    lead: "Every exemption of the policy, with who approved it and its last day; the soonest to end comes first.",
    body: html`${exceptionsBody(register)}${exempt.count > 0 && html`<p class="soft">${pluralize(exempt.count, "account")} ${exempt.count === 1 ? "is" : "are"} exempt in this run.</p>`}`,
  };
}

function exceptionsBody({ entries, policyMissing }: ExemptionRegister): Html {
  if (policyMissing)
    return html`<p class="note some">The policy of this run is not kept beside the evidence. Who approved which exemption, and until when, cannot be shown.</p>`;
  if (entries.length === 0) return html`<p>The policy has no exemptions.</p>`;
  const columns: Column<ExemptionEntry>[] = [
    {
      head: "Account",
      cell: ({ exemption, username }) =>
        subjectCell({
          id: exemption.account,
          directory: exemption.directory,
          username: username ?? exemption.username ?? exemption.account,
        }),
    },
    {
      head: "Why",
      cell: ({ exemption: { reason, ticket, control } }) =>
        html`${untrustedSentence(reason)}${ticket !== undefined && html`<span class="id">${untrustedText(ticket)}</span>`}${control !== undefined && html`<span class="id">instead: ${untrustedSentence(control)}</span>`}`,
    },
    {
      head: "Approved by",
      cell: ({ exemption: { approvedBy } }) =>
        approvedBy === undefined ? html`<strong>nobody named</strong>` : untrustedText(approvedBy),
    },
    {
      head: "Last day",
      look: "date",
      cell: (entry) =>
        html`<time datetime="${entry.lastDay}">${formatDay(entry.lastDay)}</time><span class="id">${leftText(entry)}</span>`,
    },
    { head: "State", cell: stateText },
  ];
  return renderLongTable(
    columns,
    { count: entries.length, first: entries.slice(0, 200) },
    { caption: "Register of exceptions", quiet: true },
  );
}

const leftText = ({ state, daysLeft }: ExemptionEntry) =>
  state === "ended" ? "ended" : `${pluralize(daysLeft, "day")} left`;

function stateText({ state, accountSeen, unneeded }: ExemptionEntry): HtmlValue {
  if (!accountSeen) return html`${state}<span class="id">its account was not in the population</span>`;
  if (unneeded) return html`${state}<span class="id">not needed: the requirement is met</span>`;
  return state;
}

export function completenessSection({ head }: PageContext): PageSection {
  const notes = head.directories.filter(({ status }) => status === "completed").flatMap(({ problems }) => problems);
  const line = ({ code, message }: { readonly code: string; readonly message: string }) =>
    html`<li>${untrustedSentence(message)} <code>${code}</code></li>`;
  return {
    id: "incomplete",
    title: "Completeness",
    lead: "Whatever makes this less than the whole truth.",
    body: html`${
      head.incomplete.length === 0
        ? html`<p>Nothing is known to be missing: every page of every directory of this run was read${countsText(head)}.</p>`
        : html`<ul class="plain">${head.incomplete.slice(0, 200).map(line)}</ul>`
    }${notes.length > 0 && html`<div><h3>To be looked at</h3><ul class="plain">${notes.slice(0, 100).map(line)}</ul></div>`}`,
  };
}

/** A vendor that counts nothing agrees with nothing. */
function countsText({ directories }: PageContext["head"]): string {
  const uncounted = directories.filter(({ total }) => total === undefined).map(({ id }) => id);
  if (uncounted.length === 0) return ", and as many were read as the vendors count";
  return `; how many there should be is not confirmed for ${joinWords(uncounted)}`;
}

export function specialSubjectsSection({ summary }: PageContext): PageSection | undefined {
  const { credentialHeld, profiles } = summary;
  if (credentialHeld.count + profiles.count === 0) return undefined;
  const columns: Column<ReportRow>[] = [
    { head: "Name", cell: subjectCell },
    { head: "Verdict", cell: verdictCell },
    { head: "Why", cell: ({ why }) => untrustedSentence(why) },
  ];
  return {
    id: "special",
    title: "Profiles and held accounts",
    lead: "MFA server profiles, and accounts whose credentials the organisation itself holds.",
    body: html`${profiles.count > 0 && renderLongTable(columns, profiles, { caption: `${pluralize(profiles.count, "MFA server profile")}` })}${credentialHeld.count > 0 && renderLongTable(columns, credentialHeld, { caption: `${pluralize(credentialHeld.count, "account")} whose credentials the organisation holds` })}`,
  };
}
