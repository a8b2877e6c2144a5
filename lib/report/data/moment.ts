/** The moment of a report of a past day: the end of that day in the policy's time zone. */

import { WardenError } from "../../errors.ts";
import { findNewestRun } from "../../ledger/index.ts";
import { dayAfter, dayStarts, isDay } from "../../policy/index.ts";
import type { ReportPorts } from "./model.ts";
import { readRunPolicy } from "./policy.ts";

/**
 * The end of a day in a time zone, or now while that day lasts; milliseconds since 1970.
 * Throws `ERR_INPUT_INVALID` for what is no day, or has not begun.
 */
export function endOfDay(day: string, timezone: string, now: number): number {
  if (!isDay(day))
    throw new WardenError("ERR_INPUT_INVALID", `"${day.slice(0, 40)}" is no day; write it like 2026-10-01.`);
  const startOf = dayStarts(timezone);
  if (startOf(day) > now)
    throw new WardenError("ERR_INPUT_INVALID", `${day} has not begun yet; ask for a day that has, or for a run.`);
  return Math.min(startOf(dayAfter(day)), now);
}

/** So many of the latest runs are looked through for the one that ended last. */
const RECENT_RUNS = 50;

/** `endOfDay` in the time zone of the policy that the newest run kept; in UTC where none was. */
export async function endOfPolicyDay(
  { ledger, evidence, clock }: Pick<ReportPorts, "ledger" | "evidence" | "clock">,
  day: string,
): Promise<number> {
  const newest = await findNewestRun(ledger, await ledger.listRuns(RECENT_RUNS));
  const policy = newest && (await readRunPolicy(evidence, newest.policy));
  return endOfDay(day, policy?.timezone ?? "UTC", clock());
}

const HOUR_MS = 3_600_000;

/** The hours, like `2026-11-22T14`, that have a part between two moments; in milliseconds since 1970, `to` not included. */
export function hoursBetween(from: number, to: number): string[] {
  const first = Math.floor(from / HOUR_MS);
  const count = Math.max(0, Math.ceil(to / HOUR_MS) - first);
  return Array.from({ length: count }, (_, i) => new Date((first + i) * HOUR_MS).toISOString().slice(0, 13));
}
