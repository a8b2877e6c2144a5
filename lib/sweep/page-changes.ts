/** The changes that one page calls for: planned in the ledger, and counted. */
import {
  changeAbout,
  changedRecently,
  lockoutRisk,
  needsChange,
  noticeSchedule,
  recentRevert,
  refusal,
  refusedPassword,
  type SubjectContext,
  unnamedService,
} from "../enforcement/index.ts";
import {
  type Change,
  type ChangeNotice,
  type ChangeResult,
  type DiscardedSteps,
  type Evidence,
  NOT_ASKED,
  type Observation,
  type Outcome,
  omitUndefined,
  type Subject,
  type SubjectState,
} from "../model/index.ts";
import { bindingRule, isAdministrator, lookAlikeCaution, type PersonKeyer } from "../policy/index.ts";
import { noticeOf } from "./send-notices.ts";

export interface JudgeContext extends SubjectContext {
  readonly evidence: Evidence;
  readonly run: string;
  /** Whether this sweep makes a plan of its own, and does not apply one that was approved. */
  readonly makesPlan: boolean;
  /** It plans the undoing of these, by account, and nothing else. */
  readonly undone?: ReadonlyMap<string, Change> | undefined;
  /** Steps of which nothing counts that they have read and planned. */
  readonly discarded?: DiscardedSteps;
  /** Absent where accounts are not joined with those of other directories. */
  readonly personKeyer?: PersonKeyer | undefined;
}

/** Where a page stands in its sweep. */
export interface PagePosition {
  /** Of its file in the evidence. */
  readonly key: string;
  /** Of the step, from 0. */
  readonly step: number;
  /** Names the attempt of the step. */
  readonly author: string;
  /** Ids that this step has planned a change for: who is listed twice is changed once. */
  readonly planned: Set<string>;
}

export interface PlannedCounts {
  readonly planned: number;
  /** Of those planned, how many have their outcome already: nothing is tried. */
  readonly predetermined: Partial<Record<Outcome, number>>;
}

type States = ReadonlyMap<string, SubjectState>;

export interface PlannedChange {
  readonly change: Change;
  readonly subject: Subject;
  /** It is refused because somebody else has changed the account a moment ago. */
  readonly isRecent?: boolean;
}

export function changesFor(
  context: JudgeContext,
  observations: readonly Observation[],
  states: States,
  position: PagePosition,
): PlannedChange[] {
  if (!context.makesPlan) return [];
  const planned: PlannedChange[] = [];
  for (const observation of observations) {
    const { subject } = observation;
    if (!needsChange(context, observation) || position.planned.has(subject.id)) continue;
    position.planned.add(subject.id);
    const state = states.get(subject.id);
    const standing = standingRefusal(context, observation, state);
    const told = standing ? undefined : noticeFor(context, observation, state);
    const recent = standing || told?.refusal ? undefined : changedRecently(context, subject, state);
    const change = changeOf(context, observation, position, standing ?? told?.refusal ?? recent);
    planned.push({
      change: told ? { ...change, notice: told.notice } : change,
      subject,
      isRecent: recent !== undefined,
    });
  }
  return planned;
}

/** What speaks against the change whenever it is tried. */
function standingRefusal(
  context: JudgeContext,
  { subject, judgement }: Observation,
  state: SubjectState | undefined,
): ChangeResult | undefined {
  const hasKnownDevices = subject.facts.devices !== NOT_ASKED;
  return (
    recentRevert(context, state) ??
    refusedPassword(context, state) ??
    unnamedService(context, subject) ??
    (hasKnownDevices ? lockoutRisk(context, judgement, subject) : undefined)
  );
}

/** Its rule wants the person to be told first: what was done about that, and whether it is too early for the change. */
function noticeFor(
  { policy, clock }: JudgeContext,
  { judgement }: Observation,
  state: SubjectState | undefined,
): { readonly refusal: ChangeResult | undefined; readonly notice: ChangeNotice } | undefined {
  const notify = bindingRule(policy, judgement)?.notify;
  if (!notify) return undefined;
  const schedule = noticeSchedule(notify, state?.notices, clock());
  const { objection } = schedule;
  return {
    refusal: objection === undefined ? undefined : refusal(objection),
    notice: noticeOf(schedule, state?.notices),
  };
}

/** @param result its outcome, where that is clear already */
function changeOf(
  { policy, clock }: JudgeContext,
  observation: Observation,
  { author, step }: PagePosition,
  result: ChangeResult | undefined,
): Change {
  const { directory, subject } = observation;
  return omitUndefined({
    ...changeAbout(observation),
    author,
    step,
    administrator: isAdministrator(subject, directory, policy, clock()) || undefined,
    custodial: subject.credentialHeld,
    outcome: result?.outcome,
    why: result?.why,
    foreseen: result && true,
  });
}

/** Those that end alike together: the ledger says how many of them this step has planned. */
export async function planChanges(
  { ledger, discarded }: Pick<JudgeContext, "ledger" | "discarded">,
  changes: readonly Change[],
): Promise<PlannedCounts> {
  const alike = [...Map.groupBy(changes, ({ outcome }) => outcome)];
  const counts = await Promise.all(
    alike.map(async ([outcome, group]) => ({ outcome, count: await ledger.planChanges(group, discarded) })),
  );
  const ended = counts.flatMap(({ outcome, count }) => (outcome === undefined ? [] : [[outcome, count] as const]));
  return {
    planned: counts.reduce((sum, { count }) => sum + count, 0),
    predetermined: Object.fromEntries(ended),
  };
}

export const cautionsOn = (context: JudgeContext, planned: readonly Omit<PlannedChange, "isRecent">[]): string[] =>
  planned
    .filter(({ change }) => !change.foreseen)
    .flatMap(({ subject }) =>
      cautionsAbout(context, subject).map((caution) => `${context.id}/${nameOf(subject)}: ${caution}`),
    );

const nameOf = ({ id, username }: Subject): string => (id === username ? id : `${id} (${username})`);

const cautionsAbout = ({ id, directory, policy, clock }: JudgeContext, subject: Subject): string[] =>
  [directory.caution?.(subject), lookAlikeCaution(policy, id, subject, clock())].filter(
    (caution) => caution !== undefined,
  );
