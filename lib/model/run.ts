/** One run over many directories: its status, its records, and what a directory remembers from run to run. */
import type { Outcome } from "./change.ts";
import type { VerdictCounts } from "./counts.ts";
import type { PlanNoticeRecord } from "./notice.ts";

/** One run, from its start on. */
export interface RunRecord {
  readonly run: string;
  readonly mode: Mode;
  readonly status: RunStatus | "running";
  readonly origin: Origin;
  readonly policy: string;
  readonly code: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly directories: readonly string[];
  /** Stands for the execution that opened it; absent in records of earlier versions. */
  readonly opener?: string;
  /** The run whose approved plan this one applies. */
  readonly applies?: string;
  /** The run whose changes this one plans to undo. */
  readonly undoes?: string;
  /** Whether the approvers were told that its plans wait; absent where the policy names none, or nothing waits. */
  readonly told?: PlanNoticeRecord;
}

/** What a run did in one directory. */
export interface DirectoryRecord {
  readonly run: string;
  readonly id: string;
  readonly vendor: string;
  readonly status: RunStatus | "running";
  readonly mode: Mode;
  /** The lowest total the vendor claimed while it was read; absent when it claims none. */
  readonly total?: number;
  /** Different subjects read. */
  readonly read: number;
  /** How many of them the vendor listed; absent where it listed all. The others are wanted by the policy, and not there. */
  readonly listed?: number;
  readonly verdicts: VerdictCounts;
  readonly after: VerdictCounts;
  readonly changes: Readonly<Record<Outcome | "planned", number>>;
  readonly departed?: number;
  readonly duplicates?: number;
  /** Ids of administrators who were violating before any change, the first 200; absent where there is none, or nobody is told of them. */
  readonly violatingAdministrators?: readonly string[];
  /**
   * How many parts were listed side by side, and the one with most accounts. `doubt`: why what was read so did not count, and the
   * directory was listed as a whole. Absent where it was so from the beginning, and in records of earlier versions.
   */
  readonly shards?: {
    readonly count: number;
    readonly longest?: { readonly id: string; readonly accounts: number };
    readonly doubt?: string;
  };
  /** Hash of the plan with the facts it rests on: what an approval names. */
  readonly plan?: string;
  readonly manifest?: string;
  /** ISO 8601; absent while it runs, and in records of earlier versions. */
  readonly endedAt?: string;
  /** Absent where the vendor states none, and in records of earlier versions. */
  readonly facts?: readonly DirectoryFact[];
  /** The run that its manifest is stored as, where another run sealed what this one had finished when it died. */
  readonly sealedAs?: string;
  readonly problems: readonly Problem[];
}

/** Best first. */
export const RUN_STATUSES = ["completed", "awaiting-approval", "incomplete", "refused", "halted", "failed"] as const;

/**
 * How a run, or one directory of it, ended. A run's status is the worst of its directories'. `halted`: everybody was read, and
 * changing them was stopped on the way.
 */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The worst of them; `completed` of none. */
export const worstStatus = (statuses: readonly RunStatus[]): RunStatus =>
  RUN_STATUSES[Math.max(0, ...statuses.map((status) => RUN_STATUSES.indexOf(status)))] ?? "failed";

const READ_WHOLE: readonly string[] = ["completed", "awaiting-approval", "halted"] satisfies RunStatus[];

/** Whether a directory that ended like this was read whole, whatever became of its changes. */
export const isReadWhole = (status: RunStatus | "running"): boolean => READ_WHOLE.includes(status);

/** The status of a run over directories that ended so. One over none has looked at nothing, and is no success. */
export const statusOfRun = (statuses: readonly RunStatus[]): RunStatus =>
  statuses.length === 0 ? "refused" : worstStatus(statuses);

/** What a run may do: `plan` changes nothing. */
export type Mode = "plan" | "enforce";

/** Who started a run, and how: goes into the evidence. */
export interface Origin {
  /** Caller ARN or system user. */
  readonly by: string;
  readonly how: string;
}

/** What went wrong, for people: a code to look up and one plain sentence. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly directory?: string;
}

/** The right to work on one directory; no two runs hold it at once. */
export interface Lease {
  readonly directory: string;
  readonly run: string;
  /** Fencing token: grows with every holder. */
  readonly token: number;
}

/** What a directory remembers from run to run; kept beside its lease. */
export interface DirectoryHead {
  /** The last population that was complete, or accepted by a person. */
  readonly baseline?: Baseline;
  /** The last manifest, so that the next one can name it. */
  readonly manifest?: { readonly run: string; readonly hash: string };
  /** The last hour whose changes made by events are sealed: `YYYY-MM-DDTHH`, UTC. */
  readonly sealed?: string;
  /** The newest plan. */
  readonly plan?: { readonly run: string };
}

/** What the next population is measured by. */
export interface Baseline {
  readonly run: string;
  readonly read: number;
  /** How many of them the vendor listed; absent where it listed all. */
  readonly listed?: number;
  /** Runs it was accepted in place of: who was there and is not now has departed. */
  readonly also?: readonly string[];
}

/** A person's word that a population counts, though it was not whole or had changed by much. */
export interface BaselineDecision {
  readonly baseline: Baseline;
  readonly origin: Origin;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The populations of a directory, as its vendor listed them. */
export interface SeenPopulations {
  readonly count: number;
  /** Sorted; absent where there are more than 1,000, or one cannot be read. */
  readonly ids?: readonly string[];
}

/** What a vendor says of a directory as a whole. It proves nothing of any account. */
export interface DirectoryFact {
  /** The vendor's own name of it. */
  readonly name: string;
  /** `null`: it is not known. */
  readonly value: boolean | null;
  /** One plain sentence. */
  readonly meaning: string;
}

/** Whose accounts, which API said so, and with which rights. */
export interface DirectorySource {
  readonly tenant: string;
  readonly api: string;
  readonly scopes: readonly string[];
}

/** What the world outside is told of a run that is over. */
export interface RunCompleted {
  readonly run: string;
  readonly mode: Mode;
  readonly status: RunStatus;
  /** Hashes of the manifests: `verify --expect-head` takes them. A directory that left none is not here. */
  readonly heads: readonly { readonly directory: string; readonly hash: string }[];
}

/** A report that is written. */
export interface ReportCompleted extends Pick<RunCompleted, "run" | "status" | "heads"> {
  /** To its page; whoever has it can read it, until `expires` at the latest. */
  readonly link: string;
  /** ISO 8601. */
  readonly expires: string;
  /** What makes the run less than the whole truth, one sentence each. */
  readonly incomplete: readonly string[];
}

/** How long a sweep may rest between two waves of changes. */
export const MAX_WAVE_WAIT_MINUTES = 15;
