/** The sentences with which everything made from an incomplete run, or of a past day, begins. */

import type { ReportHead } from "../data/index.ts";
import { shorten } from "./text.ts";

/** Reasons that the warning of an incomplete run names; of the others it says how many there are. */
const MAX_REASONS = 3;

/** The first line of everything made from a run that is not complete; `undefined` for a complete one. */
export function incompleteWarning({ run, status, incomplete, day }: ReportHead): string | undefined {
  if (incomplete.length === 0 && status === "completed") return undefined;
  const reasons = incomplete.slice(0, MAX_REASONS).map(({ message }) => shorten(message, 400));
  const more = incomplete.length - reasons.length;
  return [
    `INCOMPLETE: ${day === undefined ? `run ${run} (${status})` : `what is known of ${day}`} does not show everything: something was not read, or may be wrong.`,
    ...reasons,
    ...(more > 0 ? [`And ${more} more reasons.`] : []),
  ].join(" ");
}

/** One line of a report of a past day: which day, and on which sweeps it rests; `undefined` for a report of a run. */
export function asOfNotice({ asOf, day, basis = [] }: ReportHead): string | undefined {
  if (asOf === undefined) return undefined;
  return [`As of ${day === undefined ? asOf : `${day}, until ${asOf}`}.`, ...basis]
    .map((text) => shorten(text, 400))
    .join(" ");
}

/** Both lines as one; `undefined` where neither is needed. */
export function openingNotice(head: ReportHead): string | undefined {
  const notes = [incompleteWarning(head), asOfNotice(head)].filter((note) => note !== undefined);
  return notes.length === 0 ? undefined : notes.join(" ");
}
