/** The section on the controls that the evidence speaks to. */

import { controlsOf, type Framework, type FrameworkControl } from "../controls/index.ts";
import { formatCount, type Summary, sumCounts } from "../data/index.ts";
import { html } from "./html.ts";
import type { PageSection } from "./section.ts";
import { type Column, renderLongTable } from "./table.ts";

/** @param rules what this run judged by, and what came of it: only controls that rest on that are shown */
export function controlsSection(frameworks: readonly Framework[], rules: Summary["rules"]): PageSection {
  const judgedBy = new Set(rules.flatMap(({ requirement }) => requirement ?? []));
  const controls = controlsOf(frameworks).filter(({ needs }) =>
    needs.some((need) => need === "record" || judgedBy.has(need)),
  );
  const columns: Column<FrameworkControl>[] = [
    {
      head: "Control",
      cell: ({ id, standard }) => html`${id}<span class="id">${standard}</span>`,
    },
    { head: "Coverage", cell: ({ coverage }) => html`<span class="tag">${coverage}</span>` },
    { head: "Shown of", look: "number", cell: (control) => shownOf(control, rules) },
    { head: "What that shows", cell: ({ rationale }) => rationale },
  ];
  return {
    id: "controls",
    title: "Controls",
    lead: "What this evidence speaks to, and how far: it shows a control in full, in part, or it helps to judge it. Each line holds for the subjects that it is shown of, and for no others.",
    body: renderLongTable(
      columns,
      { count: controls.length, first: controls },
      { caption: "Control map", quiet: true },
    ),
  };
}

/** How many comply of those in scope who were judged by what the control rests on. */
function shownOf({ needs }: FrameworkControl, rules: Summary["rules"]): string {
  if (needs.includes("record")) return "the record";
  const counted = rules.filter(({ requirement }) => needs.some((need) => need === requirement));
  const sum = (of: (counts: Summary["counts"]) => number) => counted.reduce((n, { counts }) => n + of(counts), 0);
  return `${formatCount(sum(({ compliant }) => compliant))} of ${formatCount(sum((counts) => sumCounts(counts) - counts["out-of-scope"]))}`;
}
