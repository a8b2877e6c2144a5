/** Which moments a period of days means. */

import { WardenError } from "../../../errors.ts";
import { dayAfter, isDay } from "../../../policy/index.ts";
import type { Period } from "./model.ts";

/**
 * The period from the beginning of one day to the end of another, UTC, or until now while its last day lasts.
 * Throws `ERR_INPUT_INVALID` for what is no day, for days in the wrong order, and for a first day that is yet to begin.
 */
export function readPeriod(from: string, to: string, now: number): Period {
  for (const day of [from, to])
    if (!isDay(day)) throw invalid(`"${day.slice(0, 40)}" is no day; write it like 2026-12-31.`);
  if (from > to) throw invalid(`The period ends (${to}) before it begins (${from}); give the earlier day as --from.`);
  const begins = Date.parse(from);
  if (begins > now) throw invalid(`${from} has not begun yet; ask for a period that has.`);
  const ends = Date.parse(dayAfter(to));
  return { from, to, begins, ends: Math.min(ends, now), isCut: ends > now };
}

const invalid = (message: string) => new WardenError("ERR_INPUT_INVALID", message);

/** Whether a moment, ISO 8601, lies within the period. */
export const isWithin = ({ begins, ends }: Pick<Period, "begins" | "ends">, at: string): boolean =>
  Date.parse(at) >= begins && Date.parse(at) < ends;
