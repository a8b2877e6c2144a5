/** The section on the exemptions of the policy. */

import { type ExemptionEntry, type ExemptionRegister, formatDay, pluralize } from "../data/index.ts";
import { type Html, type HtmlValue, html, untrustedSentence, untrustedText } from "./html.ts";
import type { PageContext, PageSection } from "./section.ts";
import { type Column, renderLongTable, subjectCell } from "./table.ts";

const MAX_LISTED_EXEMPTIONS = 200;

const COLUMNS: Column<ExemptionEntry>[] = [
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
    cell: ({ exemption: { approvedBy, owner } }) =>
      html`${approvedBy === undefined ? html`<strong>nobody named</strong>` : untrustedText(approvedBy)}${owner !== undefined && html`<span class="id">owner: ${untrustedText(owner)}</span>`}`,
  },
  {
    head: "Last day",
    look: "date",
    cell: (entry) =>
      html`<time datetime="${entry.lastDay}">${formatDay(entry.lastDay)}</time><span class="id">${leftText(entry)}</span>`,
  },
  { head: "State", cell: stateText },
];

/** Every exemption of the policy, and how many accounts are exempt. */
export function exemptionsSection({ summary }: PageContext): PageSection {
  const { register, exempt } = summary;
  return {
    id: "exceptions",
    title: "Exceptions",
    lead: "Every exemption of the policy, with who approved it and its last day; the soonest to end comes first.",
    body: html`${registerBody(register)}${exempt.count > 0 && html`<p class="soft">${pluralize(exempt.count, "account")} ${exempt.count === 1 ? "is" : "are"} exempt in this run.</p>`}`,
  };
}

function registerBody({ entries, policyMissing }: ExemptionRegister): Html {
  if (policyMissing)
    return html`<p class="note some">The policy of this run is not kept beside the evidence. Who approved which exemption, and until when, cannot be shown.</p>`;
  if (entries.length === 0) return html`<p>The policy has no exemptions.</p>`;
  return renderLongTable(
    COLUMNS,
    { count: entries.length, first: entries.slice(0, MAX_LISTED_EXEMPTIONS) },
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
