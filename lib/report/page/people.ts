/** The section on people: how they are covered over all directories, and whose weakest way in is the weakest. */

import {
  formatCount,
  formatMoment,
  formatShare,
  PERSON_COVERAGES,
  type People,
  type Person,
  type PersonAccount,
  type PersonCoverage,
  pluralize,
} from "../data/index.ts";
import { type Html, html, untrustedName, untrustedSentence, untrustedText } from "./html.ts";
import type { PageSection } from "./section.ts";
import { type Column, numberCell, renderLongTable, renderTable, subjectCell, verdictCell } from "./table.ts";

/** Accounts of one person that are shown. */
const MAX_ACCOUNTS = 12;

const MEANINGS: Readonly<Record<PersonCoverage, string>> = {
  everywhere: "each account that they can sign in with is compliant",
  somewhere: "one account is compliant, and another one is not: that is the way in",
  nowhere: "no account that they can sign in with is compliant",
  ambiguous: "it is not certain whose these accounts are, so nothing is said of them",
  "out-of-scope": "rules require nothing of any of their accounts",
  disabled: "they can sign in nowhere",
};

/** Nothing where the policy joins nobody. */
export function peopleSection(people: People | undefined): PageSection | undefined {
  if (!people) return undefined;
  const { coverage, ambiguous, weakest } = people;
  const inScope = coverage.everywhere + coverage.somewhere + coverage.nowhere + coverage.ambiguous;
  return {
    id: "people",
    title: "People",
    lead: "Accounts of several directories that are one person's, as the policy joins them. A person is as well protected as the weakest account that they can sign in with; what is not known is weaker than compliant.",
    body: html`<div class="figures"><p class="figure">${inScope === 0 ? "–" : formatShare(coverage.everywhere / inScope)}</p><p>${formatCount(coverage.everywhere)} of ${pluralize(inScope, "person", "people")} are covered everywhere. ${formatCount(people.inSeveralDirectories)} have accounts in several directories.</p></div>
${missingNote(people)}
${renderTable(
  COUNT_COLUMNS,
  PERSON_COVERAGES.map((kind) => ({ kind, count: coverage[kind] })),
  { caption: "People by how they are covered", quiet: true, narrow: "scroll" },
)}
${
  weakest.count === 0
    ? html`<p>Nobody with accounts in several directories has a way in that is not covered.</p>`
    : renderLongTable(PERSON_COLUMNS, weakest, {
        caption: `${pluralize(weakest.count, "person", "people")} in several directories, not covered in all of them`,
        elsewhere: "are not named here; the tables have them by their column for the person",
      })
}
${
  ambiguous.count > 0 &&
  renderLongTable(AMBIGUOUS_COLUMNS, ambiguous, {
    caption: `${pluralize(ambiguous.count, "person", "people")} ambiguous: a pattern or an exception in the policy settles it`,
    elsewhere: "are not named here; the tables have them",
  })
}
${unjoinedPart(people)}
${basisPart(people)}`,
  };
}

const COUNT_COLUMNS: Column<{ readonly kind: PersonCoverage; readonly count: number }>[] = [
  { head: "Covered", cell: ({ kind }) => kind },
  { head: "People", look: "number", cell: ({ count }) => numberCell(count) },
  { head: "It means", cell: ({ kind }) => MEANINGS[kind] },
];

const nameCell = ({ accounts: [first], id }: Person): Html =>
  html`${untrustedName(first?.username ?? id)}<span class="id">${untrustedText(id)}</span>`;

const accountsCell = ({ accounts }: Person): Html =>
  html`${accounts.slice(0, MAX_ACCOUNTS).map(accountLine)}${accounts.length > MAX_ACCOUNTS && html`<span class="id">and ${formatCount(accounts.length - MAX_ACCOUNTS)} more</span>`}`;

const accountLine = (account: PersonAccount): Html =>
  html`<div>${verdictCell(account)}<span class="id">${account.directory} / ${untrustedText(account.username)}${account.disabled && ", disabled: no way in"}</span></div>`;

const PERSON_COLUMNS: Column<Person>[] = [
  { head: "Person", cell: nameCell },
  { head: "Ways in, weakest first", cell: accountsCell },
  { head: "Why", cell: ({ accounts: [weakest] }) => weakest && untrustedSentence(weakest.why) },
];

const AMBIGUOUS_COLUMNS: Column<Person>[] = [
  { head: "Key", cell: ({ id }) => html`<span class="mono">${untrustedText(id)}</span>` },
  { head: "Accounts that it may be", cell: accountsCell },
];

function unjoinedPart({ notJoined }: People): Html | undefined {
  if (notJoined.count === 0) return undefined;
  const columns: Column<People["notJoined"]["first"][number]>[] = [
    { head: "Account", cell: subjectCell },
    { head: "Verdict", cell: verdictCell },
    { head: "Not joined, because", cell: ({ why }) => why },
  ];
  return renderLongTable(columns, notJoined, {
    caption: `${pluralize(notJoined.count, "account")} of no known person, in none of these counts`,
    elsewhere: "are not named here; in the tables their column for the person is empty",
  });
}

const missingNote = ({ missing }: People): Html | undefined =>
  missing.length === 0
    ? undefined
    : html`<div class="note bad"><p>These counts are without accounts of other directories, where people may be less covered:</p><ul class="plain">${missing.map(({ directory, why }) => html`<li><strong>${directory}</strong>: ${untrustedSentence(why)}</li>`)}</ul></div>`;

const basisPart = ({ basis }: People): Html =>
  renderTable(
    [
      { head: "Directory", cell: ({ directory }) => directory },
      { head: "Accounts", look: "number", cell: ({ accounts }) => numberCell(accounts) },
      {
        head: "Read until",
        cell: ({ endedAt, earlier }) =>
          html`${formatMoment(endedAt)}${earlier && html`<span class="id">by an earlier run</span>`}`,
      },
      {
        head: "Run and manifest",
        cell: ({ run, manifest }) => html`<span class="mono">${run}</span><span class="id mono">${manifest}</span>`,
      },
    ] satisfies Column<People["basis"][number]>[],
    basis,
    { caption: "The sweeps that people are joined from: the newest of each directory that read everybody" },
  );
