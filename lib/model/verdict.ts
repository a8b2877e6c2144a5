/** What a judgement says about one subject, and what it needs to remember from before. */

/** A verdict with what it rests on. Show it as `compliant (enabled)`: the switch alone proves no second factor. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly why: string;
  readonly rule?: string;
  readonly requirement?: Requirement | "none" | "profile";
  /** Id of the exemption that binds this account, in force or not needed. */
  readonly exemption?: string;
  /** The exemption binds an account that meets the requirement anyway. */
  readonly exemptionNeedless?: boolean;
  /** When grace, exemption or enrolment time ends; ISO 8601. */
  readonly until?: string;
  /** When the clock of its grace began, where a rule gives any; ISO 8601. */
  readonly graceFrom?: string;
  /** Only a person can correct it: writing it again would not. */
  readonly needsPerson?: true;
  /** The policy names this account by id, and its user name no longer fits. */
  readonly nameChanged?: boolean;
}

/** What a judgement may come to, in the order in which it is shown. */
export const VERDICTS = ["compliant", "pending", "violating", "grace", "exempt", "unknown", "out-of-scope"] as const;

export type Verdict = (typeof VERDICTS)[number];

/** What a rule may require of an account; weakest first. */
export const REQUIREMENTS = ["enabled", "registered", "phishing-resistant"] as const;

export type Requirement = (typeof REQUIREMENTS)[number];

/** What the ledger remembers of a subject and a judgement needs. */
export interface SubjectHistory {
  /** When a sweep first saw it; ISO 8601. */
  readonly firstSeenAt: string;
  /** When the clock of its grace began; ISO 8601. It is never set back but by 30 days of inactivity. */
  readonly graceFrom?: string;
  /** Since when it has been seen inactive, or was gone; ISO 8601. Absent while it is active. */
  readonly inactiveSince?: string;
  /** When its switch was first seen on. Kept when it goes off and on again, so that enrolment time cannot be renewed. */
  readonly enabledSince?: string;
  /** What we last wrote into this profile: the version of the secret, and whether it was pushed live. */
  readonly written?: WrittenProfile;
  /** When that was; ISO 8601. */
  readonly writtenAt?: string;
  /** Version of the directory's secret whose password the vendor refused: not used again for this account. */
  readonly refusedSecret?: string;
  /** When we last put it back as it was before a change of ours; ISO 8601. */
  readonly revertedAt?: string;
}

/** What was last written into a profile from here. */
export interface WrittenProfile {
  /** Of the secret. */
  readonly version: string;
  readonly live: boolean;
  /**
   * The profile's `masks` right after it was written, or that they differ at each reading. Absent where nobody looked, or the vendor
   * shows none.
   */
  readonly masks?: string;
}

/** When the grace of a user name began, whatever account had it. */
export interface GraceClock {
  /** ISO 8601. */
  readonly from: string;
  /** Since when nobody active has had the name; ISO 8601. Absent while somebody has it. */
  readonly goneSince?: string;
}
