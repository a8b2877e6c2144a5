/** The top of the page over a period: whether somebody looked all the time, and what came of it. */

import {
  countEnded,
  coveredShare,
  formatCount,
  formatMoment,
  formatShare,
  joinWords,
  type PeriodData,
  type PeriodSummary,
  pluralize,
} from "../../data/index.ts";
import { type Html, html, untrustedSentence } from "../html.ts";

export interface PeriodContext {
  readonly data: PeriodData;
  readonly summary: PeriodSummary;
}

/** The question of whoever audits a year, with the answer in one line and one paragraph. */
export function periodAnswer(context: PeriodContext): Html {
  const { tone, say, rest } = headlineOf(context);
  return html`<section class="answer ${tone}" id="answer" aria-labelledby="answer-title">
<p class="eyebrow">Did somebody look all the time?</p>
<h1 id="answer-title"><span class="say">${say}</span> ${rest}</h1>
<p class="lede">${introduction(context)}</p>
<p class="soft">${periodNote(context.data)}</p>
</section>`;
}

function headlineOf({ data: { gaps, sweeps }, summary: { incomplete } }: PeriodContext) {
  const whole = sweeps.filter(({ isWhole }) => isWhole).length;
  if (whole === 0) return { tone: "bad", say: "No.", rest: "Not one sweep read everybody." };
  if (gaps.length > 0)
    return {
      tone: "bad",
      say: "No.",
      rest: `There ${gaps.length === 1 ? "is" : "are"} ${pluralize(gaps.length, "gap")}.`,
    };
  if (incomplete.length > 0)
    return { tone: "some", say: "Yes, but", rest: "something of it cannot be shown any more." };
  return { tone: "good", say: "Yes.", rest: "No directory was left alone for longer than allowed." };
}

function introduction({ data, summary }: PeriodContext): string {
  const { runs, sweeps, exemptions } = data;
  const whole = sweeps.filter(({ isWhole }) => isWhole);
  const { enforced, reverted } = summary.outcomes;
  const back = reverted === 0 ? "" : `, and ${formatCount(reverted)} ${reverted === 1 ? "was" : "were"} put back`;
  const changes = `${pluralize(enforced, "change")} took${back}; a person had approved ${formatCount(summary.approved)} of the ${formatCount(countEnded(summary))} that came to an end.`;
  const exempt =
    exemptions.length === 0
      ? ""
      : ` ${pluralize(exemptions.length, "exemption")} ${exemptions.length === 1 ? "was" : "were"} in force for some of it.`;
  return `${pluralize(runs.length, "run")} began in these days. ${formatCount(whole.length)} of ${pluralize(sweeps.length, "sweep")} read everybody of a directory.${coverageText(data)} ${changes}${exempt}`;
}

/** Of each directory the last sweep that read everybody. */
function coverageText({ sweeps }: PeriodData): string {
  const byDirectory = Map.groupBy(
    sweeps.filter(({ isWhole }) => isWhole),
    ({ directory }) => directory,
  );
  const parts = [...byDirectory].flatMap(([directory, own]) => {
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last) return [];
    return `${directory} from ${formatShare(coveredShare({ verdicts: first.after }))} to ${formatShare(coveredShare({ verdicts: last.after }))}`;
  });
  return parts.length === 0 ? "" : ` Coverage went in ${joinWords(parts)}.`;
}

/** What the days mean, and where the period was cut. */
function periodNote({ period, recordsBegin, madeAt }: Pick<PeriodData, "period" | "recordsBegin" | "madeAt">): string {
  const days = `From the beginning of ${period.from} to the end of ${period.to}, UTC, both days included.`;
  const cut = period.isCut ? ` That end is yet to come: what is said ends at ${formatMoment(madeAt)}.` : "";
  const begins = Date.parse(recordsBegin) > period.begins;
  const before = begins
    ? ` Nothing is on record before ${formatMoment(recordsBegin)}: what was before is not known.`
    : "";
  return `${days}${cut} A run belongs to the day on which it began.${before}`;
}

/** What is missing, before everything else. Nothing where nothing is. */
export function periodAlert({ incomplete }: PeriodSummary): Html | undefined {
  if (incomplete.length === 0) return undefined;
  const rest = incomplete.length - MAX_PROBLEMS;
  return html`<section class="alarm" aria-label="Incomplete"><div><strong>Not everything is known of this period.</strong>
<ul>${incomplete.slice(0, MAX_PROBLEMS).map(({ code, message }) => html`<li>${untrustedSentence(message)} <code>${code}</code></li>`)}${rest > 0 && html`<li>${formatCount(rest)} more are listed below.</li>`}</ul></div></section>`;
}

const MAX_PROBLEMS = 12;
