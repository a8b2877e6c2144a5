/** What work on one subject is given, and what it says of itself. */

import type {
  Change,
  Clock,
  Directory,
  Judgement,
  Lease,
  Ledger,
  RecordedFacts,
  Subject,
  SubjectState,
} from "../model/index.ts";
import type { Policy } from "../policy/index.ts";

/** What judging and changing subjects needs from outside, whoever asks for it. */
interface SubjectPorts {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a change may take to show, in ms (design: 30 s). */
  readonly readBackTimeoutMs: number;
}

/** The same before a directory is opened. */
export interface EnforcementPorts extends SubjectPorts {
  /** Opens a configured directory with its secret. Throws `ERR_SECRET_*`. */
  readonly open: (directory: string, signal: AbortSignal) => Promise<Directory>;
}

/** The same for the subjects of one open directory. */
export interface SubjectContext extends SubjectPorts {
  /** Of the directory. */
  readonly id: string;
  readonly directory: Directory;
  readonly onProgress?: (event: ChangeProgress) => void;
}

/** What the enforcement of a subject has just done; for progress, and for tests that kill it there. */
export interface ChangeProgress {
  readonly did: "claimed" | "changed" | "read-back" | "recorded";
  readonly directory: string;
  readonly subject: string;
}

export const reportProgress = (context: SubjectContext, did: ChangeProgress["did"], subject: string): void =>
  context.onProgress?.({ did, directory: context.id, subject });

/** One change, and for whom it is made. */
export interface ChangeTask {
  /** The run (or event) and its fencing token; the token is 0 where no lease stands behind it. */
  readonly lease: Pick<Lease, "run" | "token">;
  readonly change: Change;
  /** Of the subject, if it has just been read strongly consistent. What was claimed since, the claim's own condition sees. */
  readonly state?: SubjectState;
  /** The subject, if it has just been read. */
  readonly justRead?: Pick<ObservedSubject, "subject" | "observedAt">;
}

/** One subject, read and judged at one moment. */
export interface ObservedSubject {
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** ISO 8601. */
  readonly observedAt: string;
}

export const isoNow = ({ clock }: Pick<SubjectContext, "clock">): string => new Date(clock()).toISOString();

/** Whether what a change is to bring about shows. Of a profile that is all but its secret, which no vendor shows. */
export function isEnforced({ profile, facts }: Subject): boolean {
  if (profile) return profile.present && profile.unreadable === undefined && profile.differs.length === 0;
  return facts.enabled.known && facts.enabled.value;
}

/** Whether a profile showed as wanted before its change: then showing so proves nothing afterwards. */
export const wasEnforced = ({ present, differs }: RecordedFacts): boolean =>
  present === true && Array.isArray(differs) && differs.length === 0;
