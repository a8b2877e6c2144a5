/** The sections on what was done: changes and who allowed them, decisions, exemptions, the kill switch, holds, policies. */

import { OUTCOMES, type Outcome, type PlanRecord } from "../../../model/index.ts";
import {
  type AcceptedBaseline,
  countEnded,
  formatCount,
  formatDay,
  formatMoment,
  type HoldAct,
  OUTCOME_MEANINGS,
  type PeriodChange,
  type PeriodExemption,
  type PolicyChange,
  pluralize,
  type RefusedDecision,
  type ScopedTurn,
} from "../../data/index.ts";
import { type Html, html, untrustedName, untrustedSentence, untrustedText } from "../html.ts";
import type { PageSection } from "../section.ts";
import { type Column, renderLongTable, renderTable, subjectCell } from "../table.ts";
import type { PeriodContext } from "./answer.ts";

const MAX_LISTED = 200;
const cut = <T>(items: readonly T[]) => ({ count: items.length, first: items.slice(0, MAX_LISTED) });
const long = <T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  caption: string,
  elsewhere = "are in period.jsonl",
): Html => renderLongTable(columns, cut(items), { caption, elsewhere });

const CHANGE_COLUMNS: Column<PeriodChange>[] = [
  { head: "Account", cell: subjectCell },
  {
    head: "What came of it",
    cell: ({ outcome, why, undoes }) =>
      html`${outcome}${why !== undefined && html`<span class="id">${untrustedSentence(why)}</span>`}${undoes !== undefined && html`<span class="id">puts back what run <span class="mono">${undoes}</span> changed</span>`}`,
  },
  { head: "When", cell: ({ at }) => formatMoment(at) },
  {
    head: "Allowed by",
    cell: ({ approvedBy, note, plan, rule }) =>
      approvedBy === undefined
        ? html`the policy<span class="id">rule ${untrustedText(rule)}</span>`
        : html`${untrustedName(approvedBy)}${note !== undefined && html`<span class="id">${untrustedSentence(note)}</span>`}${plan !== undefined && html`<span class="id mono">${plan}</span>`}`,
  },
  {
    head: "Brought about by",
    cell: ({ run, event }) =>
      event === undefined
        ? html`run<span class="id mono">${run}</span>`
        : html`an event<span class="id mono">${untrustedText(event)}</span>`,
  },
];

/** Every change that was tried, by outcome, and the first of them. */
export function periodChangesSection({ summary, data: { sources } }: PeriodContext): PageSection {
  const tried = countEnded(summary);
  const alone = sources.filter(({ hash }) => hash === undefined).length;
  const counted: Column<{ readonly outcome: Outcome; readonly count: number }>[] = [
    { head: "Outcome", cell: ({ outcome }) => outcome },
    { head: "Changes", look: "number", cell: ({ count }) => formatCount(count) },
    { head: "Meaning", cell: ({ outcome }) => OUTCOME_MEANINGS[outcome] },
  ];
  const rows = OUTCOMES.map((outcome) => ({ outcome, count: summary.outcomes[outcome] })).filter(
    ({ count }) => count > 0,
  );
  return {
    id: "changes",
    title: "Changes",
    lead: "Every planned change that came to an end, by sweeps and by events. What was put back comes first, then what went wrong, then what took, the newest first.",
    body:
      tried === 0
        ? html`<p>None: neither the signed change logs nor the ledger hold one.</p>`
        : html`<p>${formatCount(summary.approved)} of ${formatCount(tried)} had been approved by a person; the others the policy allows without. ${formatCount(summary.byEvents)} were brought about by events, the others by sweeps.${alone > 0 && ` Of ${pluralize(alone, "run or hour", "runs or hours")} the ledger alone has the changes: no signed log holds them.`}</p>${renderTable(counted, rows, { caption: "By outcome" })}${renderLongTable(CHANGE_COLUMNS, summary.changes, { caption: "Changes", elsewhere: "are in changes.csv" })}`,
  };
}

const PLAN_COLUMNS: Column<PlanRecord>[] = [
  {
    head: "Plan",
    cell: ({ directory, run, hash, undoes }) =>
      html`${directory}<span class="id">of run <span class="mono">${run}</span></span>${undoes !== undefined && html`<span class="id">puts back what run <span class="mono">${undoes}</span> changed</span>`}<span class="id mono">${hash}</span>`,
  },
  {
    head: "State",
    cell: ({ status, why }) =>
      html`${status}${why !== undefined && html`<span class="id">${untrustedSentence(why)}</span>`}`,
  },
  { head: "Changes left", look: "number", cell: ({ changes }) => formatCount(changes) },
  { head: "Decided by", cell: ({ decision }) => (decision ? untrustedName(decision.by) : "nobody") },
  {
    head: "When",
    cell: ({ decision, madeAt }) => (decision ? formatMoment(decision.at) : `made ${formatMoment(madeAt)}`),
  },
  { head: "Note", cell: ({ decision }) => (decision?.note === undefined ? "–" : untrustedSentence(decision.note)) },
];

const REFUSED_COLUMNS: Column<RefusedDecision>[] = [
  { head: "Who", cell: ({ by }) => untrustedName(by) },
  {
    head: "Wanted to",
    cell: ({ action, directories, run }) =>
      html`${action} ${directories.join(", ")}<span class="id mono">${run}</span>`,
  },
  { head: "When", cell: ({ at }) => formatMoment(at) },
  { head: "Why not", cell: ({ refused = "" }) => untrustedSentence(refused) },
];

const ACCEPTED_COLUMNS: Column<AcceptedBaseline>[] = [
  {
    head: "Directory",
    cell: ({ directory, baseline }) =>
      html`${directory}<span class="id">run <span class="mono">${baseline.run}</span>, ${pluralize(baseline.read, "account")}</span>`,
  },
  { head: "Accepted by", cell: ({ origin }) => untrustedName(origin.by) },
  { head: "When", cell: ({ at }) => formatMoment(at) },
  { head: "Why", cell: ({ reason }) => untrustedSentence(reason) },
];

/** What people decided. */
export const decisionsSection = ({ data: { acts } }: PeriodContext): PageSection => ({
  id: "decisions",
  title: "Decisions",
  lead: "Plans of these runs and who decided on them, who was not allowed to, and populations that a person accepted.",
  body: html`${acts.plans.length > 0 ? long(PLAN_COLUMNS, acts.plans, "Plans") : html`<p>No plan of these runs was left for anybody to decide on.</p>`}${acts.refused.length > 0 ? long(REFUSED_COLUMNS, acts.refused, "Who was not allowed to decide") : html`<p>Nobody was refused a decision.</p>`}${acts.accepted.length > 0 ? long(ACCEPTED_COLUMNS, acts.accepted, "Accepted populations") : html`<p>Nobody accepted a population that had changed too much.</p>`}`,
});

const EXEMPTION_COLUMNS: Column<PeriodExemption>[] = [
  {
    head: "Account",
    cell: ({ exemption: { account, directory, username } }) =>
      subjectCell({ id: account, directory, username: username ?? account }),
  },
  {
    head: "Why",
    cell: ({ exemption: { reason, ticket, control } }) =>
      html`${untrustedSentence(reason)}${ticket !== undefined && html`<span class="id">${untrustedText(ticket)}</span>`}${control !== undefined && html`<span class="id">instead: ${untrustedSentence(control)}</span>`}`,
  },
  {
    head: "Approved by",
    cell: ({ exemption: { approvedBy, owner } }) =>
      html`${approvedBy === undefined ? html`<strong>nobody named</strong>` : untrustedName(approvedBy)}${owner !== undefined && html`<span class="id">owner: ${untrustedText(owner)}</span>`}`,
  },
  {
    head: "Days",
    cell: ({ firstDay, lastDay, named, removed }) =>
      html`${formatDay(firstDay)} to ${formatDay(lastDay)}<span class="id">in the policy since ${named === undefined ? "the beginning" : formatMoment(named)}</span>${removed !== undefined && html`<span class="id">taken out by ${formatMoment(removed)}</span>`}`,
  },
];

/** Exemptions that were in force on a day of the period. */
export function periodExemptionsSection({ data: { exemptions, lostPolicies, policies } }: PeriodContext): PageSection {
  const lost =
    lostPolicies.length > 0 &&
    html`<p class="note some">${pluralize(lostPolicies.length, "policy is", "policies are")} not kept: whom they exempted is not known.</p>`;
  const none = lostPolicies.length === 0 || policies.length > lostPolicies.length;
  return {
    id: "exceptions",
    title: "Exceptions",
    lead: "Every exemption that was in force on a day of the period, by the policies that the runs kept. Its days are those of the policy's time zone.",
    body: html`${lost}${exemptions.length > 0 ? renderLongTable(EXEMPTION_COLUMNS, cut(exemptions), { caption: "Register of exceptions", quiet: true, elsewhere: "are in exemptions.csv" }) : none && html`<p>None in the policies that are kept.</p>`}`,
  };
}

const TURN_COLUMNS: Column<ScopedTurn>[] = [
  { head: "When", cell: ({ at }) => formatMoment(at) },
  { head: "Where", cell: ({ scope }) => (scope === "all" ? "all directories" : scope) },
  { head: "Turned", cell: ({ halted }) => (halted ? "off: changes stopped" : "on: changes allowed") },
  { head: "By", cell: ({ by }) => html`${untrustedName(by.by)}<span class="id">${untrustedText(by.how)}</span>` },
  { head: "Why", cell: ({ reason }) => (reason === undefined ? "–" : untrustedSentence(reason)) },
];

const HOLD_COLUMNS: Column<HoldAct>[] = [
  { head: "Account", cell: subjectCell },
  {
    head: "What",
    cell: ({ did, until }) =>
      html`${did}${until !== undefined && html`<span class="id">until ${formatMoment(until)}</span>`}`,
  },
  { head: "When", cell: ({ at }) => formatMoment(at) },
  { head: "By", cell: ({ by }) => untrustedName(by.by) },
  { head: "Why", cell: ({ reason }) => (reason === undefined ? "–" : untrustedSentence(reason)) },
];

/** When changes were stopped: all of them, or those to one account. */
export const stopsSection = ({ data: { acts } }: PeriodContext): PageSection => ({
  id: "stops",
  title: "Kill switch and holds",
  lead: "When people stopped changes, of a directory or of one account, and allowed them again.",
  body: html`${acts.haltedBefore.length > 0 && html`<p>Off when the period began: ${acts.haltedBefore.map(({ scope, at, by, reason = "" }) => html`${scope}, since ${formatMoment(at)}, by ${untrustedText(by.by)}: ${untrustedSentence(reason)}. `)}</p>`}${acts.turns.length > 0 ? long(TURN_COLUMNS, acts.turns, "Turns of the kill switch") : acts.unknownTurns.length === 0 && html`<p>Nobody turned the kill switch.</p>`}${acts.unknownTurns.map(({ scope, before }) => html`<p class="note some">Turns of the switch ${scope} before ${formatMoment(before)} are not on record: whether there were any is not known.</p>`)}${acts.holds.length > 0 ? long(HOLD_COLUMNS, acts.holds, "Holds on accounts") : html`<p>Nobody held an account.</p>`}`,
});

const POLICY_COLUMNS: Column<PolicyChange>[] = [
  { head: "From", cell: ({ at, run }) => html`${formatMoment(at)}<span class="id mono">run ${run}</span>` },
  {
    head: "Digest",
    cell: ({ policy, before }) =>
      html`<span class="mono">${policy}</span><span class="id mono">${before === undefined ? "nothing is on record before" : `before: ${before}`}</span>`,
  },
  {
    head: "What differs",
    cell: ({ differences, before }) =>
      differences === undefined
        ? before === undefined
          ? "–"
          : "not known: one of both is not kept"
        : html`${differences.slice(0, 12).map((one) => html`${untrustedText(one)}<br>`)}${differences.length > 12 && `and ${differences.length - 12} more`}`,
  },
];

/** From when on runs went by another policy. */
export const policiesSection = ({ data: { policies, runs } }: PeriodContext): PageSection => ({
  id: "policies",
  title: "Policies",
  lead: "Each time a run went by another policy than the run before it, by SHA-256 of the compiled policy.",
  body:
    policies.length > 0
      ? long(POLICY_COLUMNS, policies, "Changes of the policy")
      : html`<p>${runs.length === 0 ? "No run began in these days: whether the policy changed is not known." : "All runs went by one and the same policy."}</p>`,
});
