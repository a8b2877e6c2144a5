/** Looks at one subject: read fresh, judged, and looked at again until a change shows. */
import type { Clock, Directory, Judgement, Ledger, RecordedFacts, Subject } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";

/** Everything that enforcing changes gets from outside, whoever asks for them. */
export interface EnforcementPorts {
  readonly policy: Policy;
  readonly policyHash: string;
  /** Opens a configured directory with its secret. Throws `ERR_SECRET_*`. */
  readonly open: (directory: string, signal: AbortSignal) => Promise<Directory>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a change may take to show, in ms. */
  readonly readBackTimeoutMs: number;
}

/** What one look, and one change, works with. */
export interface SubjectContext {
  readonly id: string;
  readonly directory: Directory;
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a change may take to show, in ms (design: 30 s). */
  readonly readBackTimeoutMs: number;
  readonly onProgress?: (moment: ChangeProgress) => void;
}

/** What the enforcement of a subject has just done; for progress, and for tests that kill it there. */
export interface ChangeProgress {
  readonly did: "claimed" | "changed" | "read-back" | "recorded";
  readonly directory: string;
  readonly subject: string;
}

export const isoNow = (bench: Pick<SubjectContext, "clock">): string => new Date(bench.clock()).toISOString();

/** Whether what a change is to bring about shows. Of a profile that is all but its secret, which no vendor shows. */
export function isEnforced({ profile, facts }: Subject): boolean {
  if (profile) return profile.present && profile.differs.length === 0;
  return facts.enabled.known && facts.enabled.value;
}

/** Whether it showed before: then it proves nothing afterwards. */
export const wasEnforced = ({ present, differs }: RecordedFacts): boolean =>
  present === true && Array.isArray(differs) && differs.length === 0;

export interface ObservedSubject {
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** ISO 8601. */
  readonly observedAt: string;
}
