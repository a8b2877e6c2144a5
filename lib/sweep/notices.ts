/** The phase that tells people of a coming change, where their rule wants that; a sweep that only plans tells nobody. */
import { asWardenError, problemOf, WardenError } from "../errors.ts";
import type { Change, Problem } from "../model/index.ts";
import { mayChange } from "../policy/index.ts";
import { type SweepContext, subjectContext } from "./context.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { halt, type Phase, proceed } from "./phase.ts";
import { listPlan } from "./plan-ref.ts";
import { isProtected } from "./problem.ts";
import { type FailedNotice, type SentNotices, sendSlice, unavailable } from "./send-notices.ts";
import { addProblems, planRef, type SweepState } from "./state.ts";

/** In one directory; who is left is told by the next sweep. */
const MAX_NOTICES_PER_SWEEP = 5_000;
const NOTICES_PER_STEP = 200;
const NOTICES_IN_PARALLEL = 8;

export const sendNotices: Phase = async (context, state) => {
  if (!sendsNotices(context, state)) return proceed(state);
  const most = Math.min(state.toTell, MAX_NOTICES_PER_SWEEP);
  let sent: SentNotices = { tried: 0, failed: [] };
  let after: string | undefined;
  for (let number = 0; number * NOTICES_PER_STEP < most && !sent.stop; number++) {
    const begun = after;
    const step = await runLeasedStep(context, `notices-${number}`, (signal) => tellNext(context, state, begun, signal));
    if (!step.ok) return halt(state, [step.problem]);
    sent = addSent(sent, step.value);
    after = step.value.last;
    if (after === undefined) break;
  }
  return proceed(addProblems(state, notesOn(context, state, sent)));
};

/** An approved plan was made when people had been told; an undoing takes nothing on that they need to know beforehand. */
const sendsNotices = ({ ports, order }: LeasedContext, state: SweepState): boolean =>
  state.toTell > 0 &&
  !order.applies &&
  !order.undoes &&
  isProtected(state) &&
  mayChange(ports.policy, order.directory, order.mode);

interface StepOfNotices extends SentNotices {
  /** The last account that was looked at; absent where no more are to be told. */
  readonly last?: string;
}

/** Safe to run twice: whom an earlier try may have told is not told again. */
async function tellNext(
  context: LeasedContext,
  state: SweepState,
  after: string | undefined,
  signal: AbortSignal,
): Promise<StepOfNotices> {
  const { ports, order } = context;
  const obstacle = await whyNobodyCanBeTold(context, signal);
  if (obstacle !== undefined) return { tried: 0, failed: [], stop: unavailable(order.directory, obstacle) };
  const due = await listDue(context, state, after);
  const subject = await subjectContext(context, signal);
  let sent: SentNotices = { tried: 0, failed: [] };
  for (let start = 0; start < due.length && !sent.stop; start += NOTICES_IN_PARALLEL) {
    const slice = due.slice(start, start + NOTICES_IN_PARALLEL);
    sent = addSent(sent, await sendSlice({ ...subject, run: order.run, sender: ports.noticeSender }, slice, signal));
  }
  const last = due.length < NOTICES_PER_STEP ? undefined : due.at(-1)?.id;
  return last === undefined ? sent : { ...sent, last };
}

async function whyNobodyCanBeTold({ ports, order }: SweepContext, signal: AbortSignal): Promise<string | undefined> {
  const { halted } = await ports.ledger.readGuards(order.directory);
  if (halted !== undefined) return `changes are halted: ${halted}.`;
  const error = await ports.noticeSender?.ready?.(signal).then(() => undefined, asWardenError);
  return error?.message;
}

async function listDue(
  { ports, order }: SweepContext,
  state: SweepState,
  after: string | undefined,
): Promise<Change[]> {
  const due: Change[] = [];
  for await (const changes of listPlan(ports.ledger, order.directory, planRef(order.run, state), after)) {
    due.push(...changes.filter(({ notice }) => notice?.next !== undefined));
    if (due.length >= NOTICES_PER_STEP) break;
  }
  return due.slice(0, NOTICES_PER_STEP);
}

const addSent = (a: SentNotices, b: SentNotices): SentNotices => {
  const stop = a.stop ?? b.stop;
  const sum = { tried: a.tried + b.tried, failed: [...a.failed, ...b.failed] };
  return stop ? { ...sum, stop } : sum;
};

const MAX_FAILURES_SHOWN = 10;

function notesOn({ order }: SweepContext, { toTell }: SweepState, { failed, stop }: SentNotices): Problem[] {
  const note = (message: string) => problemOf(new WardenError("ERR_NOTICE_FAILED", message), order.directory);
  const [repeated, first] = [failed.filter(({ isRepeated }) => isRepeated), failed.filter((each) => !each.isRepeated)];
  const left = toTell - MAX_NOTICES_PER_SWEEP;
  return [
    ...(stop ? [stop] : []),
    ...(first.length > 0
      ? [
          note(
            `${first.length} notices of ${order.directory} failed, and these changes wait a day longer: ${shown(first)}.`,
          ),
        ]
      : []),
    ...(repeated.length > 0
      ? [
          note(
            `${repeated.length} notices of ${order.directory} failed again, and these changes wait no longer for them: ${shown(repeated)}; tell these people yourself.`,
          ),
        ]
      : []),
    ...(left > 0 && !stop
      ? [
          note(
            `${left} people of ${order.directory} are told by the next sweep: one sweep tells ${MAX_NOTICES_PER_SWEEP}.`,
          ),
        ]
      : []),
  ];
}

function shown(failed: readonly FailedNotice[]): string {
  const names = failed.slice(0, MAX_FAILURES_SHOWN).map(({ id, code }) => `${id} (${code})`);
  const hidden = failed.length - names.length;
  return hidden > 0 ? `${names.join(", ")} and ${hidden} more` : names.join(", ");
}
