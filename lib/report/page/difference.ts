/** The section that compares with the sweep before: who came to violate, who was fixed and by whom, who is new, who has gone. */

import { type Comparison, type Difference, describeBasis, describePrevious, joinWords } from "../data/index.ts";
import { type DifferenceLimits, exemptionTables, movesTable, transitionTables } from "./difference-lists.ts";
import { type Html, html, untrustedSentence } from "./html.ts";
import type { PageSection } from "./section.ts";
import { type Column, numberCell, renderTable } from "./table.ts";

const MAX_PREVIOUS_LISTED = 30;
const SECTION = { id: "difference", title: "Since the previous sweep" };

/** What changed since the sweep before, or why that cannot be said. */
export function differenceSection(comparison: Comparison, limits: DifferenceLimits): PageSection {
  if ("why" in comparison) return nothingCompared(comparison.why, comparison.code);
  const { difference } = comparison;
  const previous = difference.previous.slice(0, MAX_PREVIOUS_LISTED);
  return {
    ...SECTION,
    lead: `What changed since ${describePrevious(difference)}, the last that read everybody before this one.`,
    body: html`${renderTable(COUNT_COLUMNS, countRows(difference), { caption: "Changes since the previous sweep", quiet: true, narrow: "scroll" })}
${notComparedNote(difference)}
${transitionTables(difference, limits)}
${exemptionTables(difference, limits)}
${movesTable(difference)}
<ul class="plain soft">${previous.map((basis) => html`<li>${untrustedSentence(describeBasis(basis))}</li>`)}</ul>`,
  };
}

function nothingCompared(why: string, code: string | undefined): PageSection {
  const tone = code === undefined ? "note some" : "note bad";
  return {
    ...SECTION,
    lead: "What changed since the last sweep that read everybody.",
    body: html`<p class="${tone}">${untrustedSentence(why)}${code !== undefined && html` <code>${code}</code>`}</p>`,
  };
}

interface CountRow {
  readonly what: string;
  /** Absent where it is not known. */
  readonly many: number | undefined;
  readonly meaning: string;
}

const COUNT_COLUMNS: Column<CountRow>[] = [
  { head: "Change", cell: ({ what }) => what },
  { head: "How many", look: "number", cell: ({ many }) => (many === undefined ? "not known" : numberCell(many)) },
  { head: "It means", cell: ({ meaning }) => meaning },
];

function countRows({ violating, fixed, appeared, departed, exemptions }: Difference): CountRow[] {
  const row = (what: string, many: number | undefined, meaning: string): CountRow => ({
    what,
    many,
    meaning: many === undefined ? "a policy of the two runs was not kept" : meaning,
  });
  return [
    row("Newly violating", violating.count, "violated when this run read it, and did not before or was not there"),
    row("Fixed by us", fixed.byUs, "violated, and complies: a change of this product was read back"),
    row("Fixed by themselves", fixed.byThemselves, "violated, and complies: somebody else brought it about"),
    row("New", appeared.count, "not in the population before"),
    row("Departed", departed.count, "in the population before, and not in this one"),
    row("Exemptions begun", exemptions?.begun.length, "in force now, and not then"),
    row("Exemptions ended", exemptions?.ended.length, "in force then, and not now"),
  ];
}

const notComparedNote = ({ notCompared: ids }: Difference): Html | false =>
  ids.length > 0 &&
  html`<p class="note some">Nothing is said of ${joinWords(ids)}: this run did not read all of it, or no sweep before did.</p>`;
