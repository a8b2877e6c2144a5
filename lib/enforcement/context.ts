/** Looks at one subject: read fresh, judged, and looked at again until a change shows. */
import type { Clock, Directory, FactSheet, Judgement, Ledger, Subject } from "../model/index.ts";
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
  readonly patience: number;
}

/** What one look, and one change, works with. */
export interface Bench {
  readonly id: string;
  readonly directory: Directory;
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a change may take to show, in ms (design: 30 s). */
  readonly patience: number;
  readonly tell?: (moment: Moment) => void;
}

/** What the enforcement of a subject has just done; for progress, and for tests that kill it there. */
export interface Moment {
  readonly did: "claimed" | "changed" | "read-back" | "recorded";
  readonly directory: string;
  readonly subject: string;
}

export const now = (bench: Pick<Bench, "clock">): string => new Date(bench.clock()).toISOString();

/** Whether what a change is to bring about shows. Of a profile that is all but its secret, which no vendor shows. */
export function isDone({ profile, facts }: Subject): boolean {
  if (profile) return profile.present && profile.differs.length === 0;
  return facts.enabled.known && facts.enabled.value;
}

/** Whether it showed before: then it proves nothing afterwards. */
export const wasDone = ({ present, differs }: FactSheet): boolean =>
  present === true && Array.isArray(differs) && differs.length === 0;

export interface Look {
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** ISO 8601. */
  readonly observedAt: string;
}
