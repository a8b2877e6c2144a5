/** Where nobody looked: each time in which no sweep read everybody of a directory, longer than the policy's schedule explains. */

import { DAY_MS, type Policy, scheduleGapMs } from "../../../policy/index.ts";
import type { AllowedTime, DirectorySpan, Gap, Period, PeriodSweep } from "./model.ts";

/** The end of a sweep that read everybody, and by which policy. */
export interface WholeSweep {
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly policy: Policy | undefined;
}

/** One sweep that was missed is a gap, and one that took longer than usual is none. */
const ALLOWED_INTERVALS = 1.5;

interface GapSources {
  readonly period: Period;
  /** Milliseconds since 1970: a period that is over may end in a gap that went on. */
  readonly now: number;
  /** Milliseconds since 1970. */
  readonly recordsBegin: number;
  /** Those of the period, with the last before it and the first after it; in any order. */
  readonly whole: readonly WholeSweep[];
  readonly sweeps: readonly PeriodSweep[];
}

/** The gaps of all directories, oldest first. */
export const findGaps = (spans: readonly DirectorySpan[], sources: GapSources): Gap[] =>
  spans.flatMap((span) => gapsOf(span, sources)).toSorted((a, b) => (a.from < b.from ? -1 : Number(a.from > b.from)));

function gapsOf(span: DirectorySpan, sources: GapSources): Gap[] {
  const { period, now, whole } = sources;
  const begins = span.came === undefined ? period.begins : Date.parse(span.came);
  const ends = span.left === undefined ? period.ends : Date.parse(span.left);
  const own = whole.filter(({ directory }) => directory === span.directory).toSorted((a, b) => a.at - b.at);
  // When the policy named it anew, what had been before no longer counts.
  const before = span.came === undefined ? own.findLast(({ at }) => at <= begins) : undefined;
  const within = own.filter(({ at }) => at > begins && at < ends);
  const after = own.find(({ at }) => at >= ends);
  // A directory that left is nobody's to sweep any more.
  const last = span.left === undefined ? (after?.at ?? now) : ends;
  const points = [...(before ? [before] : []), ...within];
  const first = points[0]?.at ?? last;
  const pairs = points.map(
    (from, index): Interval => ({ from: from.at, to: points[index + 1]?.at ?? last, by: from.policy }),
  );
  const opening: Interval[] = before ? [] : [{ from: begins, to: first, by: points[0]?.policy ?? own[0]?.policy }];
  return [...opening, ...pairs].flatMap((interval) => gapOf(span, interval, { begins, ends }, sources));
}

/** The longest time that may lie between two sweeps of each directory, by any policy of the period; what is longer is a gap. */
export const allowedTimes = (directories: readonly string[], whole: readonly WholeSweep[]): AllowedTime[] =>
  directories.map((directory) => {
    const own = whole.filter((sweep) => sweep.directory === directory);
    return {
      directory,
      allowedMs: Math.max(
        ...(own.length > 0 ? own : [undefined]).map((one) => allowedTime(one?.policy, directory).allowedMs),
      ),
    };
  });

function allowedTime(
  policy: Policy | undefined,
  directory: string,
): Pick<Gap, "allowedMs" | "intervalMs" | "isAssumed"> {
  const scheduled = policy ? scheduleGapMs(policy, directory) : Number.POSITIVE_INFINITY;
  const isAssumed = !(scheduled > 0 && scheduled < Number.POSITIVE_INFINITY);
  const intervalMs = isAssumed ? DAY_MS : scheduled;
  return { intervalMs, allowedMs: intervalMs * ALLOWED_INTERVALS, isAssumed };
}

interface Interval {
  readonly from: number;
  readonly to: number;
  readonly by: Policy | undefined;
}

function gapOf(
  { directory }: DirectorySpan,
  { from, to, by }: Interval,
  bounds: { readonly begins: number; readonly ends: number },
  { period, recordsBegin, sweeps }: GapSources,
): Gap[] {
  const allowed = allowedTime(by, directory);
  const [start, end] = [Math.max(from, bounds.begins), Math.min(to, bounds.ends)];
  if (to - from <= allowed.allowedMs || end <= start) return [];
  const isInside = ({ startedAt }: PeriodSweep) => Date.parse(startedAt) >= start && Date.parse(startedAt) < end;
  return [
    {
      directory,
      from: new Date(start).toISOString(),
      to: new Date(end).toISOString(),
      ...allowed,
      tried: sweeps.filter((sweep) => sweep.directory === directory && !sweep.isWhole && isInside(sweep)).length,
      isBeforeRecords: start < recordsBegin,
      isOpen: end >= period.ends,
    },
  ];
}
