/** Sends a few notices side by side: each is claimed before it is sent, so that nobody gets it twice, and recorded afterwards. */
import { mapConcurrently } from "../concurrency.ts";
import { dueAfter, noticeSchedule, type SubjectContext } from "../enforcement/index.ts";
import { asWardenError, type Code, hasCode, problemOf, WardenError } from "../errors.ts";
import {
  type Change,
  type ChangeNotice,
  type NoticeRecord,
  type NoticeSender,
  omitUndefined,
  type Problem,
  type SubjectState,
} from "../model/index.ts";
import { composeNotice } from "../notice/index.ts";
import type { NoticeSettings, Rule } from "../policy/index.ts";

export interface SendContext extends SubjectContext {
  readonly run: string;
  readonly sender: NoticeSender | undefined;
}

/** Somebody who could not be told. */
export interface FailedNotice {
  readonly id: string;
  readonly code: Code;
  /** A notice to them has failed before: this one postpones nothing more. */
  readonly isRepeated: boolean;
}

/** The engine keeps it as JSON, so its keys never change. */
export interface SentNotices {
  readonly tried: number;
  readonly failed: readonly FailedNotice[];
  /** Why nobody more can be told. */
  readonly stop?: Problem;
}

const NO_SENDER = "`notices` of the policy names a way that this place does not have.";

export async function sendSlice(
  context: SendContext,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<SentNotices> {
  const { sender } = context;
  const { notices } = context.policy;
  if (!sender || !notices) return { tried: 0, failed: [], stop: unavailable(context.id, NO_SENDER) };
  const ids = changes.map(({ id }) => id);
  const states = await context.ledger.readStates(context.id, ids, true);
  const results = await mapConcurrently(changes, changes.length, async (change) => {
    const state = states.get(change.id);
    const rule = context.policy.rules.find(({ name }) => name === change.rule);
    if (!state || state.departed || !rule?.notify) return {};
    return tell({ ...context, sender }, { change, state, rule, notices }, signal);
  });
  return sumOf(context, results);
}

interface TellTask {
  readonly change: Change;
  readonly state: SubjectState;
  readonly rule: Rule;
  readonly notices: NoticeSettings;
}

interface Told {
  readonly failed?: FailedNotice;
  /** Nobody can be told. */
  readonly error?: WardenError;
}

async function tell(
  context: SendContext & { readonly sender: NoticeSender },
  task: TellTask,
  signal: AbortSignal,
): Promise<Told> {
  const { change, state } = task;
  const known = await endBrokenOff(context, state);
  const next = task.rule.notify && noticeSchedule(task.rule.notify, known, context.clock()).next;
  if (!next) {
    await noteOnPlan(context, task, known);
    const last = known.at(-1);
    return last?.status === "failed" && last.run === context.run
      ? { failed: failureOf(change.id, known, "ERR_NOTICE_FAILED") }
      : {};
  }
  try {
    return await sendOne(context, { ...task, known, kind: next }, signal);
  } catch (error) {
    return { error: asWardenError(error) };
  }
}

/** Whoever began it under the lease is dead: nobody knows whether it went out, and it counts as failed. */
async function endBrokenOff(context: SendContext, state: SubjectState): Promise<readonly NoticeRecord[]> {
  const known = state.notices ?? [];
  const last = known.at(-1);
  if (last?.status !== "sending") return known;
  const ended: NoticeRecord = { ...last, status: "failed", why: "it broke off" };
  return (await context.ledger.saveNotice(state, known, ended)) ? [...known.slice(0, -1), ended] : known;
}

interface SendTask extends TellTask {
  readonly known: readonly NoticeRecord[];
  readonly kind: NoticeRecord["kind"];
}

/** Throws only before it is claimed, and only what is no matter of this account alone. */
async function sendOne(
  context: SendContext & { readonly sender: NoticeSender },
  task: SendTask,
  signal: AbortSignal,
): Promise<Told> {
  const { change, state, known } = task;
  const { id, directory, ledger, sender } = context;
  const email = await directory.emailOf?.(change.id, signal).catch(ownError);
  const claim = claimOf(context, task);
  if (!(await ledger.saveNotice(state, known, claim))) return {};
  const account = omitUndefined({ id: change.id, username: change.username, email });
  const { timezone } = context.policy;
  const notice = composeNotice(task.notices, task.rule, { ...claim, directory: id, account, timezone });
  const error = await sender.send(notice, signal).then(() => undefined, asWardenError);
  const ended: NoticeRecord = omitUndefined({ ...claim, status: error ? "failed" : "sent", why: error?.code });
  const claimed = [...known, claim];
  await ledger.saveNotice(state, claimed, ended);
  const records = [...known, ended];
  await noteOnPlan(context, task, records);
  return error ? { failed: failureOf(change.id, records, error.code), error } : {};
}

/** After these this account's address alone is not known; whatever else went wrong would go wrong for everybody. */
const CODES_OF_ONE_ACCOUNT: readonly Code[] = ["ERR_VENDOR_DENIED", "ERR_VENDOR_FORMAT", "ERR_VENDOR_REJECTED"];

function ownError(error: unknown): undefined {
  if (!hasCode(error, ...CODES_OF_ONE_ACCOUNT)) throw error;
}

function claimOf(
  { run, clock, sender }: SendContext & { readonly sender: NoticeSender },
  task: SendTask,
): NoticeRecord {
  const { kind, known, rule } = task;
  const now = new Date(clock()).toISOString();
  const begun = { kind, run, at: now, by: sender.way };
  const due = rule.notify ? new Date(dueAfter(rule.notify, known, begun)).toISOString() : now;
  return { ...begun, due, status: "sending" };
}

const failureOf = (id: string, records: readonly NoticeRecord[], code: Code): FailedNotice => ({
  id,
  code,
  isRepeated: records.filter(({ status }) => status === "failed").length > 1,
});

/** The line of the plan says what has happened by now: it is in the evidence and in the report. */
async function noteOnPlan(context: SendContext, { change, rule }: TellTask, records: readonly NoticeRecord[]) {
  if (!rule.notify) return;
  const schedule = noticeSchedule(rule.notify, records, context.clock());
  const { next: _, ...notice } = noticeOf(schedule, records);
  const why = schedule.objection ?? change.why;
  await context.ledger.planChanges([omitUndefined({ ...change, why, notice })]);
}

/** What a planned change says of its notices. */
export function noticeOf(
  { due, next }: ReturnType<typeof noticeSchedule>,
  records: readonly NoticeRecord[] | undefined,
): ChangeNotice {
  const last = records?.at(-1);
  return omitUndefined({
    due: due === undefined ? undefined : new Date(due).toISOString(),
    next,
    last: last && { kind: last.kind, at: last.at, status: last.status },
  });
}

/** Where every one of them failed for want of an answer, the next ones would too. */
function sumOf({ id }: SendContext, results: readonly Told[]): SentNotices {
  const failed = results.flatMap((result) => result.failed ?? []);
  const errors = results.flatMap(({ error }) => error ?? []);
  const unanswered = errors.filter(({ code }) => code === "ERR_NOTICE_UNAVAILABLE");
  const isDown = results.length > 0 && unanswered.length === results.length;
  const before = results.find(({ error, failed: own }) => error && !own)?.error;
  const stop = before ?? (isDown ? unanswered[0] : undefined);
  return omitUndefined({ tried: results.length, failed, stop: stop && unavailable(id, stop.message) });
}

/** Nobody can be told now; no account's own notice has failed. @param why a sentence */
export const unavailable = (id: string, why: string): Problem =>
  problemOf(
    new WardenError("ERR_NOTICE_UNAVAILABLE", `Nobody more of ${id} can be told, so they are not changed yet: ${why}`),
    id,
  );
