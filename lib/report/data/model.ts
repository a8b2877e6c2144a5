/** What passes between a run and the formats: one row a subject, what stands at the head, and how a format writes them. */

import type { EvidenceRow, SweepManifest } from "../../evidence/index.ts";
import type {
  ChangeNotice,
  Clock,
  DecisionAttempt,
  DirectoryRecord,
  Evidence,
  Ledger,
  Outcome,
  PlanDecision,
  PlanStatus,
  Problem,
  RecordedFacts,
  RunRecord,
  Verdict,
} from "../../model/index.ts";

/** How a person is covered: in all directories where an account of theirs can sign in, in some of them, or in none. */
export const PERSON_COVERAGES = [
  "everywhere",
  "somewhere",
  "nowhere",
  "ambiguous",
  "out-of-scope",
  "disabled",
] as const;
export type PersonCoverage = (typeof PERSON_COVERAGES)[number];

/** 1: its rule lets nobody change it, as for break-glass accounts. 2: held to the strongest requirement. 3: anybody else. */
export type Priority = 1 | 2 | 3;

/**
 * One subject as the run left it: its row of the evidence, with the outcomes of the run taken into `verdict`. Its strings are data
 * from outside: escape them for whatever they are written into.
 */
export interface ReportRow extends Omit<EvidenceRow, "kind"> {
  readonly directory: string;
  readonly vendor: string;
  readonly kind: "account" | "profile";
  /** As read, before any change. */
  readonly read: Verdict;
  /** Absent for 3, most of them. */
  readonly priority?: Exclude<Priority, 3>;
  /** The run planned a change for it that has no outcome: it would be changed. */
  readonly planned?: true;
  /** The run whose change the planned one undoes. */
  readonly undoes?: string;
  /** What its person was told of the change beforehand. */
  readonly notice?: ChangeNotice;
  /** Of the change that the run planned for it. */
  readonly outcome?: Outcome;
  readonly outcomeWhy?: string;
  /** ISO 8601. */
  readonly outcomeAt?: string;
  /** Whose it is, where the policy joins accounts of several directories; absent: not known. */
  readonly belongsTo?: { readonly person: string; readonly coverage: PersonCoverage };
  /** What the read-back saw after the change; absent where nothing was tried, or nothing could be seen. */
  readonly factsAfter?: RecordedFacts;
}

/** A plan and what became of it. */
export interface PlanLine {
  readonly directory: string;
  /** The run that made it. */
  readonly run: string;
  readonly hash: string;
  readonly status: PlanStatus;
  /** The run whose changes it puts back. */
  readonly undoes?: string | undefined;
  readonly decision?: PlanDecision | undefined;
  /** One plain clause. */
  readonly why?: string | undefined;
}

export interface Approvals {
  /** Plans of earlier runs that this one applied, as its signed manifests name them. */
  readonly applied: readonly PlanLine[];
  /** Plans that this run left, as the ledger has them now. */
  readonly left: readonly PlanLine[];
  /** Everybody who was not allowed to decide on them, oldest first. */
  readonly refused: readonly DecisionAttempt[];
}

/** What stands at the head of everything made from a run. */
export interface ReportHead extends Omit<RunRecord, "directories"> {
  /** When this report was made. */
  readonly madeAt: string;
  /** The moment that was asked for, when it was not the run; ISO 8601. */
  readonly asOf?: string;
  /** With `asOf`: the day that it is the end of, as it was asked for. */
  readonly day?: string;
  /** With `asOf`: on which sweeps it rests and how old those were, one sentence each. */
  readonly basis?: readonly string[];
  readonly directories: readonly DirectoryRecord[];
  /** Who decided on its plans; absent for a moment between two runs. */
  readonly approvals?: Approvals;
  /** Everything that makes it less than the whole truth, one sentence each; empty for a complete run. Shown first, everywhere. */
  readonly incomplete: readonly Problem[];
}

/** A file format of the tables: text comes out as rows go in, so that a million of them need no memory. */
export interface Format {
  /** As `--format` names it. */
  readonly name: string;
  /** The file's name. */
  readonly file: string;
  /** Media type. */
  readonly type: string;
  /** What it is for, in a few words; the page says it. */
  readonly purpose: string;
  open(head: ReportHead): TableWriter;
}

/** Writes one table; keeps only what it must until the end. */
export interface TableWriter {
  /** What stands before the first row; may be empty. */
  begin(): string;
  /** May be empty, where the format has nothing to say of such a row or gathers several. */
  row(row: ReportRow): string;
  end(): string;
}

export interface ReportPorts {
  readonly ledger: Pick<
    Ledger,
    | "readRun"
    | "readPlans"
    | "listAttempts"
    | "listRuns"
    | "listChanges"
    | "listEventChanges"
    | "readStates"
    | "readHistory"
  >;
  readonly evidence: Evidence;
  readonly clock: Clock;
}

/** A directory as one sweep left it: its record in the ledger, and the manifest that the ledger knows by its hash. */
export interface SweptDirectory {
  readonly record: DirectoryRecord;
  /** SHA-256 of the manifest, hex. */
  readonly manifestHash: string;
  readonly manifest: SweepManifest;
}
