/** The cron fields that schedules are written in: whether EventBridge takes them, and how far apart they lie. */
import { DAY_MS } from "./calendar.ts";

const MINUTE_MS = 60_000;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/** A leap year is among any eight; 29 February is the rarest day that a schedule can ask for. */
const YEARS = 8;

/** Minute, hour, day of month, month, day of week, year. */
type Fields = readonly [string, string, string, string, string, string];

interface Range {
  readonly from: number;
  readonly to: number;
  /** Words for numbers, the first for `from`. */
  readonly words?: readonly string[];
}

const RANGES = {
  minute: { from: 0, to: 59 },
  hour: { from: 0, to: 23 },
  day: { from: 1, to: 31 },
  month: { from: 1, to: 12, words: MONTHS },
  weekday: { from: 1, to: 7, words: WEEKDAYS },
  year: { from: 1970, to: 2199 },
} satisfies Record<string, Range>;

/** A day of the calendar, as cron counts. */
interface Day {
  readonly month: number;
  readonly day: number;
  /** Days of its month. */
  readonly length: number;
  /** 1 is Sunday. */
  readonly weekday: number;
}

/** Whether EventBridge takes them. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */
export const isCron = (text: string): boolean => longestGap(text) !== undefined;

/**
 * The longest time between two occurrences in milliseconds, as if clocks never changed and for every year; `undefined` for
 * what is no schedule or never comes.
 */
export function longestGap(text: string): number | undefined {
  const occurrences = occurrencesOf(text);
  return occurrences && widestGap(occurrences.days, occurrences.times);
}

/** How often it comes in a month, over eight years; `undefined` as `longestGap`. */
export function monthlyOccurrences(text: string): number | undefined {
  const occurrences = isCron(text) ? occurrencesOf(text) : undefined;
  return occurrences && (occurrences.days.length * occurrences.times.length) / (YEARS * MONTHS.length);
}

/** In milliseconds: the days since the calendar began, and the times of each day. */
interface Occurrences {
  readonly days: readonly number[];
  readonly times: readonly number[];
}

function occurrencesOf(text: string): Occurrences | undefined {
  const fields = text.trim().split(/\s+/);
  if (!isSix(fields)) return undefined;
  const [minute, hour, day, month, weekday, year] = fields;
  const minutes = numbersOf(minute, RANGES.minute);
  const hours = numbersOf(hour, RANGES.hour);
  const months = numbersOf(month, RANGES.month);
  const falls = (day === "?") === (weekday === "?") ? undefined : day === "?" ? weekdayTest(weekday) : dayTest(day);
  if (!minutes || !hours || !months || !falls || !numbersOf(year, RANGES.year)) return undefined;
  return {
    days: calendar().flatMap((one, i) => (months.includes(one.month) && falls(one) ? [i * DAY_MS] : [])),
    times: hours.flatMap((one) => minutes.map((other) => (one * 60 + other) * MINUTE_MS)),
  };
}

const isSix = (fields: readonly string[]): fields is Fields => fields.length === 6;

function widestGap(days: readonly number[], times: readonly number[]): number | undefined {
  const [first = 0] = times;
  const last = times.at(-1) ?? 0;
  const within = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  const between = days.slice(1).map((day, i) => day + first - ((days[i] ?? 0) + last));
  // Less than two days in eight years: rarer than any schedule that sweeps.
  return between.length === 0 ? undefined : [...within, ...between].reduce((a, b) => Math.max(a, b));
}

/** Sorted, each once; `undefined` where the field is not written as it must be. */
function numbersOf(field: string, range: Range): number[] | undefined {
  const parts = field.split(",").map((part) => numbersOfPart(part, range));
  if (parts.some((part) => part === undefined)) return undefined;
  return [...new Set(parts.flatMap((part) => part ?? []))].sort((a, b) => a - b);
}

function numbersOfPart(part: string, range: Range): number[] | undefined {
  const [, span = "", start = "", end, step] = /^(\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? [];
  const from = span === "*" ? range.from : numberOf(start, range);
  const open = span === "*" || (step !== undefined && end === undefined);
  const to = open ? range.to : end === undefined ? from : numberOf(end, range);
  const by = step === undefined ? 1 : Number(step);
  if (from === undefined || to === undefined || by < 1 || from > to) return undefined;
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => from + i * by);
}

function numberOf(word: string, { from, to, words = [] }: Range): number | undefined {
  const place = words.indexOf(word.toUpperCase());
  const number = place < 0 ? (/^\d+$/.test(word) ? Number(word) : Number.NaN) : place + from;
  return number >= from && number <= to ? number : undefined;
}

type DayTest = (day: Day) => boolean;

/** Also `L`, the last day, and `15W`, the working day nearest to the 15th, which is at most two days off. */
function dayTest(field: string): DayTest | undefined {
  if (field === "L") return ({ day, length }) => day === length;
  const near = numberOf(/^(\d+)W$/.exec(field)?.[1] ?? "", RANGES.day);
  if (near !== undefined) return ({ day, length }) => day === Math.min(near, length);
  const days = numbersOf(field, RANGES.day);
  return days && (({ day }) => days.includes(day));
}

/** Also `6L`, the last Friday, and `3#2`, the second Tuesday. */
function weekdayTest(field: string): DayTest | undefined {
  const [, word = "", , nth] = /^(\w+?)(L|#([1-5]))$/.exec(field) ?? [];
  const one = numberOf(field === "L" ? "7" : word, RANGES.weekday);
  if (one !== undefined && nth !== undefined)
    return ({ weekday, day }) => weekday === one && Math.ceil(day / 7) === Number(nth);
  if (one !== undefined) return ({ weekday, day, length }) => weekday === one && (field === "L" || day > length - 7);
  const weekdays = numbersOf(field, RANGES.weekday);
  return weekdays && (({ weekday }) => weekdays.includes(weekday));
}

function calendar(): Day[] {
  const start = Date.UTC(2024, 0, 1);
  const count = Math.round((Date.UTC(2024 + YEARS, 0, 1) - start) / DAY_MS);
  return Array.from({ length: count }, (_, i) => {
    const date = new Date(start + i * DAY_MS);
    const month = date.getUTCMonth();
    const length = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
    return { month: month + 1, day: date.getUTCDate(), length, weekday: date.getUTCDay() + 1 };
  });
}
