/** What every report is made from, whatever its format: one row a subject, and a summary of bounded size. Imports the model alone. */

import type { SweepManifest } from "../../evidence/index.ts";
import type {
  Clock,
  DirectoryRecord,
  Evidence,
  Ledger,
  Mode,
  Origin,
  Outcome,
  Problem,
  RecordedFacts,
  RunStatus,
  Verdict,
} from "../../model/index.ts";

/** One subject, as the run left it. Strings of it are data from outside: escape them for whatever they are written into. */
export interface ReportRow {
  readonly directory: string;
  readonly vendor: string;
  readonly kind: "account" | "profile";
  /** The vendor's own id. */
  readonly id: string;
  readonly username: string;
  /** With the outcomes of the run taken in. */
  readonly verdict: Verdict;
  /** As read, before any change. */
  readonly read: Verdict;
  /** One sentence. */
  readonly why: string;
  readonly rule?: string;
  readonly requirement?: string;
  readonly exemption?: string;
  readonly facts: RecordedFacts;
  /** When the vendor was asked; ISO 8601. */
  readonly observedAt: string;
  /** Since when it has had the verdict as read, as far back as the ledger goes; ISO 8601. */
  readonly since: string;
  readonly custodial?: true;
  /** Of the change that the run planned for it. */
  readonly outcome?: Outcome;
  readonly outcomeWhy?: string;
  /** ISO 8601. */
  readonly outcomeAt?: string;
  /** What the read-back saw after the change; absent where nothing was tried, or nothing could be seen. */
  readonly factsAfter?: RecordedFacts;
}

/** What stands at the head of everything made from a run. */
export interface ReportHead {
  readonly run: string;
  readonly mode: Mode;
  readonly status: RunStatus | "running";
  readonly origin: Origin;
  /** Hash of the policy it was judged by. */
  readonly policy: string;
  /** Version of the code that swept. */
  readonly code: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** When this report was made. */
  readonly madeAt: string;
  /** The moment that was asked for, when it was not the run; ISO 8601. */
  readonly asOf?: string;
  /** With `asOf`: the day that it is the end of, as it was asked for. */
  readonly day?: string;
  /** With `asOf`: on which sweeps it rests and how old those were, one sentence each. */
  readonly rests?: readonly string[];
  readonly directories: readonly DirectoryRecord[];
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
  /** One table: its writer keeps only what it must until the end. */
  open(head: ReportHead): Table;
}

export interface Table {
  /** What stands before the first row; may be empty. */
  begin(): string;
  /** May be empty, where the format has nothing to say of such a row or gathers several. */
  row(row: ReportRow): string;
  end(): string;
}

export interface ReportPorts {
  readonly ledger: Pick<Ledger, "readRun" | "listRuns" | "listChanges" | "readStates" | "readHistory">;
  readonly evidence: Evidence;
  readonly clock: Clock;
}

/** The evidence of one directory, whose manifest is the one that the ledger knows. */
export interface Source {
  readonly record: DirectoryRecord;
  /** SHA-256 of the manifest, hex. */
  readonly hash: string;
  readonly manifest: SweepManifest;
}
