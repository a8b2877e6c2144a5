/** The section on approvals: which plan the run applied, who allowed it, and what waits for a decision. */

import type { DecisionAttempt } from "../../model/index.ts";
import { type Approvals, formatMoment, hasApprovals, type PlanLine } from "../data/index.ts";
import { type Html, html, untrustedSentence, untrustedText } from "./html.ts";
import type { PageSection } from "./section.ts";
import { type Column, renderTable } from "./table.ts";

const PLAN_COLUMNS: Column<PlanLine>[] = [
  {
    head: "Plan",
    cell: ({ directory, run, hash, undoes }) =>
      html`${directory}<span class="id">of run ${run}</span>${
        undoes !== undefined && html`<span class="id">puts back what run ${undoes} changed</span>`
      }<span class="id mono">${hash}</span>`,
  },
  {
    head: "State",
    cell: ({ status, why }) =>
      html`${status}${why !== undefined && html`<span class="id">${untrustedSentence(why)}</span>`}`,
  },
  { head: "Decided by", cell: ({ decision }) => (decision ? untrustedText(decision.by) : "nobody") },
  { head: "When", cell: ({ decision }) => (decision ? formatMoment(decision.at) : "–") },
  { head: "Note", cell: ({ decision }) => (decision?.note === undefined ? "–" : untrustedText(decision.note)) },
];

const ATTEMPT_COLUMNS: Column<DecisionAttempt>[] = [
  { head: "Who", cell: ({ by }) => untrustedText(by) },
  { head: "Wanted to", cell: ({ action, directories }) => html`${action} ${directories.join(", ")}` },
  { head: "When", cell: ({ at }) => formatMoment(at) },
  { head: "Why not", cell: ({ refused = "" }) => untrustedText(refused) },
];

/** Nothing where no plan was applied, left, or asked for. */
export function approvalsSection(approvals: Approvals | undefined): PageSection | undefined {
  if (!approvals || !hasApprovals(approvals)) return undefined;
  const { applied, left, refused } = approvals;
  const part = (shown: boolean, table: () => Html) => shown && table();
  return {
    id: "approvals",
    title: "Approvals",
    lead: "Which plans were applied by this run, which it left for a person to decide on, and who decided.",
    body: html`${part(applied.length > 0, () => renderTable(PLAN_COLUMNS, applied, { caption: "Plans that this run applied" }))}${part(left.length > 0, () => renderTable(PLAN_COLUMNS, left, { caption: "Plans that this run left" }))}${part(refused.length > 0, () => renderTable(ATTEMPT_COLUMNS, refused, { caption: "Who was not allowed to decide" }))}`,
  };
}
