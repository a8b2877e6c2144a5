/** What a report over a period is made of: every run, what people decided, what was changed, and where nobody looked. */

import type { SweepManifest } from "../../../evidence/index.ts";
import type {
  BaselineDecision,
  Clock,
  DecisionAttempt,
  DirectoryRecord,
  Evidence,
  Hold,
  HoldRecord,
  Ledger,
  Outcome,
  PlanRecord,
  Problem,
  RunRecord,
  SwitchTurn,
  VerdictCounts,
} from "../../../model/index.ts";
import type { Exemption, Policy } from "../../../policy/index.ts";

/** Whole days, UTC, both included. */
export interface Period {
  /** 2026-01-01. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly begins: number;
  /** Where it ends, not included; now, where its last day is not over. */
  readonly ends: number;
  /** Its last day is not over: it was cut at `ends`. */
  readonly isCut: boolean;
}

export interface PeriodPorts {
  readonly ledger: Pick<
    Ledger,
    | "listRuns"
    | "readRun"
    | "readPlans"
    | "listAttempts"
    | "listChanges"
    | "listEventChanges"
    | "readHead"
    | "readSwitchHistory"
    | "listHeldSubjects"
    | "readHoldRecords"
    | "listBaselineDecisions"
  >;
  readonly evidence: Evidence;
  readonly clock: Clock;
}

/** A run with what it left in each directory. */
export interface RecordedRun {
  readonly run: RunRecord;
  readonly directories: readonly DirectoryRecord[];
}

/**
 * What became of the evidence of a sweep. `sealed`: its signed manifest is the one that the ledger knows. `none`: it left none, since
 * it died or was refused. `missing`: the ledger knows a manifest, and it is not there. `altered`: it is another one.
 */
export type EvidenceState = "sealed" | "none" | "missing" | "altered";

/** One run in one directory. Its counts are those of the signed manifest, where there is one. */
export interface PeriodSweep
  extends Pick<
    DirectoryRecord,
    "run" | "vendor" | "status" | "mode" | "read" | "total" | "verdicts" | "after" | "changes" | "problems"
  > {
  readonly directory: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  /** It read everybody. */
  readonly isWhole: boolean;
  readonly evidence: EvidenceState;
  /** SHA-256 of the manifest, as the ledger has it. */
  readonly manifest: string | undefined;
  /** The sweep whose manifest it follows; `null`: it is the first of the directory. Absent: not known. */
  readonly follows: { readonly run: string; readonly hash: string } | null | undefined;
  readonly approval: SweepManifest["approval"];
}

/** Changes of one manifest, or of a run that left none. */
export interface ChangeSource {
  readonly directory: string;
  /** The run or the hour. */
  readonly run: string;
  readonly kind: "sweep" | "events";
  readonly counts: DirectoryRecord["changes"];
  /** SHA-256 of the manifest; absent: the ledger alone knows of these changes. */
  readonly hash: string | undefined;
  readonly approval: SweepManifest["approval"];
  readonly log: SweepManifest["changeLog"] | undefined;
  /** Where its manifest lies in the chain. */
  readonly link: ChainLink | undefined;
}

/** One change that was tried, with who allowed it. */
export interface PeriodChange {
  readonly at: string;
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  readonly rule: string;
  readonly requirement: string;
  readonly outcome: Outcome;
  readonly why: string | undefined;
  readonly run: string;
  /** The event that it answered. */
  readonly event: string | undefined;
  /** The run whose change it took back. */
  readonly undoes: string | undefined;
  /** Who approved it; absent: the policy allows it without. */
  readonly approvedBy: string | undefined;
  readonly approvedAt: string | undefined;
  readonly note: string | undefined;
  /** Hash of the plan that was approved. */
  readonly plan: string | undefined;
  readonly recordedIn: "evidence" | "ledger";
}

/** The rows that one rule bound in one sweep, as they were read, before any change. */
export interface RuleCounts {
  readonly directory: string;
  /** 2026-01. */
  readonly month: string;
  readonly run: string;
  /** ISO 8601. */
  readonly endedAt: string;
  /** Empty: no rule bound them. */
  readonly rule: string;
  readonly verdicts: VerdictCounts;
}

/** Some time in which no sweep read everybody of a directory. */
export interface Gap {
  readonly directory: string;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** Between two sweeps of the schedule, at most. */
  readonly intervalMs: number;
  /** What is longer is a gap: one and a half of these. */
  readonly allowedMs: number;
  /** The policy names no schedule: a day was taken. */
  readonly isAssumed: boolean;
  /** Sweeps in it that did not read everybody. */
  readonly tried: number;
  /** Nothing at all is on record before its end. */
  readonly isBeforeRecords: boolean;
  /** It lasts to the end of the period. */
  readonly isOpen: boolean;
}

/** What may lie between two sweeps of a directory. */
export interface AllowedTime {
  readonly directory: string;
  readonly allowedMs: number;
}

/** A manifest of the period in the chain of its directory. */
export interface ChainLink {
  readonly directory: string;
  /** The run that it lies as. */
  readonly run: string;
  readonly hash: string;
  /** Of the manifest that it follows. */
  readonly previous: string | undefined;
}

/** From when to when the policy named a directory. */
export interface DirectorySpan {
  readonly directory: string;
  /** ISO 8601, of the first run whose policy names it; absent: it was there when the period began, or when records began. */
  readonly came: string | undefined;
  /** Of the first run whose policy no longer names it. */
  readonly left: string | undefined;
}

/** From one run on, another policy. */
export interface PolicyChange {
  readonly policy: string;
  /** ISO 8601. */
  readonly at: string;
  readonly run: string;
  /** The digest before; absent: nothing is on record before. */
  readonly before: string | undefined;
  /** What differs, in a few words each; absent: one of both is not kept. */
  readonly differences: readonly string[] | undefined;
}

/** An exemption that was in force in the period. */
export interface PeriodExemption {
  readonly exemption: Exemption;
  /** When a run first went by a policy with it; absent: when the period began. */
  readonly named: string | undefined;
  /** When a run first went by a policy without it. */
  readonly removed: string | undefined;
  readonly firstDay: string;
  readonly lastDay: string;
}

export interface ScopedTurn extends SwitchTurn {
  /** A directory, or `all`. */
  readonly scope: string;
}

export interface HoldAct extends HoldRecord, Pick<Hold, "directory" | "id" | "username"> {}

export interface AcceptedBaseline extends BaselineDecision {
  readonly directory: string;
}

export interface RefusedDecision extends DecisionAttempt {
  readonly run: string;
}

/** What people did. */
export interface PeriodActs {
  readonly plans: readonly PlanRecord[];
  readonly refused: readonly RefusedDecision[];
  readonly accepted: readonly AcceptedBaseline[];
  readonly turns: readonly ScopedTurn[];
  /** Switches that were off when the period began. */
  readonly haltedBefore: readonly ScopedTurn[];
  /** Switches whose turns are on record from a moment within the period on, or from a later one. */
  readonly unknownTurns: readonly { readonly scope: string; readonly before: string }[];
  readonly holds: readonly HoldAct[];
}

export interface PeriodData {
  readonly period: Period;
  /** ISO 8601. */
  readonly madeAt: string;
  /** When the oldest run on record began; ISO 8601. */
  readonly recordsBegin: string;
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  readonly sweeps: readonly PeriodSweep[];
  readonly directories: readonly DirectorySpan[];
  /** Verdicts by rule, of one sweep a month and directory. */
  readonly rules: readonly RuleCounts[];
  readonly gaps: readonly Gap[];
  readonly allowed: readonly AllowedTime[];
  readonly policies: readonly PolicyChange[];
  /** Digests of policies that are not kept: whom they exempted is not known. */
  readonly lostPolicies: readonly string[];
  readonly exemptions: readonly PeriodExemption[];
  readonly acts: PeriodActs;
  readonly sources: readonly ChangeSource[];
  /** Every manifest of the period, and what lies between the first of them and the sweep before it. */
  readonly chain: readonly ChainLink[];
  /** The newest policy of the period that is kept. */
  readonly policy: Policy | undefined;
  /** What makes it less than the whole truth. */
  readonly incomplete: readonly Problem[];
  /** Every change that was tried, directory by directory, oldest first. @param onProblem hears of change logs that cannot be read */
  changes(onProblem: (problem: Problem) => void, signal: AbortSignal): AsyncGenerator<readonly PeriodChange[]>;
}
