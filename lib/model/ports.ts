/** What the product asks of the world outside it. The adapters in `aws/`, `ledger/` and `directories/` implement these. */
import type {
  Change,
  ChangeRequestResult,
  ChangeResult,
  Claim,
  GuardState,
  HistoryEvent,
  Observation,
  SubjectState,
} from "./change.ts";
import type { DeadLetter, QueueMessage, ReceivedMessage, VendorEvent, WebhookPlan, WebhookTarget } from "./event.ts";
import type {
  Baseline,
  DirectoryHead,
  DirectoryRecord,
  Lease,
  Origin,
  RunCompleted,
  RunRecord,
  RunStatus,
} from "./run.ts";
import type { FactName, Subject } from "./subject.ts";
import type { Verdict } from "./verdict.ts";

/** One answer of a listing. `next` is opaque and goes back as it came. */
export interface Page {
  readonly subjects: readonly Subject[];
  readonly next?: string;
  /** How many there are in all, as this answer claims; not an independent count. */
  readonly claimed?: number;
  /** The vendor's clock: the answer's `Date` header, ISO 8601. */
  readonly date?: string;
}

/** One line of `doctor`. */
export interface DoctorCheck {
  readonly name: string;
  readonly result: "passed" | "failed" | "cannot be tested";
  /** What was seen, and what to do about it. */
  readonly detail: string;
}

export type PublishJobState =
  | { readonly done: false }
  | { readonly done: true; readonly ok: boolean; readonly detail: string };

/**
 * One vendor tenant. A capability is a method that exists. Every method throws a `WardenError`; none ever answers with less
 * than it was asked for.
 */
export interface Directory {
  readonly vendor: string;
  /** Whose accounts these are, and which API says so: goes into the evidence. */
  readonly tenant: string;
  readonly api: string;
  /** Version of the secret that it was opened with. */
  readonly secretVersion: string;
  /** What the credential may do, as the vendor's token says; empty where the vendor puts it elsewhere. */
  scopes(): readonly string[];
  page(cursor: string | undefined, signal: AbortSignal): Promise<Page>;
  /** How many subjects there are, counted independently of the listing. */
  total?(signal: AbortSignal): Promise<number>;
  /** Finds out facts that cost a call per subject. Answers as many subjects as it got, in the same order. */
  complete?(subjects: readonly Subject[], facts: readonly FactName[], signal: AbortSignal): Promise<Subject[]>;
  /** Fresh, for judging one and for the read-back; `undefined` when the vendor says that there is no such subject. */
  read(id: string, signal: AbortSignal): Promise<Subject | undefined>;
  /** The id of the account with exactly this user name. */
  find?(username: string, signal: AbortSignal): Promise<string | undefined>;
  /** Whether a group or population that a rule names exists. */
  exists?(kind: "group" | "population", id: string, signal: AbortSignal): Promise<boolean>;
  /** What a person should know before this subject is changed; calls nobody. One plain sentence. */
  caution?(subject: Subject): string | undefined;
  /**
   * Turns MFA on, or writes the profile as wanted. Absent: this directory can only be observed. `sent` proves nothing: read
   * back. Throws `ERR_VENDOR_PASSWORD` when the vendor refused the password that the change needs.
   */
  enforce?(subject: Subject, signal: AbortSignal): Promise<ChangeRequestResult>;
  /**
   * After the read-back: whether the account can still be used as before. One that cannot has been put back as it was, where
   * that was possible, and the answer says why.
   */
  confirm?(
    subject: Subject,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  /** What is written is only a candidate until somebody pushes it live: a change that reads back well is `staged`. */
  readonly candidate?: true;
  /** Pushes candidates live, ours alone. Absent with `candidate`: a person pushes. */
  readonly publish?: {
    /** Answers the id of the job. */
    start(changed: readonly string[], signal: AbortSignal): Promise<string>;
    poll(job: string, signal: AbortSignal): Promise<PublishJobState>;
  };
  /** What the vendor's own log says of this account; newest first, at most 1,000. */
  log?(id: string, from: Date, to: Date, signal: AbortSignal): Promise<VendorEvent[]>;
  /** Ids of the subjects that use the directory's secret: to be looked at again when it has a new version. */
  secretUsers?(): readonly string[];
  /** Harmless: credentials, permissions, reach. `thorough`: also what may bother somebody or count as a failed sign-in. */
  check(signal: AbortSignal, thorough?: boolean): Promise<DoctorCheck[]>;
  /** The vendor's side of webhooks. Absent: this vendor sends none. */
  readonly hooks?: {
    /** Compares what is set up with what is wanted, and changes nothing. `detail` never holds a header's value. */
    plan(wanted: WebhookTarget, signal: AbortSignal): Promise<WebhookPlan>;
    /** Makes it as wanted; doing so twice does no harm. */
    apply(wanted: WebhookTarget, signal: AbortSignal): Promise<void>;
  };
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
}

/** Milliseconds since 1970. */
export type Clock = () => number;

/** One JSON object per directory. Throws `ERR_SECRET_MISSING`; never caches a failure. */
export interface SecretStore {
  read(directory: string, name: string, signal: AbortSignal): Promise<Secret>;
}

/** `version` changes whenever the value does and tells nothing of it: Secrets Manager's own, or a keyed digest. */
export interface Secret {
  readonly value: unknown;
  readonly version: string;
}

/** State and history of every subject, every run, every change. Single-item conditional writes only. */
export interface Ledger {
  /** Takes the lease, or says who holds it until when. `unsettled`: runs that died under it and were not yet settled. */
  acquireLease(
    directory: string,
    run: string,
  ): Promise<
    | { readonly lease: Lease; readonly unsettled: readonly string[]; readonly head: DirectoryHead }
    | { readonly heldBy: string; readonly until: string }
  >;
  /** Throws `ERR_LEASE_LOST` when somebody else has taken over. */
  renewLease(lease: Lease): Promise<void>;
  markRunRecovered(lease: Lease, run: string): Promise<void>;
  updateHead(lease: Lease, head: DirectoryHead): Promise<void>;
  releaseLease(lease: Lease): Promise<void>;
  /** `accept`: makes a run's population the baseline, outside of any lease. */
  acceptBaseline(directory: string, baseline: Baseline, origin: Origin, reason: string): Promise<void>;

  /** Eventually consistent unless asked: half a read unit each. */
  readStates(directory: string, ids: readonly string[], consistent?: boolean): Promise<Map<string, SubjectState>>;
  /** Writes what changed and is newer; answers how many items were written. */
  saveObservations(observations: readonly Observation[], states: ReadonlyMap<string, SubjectState>): Promise<number>;
  markDeparted(directory: string, id: string, run: string, at: string, how: "confirmed" | "unconfirmed"): Promise<void>;
  readHistory(
    directory: string,
    id: string,
  ): Promise<{ readonly state?: SubjectState; readonly events: readonly HistoryEvent[] }>;
  /** Who is not compliant, for people to look at. From an index: no decision rests on it. */
  listByVerdict(directory: string, verdict: Verdict, limit: number): Promise<SubjectState[]>;

  /** Answers how many are planned now by this step and were not planned by another one. */
  planChanges(changes: readonly Change[]): Promise<number>;
  /** Strongly consistent, in the order of ids, from behind `after`. */
  listChanges(run: string, directory: string, after?: string): AsyncIterable<readonly Change[]>;

  /** The state with this claim on it, or `undefined` when somebody else holds one. */
  claimSubject(directory: string, id: string, claim: Claim): Promise<SubjectState | undefined>;
  /** Takes over exactly this claim of somebody who died. */
  takeOverClaim(directory: string, id: string, dead: Claim, claim: Claim): Promise<SubjectState | undefined>;
  /**
   * Writes the outcome to the change, or an unplanned one to the list of its hour, then to the state and its history, and
   * frees the claim.
   */
  completeClaim(claim: Claim, observation: Observation, result: ChangeResult, change?: Change): Promise<void>;
  /** For an outcome that needed no claim. */
  refuseChange(change: Pick<Change, "run" | "directory" | "id">, result: ChangeResult): Promise<void>;
  /**
   * A `staged` change has been pushed live: `enforced` from now on, in the change and, once, in the history. Does nothing to
   * the state when something else was written since.
   */
  markPublished(change: Change, observation: Observation, why: string): Promise<void>;
  /**
   * What events changed or tried to change in one hour, by the clock of whoever recorded it: strongly consistent, in the
   * order in which the changes began. @param hour like `2026-11-22T14`
   */
  listEventChanges(directory: string, hour: string): AsyncIterable<readonly Change[]>;

  readGuards(directory: string): Promise<GuardState>;
  setDeployedPolicy(policy: string): Promise<void>;
  /** The kill switch. `scope` is a directory or `all`. */
  setKillSwitch(scope: string, reason: string | undefined, origin: Origin): Promise<void>;

  /** Takes up to `wanted` changes from what is left of `limit` in the last 24 hours; answers how many were granted. */
  reserveBudget(scope: string, wanted: number, limit: number): Promise<number>;
  releaseBudget(scope: string, unused: number): Promise<void>;
  /** Changes of the last 24 hours. */
  countSpentBudget(scope: string): Promise<number>;

  /** Of these events, those that were handled before; remembered for 15 days. */
  handledEvents(directory: string, events: readonly string[]): Promise<Set<string>>;
  markEventsHandled(directory: string, events: readonly string[]): Promise<void>;

  openRun(run: RunRecord): Promise<void>;
  /** Closes a running one; a run that was given up as failed may still say how it really ended. */
  closeRun(run: string, status: RunStatus): Promise<void>;
  saveDirectory(record: DirectoryRecord): Promise<void>;
  readRun(
    run: string,
  ): Promise<{ readonly run: RunRecord; readonly directories: readonly DirectoryRecord[] } | undefined>;
  /** Newest first. From an index: no decision rests on it. */
  listRuns(limit: number): Promise<RunRecord[]>;
}

/** Write-once files by key. Whole objects, at most a few MiB each. */
export interface Evidence {
  put(key: string, bytes: Uint8Array, type: string): Promise<void>;
  get(key: string): Promise<Uint8Array>;
  /** Where a person finds them. */
  readonly place: string;
}

/** Signs manifests, so that whoever has the public key can see that nobody else wrote them. Every method throws `ERR_SIGNER_UNAVAILABLE`. */
export interface Signer {
  /** Who keeps the private key: whoever has the state folder, or AWS KMS, which gives it to nobody. */
  readonly label: "self-signed" | "aws-kms";
  /** Ed25519 (RFC 8032), or ECDSA on P-256 over SHA-256 with the signature in DER (RFC 3279). */
  readonly algorithm: "ed25519" | "ecdsa-p256-sha256";
  /** SPKI, PEM. Its fingerprint is what manifests name. */
  publicKey(signal: AbortSignal): Promise<string>;
  sign(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** At least once, in no order. What was received and is not done comes again. Every method throws `ERR_QUEUE_UNAVAILABLE`. */
export interface Queue {
  /** All of them, or an error: then some may be there all the same. At most 50 events a message, ten messages a call. */
  send(messages: readonly QueueMessage[], signal: AbortSignal): Promise<void>;
  /** Keeps what could not be read with its reason, beside the messages that failed too often. */
  sendToDeadLetter(letter: DeadLetter, signal: AbortSignal): Promise<void>;
  /** Waits up to `waitSeconds` (20) for up to `most` (10) messages. For a worker on a laptop: in AWS, Lambda's poller does it. */
  receive(most: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  acknowledge(receipt: string, signal: AbortSignal): Promise<void>;
  /** Lets it come again after so many seconds from now (43,200). */
  delay(receipt: string, seconds: number, signal: AbortSignal): Promise<void>;
  /** Messages that failed too often, and letters. */
  readonly deadLetters: Pick<Queue, "receive" | "acknowledge" | "delay">;
}

export type AnnounceRun = (message: RunCompleted, signal: AbortSignal) => Promise<void>;

export interface Bucket extends Evidence {
  /** Writes a file of any size as it comes: there is none until `body` has ended well. Holds about 10 MB of it. */
  stream(key: string, body: AsyncIterable<Uint8Array>, type: string): Promise<void>;
  /** Where anybody can read the file for so many seconds, and no longer than our own credentials last. */
  link(key: string, seconds: number): Promise<string>;
}
