/** What the room gets from outside, and what it says of its work. */

import type { EnforcementPorts } from "../enforcement/index.ts";
import type { Outcome, Queue } from "../model/index.ts";

/** What rechecking one subject gets. */
export interface SubjectRecheckPorts extends EnforcementPorts {
  readonly onProgress?: (event: Rechecked) => void;
  /** Lets go of what is kept of a directory's secret, so that it is opened with the newest version. */
  readonly forget?: (directory: string) => void;
}

/** And what messages from the queue need besides. */
export interface RecheckPorts extends SubjectRecheckPorts {
  readonly queue: Queue;
  /** After how many ms what failed for the first time comes again; each later wait is five times as long. 60,000. */
  readonly retryMs?: number;
  /** Stands before the name of every secret. */
  readonly secretsPrefix?: string;
}

/** What the events of one subject came to. */
export interface RecheckResult {
  /** `seen`: handled before. `older`: the ledger knows something newer. `gone`: the vendor has no such subject. */
  readonly did: "looked" | "changed" | "seen" | "older" | "gone" | "failed";
  readonly outcome?: Outcome;
  readonly why?: string;
}

/** The same, with whose and which events these were. */
export interface Rechecked extends RecheckResult {
  readonly directory: string;
  readonly subject: string;
  readonly events: readonly string[];
}
