/** The lists of the section that compares with the sweep before. */

import type { Verdict } from "../../model/index.ts";
import type { Exemption } from "../../policy/index.ts";
import {
  type CountedList,
  type Difference,
  formatCount,
  formatDay,
  formatDayIn,
  pluralize,
  type SubjectTransition,
} from "../data/index.ts";
import { type Html, type HtmlValue, html, untrustedSentence, untrustedText } from "./html.ts";
import { type Column, renderLongTable, renderTable, subjectCell, verdictCell } from "./table.ts";

/** How the lists are shown. */
export interface DifferenceLimits {
  /** How many of each list are named. */
  readonly most: number;
  /** In which a last day is one. */
  readonly timezone: string;
}

const verdictOr = (verdict: Verdict | undefined, absent: string): HtmlValue =>
  verdict ? verdictCell({ verdict }) : absent;

const ACCOUNT: Column<SubjectTransition> = { head: "Account", cell: subjectCell };
const BEFORE: Column<SubjectTransition> = { head: "Before", cell: ({ was }) => verdictOr(was, "was not there") };
const NOW: Column<SubjectTransition> = { head: "Now", cell: ({ now }) => verdictOr(now, "is not there") };
const WHY: Column<SubjectTransition> = { head: "Why", cell: ({ why }) => untrustedSentence(why) };
const BY: Column<SubjectTransition> = { head: "Fixed", cell: ({ by }) => (by === "us" ? "by us" : "by themselves") };

/** Who changed in which way; a list that is empty is left out. */
export const transitionTables = (
  { violating, fixed, appeared, departed }: Difference,
  { most }: DifferenceLimits,
): Html[] => [
  ...listTable("Newly violating", violating, [ACCOUNT, BEFORE, NOW, WHY], most),
  ...listTable("Fixed", fixed, [ACCOUNT, BY, BEFORE, NOW], most),
  ...listTable("New", appeared, [ACCOUNT, NOW, WHY], most),
  ...listTable("Departed", departed, [ACCOUNT, BEFORE], most),
];

function listTable<T>(
  caption: string,
  { count, first }: CountedList<T>,
  columns: readonly Column<T>[],
  most: number,
): Html[] {
  if (count === 0) return [];
  const options = { caption: `${caption}: ${formatCount(count)}`, elsewhere: "are counted and not named here" };
  return [renderLongTable(columns, { count, first: first.slice(0, most) }, options)];
}

/** Which exemptions began and ended; nothing where that is not known. */
export function exemptionTables({ exemptions }: Difference, { most, timezone }: DifferenceLimits): Html[] {
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
  const { begun, ended } = exemptions;
  return [
    ...listTable("Exemptions begun", { count: begun.length, first: begun }, columns, most),
    ...listTable("Exemptions ended", { count: ended.length, first: ended }, columns, most),
  ];
}

/** How many went from which verdict to which. */
export function movesTable({ moves }: Difference): Html | false {
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
