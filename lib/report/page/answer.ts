/** The top of the page: is everybody covered, and if not, who, why, since when, and what is being done. */

import {
  type Coverage,
  formatCount,
  formatDay,
  formatDaysSince,
  formatMoment,
  formatShare,
  joinWords,
  type OpenGroup,
  pluralize,
  REMEDIATION_TEXTS,
  type ReportHead,
  type Summary,
} from "../data/index.ts";
import { type Html, html, untrustedName, untrustedSentence } from "./html.ts";
import { type PageContext, subjectNoun } from "./section.ts";

const MODES = { plan: "looked, and changed nothing", enforce: "changed what the policy lets it change" } as const;

const modeText = ({ mode, incomplete }: ReportHead): string =>
  mode === "enforce" && incomplete.length > 0
    ? "was to change what the policy lets it change, and is not complete"
    : MODES[mode];

/** The question that everybody asks, with the answer in one line, one paragraph and the facts behind it. */
export function answerSection(context: PageContext): Html {
  const { summary } = context;
  const { tone, say, rest } = headlineOf(context);
  return html`<section class="answer ${tone}" id="answer" aria-labelledby="answer-title">
<p class="eyebrow">Is everybody covered?</p>
<h1 id="answer-title"><span class="say">${say}</span> ${rest}</h1>
<p class="lede">${introduction(context)}</p>
${summary.open.count > 0 && html`<dl class="facts">${facts(context)}</dl>`}
</section>`;
}

interface Headline {
  readonly tone: "good" | "some" | "bad";
  /** The word of the answer, set apart by its colour. */
  readonly say: string;
  readonly rest: string;
}

/** Never "yes" for a run that did not see everybody. */
function headlineOf({ head, summary, coverage }: PageContext): Headline {
  const { counts } = summary;
  const excused = counts.pending + counts.grace + counts.exempt;
  const what = subjectNoun(summary);
  const open = counts.violating + counts.unknown;
  if (open > 0) {
    const not = coverage.population - coverage.covered;
    const rest = `${formatCount(not)} of ${pluralize(coverage.population, what)} ${not === 1 ? "is" : "are"} not.`;
    return { tone: "bad", say: head.incomplete.length > 0 ? "No, as far as was read." : "No.", rest };
  }
  if (head.incomplete.length > 0)
    return { tone: "bad", say: "Nobody can say.", rest: "The run did not see everybody." };
  if (coverage.population === 0) return { tone: "bad", say: "Nobody can say.", rest: `No ${what} is in scope.` };
  if (coverage.unread > 0)
    return { tone: "bad", say: "Nobody can say.", rest: `${pluralize(coverage.unread, what)} were never listed.` };
  if (excused > 0)
    return {
      tone: "some",
      say: "Yes, but for",
      rest: `${formatCount(excused)} who ${excused === 1 ? "is" : "are"} excused for now.`,
    };
  return { tone: "good", say: "Yes.", rest: `All ${pluralize(coverage.population, what)} are covered.` };
}

function introduction({ head, summary, coverage }: PageContext): string {
  const { counts } = summary;
  const rest = [
    ...countedPhrase(counts.violating, "violating"),
    ...countedPhrase(counts.unknown, "unknown"),
    ...countedPhrase(coverage.unread, "never listed"),
    ...countedPhrase(counts.pending, "with time left to register a device"),
    ...countedPhrase(counts.grace, "within a grace period"),
    ...countedPhrase(counts.exempt, "exempt"),
  ];
  const others = rest.length > 0 ? ` The others: ${joinWords(rest)}.` : "";
  const unknown =
    coverage.unknownDirectories.length > 0
      ? ` Nothing at all is known of ${joinWords(coverage.unknownDirectories)}.`
      : "";
  return `${formatCount(coverage.covered)} of ${formatCount(coverage.population)} in scope, ${formatShare(coverage.share)}, are proved to meet what the policy requires of them.${switchText(summary)}${others}${unknown} As of ${formatMoment(head.asOf ?? head.endedAt ?? head.startedAt)}. The run ${modeText(head)}.`;
}

/** A rule that asks for the switch alone is met without any second factor: nobody may take the one for the other. */
function switchText({ rules }: Summary): string {
  const alone = rules
    .filter(({ requirement }) => requirement === "enabled")
    .reduce((sum, { counts }) => sum + counts.compliant, 0);
  return alone > 0
    ? ` Of these, ${formatCount(alone)} by the vendor's switch alone: no second factor was looked for.`
    : "";
}

const countedPhrase = (n: number, what: string): string[] => (n > 0 ? [`${formatCount(n)} ${what}`] : []);

function facts({ head, summary, coverage }: PageContext): Html {
  const { open, groups } = summary;
  const [oldest] = open.first;
  const now = head.endedAt ?? head.startedAt;
  const reasons = sumByText(groups, ({ why }) => why);
  const remediations = sumByText(groups, ({ remediation }) => REMEDIATION_TEXTS[remediation]);
  return html`<div><dt>Who</dt><dd>${lines(whoIsNot(summary, coverage))}</dd></div>
<div><dt>Why</dt><dd>${lines(reasons)}</dd></div>
<div><dt>Since when</dt><dd>${oldest && html`The oldest since <time datetime="${oldest.since}">${formatDay(oldest.since)}</time>, ${formatDaysSince(oldest.since, now)}: ${untrustedName(oldest.username)}`}</dd></div>
<div><dt>What is being done</dt><dd>${lines(remediations)}</dd></div>`;
}

/** Everybody that the headline counts, so that these numbers add up to its own. */
function whoIsNot({ counts, directories, open }: Summary, { unread }: Coverage): [string, number][] {
  const where = directories
    .map(({ id, counts: own }) => ({ id, open: own.violating + own.unknown }))
    .filter((one) => one.open > 0)
    .toSorted((a, b) => b.open - a.open);
  const named = where.slice(0, MAX_LINES).map((one) => `${formatCount(one.open)} in ${one.id}`);
  const more =
    where.length > MAX_LINES ? [pluralize(where.length - MAX_LINES, "more directory", "more directories")] : [];
  const all: [string, number][] = [
    [`need something: ${joinWords([...named, ...more])}`, open.count],
    ["have time or an exemption", counts.pending + counts.grace + counts.exempt],
    ["were never listed", unread],
  ];
  return all.filter(([, count]) => count > 0);
}

/** Kinds that are named under each heading. */
const MAX_LINES = 4;

function lines(counted: readonly (readonly [string, number])[]): Html {
  const more = counted.length - MAX_LINES;
  const shown = counted
    .slice(0, MAX_LINES)
    .map(([what, n]) => html`<li><b>${formatCount(n)}</b> ${untrustedSentence(what)}</li>`);
  return html`<ul>${shown}${more > 0 && html`<li>and ${pluralize(more, "more kind")}</li>`}</ul>`;
}

function sumByText(groups: readonly OpenGroup[], key: (group: OpenGroup) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const group of groups) sums.set(key(group), (sums.get(key(group)) ?? 0) + group.count);
  return [...sums].toSorted((a, b) => b[1] - a[1]);
}
