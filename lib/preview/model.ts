/** What another policy would say of a recorded population. */

import type { Problem, Verdict, VerdictCounts } from "../model/index.ts";
import type { Unrecorded } from "../policy/index.ts";

/** One difference between two policies. */
export interface PolicyChange {
  /** As the policy file calls it. */
  readonly part:
    | "rules"
    | "exemptions"
    | "directories"
    | "breakGlass"
    | "approval"
    | "administrators"
    | "limits"
    | "freeze"
    | "notices"
    | "notify"
    | "people"
    | "timezone"
    | "deploy";
  /** Of a rule, a directory, an exemption or an account; absent where the whole part is meant. */
  readonly name?: string;
  /** One clause for people: "requires enabled in place of registered". */
  readonly what: string;
  /** By this change less is required, of fewer accounts, later, or less is done about it. */
  readonly lowers: boolean;
  /** By this change more accounts may be changed, sooner or with less care: somebody may be locked out. */
  readonly weakensGuard?: true;
}

/** What a policy can mean for one account. */
export const EFFECTS = [
  "violating",
  "wouldChange",
  "compliant",
  "unknown",
  "enteredScope",
  "leftScope",
  "exempt",
  "givenTime",
  "lessRequired",
  "moreRequired",
  "noLongerChanged",
] as const;

/**
 * `wouldChange`: a sweep in mode enforce would plan a change, and would not before. `noLongerChanged`: the other way round, though it is
 * known what the account is. `givenTime`:
 * violated, and is in its grace or has time to enrol. `lessRequired`: still in scope, by a weaker requirement. Others: has that verdict
 * and had another.
 */
export type Effect = (typeof EFFECTS)[number];

/** Effects by which fewer accounts are held to what they were held to. */
export const LOWERING_EFFECTS = ["leftScope", "exempt", "givenTime", "lessRequired", "noLongerChanged"] as const;

/** One account that two policies judge differently. Names are data from outside. */
export interface AccountChange {
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  readonly was: Verdict;
  readonly now: Verdict;
  readonly wasRule?: string;
  readonly rule?: string;
  readonly why: string;
}

export interface CountedAccounts {
  readonly count: number;
  /** In the order of the evidence. */
  readonly first: readonly AccountChange[];
}

/** Counts by the policy of the run, and by the other one. */
export interface Shift {
  readonly before: VerdictCounts;
  readonly after: VerdictCounts;
  readonly wouldChange: { readonly before: number; readonly after: number };
}

/** Why the verdict on an account cannot be told from the record. */
export type Lacking = Unrecorded | "settings";

export interface Preview {
  readonly run: string;
  /** When the run began to read; ISO 8601. */
  readonly readAt: string;
  /** Both policies are asked what holds at the end of this day; absent: when each account was read. */
  readonly day?: string;
  /** Why the run is less than the whole truth. */
  readonly incomplete: readonly Problem[];
  /** Hashes of both policies. */
  readonly policy: { readonly before: string; readonly after: string };
  readonly changes: readonly PolicyChange[];
  readonly total: Shift;
  readonly directories: readonly (Shift & { readonly directory: string })[];
  /** In the order of the other policy, then those that only the run's has; `null`: no rule binds the account, or it is not known which. */
  readonly rules: readonly (Shift & { readonly rule: string | null })[];
  readonly effects: Readonly<Record<Effect, CountedAccounts>>;
  /** Accounts whose verdict is unknown only since the run had no reason to record something, by what that is. */
  readonly unrecorded: { readonly count: number; readonly by: Readonly<Partial<Record<Lacking, number>>> };
  /** Directories of the other policy of whose accounts nothing can be said, and why: one clause. */
  readonly notRead: readonly { readonly directory: string; readonly why: string }[];
  /** Directories that only the policy of the run has. */
  readonly dropped: readonly { readonly directory: string; readonly accounts: number; readonly inScope: number }[];
}
