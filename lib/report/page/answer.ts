/** The top of the page: is everybody covered, and if not, who, why, since when, and what is being done. */

import type { Coverage } from "../data/coverage.ts";
import type { ReportHead, ReportRow } from "../data/model.ts";
import type { Doing } from "../data/remediation.ts";
import type { Group, Summary } from "../data/summary.ts";
import { age, count, DOING, day, list, moment, plural, share } from "../data/wording.ts";
import { foreign, type Html, html, sentence } from "./html.ts";

/** What the answer rests on. */
export interface Grounds {
  readonly head: ReportHead;
  readonly summary: Summary;
  readonly coverage: Coverage;
  readonly doing: (row: ReportRow) => Doing;
}

const MODES = { plan: "looked, and changed nothing", enforce: "changed what the policy lets it change" } as const;

/** Stands before everything else. Nothing for a complete run. */
export function alarm({ incomplete, status, day }: ReportHead): Html | undefined {
  if (incomplete.length === 0) return undefined;
  const whole = status === "completed" ? "This run does not tell everything." : `This run is not complete (${status}).`;
  const lead = day === undefined ? whole : "Not everything is known of this day.";
  return html`<section class="alarm" aria-label="Incomplete"><div><strong>${lead}</strong> What is below holds only for what was read.
<ul>${incomplete.slice(0, 20).map(({ code, message }) => html`<li>${sentence(message)} <code>${code}</code></li>`)}${incomplete.length > 20 && html`<li>${count(incomplete.length - 20)} more problems are listed below.</li>`}</ul></div></section>`;
}

/** On what a report of a past day rests. Nothing for one of a run. */
export function past({ asOf, day: asked, rests = [] }: ReportHead): Html | undefined {
  if (asOf === undefined) return undefined;
  return html`<section class="note past" aria-label="What this rests on"><p><strong>As of ${asked ?? asOf}</strong>, until ${moment(asOf)}: the last sweep before that moment that read everybody, and on top of it what was seen of these accounts until then.</p>
<ul class="plain">${rests.slice(0, 30).map((rest) => html`<li>${sentence(rest)}</li>`)}${rests.length > 30 && html`<li>and ${count(rests.length - 30)} more; the head of <code>population.jsonl</code> has them all</li>`}</ul></section>`;
}

export function answer(grounds: Grounds): Html {
  const { head, summary } = grounds;
  const { tone, say, rest } = verdictOf(grounds);
  return html`<section class="answer ${tone}" id="answer" aria-labelledby="answer-title">
<p class="eyebrow">Is everybody covered?</p>
<h1 id="answer-title"><span class="say">${say}</span> ${rest}</h1>
<p class="lede">${lede(grounds)}</p>
${summary.open.count > 0 && html`<dl class="facts">${facts(head, summary)}</dl>`}
</section>`;
}

interface Said {
  readonly tone: "good" | "some" | "bad";
  readonly say: string;
  readonly rest: string;
}

/** Never "yes" for a run that did not see everybody. */
function verdictOf({ head, summary, coverage }: Grounds): Said {
  const { counts } = summary;
  const excused = counts.pending + counts.grace + counts.exempt;
  const what = kindOf(summary);
  const open = counts.violating + counts.unknown;
  if (open > 0) {
    const not = coverage.population - coverage.covered;
    const rest = `${count(not)} of ${plural(coverage.population, what)} ${not === 1 ? "is" : "are"} not.`;
    return { tone: "bad", say: head.incomplete.length > 0 ? "No, as far as was read." : "No.", rest };
  }
  if (head.incomplete.length > 0)
    return { tone: "bad", say: "Nobody can say.", rest: "The run did not see everybody." };
  if (coverage.population === 0) return { tone: "bad", say: "Nobody can say.", rest: `No ${what} is in scope.` };
  if (coverage.unread > 0)
    return { tone: "bad", say: "Nobody can say.", rest: `${plural(coverage.unread, what)} were never listed.` };
  if (excused > 0)
    return {
      tone: "some",
      say: "Yes, but for",
      rest: `${count(excused)} who ${excused === 1 ? "is" : "are"} excused for now.`,
    };
  return { tone: "good", say: "Yes.", rest: `All ${plural(coverage.population, what)} are covered.` };
}

export const kindOf = ({ profiles }: Summary): string => (profiles.count > 0 ? "subject" : "account");

function lede({ head, summary, coverage }: Grounds): string {
  const { counts } = summary;
  const rest = [
    ...part(counts.violating, "violating"),
    ...part(counts.unknown, "unknown"),
    ...part(coverage.unread, "never listed"),
    ...part(counts.pending, "with time left to register a device"),
    ...part(counts.grace, "within a grace period"),
    ...part(counts.exempt, "exempt"),
  ];
  const others = rest.length > 0 ? ` The others: ${list(rest)}.` : "";
  const dark = coverage.dark.length > 0 ? ` Nothing at all is known of ${list(coverage.dark)}.` : "";
  return `${count(coverage.covered)} of ${count(coverage.population)} in scope, ${share(coverage.share)}, are proved to meet what the policy requires of them.${switchText(summary)}${others}${dark} As of ${moment(head.asOf ?? head.endedAt ?? head.startedAt)}. The run ${MODES[head.mode]}.`;
}

/** A rule that asks for the switch alone is met without any second factor: nobody may take the one for the other. */
function switchText({ rules }: Summary): string {
  const alone = rules
    .filter(({ requirement }) => requirement === "enabled")
    .reduce((sum, { counts }) => sum + counts.compliant, 0);
  return alone > 0 ? ` Of these, ${count(alone)} by the vendor's switch alone: no second factor was looked for.` : "";
}

const part = (n: number, what: string): string[] => (n > 0 ? [`${count(n)} ${what}`] : []);

function facts(head: ReportHead, { open, groups, directories }: Summary): Html {
  const [oldest] = open.first;
  const now = head.endedAt ?? head.startedAt;
  const where = directories
    .map(({ id, counts }) => ({ id, open: counts.violating + counts.unknown }))
    .filter((one) => one.open > 0)
    .toSorted((a, b) => b.open - a.open);
  const reasons = gather(groups, ({ why }) => why);
  const deeds = gather(groups, ({ doing }) => DOING[doing]);
  return html`<div><dt>Who</dt><dd>${lines(where.map(({ id, open }) => [id, open]))}</dd></div>
<div><dt>Why</dt><dd>${lines(reasons)}</dd></div>
<div><dt>Since when</dt><dd>${oldest && html`The oldest since <time datetime="${oldest.since}">${day(oldest.since)}</time>, ${age(oldest.since, now)}: ${foreign(oldest.username)}`}</dd></div>
<div><dt>What is being done</dt><dd>${lines(deeds)}</dd></div>`;
}

const MOST = 4;

function lines(counted: readonly (readonly [string, number])[]): Html {
  const more = counted.length - MOST;
  const shown = counted.slice(0, MOST).map(([what, n]) => html`<li><b>${count(n)}</b> ${sentence(what)}</li>`);
  return html`<ul>${shown}${more > 0 && html`<li>and ${plural(more, "more kind")}</li>`}</ul>`;
}

function gather(groups: readonly Group[], key: (group: Group) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const group of groups) sums.set(key(group), (sums.get(key(group)) ?? 0) + group.count);
  return [...sums].toSorted((a, b) => b[1] - a[1]);
}
