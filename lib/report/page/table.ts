/** Tables of the page: with captions and heads that a screen reader reads, as cards on a phone, or to scroll. */

import { type CountedList, factNotes, formatCount, formatDay, formatDaysSince, type ReportRow } from "../data/index.ts";
import { type Html, type HtmlValue, html, untrustedName, untrustedSentence, untrustedText } from "./html.ts";

export interface Column<T> {
  readonly head: string;
  readonly look?: "number" | "date";
  readonly cell: (item: T) => HtmlValue;
}

interface TableOptions {
  readonly caption: string;
  /** The caption is for screen readers alone: the heading above says the same. */
  readonly quiet?: boolean;
  /** On a phone: one card a row, or as it is, to scroll sideways. */
  readonly narrow?: "cards" | "scroll";
  /** Where those are who are not listed here. */
  readonly elsewhere?: string;
}

/** A table whose first column is the head of each row. */
export function renderTable<T>(columns: readonly Column<T>[], items: readonly T[], options: TableOptions): Html {
  const { caption, quiet = false, narrow = "cards" } = options;
  // A table that is laid out as blocks is no table for some readers, unless its roles are written down.
  const head = columns.map(({ head, look }) => html`<th role="columnheader" scope="col" class="${look}">${head}</th>`);
  const body = items.map((item) => {
    const cells = columns.map(({ head, look, cell }, i) =>
      i === 0
        ? html`<th role="rowheader" scope="row">${cell(item)}</th>`
        : html`<td role="cell" class="${look}" data-label="${head}"><div>${cell(item)}</div></td>`,
    );
    return html`<tr role="row">${cells}</tr>`;
  });
  const whole = html`<table role="table" class="${narrow}"><caption${quiet && html` class="hidden"`}>${caption}</caption><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">${body}</tbody></table>`;
  return narrow === "cards"
    ? whole
    : html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">${whole}</div>`;
}

/** Rows of a long list that are shown without a click. */
const ROWS_SHOWN_AT_ONCE = 12;

/** A long list: the first few at once, the others behind a click, the rest in the tables. */
export function renderLongTable<T>(
  columns: readonly Column<T>[],
  { count: all, first }: CountedList<T>,
  options: TableOptions,
): Html {
  const [near, far] = [first.slice(0, ROWS_SHOWN_AT_ONCE), first.slice(ROWS_SHOWN_AT_ONCE)];
  const rest = all - first.length;
  return html`${renderTable(columns, near, options)}${
    far.length > 0 &&
    html`<details class="long"><summary>Show ${formatCount(far.length)} more</summary>${renderTable(columns, far, { ...options, caption: `${options.caption}, continued` })}</details><p class="paper">${formatCount(far.length)} more are shown on a screen.</p>`
  }${rest > 0 && html`<p class="soft">${formatCount(rest)} more ${options.elsewhere ?? "are in the tables"}.</p>`}`;
}

/** A subject by the name it goes by, with the id that does not change below it. */
export const subjectCell = ({ username, id, directory }: Pick<ReportRow, "username" | "id" | "directory">): Html =>
  html`${untrustedName(username)}<span class="id">${directory} / ${untrustedText(id)}</span>`;

/** A verdict with the requirement it was judged by. */
export const verdictCell = (row: Pick<ReportRow, "verdict" | "requirement">): Html =>
  html`<span class="tag ${row.verdict}">${row.verdict}${withRequirement(row)}</span>`;

const withRequirement = ({ requirement }: Pick<ReportRow, "requirement">) =>
  requirement === undefined || requirement === "none" ? "" : ` (${requirement})`;

/** Why it is judged so, and what its devices do not show. */
export const whyCell = (row: Pick<ReportRow, "why" | "factsReadAt" | "factCaveats">): Html => {
  const notes = factNotes(row).join(" ");
  return html`${untrustedSentence(row.why)}${notes !== "" && html`<span class="id">${notes}</span>`}`;
};

/** A day, and how long ago it was. */
export const sinceCell = (at: string, now: string): Html =>
  html`<time datetime="${at}">${formatDay(at)}</time><span class="id">${formatDaysSince(at, now)}</span>`;

/** A zero stands back. */
export const numberCell = (value: number, text = formatCount(value)): HtmlValue =>
  value === 0 ? html`<span class="zero">${text}</span>` : text;
