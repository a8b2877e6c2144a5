/** One vendor tenant as the product sees it: who is in it, how a subject is changed, and how its owner checks the credential. */
import type { ChangeRequestResult, RecordedFacts } from "./change.ts";
import type { PolledEvents, VendorEvent, WebhookPlan, WebhookTarget } from "./event.ts";
import type { Clock } from "./ports.ts";
import type { DirectoryFact, SeenPopulations } from "./run.ts";
import type { FactName, Subject } from "./subject.ts";

/**
 * One vendor tenant. A capability is a method that exists. Every method throws a `WardenError`; none ever answers with less
 * than it was asked for.
 */
export interface Directory {
  readonly vendor: string;
  /** Whose accounts these are, and which API says so: goes into the evidence. */
  readonly tenant: string;
  readonly api: string;
  /** Its subjects are MFA server profiles, which nobody signs in with. Absent: accounts. */
  readonly subjectKind?: "profile";
  /**
   * A change makes the vendor ask for a device at the next sign-in, so that it locks out nobody who has none yet. Its subjects say
   * `switchNeedsDevice`: to be asked proves nothing.
   */
  readonly enrolsAtSignIn?: true;
  /** Version of the secret that it was opened with. */
  readonly secretVersion: string;
  /** What the credential may do, as the vendor's token says; empty where the vendor puts it elsewhere. */
  scopes(): readonly string[];
  /** The next part of the listing. @param cursor the `next` of the page before, `undefined` for the first */
  page(cursor: string | undefined, signal: AbortSignal): Promise<Page>;
  /** How many subjects there are, counted independently of the listing. */
  total?(signal: AbortSignal): Promise<number>;
  /** Those that the last total counted. Absent: this vendor has none. */
  populations?(): SeenPopulations | undefined;
  /** Parts that can be listed side by side, as the last total counted them. `undefined`: it cannot be cut. */
  shards?(): readonly Shard[] | undefined;
  /** What the vendor says of the directory as a whole; what it does not say is `null`. Throws only `ERR_ABORTED`. */
  facts?(signal: AbortSignal): Promise<readonly DirectoryFact[]>;
  /** How much of the tenant the credential may see, by the vendor's own record of its rights. Absent: this vendor keeps none. */
  coverage?(signal: AbortSignal): Promise<Coverage>;
  /** The subjects with facts that cost a call each; as many as it got, in the same order. */
  complete?(subjects: readonly Subject[], facts: readonly FactName[], signal: AbortSignal): Promise<Subject[]>;
  /** Which facts of `complete` a sweep may take from the record. Absent: it asks for them each time. */
  readonly factReuse?: FactReuse;
  /** Fresh, for judging one and for the read-back; `undefined` when the vendor says that there is no such subject. */
  read(id: string, signal: AbortSignal): Promise<Subject | undefined>;
  /**
   * As `read`, right before a change that is read back; the switch may be as the account's own record has it. Only with `readBack`,
   * which is asked where that record does not say that there is something to change. Absent: it costs as much as `read`.
   */
  readForChange?(id: string, signal: AbortSignal): Promise<Subject | undefined>;
  /** The id of the account with exactly this user name. */
  find?(username: string, signal: AbortSignal): Promise<string | undefined>;
  /** The account's e-mail address, asked for when somebody writes to it, and recorded nowhere. `undefined`: it has none. */
  emailOf?(id: string, signal: AbortSignal): Promise<string | undefined>;
  /** Whether a group or population that a rule names exists. */
  exists?(kind: "group" | "population", id: string, signal: AbortSignal): Promise<boolean>;
  /** The groups and populations that rules may name, the first `MAX_COLLECTIONS` of each. Absent: this vendor's rules name none. */
  collections?(signal: AbortSignal): Promise<readonly Collection[]>;
  /** What a person should know before this subject is changed; calls nobody. One plain sentence. */
  caution?(subject: Subject): string | undefined;
  /**
   * Turns MFA on, or writes the profile as wanted. Absent: this directory can only be observed. `sent` proves nothing: read
   * back. Throws `ERR_VENDOR_PASSWORD` when the vendor refused the password that the change needs.
   */
  enforce?(subject: Subject, signal: AbortSignal): Promise<ChangeRequestResult>;
  /**
   * Puts back what `enforce` changed, as it was by the facts on record from before; lowers security, so that only a plan which a
   * person has approved may ask for it. Absent: nothing can be put back. `sent` proves nothing: read back. Throws as `enforce`.
   */
  revert?(subject: Subject, before: RecordedFacts, signal: AbortSignal): Promise<ChangeRequestResult>;
  /** Why a change of this subject cannot be put back; calls nobody. One plain clause; `undefined` where it can. */
  whyNotReverted?(subject: Subject, before: RecordedFacts): string | undefined;
  /**
   * Right after a change: what the change is to bring about, read anew; the other facts stay those that were read right before it.
   * `undefined` when the vendor says that there is no such subject. Absent: it costs as much as `read`.
   */
  readBack?(changed: Subject, signal: AbortSignal): Promise<Subject | undefined>;
  /**
   * After the read-back: whether the account can still be used as before. One that cannot has been put back as it was, where
   * that was possible, and the answer says why. `masks`: of a profile, read once more.
   */
  confirm?(
    subject: Subject,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly masks?: string } | { readonly ok: false; readonly why: string }>;
  /** What is written is only a candidate until somebody pushes it live: a change that reads back well is `staged`. */
  readonly candidate?: true;
  /** Pushes candidates live, ours alone. Absent with `candidate`: a person pushes. */
  readonly publish?: {
    /** Answers the id of the job. */
    start(changed: readonly string[], signal: AbortSignal): Promise<string>;
    /** @param seen of the look before: only what two looks, some time apart, saw alike counts as a good end */
    poll(job: string, signal: AbortSignal, seen?: string): Promise<PublishJobState>;
  };
  /** What the vendor's own log says of this account; newest first, at most 1,000. */
  log?(id: string, from: Date, to: Date, signal: AbortSignal): Promise<VendorEvent[]>;
  /**
   * Ids of the accounts whose credentials we use to look at the others, and would lose by changing them. Absent: we use none of
   * these accounts, such as where the credential is an application's. Throws if nobody can tell.
   */
  ownAccounts?(signal: AbortSignal): Promise<readonly string[]>;
  /** Ids of the subjects that use the directory's secret: to be looked at again when it has a new version. */
  secretUsers?(): readonly string[];
  /** Harmless: credentials, permissions, reach. `thorough`: also what may bother somebody or count as a failed sign-in. */
  check(signal: AbortSignal, thorough?: boolean): Promise<DoctorCheck[]>;
  /**
   * Whom the vendor's own log names since the last poll; the same event may come again. Absent: it sends webhooks, or keeps no log.
   * @param cursor the `next` of the poll before; `undefined` for the first, which begins now
   */
  poll?(cursor: string | undefined, signal: AbortSignal): Promise<PolledEvents>;
  /** The vendor's side of webhooks. Absent: this vendor sends none. */
  readonly hooks?: {
    /** Compares what is set up with what is wanted, and changes nothing. `detail` never holds a header's value. */
    plan(wanted: WebhookTarget, signal: AbortSignal): Promise<WebhookPlan>;
    /** Makes it as wanted; doing so twice does no harm. */
    apply(wanted: WebhookTarget, signal: AbortSignal): Promise<void>;
    /** Lets what is set up last on. Throws `ERR_VENDOR_NOT_FOUND` if nothing is. Absent: it has no end. */
    renew?(signal: AbortSignal): Promise<void>;
  };
}

/** Facts that a sweep takes from the record instead of asking for them again, as long as nothing speaks against it. Never for a change. */
export interface FactReuse {
  readonly facts: readonly FactName[];
  /** Since they were read. */
  readonly maxAgeMs: number;
  /**
   * Whose facts may have changed since then, by the vendor's own log. `undefined`: nobody can tell, so that everybody is asked.
   * @param from not later than the oldest fact that is to be taken
   */
  changedSince(from: Date, signal: AbortSignal): Promise<LoggedChanges | undefined>;
}

/** When facts may last have changed, by the vendor's clock; milliseconds since 1970. */
export interface LoggedChanges {
  /** By id. */
  readonly bySubject: ReadonlyMap<string, number>;
  /** Those of everybody; absent: nothing happened that concerns more than one. */
  readonly ofAll?: number;
}

/** What a vendor sorts accounts into. */
export interface Collection {
  readonly kind: "group" | "population";
  readonly id: string;
  /** As people at the vendor call it. */
  readonly name: string;
  /** How many accounts are in it, where the vendor says so. */
  readonly accounts?: number;
}

/** More than a person looks through. */
export const MAX_COLLECTIONS = 200;

/** One answer of a listing. `next` is opaque and goes back as it came. */
export interface Page {
  readonly subjects: readonly Subject[];
  readonly next?: string;
  /** How many there are in all, as this answer claims; not an independent count. */
  readonly claimed?: number;
  /** The vendor's clock: the answer's `Date` header, ISO 8601. */
  readonly date?: string;
}

/** A part of a directory that has a listing of its own. Its accounts say when they were created. */
export interface Shard {
  readonly id: string;
  /** How many accounts it has, counted independently of the listing. */
  readonly accounts: number;
  /** Cursor of its first page. */
  readonly first: string;
}

/**
 * Whether the credential may see every account. One that it may not see is in no listing and in no count, so that both agree and
 * are wrong. `limitedTo` names the parts that it may see, like "population <id>".
 */
export type Coverage =
  | { readonly extent: "whole" }
  | { readonly extent: "limited"; readonly limitedTo: readonly string[] }
  | { readonly extent: "unknown"; readonly why: string };

/** Whether what was pushed is live. */
export type PublishJobState =
  /** `seen` is opaque, and goes into the next look. */
  | { readonly done: false; readonly seen?: string }
  | { readonly done: true; readonly ok: boolean; readonly detail: string };

/** One line of `doctor`. */
export interface DoctorCheck {
  readonly name: string;
  /** `warning`: somebody should see to it, and sweeps work all the same. */
  readonly result: "passed" | "warning" | "failed" | "cannot be tested";
  /** What was seen, and what to do about it. */
  readonly detail: string;
}

/** Everything an open directory gets from outside. */
export interface DirectoryNeeds {
  /** As in the policy file, read by the vendor's own settings schema. */
  readonly settings: unknown;
  readonly secret: unknown;
  readonly secretVersion: string;
  readonly id: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** How to wait for a vendor that takes no more calls for now; default: by a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}
