/** What stands before the answer: that a run is incomplete, or on which sweeps a past day rests. */

import { formatCount, formatMoment, type ReportHead } from "../data/index.ts";
import { type Html, html, untrustedSentence } from "./html.ts";

/** The warning before everything else. Nothing for a complete run. */
export function incompleteAlert({ incomplete, status, day }: ReportHead): Html | undefined {
  if (incomplete.length === 0) return undefined;
  const whole =
    status === "completed"
      ? "Something is missing from this run, or may be wrong."
      : `This run is not complete (${status}).`;
  const lead = day === undefined ? whole : "Not everything is known of this day.";
  return html`<section class="alarm" aria-label="Incomplete"><div><strong>${lead}</strong> What is below holds only for what was read.
<ul>${incomplete.slice(0, 20).map(({ code, message }) => html`<li>${untrustedSentence(message)} <code>${code}</code></li>`)}${incomplete.length > 20 && html`<li>${formatCount(incomplete.length - 20)} more problems are listed below.</li>`}</ul></div></section>`;
}

/** The sweeps on which a report of a past day rests. Nothing for a report of a run. */
export function asOfNote({ asOf, day, basis = [] }: ReportHead): Html | undefined {
  if (asOf === undefined) return undefined;
  return html`<section class="note past" aria-label="What this rests on"><p><strong>As of ${day ?? asOf}</strong>, until ${formatMoment(asOf)}: the last sweep before that moment that read everybody, and on top of it what was seen of these accounts until then.</p>
<ul class="plain">${basis.slice(0, 30).map((sentence) => html`<li>${untrustedSentence(sentence)}</li>`)}${basis.length > 30 && html`<li>and ${formatCount(basis.length - 30)} more; the head of <code>population.jsonl</code> has them all</li>`}</ul></section>`;
}
