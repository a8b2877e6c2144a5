/** When an account may be changed under a rule that wants it told beforehand, and which notice goes out next. Pure. */

import { type ChangeResult, isInFuture, type NoticeKind, type NoticeRecord, omitUndefined } from "../model/index.ts";
import type { RuleNotice } from "../policy/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A failed notice is tried again no sooner: sweeps may run every hour. */
const RETRY_AFTER_MS = 20 * HOUR_MS;
/** The change follows the notice of the last day no sooner. */
const LAST_DAY_MS = 12 * HOUR_MS;
/** Whoever switches MFA off again does not earn another notice, unless so long after the change was due. */
const REMEMBERED_AFTER_DUE_MS = 30 * DAY_MS;

export interface NoticeSchedule {
  /** When the change may be made at the earliest, in ms since 1970. Absent while nobody was told. */
  readonly due?: number;
  /** The notice to send now. */
  readonly next?: NoticeKind;
  /** Why the account is not changed yet, one plain clause; absent where it may be. */
  readonly objection?: string;
}

/**
 * The first notice that was sent counts, or the second that was tried: a failed one postpones the change once, by a day, and no
 * further. The same holds for the notice of the last day. @param now milliseconds since 1970
 */
export function noticeSchedule(
  notify: RuleNotice,
  records: readonly NoticeRecord[] | undefined,
  now: number,
): NoticeSchedule {
  const tries = (records ?? []).filter((record) => counts(record, now));
  const firsts = tries.filter(({ kind }) => kind === "first");
  const due = dueOf(notify, tries, firsts);
  const isLastDone = !notify.lastDay || isLastSettled(tries);
  if (due !== undefined && now >= due && isLastDone) return { due };
  const next = nextNotice(notify, { tries, firsts, due, isLastDone }, now);
  return omitUndefined({ due, next, objection: objectionOf(tries, due, now) });
}

/** A time of the future, or one that cannot be read, tells of nobody who was told. */
const counts = ({ at, due }: NoticeRecord, now: number): boolean =>
  !isInFuture(at, now) && Date.parse(due) + REMEMBERED_AFTER_DUE_MS > now;

const isSent = ({ status }: NoticeRecord): boolean => status === "sent";
const failuresIn = (tries: readonly NoticeRecord[]): number => tries.filter((record) => !isSent(record)).length;

function dueOf(
  { beforeMs }: RuleNotice,
  tries: readonly NoticeRecord[],
  firsts: readonly NoticeRecord[],
): number | undefined {
  const [earliest] = firsts;
  const told = firsts.find(isSent) ?? firsts[1];
  if (!earliest || !told) return undefined;
  const postponed = failuresIn(tries) > 0 ? [Date.parse(earliest.at) + DAY_MS + beforeMs] : [];
  const promised = tries.filter(isSent).map(({ due }) => Date.parse(due));
  return Math.max(Date.parse(told.at) + beforeMs, ...postponed, ...promised);
}

function isLastSettled(tries: readonly NoticeRecord[]): boolean {
  const lasts = tries.filter(({ kind }) => kind === "last");
  return lasts.some(isSent) || (lasts.length > 0 && failuresIn(tries) > 1);
}

interface Standing {
  readonly tries: readonly NoticeRecord[];
  readonly firsts: readonly NoticeRecord[];
  readonly due: number | undefined;
  readonly isLastDone: boolean;
}

function nextNotice(
  { lastDay }: RuleNotice,
  { tries, firsts, due, isLastDone }: Standing,
  now: number,
): NoticeKind | undefined {
  const isLastDay = lastDay && !isLastDone && due !== undefined && now >= due - DAY_MS;
  const next = isLastDay ? "last" : "first";
  if (next === "first" && firsts.some(isSent)) return undefined;
  const latest = tries.findLast(({ kind }) => kind === next);
  return latest && now - Date.parse(latest.at) < RETRY_AFTER_MS ? undefined : next;
}

function objectionOf(tries: readonly NoticeRecord[], due: number | undefined, now: number): string {
  const told = tries.find(isSent);
  const failed = tries.findLast((record) => !isSent(record));
  const failure = failed && `the notice of ${failed.at} failed (${failed.why ?? "nobody knows whether it went out"})`;
  if (due === undefined) return failure ? `${failure}, and is sent again` : "nobody has told this person yet";
  const when = `${now >= due ? "was due" : "due"} on ${new Date(due).toISOString()}`;
  const last = now >= due ? ", and the notice of the last day comes first" : "";
  if (!told) return `${failure}, ${when}${last}`;
  return `told on ${told.at}, ${when}${failure ? `, a day later since ${failure}` : ""}${last}`;
}

/** When the change is due once this notice has gone out, in ms since 1970. */
export function dueAfter(
  notify: RuleNotice,
  records: readonly NoticeRecord[] | undefined,
  notice: Pick<NoticeRecord, "kind" | "run" | "at" | "by">,
): number {
  const at = Date.parse(notice.at);
  const sent: NoticeRecord = { ...notice, due: notice.at, status: "sent" };
  const { due = at + notify.beforeMs } = noticeSchedule(notify, [...(records ?? []), sent], at);
  const isRepeated = (records ?? []).some((record) => record.kind === "last" && counts(record, at));
  return notice.kind === "last" && !isRepeated ? Math.max(due, at + LAST_DAY_MS) : due;
}

/** What speaks against a change whose person was not told, or not long enough ago. */
export function untold(
  notify: RuleNotice | undefined,
  records: readonly NoticeRecord[] | undefined,
  now: number,
): ChangeResult | undefined {
  if (!notify) return undefined;
  const { objection } = noticeSchedule(notify, records, now);
  return objection === undefined ? undefined : { outcome: "refused", why: objection };
}
