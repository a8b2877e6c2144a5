/** The parts of the page that name people: who is open, what was changed, who is excepted, what is missing, who is special. */

import { OUTCOMES, type RecordedFacts } from "../../model/index.ts";
import type { Entry, Register } from "../data/exemption-register.ts";
import type { ReportRow } from "../data/model.ts";
import type { Doing } from "../data/remediation.ts";
import { count, DOING, day, list, OUTCOME, plural } from "../data/wording.ts";
import { type Grounds, kindOf } from "./answer.ts";
import { foreign, type Html, html, sentence, type Value } from "./html.ts";
import type { Part } from "./parts.ts";
import { type Column, longTable, since, subject, table, verdict } from "./table.ts";

export function openPart({ head, summary, coverage, doing }: Grounds): Part {
  const now = head.endedAt ?? head.startedAt;
  const columns: Column<ReportRow>[] = [
    { head: "Account", cell: subject },
    { head: "Verdict", cell: verdict },
    { head: "Why", cell: ({ why }) => sentence(why) },
    { head: "Since", look: "date", cell: (row) => since(row.since, now) },
    { head: "What is being done", cell: (row) => doingText(doing(row), row) },
  ];
  return {
    ...{ id: "open", title: "Who is not covered" },
    lead: "Violating or unknown after the changes of this run; who has been so for longest comes first.",
    body: html`${
      summary.open.count === 0
        ? html`<p>Nobody ${head.incomplete.length > 0 ? "of those who were read " : ""}is violating or unknown.</p>`
        : longTable(columns, summary.open, {
            caption: `${plural(summary.open.count, kindOf(summary))} violating or unknown`,
            quiet: true,
          })
    }${othersText(summary, coverage)}`,
  };
}

/** Not covered either, and not in that list. */
function othersText({ counts }: Grounds["summary"], { unread }: Grounds["coverage"]): Html | undefined {
  const others = [
    { n: counts.pending, what: "with time left to register a device" },
    { n: counts.grace, what: "within a grace period" },
    { n: counts.exempt, what: "exempt" },
    { n: unread, what: "never listed" },
  ].filter(({ n }) => n > 0);
  if (others.length === 0) return undefined;
  const named = unread > 0 ? "the tables name those who were listed" : "the tables name them";
  return html`<p class="soft">Not covered either: ${list(others.map(({ n, what }) => `${count(n)} ${what}`))}; ${named}.</p>`;
}

/** Its reason where the words for it do not say it all. */
function doingText(doing: Doing, { outcomeWhy }: ReportRow): Value {
  const plain = doing === "needs-user" || outcomeWhy === undefined;
  return html`${DOING[doing]}${!plain && html`<span class="id">${sentence(outcomeWhy)}</span>`}`;
}

export function changesPart({ head, summary }: Grounds): Part {
  const { outcomes, changes } = summary;
  const counted = OUTCOMES.filter((outcome) => outcomes[outcome] > 0);
  const rows: Column<(typeof counted)[number]>[] = [
    { head: "Outcome", cell: (outcome) => outcome },
    { head: "How many", look: "number", cell: (outcome) => count(outcomes[outcome]) },
    { head: "It means", cell: (outcome) => OUTCOME[outcome] },
  ];
  const columns: Column<ReportRow>[] = [
    { head: "Account", cell: subject },
    {
      head: "Outcome",
      cell: ({ outcome, outcomeWhy }) =>
        html`${outcome}${outcomeWhy !== undefined && html`<span class="id">${sentence(outcomeWhy)}</span>`}`,
    },
    {
      head: "Before",
      cell: ({ read, facts }) => html`${verdict({ verdict: read })}<span class="id">${factsText(facts)}</span>`,
    },
    {
      head: "After",
      cell: (row) =>
        html`${verdict({ verdict: row.verdict })}<span class="id">${row.factsAfter ? factsText(row.factsAfter) : "nothing was seen to change"}</span>`,
    },
  ];
  const none = head.mode === "plan" ? "The run looked only, and changed nothing." : "No change was needed or tried.";
  return {
    ...{ id: "changes", title: "Changes" },
    lead: "What the run planned to change, what came of it, and what was read before and after.",
    body:
      changes.count === 0
        ? html`<p>${none}</p>`
        : html`${table(rows, counted, { caption: "Changes by outcome", quiet: true, narrow: "scroll" })}${longTable(columns, changes, { caption: "Changes, those that did not take first" })}`,
  };
}

const FACTS: Readonly<Record<string, string>> = { enabled: "MFA", active: "active", devices: "devices" };

/** `MFA off, devices: totp`: the facts that a change is about. */
function factsText(facts: RecordedFacts): Value {
  const said = Object.entries(facts).flatMap(([name, value]) => {
    const label = FACTS[name];
    if (label === undefined || name === "active") return [];
    if (typeof value === "boolean") return [`${label} ${value ? "on" : "off"}`];
    if (value === null) return [`${label}: not known`];
    return Array.isArray(value) ? [`${label}: ${value.length === 0 ? "none" : value.join(", ")}`] : [];
  });
  return foreign(said.join("; "));
}

export function exceptionsPart({ summary }: Grounds): Part {
  const { register, exempt } = summary;
  return {
    ...{ id: "exceptions", title: "Exceptions" },
    lead: "Every exemption of the policy, with who approved it and its last day; the soonest to end comes first.",
    body: html`${exceptionsBody(register)}${exempt.count > 0 && html`<p class="soft">${plural(exempt.count, "account")} ${exempt.count === 1 ? "is" : "are"} exempt in this run.</p>`}`,
  };
}

function exceptionsBody({ entries, lost }: Register): Html {
  if (lost)
    return html`<p class="note some">The policy of this run is not kept beside the evidence. Who approved which exemption, and until when, cannot be shown.</p>`;
  if (entries.length === 0) return html`<p>The policy has no exemptions.</p>`;
  const columns: Column<Entry>[] = [
    {
      head: "Account",
      cell: ({ exemption, username }) =>
        subject({
          id: exemption.account,
          directory: exemption.directory,
          username: username ?? exemption.username ?? exemption.account,
        }),
    },
    {
      head: "Why",
      cell: ({ exemption: { reason, ticket, control } }) =>
        html`${sentence(reason)}${ticket !== undefined && html`<span class="id">${foreign(ticket)}</span>`}${control !== undefined && html`<span class="id">instead: ${sentence(control)}</span>`}`,
    },
    {
      head: "Approved by",
      cell: ({ exemption: { approvedBy } }) =>
        approvedBy === undefined ? html`<strong>nobody named</strong>` : foreign(approvedBy),
    },
    {
      head: "Last day",
      look: "date",
      cell: (entry) =>
        html`<time datetime="${entry.lastDay}">${day(entry.lastDay)}</time><span class="id">${leftText(entry)}</span>`,
    },
    { head: "State", cell: stateText },
  ];
  return longTable(
    columns,
    { count: entries.length, first: entries.slice(0, 200) },
    { caption: "Register of exceptions", quiet: true },
  );
}

const leftText = ({ state, daysLeft }: Entry) => (state === "ended" ? "ended" : `${plural(daysLeft, "day")} left`);

function stateText({ state, seen, needless }: Entry): Value {
  if (!seen) return html`${state}<span class="id">its account was not in the population</span>`;
  if (needless) return html`${state}<span class="id">not needed: the requirement is met</span>`;
  return state;
}

export function incompletePart({ head }: Grounds): Part {
  const notes = head.directories.filter(({ status }) => status === "completed").flatMap(({ problems }) => problems);
  const line = ({ code, message }: { readonly code: string; readonly message: string }) =>
    html`<li>${sentence(message)} <code>${code}</code></li>`;
  return {
    ...{ id: "incomplete", title: "Completeness" },
    lead: "Whatever makes this less than the whole truth.",
    body: html`${
      head.incomplete.length === 0
        ? html`<p>Nothing is known to be missing: every page of every directory of this run was read${countsText(head)}.</p>`
        : html`<ul class="plain">${head.incomplete.slice(0, 200).map(line)}</ul>`
    }${notes.length > 0 && html`<div><h3>To be looked at</h3><ul class="plain">${notes.slice(0, 100).map(line)}</ul></div>`}`,
  };
}

/** A vendor that counts nothing agrees with nothing. */
function countsText({ directories }: Grounds["head"]): string {
  const uncounted = directories.filter(({ total }) => total === undefined).map(({ id }) => id);
  if (uncounted.length === 0) return ", and as many were read as the vendors count";
  return `; how many there should be is not confirmed for ${list(uncounted)}`;
}

export function otherSubjectsPart({ summary }: Grounds): Part | undefined {
  const { custodial, profiles } = summary;
  if (custodial.count + profiles.count === 0) return undefined;
  const columns: Column<ReportRow>[] = [
    { head: "Name", cell: subject },
    { head: "Verdict", cell: verdict },
    { head: "Why", cell: ({ why }) => sentence(why) },
  ];
  return {
    ...{ id: "special", title: "Profiles and held accounts" },
    lead: "MFA server profiles, and accounts whose credentials the organisation itself holds.",
    body: html`${profiles.count > 0 && longTable(columns, profiles, { caption: `${plural(profiles.count, "MFA server profile")}` })}${custodial.count > 0 && longTable(columns, custodial, { caption: `${plural(custodial.count, "account")} whose credentials the organisation holds` })}`,
  };
}
