/** Days and durations of a policy in words. */

/** How moments of a policy are written. */
export interface PolicyDays {
  /** The day of a moment. */
  day(at: number): string;
  /** "from 2026-10-01"; "always" without a moment. */
  since(at: number | undefined): string;
}

/** In a policy's time zone. */
export function policyDays(timezone: string): PolicyDays {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: timezone });
  const day = (at: number) => format.format(at);
  return { day, since: (at) => (at === undefined ? "always" : `from ${day(at)}`) };
}

const HOUR_MS = 3_600_000;

/** `14d`, `36h`, or `none`. */
export function durationText(ms: number): string {
  if (ms === 0) return "none";
  const hours = ms / HOUR_MS;
  return hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`;
}
