/** The section on the rules of the policy, and the verdicts by each. */

import { VERDICTS } from "../../model/index.ts";
import type { Policy } from "../../policy/index.ts";
import { formatCount, joinWords, type Summary } from "../data/index.ts";
import { type Html, html, untrustedSentence } from "./html.ts";
import type { PageContext, PageSection } from "./section.ts";
import { type Column, numberCell, renderTable } from "./table.ts";

/** Names of each kind that are shown. */
const MAX_NAMES = 5;

/** What a rule matches. Nothing for one that the policy does not have, such as a profile's. */
function matchNote(policy: Policy | undefined, name: string | undefined): Html | undefined {
  const match = policy?.rules.find((rule) => rule.name === name)?.match;
  if (match === undefined) return undefined;
  if (match === "all") return html`<span class="id">matches every account</span>`;
  const { directories, accounts, groups, populations, usernames } = match;
  const kinds = { directories, accounts: accounts?.map(({ id, username }) => username ?? id), groups, populations };
  const named = Object.entries({ ...kinds, "user names": usernames }).flatMap(([kind, names]) =>
    names === undefined ? [] : [`${kind} ${namesText(names)}`],
  );
  return html`<span class="id">matches ${untrustedSentence(joinWords(named))}</span>`;
}

const namesText = (names: readonly string[]): string => {
  const more = names.length > MAX_NAMES ? [`${formatCount(names.length - MAX_NAMES)} more`] : [];
  return [...names.slice(0, MAX_NAMES), ...more].join(", ");
};

/** The verdicts by rule, in the order of the policy. */
export function rulesSection({ summary, policy }: PageContext): PageSection {
  type Row = Summary["rules"][number];
  const columns: Column<Row>[] = [
    {
      head: "Rule",
      cell: ({ rule, requirement }) =>
        html`${rule ?? "no rule"}${requirement !== undefined && html`<span class="id">requires ${requirement === "none" ? "nothing" : requirement}</span>`}${matchNote(policy, rule)}`,
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
