/** What a run is given, and what it answers. */
import type { ApprovedPlans } from "../approval/index.ts";
import type {
  AnnouncePlan,
  AnnounceRun,
  DirectoryRecord,
  Mode,
  NoticeReceivers,
  NoticeSender,
  Origin,
  RunStatus,
  UndoOrder,
} from "../model/index.ts";
import type { SweepPorts } from "../sweep/index.ts";

export interface RunOrder {
  readonly mode: Mode;
  readonly origin: Origin;
  /** All of the policy's directories unless given. */
  readonly directories?: readonly string[];
  /** When a schedule meant it to start, ISO 8601: of two deliveries of the same start, one opens a run. */
  readonly scheduledAt?: string;
  /** The approved plans to apply: `plans` has the hash of each by directory, and no other directory is swept. */
  readonly applies?: ApprovedPlans;
  /** Plans the undoing of an earlier run; in mode `plan` alone. */
  readonly undoes?: UndoOrder;
  /** How long each sweep rests between two waves of changes, at most 900; absent: not at all. */
  readonly waveWaitSeconds?: number;
}

export interface RunReport {
  readonly run: string;
  readonly mode: Mode;
  readonly status: RunStatus;
  readonly directories: readonly DirectoryRecord[];
}

export interface RunPorts
  extends Pick<SweepPorts, "policy" | "policyHash" | "ledger" | "clock" | "ulid" | "code" | "invokedAt"> {
  /** It may be called twice for one run, and what it throws is for its own log: the run is over, and recorded. */
  readonly announce?: AnnounceRun;
  /** The same for each plan that came to another status; told apart by run, directory and status. */
  readonly announcePlan?: AnnouncePlan;
  /** How e-mail addresses are written to. Absent: the policy names no way, or one that is not here. */
  readonly noticeSender?: NoticeSender;
  /** The receivers that the policy names. */
  readonly receivers?: NoticeReceivers;
}
