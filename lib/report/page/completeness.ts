/** The sections on what is not there: what makes the run less than the whole truth, and who is gone. */

import { type DepartedSubject, type DepartedSummary, formatCount, joinWords, pluralize } from "../data/index.ts";
import { html, untrustedSentence } from "./html.ts";
import type { PageContext, PageSection } from "./section.ts";
import { type Column, renderLongTable, subjectCell } from "./table.ts";

const MAX_PROBLEMS = 200;
const MAX_NOTES = 100;

/** What makes the run less than the whole truth, and what its completed directories noted. */
export function completenessSection({ head }: PageContext): PageSection {
  const notes = head.directories.filter(({ status }) => status === "completed").flatMap(({ problems }) => problems);
  const line = ({ code, message }: { readonly code: string; readonly message: string }) =>
    html`<li>${untrustedSentence(message)} <code>${code}</code></li>`;
  return {
    id: "incomplete",
    title: "Completeness",
    lead: "What was not read, or may be wrong, and why.",
    body: html`${
      head.incomplete.length === 0
        ? html`<p>Nothing is known to be missing: every page of every directory of this run was read${countsText(head)}.</p>`
        : html`<ul class="plain">${head.incomplete.slice(0, MAX_PROBLEMS).map(line)}</ul>`
    }${notes.length > 0 && html`<div><h3>To be looked at</h3><ul class="plain">${notes.slice(0, MAX_NOTES).map(line)}</ul></div>`}`,
  };
}

/** A vendor that counts nothing agrees with nothing. */
function countsText({ directories }: PageContext["head"]): string {
  const uncounted = directories.filter(({ total }) => total === undefined).map(({ id }) => id);
  if (uncounted.length === 0) return ", and as many were read as the vendors count";
  return `; how many there should be is not confirmed for ${joinWords(uncounted)}`;
}

/** Who is gone since the last whole population. */
export function departedSection({ confirmed, unconfirmed, first, notLookedIn }: DepartedSummary): PageSection {
  const columns: Column<DepartedSubject>[] = [
    { head: "Account", cell: subjectCell },
    { head: "Last verdict", cell: ({ verdict }) => verdict },
    {
      head: "Confirmed",
      cell: ({ how }) =>
        how === "confirmed" ? "the vendor says that it is gone" : "not listed any more; not asked for one by one",
    },
  ];
  const all = confirmed + unconfirmed;
  return {
    id: "departed",
    title: "Departed",
    lead: "In the last whole population before this run, and not in this one.",
    body: html`${
      all === 0
        ? notLookedIn.length === 0 && html`<p>Nobody.</p>`
        : html`<p>${pluralize(all, "account")}: ${formatCount(confirmed)} confirmed one by one, ${formatCount(unconfirmed)} not listed any more.</p>${first.length > 0 && renderLongTable(columns, { count: all, first }, { caption: "Departed accounts", quiet: true, elsewhere: "are not named here; the evidence of the run before has them" })}`
    }${notLookedIn.length > 0 && html`<p class="note some">Whether anybody is gone from ${joinWords(notLookedIn)} is not known: the run did not read all of it.</p>`}`,
  };
}
