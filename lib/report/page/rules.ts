/** The section on the rules of the policy, and the verdicts by each. */

import { VERDICTS } from "../../model/index.ts";
import type { Summary } from "../data/index.ts";
import { html } from "./html.ts";
import type { PageContext, PageSection } from "./section.ts";
import { type Column, numberCell, renderTable } from "./table.ts";

/** The verdicts by rule, in the order of the policy. */
export function rulesSection({ summary }: PageContext): PageSection {
  type Row = Summary["rules"][number];
  const columns: Column<Row>[] = [
    {
      head: "Rule",
      cell: ({ rule, requirement }) =>
        html`${rule ?? "no rule"}${requirement !== undefined && html`<span class="id">requires ${requirement === "none" ? "nothing" : requirement}</span>`}`,
    },
    ...VERDICTS.map(
      (kind): Column<Row> => ({ head: kind, look: "number", cell: ({ counts }) => numberCell(counts[kind]) }),
    ),
  ];
  return {
    id: "rules",
    title: "Rules",
    lead: "In the order of the policy: the first rule that matches an account binds it. A disabled account needs none.",
    body: renderTable(columns, summary.rules.slice(0, 100), {
      caption: "Verdicts by rule",
      quiet: true,
      narrow: "scroll",
    }),
  };
}
