/** The part of the page that compares: who came to violate, who was fixed and by whom, who is new, who has gone, since the sweep before. */

import type { Verdict } from "../../model/index.ts";
import type { Exemption } from "../../policy/index.ts";
import {
  type Comparison,
  type CountedList,
  type Difference,
  describeBasis,
  describePrevious,
  formatCount,
  formatDay,
  formatDayIn,
  joinWords,
  pluralize,
  type SubjectTransition,
} from "../data/index.ts";
import { type Html, type HtmlValue, html, untrustedSentence, untrustedText } from "./html.ts";
import type { PageSection } from "./parts.ts";
import { type Column, renderLongTable, renderTable, subjectCell, verdictCell } from "./table.ts";

interface DifferenceLimits {
  /** How many of each list are named. */
  readonly most: number;
  /** In which a last day is one. */
  readonly timezone: string;
}

export function differenceSection(compared: Comparison, limits: DifferenceLimits): PageSection {
  const base = { id: "difference", title: "Since the previous sweep" };
  if ("why" in compared) {
    const note = compared.code === undefined ? "note some" : "note bad";
    const code = compared.code !== undefined && html` <code>${compared.code}</code>`;
    return {
      ...base,
      lead: "What changed since the last sweep that read everybody.",
      body: html`<p class="${note}">${untrustedSentence(compared.why)}${code}</p>`,
    };
  }
  const { difference } = compared;
  return {
    ...base,
    lead: `What changed since ${describePrevious(difference)}, the last that read everybody before this one.`,
    body: html`${renderTable(COUNT_COLUMNS, countsOf(difference), { caption: "Changes since the previous sweep", quiet: true, narrow: "scroll" })}
${notCompared(difference)}
${listsOf(difference, limits.most)}
${exemptionsOf(difference, limits)}
${movesOf(difference)}
<ul class="plain soft">${difference.previous.slice(0, 30).map((rest) => html`<li>${untrustedSentence(describeBasis(rest))}</li>`)}</ul>`,
  };
}

interface CountRow {
  readonly what: string;
  readonly many: number | undefined;
  readonly meaning: string;
}

const COUNT_COLUMNS: Column<CountRow>[] = [
  { head: "Change", cell: ({ what }) => what },
  { head: "How many", look: "number", cell: ({ many }) => (many === undefined ? "not known" : number(many)) },
  { head: "It means", cell: ({ meaning }) => meaning },
];

/** A zero stands back. */
const number = (value: number): HtmlValue => (value === 0 ? html`<span class="zero">0</span>` : formatCount(value));

function countsOf({ violating, fixed, appeared, departed, exemptions }: Difference): CountRow[] {
  const lost = "a policy of the two runs was not kept";
  return [
    {
      what: "Newly violating",
      many: violating.count,
      meaning: "violated when this run read it, and did not before or was not there",
    },
    {
      what: "Fixed by us",
      many: fixed.byUs,
      meaning: "violated, and complies: a change of this product was read back",
    },
    {
      what: "Fixed by themselves",
      many: fixed.byThemselves,
      meaning: "violated, and complies: somebody else brought it about",
    },
    { what: "New", many: appeared.count, meaning: "not in the population before" },
    { what: "Departed", many: departed.count, meaning: "in the population before, and not in this one" },
    {
      what: "Exemptions begun",
      many: exemptions?.begun.length,
      meaning: exemptions ? "in force now, and not then" : lost,
    },
    {
      what: "Exemptions ended",
      many: exemptions?.ended.length,
      meaning: exemptions ? "in force then, and not now" : lost,
    },
  ];
}

const notCompared = ({ notCompared: ids }: Difference): Html | false =>
  ids.length > 0 &&
  html`<p class="note some">Nothing is said of ${joinWords(ids)}: this run did not read all of it, or no sweep before did.</p>`;

const tag = (one: Verdict | undefined, otherwise: string): HtmlValue =>
  one ? verdictCell({ verdict: one }) : otherwise;
const ACCOUNT: Column<SubjectTransition> = { head: "Account", cell: subjectCell };
const BEFORE: Column<SubjectTransition> = { head: "Before", cell: ({ was }) => tag(was, "was not there") };
const NOW: Column<SubjectTransition> = { head: "Now", cell: ({ now }) => tag(now, "is not there") };
const WHY: Column<SubjectTransition> = { head: "Why", cell: ({ why }) => untrustedSentence(why) };
const BY: Column<SubjectTransition> = { head: "Fixed", cell: ({ by }) => (by === "us" ? "by us" : "by themselves") };

const ELSEWHERE = "are counted and not named here";

function listsOf({ violating, fixed, appeared, departed }: Difference, most: number): Html[] {
  const lists: [string, CountedList<SubjectTransition>, Column<SubjectTransition>[]][] = [
    ["Newly violating", violating, [ACCOUNT, BEFORE, NOW, WHY]],
    ["Fixed", fixed, [ACCOUNT, BY, BEFORE, NOW]],
    ["New", appeared, [ACCOUNT, NOW, WHY]],
    ["Departed", departed, [ACCOUNT, BEFORE]],
  ];
  return lists.flatMap(([caption, { count: all, first }, columns]) =>
    all === 0
      ? []
      : [
          renderLongTable(
            columns,
            { count: all, first: first.slice(0, most) },
            { caption: `${caption}: ${formatCount(all)}`, elsewhere: ELSEWHERE },
          ),
        ],
  );
}

function exemptionsOf({ exemptions }: Difference, { most, timezone }: DifferenceLimits): Html[] {
  if (!exemptions) return [];
  const columns: Column<Exemption>[] = [
    {
      head: "Account",
      cell: ({ account, directory, username }) =>
        subjectCell({ id: account, directory, username: username ?? account }),
    },
    { head: "Why", cell: ({ reason }) => untrustedSentence(reason) },
    {
      head: "Approved by",
      cell: ({ approvedBy }) => (approvedBy === undefined ? "nobody named" : untrustedText(approvedBy)),
    },
    { head: "Last day", look: "date", cell: ({ until }) => formatDay(formatDayIn(until - 1, timezone)) },
  ];
  const shown = (caption: string, all: readonly Exemption[]) =>
    all.length === 0
      ? []
      : [
          renderLongTable(
            columns,
            { count: all.length, first: all.slice(0, most) },
            { caption: `${caption}: ${formatCount(all.length)}`, elsewhere: ELSEWHERE },
          ),
        ];
  return [...shown("Exemptions begun", exemptions.begun), ...shown("Exemptions ended", exemptions.ended)];
}

function movesOf({ moves }: Difference): Html | false {
  const all = Object.entries(moves).map(([move, many]) => {
    const [from = "", to = ""] = move.split(">");
    return { from, to, many };
  });
  const columns: Column<(typeof all)[number]>[] = [
    { head: "From", cell: ({ from }) => from },
    { head: "To", cell: ({ to }) => to },
    { head: "How many", look: "number", cell: ({ many }) => formatCount(many) },
  ];
  return (
    all.length > 0 &&
    html`<details class="data"><summary>${pluralize(all.length, "kind")} of change from verdict to verdict, as a table</summary>${renderTable(columns, all, { caption: "From verdict to verdict", quiet: true, narrow: "scroll" })}</details>`
  );
}
