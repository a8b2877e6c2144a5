/** Whole days in a time zone: which exist, when they begin, how many lie between two. */

export const DAY_MS = 86_400_000;
/** How a day is written: ISO 8601, `2026-12-31`. */
export const DAY_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** Whether this is a day of the calendar: 2026-02-30 is none. */
export function isDay(day: string): boolean {
  if (!DAY_PATTERN.test(day)) return false;
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** Zones of the database that are a fixed offset under a name, and a zone of people who live there. */
const OFFSET_ZONES: Readonly<Record<string, string>> = {
  EST: "America/New_York",
  MST: "America/Denver",
  HST: "Pacific/Honolulu",
};

/**
 * A zone to write in place of one that is a fixed offset under a name, such as `EST` or `Etc/GMT-1`; `undefined` for any
 * other. People who write one mean clocks that change in summer.
 */
export function zoneForOffset(name: string): string | undefined {
  const named = OFFSET_ZONES[name.toUpperCase()];
  return named ?? (/^etc\/gmt[+-]\d/i.test(name) ? "Europe/Berlin" : undefined);
}

/** Whether this is a zone of the IANA time zone database; offsets such as `+01:00` are none. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** Days from one to the other, both counted; 1 for the same day. */
export const daysBetween = (from: string, until: string): number =>
  Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS) + 1;

export const dayAfter = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

/** `14d` or `36h` in milliseconds; a day is 24 hours. */
export const durationMs = (duration: string): number =>
  Number.parseInt(duration, 10) * (duration.endsWith("d") ? DAY_MS : DAY_MS / 24);

/**
 * Answers for days of one zone with the instant each begins, in milliseconds since 1970. Searched for rather than
 * computed from an offset: a day can begin at 01:00 where clocks go forward at midnight, and a zone can leave one out.
 */
export function dayStarts(timezone: string): (day: string) => number {
  const local = localDayFormatter(timezone);
  const starts = new Map<string, number>();
  return (day) => {
    const seen = starts.get(day) ?? firstInstant(day, local);
    starts.set(day, seen);
    return seen;
  };
}

function firstInstant(day: string, local: (at: number) => string): number {
  // No zone is a whole day from UTC: the day has not begun at `before`, and it has at `begun`.
  let before = Date.parse(day) - DAY_MS;
  let begun = Date.parse(day) + DAY_MS;
  while (begun - before > 1) {
    const middle = Math.floor((before + begun) / 2);
    if (local(middle) >= day) begun = middle;
    else before = middle;
  }
  return begun;
}

function localDayFormatter(timezone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${parts.get("year")?.padStart(4, "0")}-${parts.get("month")}-${parts.get("day")}`;
  };
}
