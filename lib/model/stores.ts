/** What the product remembers, a store for each kind of thing. Each write is one conditional write of a single item. */
import type { Change, ChangeResult, Claim, HistoryEvent, Observation, SubjectState } from "./change.ts";
import type { EventCursor } from "./event.ts";
import type { Hold, HoldRecord } from "./hold.ts";
import type { NoticeRecord, PlanNoticeRecord, TeamNoticeRecord } from "./notice.ts";
import type { DecisionAttempt, PlanRecord, PlanStanding, PlanStatus } from "./plan.ts";
import type {
  Baseline,
  BaselineDecision,
  DirectoryHead,
  DirectoryRecord,
  Lease,
  Origin,
  RunRecord,
  RunStatus,
} from "./run.ts";
import type { SwitchHistory } from "./switch.ts";
import type { GraceClock, Verdict } from "./verdict.ts";

/** State and history of every subject, every run, every change: all stores together. */
export type Ledger = StateStore &
  ChangeStore &
  PlanStore &
  LeaseStore &
  RunStore &
  BudgetStore &
  SwitchStore &
  EventStore &
  EventCursorStore &
  HoldStore &
  GraceStore &
  NoticeStore;

/** What is known of each subject now, and how it came about. */
export interface StateStore {
  /** The states that exist, by id. Eventually consistent unless asked: half a read unit each. */
  readStates(directory: string, ids: readonly string[], consistent?: boolean): Promise<Map<string, SubjectState>>;
  /** Writes what changed and is newer, or stands in place of a time of the future; answers how many items were written. */
  saveObservations(observations: readonly Observation[], states: ReadonlyMap<string, SubjectState>): Promise<number>;
  /** Marks a subject as gone. An older or a repeated call changes nothing. @param at ISO 8601 */
  markDeparted(directory: string, id: string, run: string, at: string, how: "confirmed" | "unconfirmed"): Promise<void>;
  /** The state and every event of one subject, oldest first. */
  readHistory(
    directory: string,
    id: string,
  ): Promise<{ readonly state?: SubjectState; readonly events: readonly HistoryEvent[] }>;
  /** Who is not compliant, for people to look at. From an index: no decision rests on it. */
  listByVerdict(directory: string, verdict: Verdict, limit: number): Promise<SubjectState[]>;
}

/** Steps of a sweep of which nothing counts any more: those before a number, and single ones, at most 90. */
export interface DiscardedSteps {
  readonly before?: number;
  readonly steps?: readonly number[];
}

/** Changes from plan to outcome, and the claim that lets only one at a time change a subject. */
export interface ChangeStore {
  /**
   * Answers how many are planned now by this step and were not planned by another one. @param discarded steps whose plans do not count,
   * and are replaced; default none
   */
  planChanges(changes: readonly Change[], discarded?: DiscardedSteps): Promise<number>;
  /** The changes of a run in one directory: strongly consistent, in the order of ids, from behind `after`. */
  listChanges(run: string, directory: string, after?: string): AsyncIterable<readonly Change[]>;
  /** The state with this claim on it, or `undefined` when somebody else holds one. */
  claimSubject(directory: string, id: string, claim: Claim): Promise<SubjectState | undefined>;
  /** Takes over exactly this claim of somebody who died. */
  takeOverClaim(directory: string, id: string, dead: Claim, claim: Claim): Promise<SubjectState | undefined>;
  /**
   * Writes the outcome to the change, or an unplanned one to the list of its hour, then to the state and its history, and
   * frees the claim.
   */
  completeClaim(claim: Claim, observation: Observation, result: ChangeResult, change?: Change): Promise<void>;
  /** Writes an outcome that needed no claim. */
  refuseChange(change: Pick<Change, "run" | "directory" | "id">, result: ChangeResult): Promise<void>;
  /**
   * A `staged` change has been pushed live: `enforced` from now on, in the change and, once, in the history. Does nothing to
   * the state when something else was written since.
   */
  markPublished(change: Change, observation: Observation, why: string): Promise<void>;
  /**
   * What events changed or tried to change in one hour, by the clock of whoever recorded it: strongly consistent, in the
   * order in which the changes began. @param hour like `2026-11-22T14`
   */
  listEventChanges(directory: string, hour: string): AsyncIterable<readonly Change[]>;
}

/** The plans that people decide on, with everybody who asked to. */
export interface PlanStore {
  /** Puts a plan on record; one that is there already stays as it is. */
  savePlan(plan: PlanRecord): Promise<void>;
  /** The plans of a run, in the order of the directories' ids; strongly consistent. */
  readPlans(run: string): Promise<readonly PlanRecord[]>;
  /**
   * Moves a plan from one status to another; what `to` does not give holds no longer. `undefined`: it no longer had that status, and
   * nothing was written; of two people who decide at once, one does.
   */
  movePlan(
    plan: Pick<PlanRecord, "run" | "directory" | "hash">,
    from: PlanStatus,
    to: PlanStanding,
  ): Promise<PlanRecord | undefined>;
  /** Puts on record that somebody asked to approve or reject plans of a run. */
  recordAttempt(run: string, attempt: DecisionAttempt): Promise<void>;
  /** Oldest first. */
  listAttempts(run: string): Promise<readonly DecisionAttempt[]>;
}

/** Who may work on a directory now, and what the directory remembers from run to run. */
export interface LeaseStore {
  /** Takes the lease, or says who holds it until when. @param seen what an earlier answer said that ends too late */
  acquireLease(directory: string, run: string, seen?: OverlongLease): Promise<LeaseRequestResult>;
  /** Throws `ERR_LEASE_LOST` when somebody else has taken over, as every method that takes a lease. */
  renewLease(lease: Lease): Promise<void>;
  /** Takes a dead run off the list of those that are still to be settled. */
  markRunRecovered(lease: Lease, run: string): Promise<void>;
  /** Replaces the parts of the head that are given. */
  updateHead(lease: Lease, head: DirectoryHead): Promise<void>;
  releaseLease(lease: Lease): Promise<void>;
  /** Ends the lease now and leaves what it was for open: whoever takes it next recovers that run first. */
  expireLease(lease: Lease): Promise<void>;
  /** Who holds the lease, or held it last without giving it back, and until when (ISO 8601). */
  readLease(directory: string): Promise<LeaseHolder | undefined>;
  /** What the directory remembers from run to run; empty before its first sweep. */
  readHead(directory: string): Promise<DirectoryHead>;
  /** Makes a run's population the baseline, outside of any lease: a person's `accept`. */
  acceptBaseline(directory: string, baseline: Baseline, origin: Origin, reason: string): Promise<void>;
  /** Every such decision of a person, oldest first. */
  listBaselineDecisions(directory: string): Promise<BaselineDecision[]>;
}

export interface LeaseHolder {
  readonly run: string;
  readonly until: string;
}

/** The lease with what its new holder needs to know, or who else holds it until when (ISO 8601). */
export type LeaseRequestResult =
  | {
      readonly lease: Lease;
      /** Runs that died under it and were not yet settled. */
      readonly unsettled: readonly string[];
      readonly head: DirectoryHead;
    }
  | { readonly heldBy: string; readonly until: string; readonly overlong?: OverlongLease };

/**
 * A lease that ends later than any can that begins now: its holder's clock is ahead, or was. `until` is then when one that
 * begins now would end; if it is not renewed until then, whoever shows it again gets the lease.
 */
export interface OverlongLease {
  readonly heldBy: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Every run, and what it did in each directory. */
export interface RunStore {
  /** Does nothing when the run is there already. */
  openRun(run: RunRecord): Promise<void>;
  /** Closes a running one; a run that was given up as failed may still say how it really ended. */
  closeRun(run: string, status: RunStatus): Promise<void>;
  saveDirectory(record: DirectoryRecord): Promise<void>;
  /** Puts on record that the approvers of a run are being told, or were. `false`: somebody else has begun to. */
  saveTold(run: string, told: PlanNoticeRecord): Promise<boolean>;
  readRun(
    run: string,
  ): Promise<{ readonly run: RunRecord; readonly directories: readonly DirectoryRecord[] } | undefined>;
  /** Newest first, without those that began in the future, by a clock that was wrong. From an index: no decision rests on it. */
  listRuns(limit: number): Promise<RunRecord[]>;
}

/** How many changes may still be made, over sweeps and events together. `scope`: what shares a limit. */
export interface BudgetStore {
  /**
   * Takes up to `wanted` changes from what is left of `limit` in the last 24 hours, and of the directory's own limit; answers how
   * many were granted. Both are taken from in one write.
   */
  reserveBudget(scope: string, wanted: number, limit: number, part?: BudgetPart): Promise<number>;
  /** Gives back changes that were reserved and not made. */
  releaseBudget(scope: string, unused: number, directory?: string): Promise<void>;
  /** Changes of the last 24 hours; of one directory, if it is named. */
  countSpentBudget(scope: string, directory?: string): Promise<number>;
}

/** Whose changes they are, and how many of the scope's may be theirs. */
export interface BudgetPart {
  readonly directory: string;
  readonly limit?: number | undefined;
}

/** What stops or allows changes: the kill switch and the deployed policy. */
export interface SwitchStore {
  /** What must hold at the moment of a change; strongly consistent. @param subject id of who is to be changed */
  readGuards(directory: string, subject?: string): Promise<GuardState>;
  /** @param policy hash of the policy file */
  setDeployedPolicy(policy: string): Promise<void>;
  /** Since when, without a break, each of these directories is deployed: from now on where it was not there the last time. ISO 8601. */
  trackDirectories(directories: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The kill switch: a reason stops changes, `undefined` allows them again. `scope` is a directory or `all`. */
  setKillSwitch(scope: string, reason: string | undefined, origin: Origin): Promise<void>;
  /** What people did with the switch of a scope. */
  readSwitchHistory(scope: string): Promise<SwitchHistory>;
}

/** What must hold at the moment of a change. */
export interface GuardState {
  /** Why nothing may be changed now; absent while changes are allowed. */
  readonly halted?: string;
  /** Hash of the deployed policy. */
  readonly policy?: string;
  /** The newest fencing token of the directory's lease: who acts under an older one has lost it. */
  readonly token?: number;
  /** What a person has said of the subject: nothing changes it meanwhile. */
  readonly held?: Hold;
}

/** Accounts that nothing changes for some hours, because a person said so. */
export interface HoldStore {
  /** Takes the place of an earlier one on this account. */
  holdSubject(hold: Hold): Promise<void>;
  /** Ends the hold on this account; `undefined`: none is in force. */
  endHold(directory: string, id: string, by: Origin): Promise<Hold | undefined>;
  /** Those in force. */
  listHolds(directory: string): Promise<Hold[]>;
  /** Everything that people did with holds on this account, oldest first. */
  readHoldRecords(directory: string, id: string): Promise<HoldRecord[]>;
  /** Every account of the directory that a person ever held, with the last of its holds, in force or not. */
  listHeldSubjects(directory: string): Promise<Hold[]>;
}

/** When the grace of user names began. Kept as states are saved. */
export interface GraceStore {
  /** By user name as given; a name that was never given grace, and that nobody gave up, has none. */
  readGraceClocks(directory: string, usernames: readonly string[]): Promise<Map<string, GraceClock>>;
}

/** What people were told of coming changes, beside the state of the account; and what teams were told of a directory. */
export interface NoticeStore {
  /**
   * Adds a notice, or replaces the last one if it is the same attempt. `false`: somebody else has written since `known` was read, and
   * nothing was written.
   */
  saveNotice(
    subject: Pick<SubjectState, "directory" | "id">,
    known: readonly NoticeRecord[],
    notice: NoticeRecord,
  ): Promise<boolean>;
  /** What each recipient in a team was told last of a directory; strongly consistent. */
  readTeamNotices(directory: string): Promise<readonly TeamNoticeRecord[]>;
  /** Puts `next` in the place of `known`. `false`: somebody else has written since that was read, and nothing was written. */
  saveTeamNotice(directory: string, known: TeamNoticeRecord | undefined, next: TeamNoticeRecord): Promise<boolean>;
}

/** Which events were handled before; remembered for 15 days. */
export interface EventStore {
  /** Those of `events` that were handled before. */
  handledEvents(directory: string, events: readonly string[]): Promise<Set<string>>;
  markEventsHandled(directory: string, events: readonly string[]): Promise<void>;
}

/** How far the logs of vendors that send no webhooks were read. */
export interface EventCursorStore {
  /** `undefined`: it was never read. */
  readEventCursor(directory: string): Promise<EventCursor | undefined>;
  /** Replaces the one before: two pollers at once only read a part twice. */
  saveEventCursor(directory: string, cursor: EventCursor): Promise<void>;
}
