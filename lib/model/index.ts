/** The vocabulary of mfa-warden and the ports between its parts. Read this file and you know the product. It imports nothing. */

/** What a vendor said about one thing, or why that is not known. An unknown fact never proves anything. */
export type Fact<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

/** The fact costs a call per subject and nobody has needed it yet: `Directory.complete` can find it out. */
export const NOT_ASKED: Fact<never> = { known: false, why: "not asked" };

export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const unknown = (why: string): Fact<never> => ({ known: false, why });

/** One registered second factor. `method` is `unknown` for a kind that this version does not know. */
export interface Device {
  readonly method: "sms" | "voice" | "email" | "totp" | "push" | "fido2" | "unknown";
  /** Activated, and neither blocked nor locked. */
  readonly usable: boolean;
  /** As its owner called it, where the vendor tells; data from outside. */
  readonly name?: string;
}

export interface Facts {
  /** The account can sign in. */
  readonly active: Fact<boolean>;
  /** The vendor's MFA switch for this account is on. */
  readonly enabled: Fact<boolean>;
  readonly devices: Fact<readonly Device[]>;
  readonly population: Fact<string>;
  readonly groups: Fact<readonly string[]>;
  /** ISO 8601. */
  readonly createdAt: Fact<string>;
}
export type FactName = keyof Facts;

/**
 * What is judged: an account, by the vendor's own id, or an MFA server profile, by its location and name. `username` (of a
 * profile: its name) is data from outside: never a key, never printed raw.
 */
export interface Subject {
  readonly id: string;
  readonly username: string;
  readonly facts: Facts;
  /** The vendor's switch protects nobody without a registered device: on without one is never `enabled`. */
  readonly needsDevice?: true;
  /** It is an MFA server profile: this is what its verdict rests on, and `facts` are not asked for. */
  readonly profile?: Profile;
  /** The organisation holds this account's own credentials, and signs in with them to look at it and to change it. */
  readonly custodial?: true;
}

/** An MFA server profile, compared by the vendor's file with what the policy wants. Names of fields only, never values. */
export interface Profile {
  /** The policy names it. One that it does not name is reported, and never touched. */
  readonly wanted: boolean;
  readonly present: boolean;
  /** Names of the fields that are not as wanted, sorted; empty for one that is not wanted or not there. */
  readonly differs: readonly string[];
  /** An authentication profile names it. One that nothing names protects nothing. */
  readonly used: Fact<boolean>;
  /** Version of the secret that the profile should hold now. */
  readonly version: string;
  /** `adopt: true`: the secret may be written into a profile that nobody here ever wrote. */
  readonly adopt: boolean;
  /** Whether what is written is pushed live by us. */
  readonly pushed: boolean;
}

export const VERDICTS = ["compliant", "pending", "violating", "grace", "exempt", "unknown", "out-of-scope"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Weakest first. */
export const REQUIREMENTS = ["enabled", "registered", "phishing-resistant"] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

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
  /** The policy names this account by id, and its user name no longer fits. */
  readonly nameChanged?: boolean;
}

/** What the ledger remembers of a subject and a judgement needs. */
export interface Past {
  /** When a sweep first saw it; ISO 8601. */
  readonly firstSeenAt: string;
  /** When its switch was first seen on. Kept when it goes off and on again, so that enrolment time cannot be renewed. */
  readonly enabledSince?: string;
  /** What we last wrote into this profile: the version of the secret, and whether it was pushed live. */
  readonly written?: { readonly version: string; readonly live: boolean };
  /** Version of the directory's secret whose password the vendor refused: not used again for this account. */
  readonly refusedSecret?: string;
}

export const OUTCOMES = ["enforced", "already", "needs-user", "staged", "refused", "unverified", "failed"] as const;
/** Of one planned change. Only a read-back makes it `enforced`. */
export type Outcome = (typeof OUTCOMES)[number];

export const RUN_STATUSES = ["completed", "awaiting-approval", "incomplete", "refused", "failed"] as const;
/** Best first. A run's status is the worst of its directories'. `running` until it is closed. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** `plan` changes nothing. */
export type Mode = "plan" | "enforce";

/** What went wrong, for people: a code to look up and one plain sentence. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly directory?: string;
}

// ---------------------------------------------------------------------------------------------------- directories

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
export interface Check {
  readonly name: string;
  readonly result: "passed" | "failed" | "cannot be tested";
  /** What was seen, and what to do about it. */
  readonly detail: string;
}

/** What came of asking for a change; `why` is one plain clause for people. */
export type Sent = "sent" | { readonly outcome: "needs-user" | "refused"; readonly why: string };

/** One line of a vendor's own log about an account. */
export interface VendorEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly action: string;
  readonly by?: string;
  readonly detail?: string;
}

export type JobState =
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
  enforce?(subject: Subject, signal: AbortSignal): Promise<Sent>;
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
    poll(job: string, signal: AbortSignal): Promise<JobState>;
  };
  /** What the vendor's own log says of this account; newest first, at most 1,000. */
  log?(id: string, from: Date, to: Date, signal: AbortSignal): Promise<VendorEvent[]>;
  /** Ids of the subjects that use the directory's secret: to be looked at again when it has a new version. */
  secretUsers?(): readonly string[];
  /** Harmless: credentials, permissions, reach. `thorough`: also what may bother somebody or count as a failed sign-in. */
  check(signal: AbortSignal, thorough?: boolean): Promise<Check[]>;
  /** The vendor's side of webhooks. Absent: this vendor sends none. */
  readonly hooks?: {
    /** Compares what is set up with what is wanted, and changes nothing. `detail` never holds a header's value. */
    plan(wanted: HookTarget, signal: AbortSignal): Promise<HookPlan>;
    /** Makes it as wanted; doing so twice does no harm. */
    apply(wanted: HookTarget, signal: AbortSignal): Promise<void>;
  };
}

/** Where a vendor is to send its events. */
export interface HookTarget {
  /** https, or http on loopback. */
  readonly url: string;
  /** The whole value of the header that carries the credential. */
  readonly header: string;
}

/** `different` also where the vendor hides what would have to be compared: what cannot be seen is not right. */
export interface HookPlan {
  readonly state: "right" | "missing" | "different";
  readonly detail: string;
}

/** A hint from outside that a subject is worth a look. It carries no truth. */
export interface SubjectEvent {
  readonly id: string;
  readonly directory: string;
  readonly subject: string;
  /** When it happened, by the vendor's clock; ISO 8601. */
  readonly at?: string;
}

/**
 * What a webhook body held. `broken`: what could not be read, by its id where it has one, and why; no more of it is kept.
 * `ignored`: known events that concern no subject.
 */
export interface HookRead {
  readonly events: readonly SubjectEvent[];
  readonly broken: readonly { readonly id?: string; readonly why: string }[];
  readonly ignored: number;
}

/** How a vendor's webhooks are told and read. */
export interface Hooks {
  /** The header that carries the credential, in lower case. */
  readonly header: string;
  /** Whom a body names. Never throws, whatever it is given; nothing but ids and times comes out. */
  read(directory: string, body: string): HookRead;
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
export interface Secrets {
  read(directory: string, name: string, signal: AbortSignal): Promise<Secret>;
}

/** `version` changes whenever the value does and tells nothing of it: Secrets Manager's own, or a keyed digest. */
export interface Secret {
  readonly value: unknown;
  readonly version: string;
}

// ---------------------------------------------------------------------------------------------------- the ledger

/** The facts behind a verdict, as the ledger keeps them: only known ones that the verdict rests on, `null` where unknown. */
export type FactSheet = { readonly [K in FactName | keyof Profile | "written"]?: unknown };

/**
 * Whether two sheets say the same wherever both say something. A fact that one of them did not ask for is no difference: if a
 * verdict rests on it, the verdict differs.
 */
export function agree(a: FactSheet, b: FactSheet): boolean {
  const names = Object.keys(a) as FactName[];
  return names.every(
    (name) => a[name] == null || b[name] == null || JSON.stringify(a[name]) === JSON.stringify(b[name]),
  );
}

/** Since when a subject has a verdict, as far back as the ledger goes. @param at when it was seen to have it; ISO 8601 */
export function sinceWhen(state: State | undefined, verdict: Verdict, at: string): string {
  const stays = state !== undefined && state.departed === undefined && state.judgement.verdict === verdict;
  return stays ? (state.since ?? state.event.at) : at;
}

/** What is kept of a vendor call that failed: names, codes and numbers; never headers, query values or bodies. */
export interface FailedCall {
  readonly method?: string;
  /** With placeholders where ids stood. */
  readonly path?: string;
  readonly status?: number;
  readonly vendorCode?: string;
  readonly said?: Readonly<Record<string, string | number>>;
  readonly requestId?: string;
  readonly targets?: readonly string[];
}

/** What came of a change. */
export interface Result {
  readonly outcome: Outcome;
  readonly why: string;
  /** The call that failed, where one did. */
  readonly detail?: FailedCall;
  /** What is to be remembered of the subject because of it; what is not named here stays as it was. */
  readonly learned?: Pick<Past, "written" | "refusedSecret">;
}

/** One line of a subject's history: its verdict changed, or a planned change ended. */
export interface HistoryEvent {
  /** Sortable by time: `<ISO 8601>#<ulid>`. */
  readonly id: string;
  readonly kind: "verdict" | "outcome" | "departed";
  readonly at: string;
  readonly run: string;
  readonly verdict: Verdict;
  readonly was?: Verdict;
  readonly why: string;
  readonly rule?: string;
  readonly requirement?: string;
  readonly exemption?: string;
  readonly facts: FactSheet;
  readonly outcome?: Outcome;
  readonly before?: FactSheet;
  readonly detail?: FailedCall;
}

/** The right to change one subject now; sweeps and events meet here. */
export interface Claim {
  /** The run (or event) that holds it. */
  readonly by: string;
  /** Of the lease it was made under; a higher one has taken over. */
  readonly token: number;
  readonly before: FactSheet;
  readonly at: string;
  /** When the first of those made it who took it over one from the other. */
  readonly since?: string;
}

/** What is known of one subject now. It carries its latest history event; older ones are items of their own. */
export interface State extends Past {
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  readonly judgement: Judgement;
  readonly facts: FactSheet;
  /** When the vendor was asked, by our clock; ISO 8601. An older observation never overwrites it. */
  readonly observedAt: string;
  /** Since when it has its verdict; ISO 8601. Absent in what an earlier version wrote. */
  readonly since?: string;
  readonly event: HistoryEvent;
  readonly claim?: Claim;
  readonly departed?: "confirmed" | "unconfirmed";
}

/** A subject as seen and judged at one moment. */
export interface Observation {
  readonly directory: string;
  readonly run: string;
  readonly subject: Subject;
  readonly judgement: Judgement;
  readonly facts: FactSheet;
  readonly observedAt: string;
}

/** A change that a sweep wants to make, with the facts it rests on. */
export interface Change {
  readonly run: string;
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  readonly rule: string;
  readonly requirement: string;
  readonly before: FactSheet;
  /** Which try of which step planned it; a try that died leaves changes that do not count. */
  readonly author: string;
  readonly step: number;
  /** Its outcome was clear when it was planned: nothing is tried. */
  readonly foreseen?: boolean;
  /** An event's: it is in no plan, and only the account's own history tells of it. */
  readonly unplanned?: boolean;
  /** The subject is changed with credentials of its own: what is wrong with them says nothing about the others. */
  readonly custodial?: boolean;
  readonly outcome?: Outcome;
  readonly why?: string;
  readonly at?: string;
  readonly detail?: FailedCall;
  readonly learned?: Result["learned"];
}

export interface Lease {
  readonly directory: string;
  readonly run: string;
  /** Fencing token: grows with every holder. */
  readonly token: number;
}

/** What the next population is measured by. */
export interface Baseline {
  readonly run: string;
  readonly read: number;
  /** Runs it was accepted in place of: who was there and is not now has departed. */
  readonly also?: readonly string[];
}

/** What a directory remembers from run to run; kept beside its lease. */
export interface Head {
  /** The last population that was complete, or accepted by a person. */
  readonly baseline?: Baseline;
  /** The last manifest, so that the next one can name it. */
  readonly manifest?: { readonly run: string; readonly hash: string };
  /** The last hour whose changes made by events are sealed: `YYYY-MM-DDTHH`, UTC. */
  readonly sealed?: string;
}

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
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly after: Readonly<Record<Verdict, number>>;
  readonly changes: Readonly<Record<Outcome | "planned", number>>;
  readonly departed?: number;
  readonly duplicates?: number;
  /** Hash of the plan with the facts it rests on: what an approval names. */
  readonly plan?: string;
  readonly manifest?: string;
  readonly problems: readonly Problem[];
}

/** Who started a run, and how: goes into the evidence. */
export interface Origin {
  /** Caller ARN or system user. */
  readonly by: string;
  readonly how: string;
}

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
}

/** What must hold at the moment of a change; read strongly consistent. */
export interface Guards {
  /** Why nothing may be changed now; absent while changes are allowed. */
  readonly halted?: string;
  /** Hash of the deployed policy. */
  readonly policy?: string;
  /** The newest fencing token of the directory's lease: who acts under an older one has lost it. */
  readonly token?: number;
}

/** State and history of every subject, every run, every change. Single-item conditional writes only. */
export interface Ledger {
  /** Takes the lease, or says who holds it until when. `unsettled`: runs that died under it and were not yet settled. */
  acquire(
    directory: string,
    run: string,
  ): Promise<
    | { readonly lease: Lease; readonly unsettled: readonly string[]; readonly head: Head }
    | { readonly heldBy: string; readonly until: string }
  >;
  /** Throws `ERR_LEASE_LOST` when somebody else has taken over. */
  renew(lease: Lease): Promise<void>;
  settled(lease: Lease, run: string): Promise<void>;
  advance(lease: Lease, head: Head): Promise<void>;
  release(lease: Lease): Promise<void>;
  /** `accept`: makes a run's population the baseline, outside of any lease. */
  rebase(directory: string, baseline: Baseline, origin: Origin, reason: string): Promise<void>;

  /** Eventually consistent unless asked: half a read unit each. */
  states(directory: string, ids: readonly string[], consistent?: boolean): Promise<Map<string, State>>;
  /** Writes what changed and is newer; answers how many items were written. */
  observe(observations: readonly Observation[], states: ReadonlyMap<string, State>): Promise<number>;
  depart(directory: string, id: string, run: string, at: string, how: "confirmed" | "unconfirmed"): Promise<void>;
  history(directory: string, id: string): Promise<{ readonly state?: State; readonly events: readonly HistoryEvent[] }>;
  /** Who is not compliant, for people to look at. From an index: no decision rests on it. */
  open(directory: string, verdict: Verdict, limit: number): Promise<State[]>;

  /** Answers how many are planned now by this step and were not planned by another one. */
  plan(changes: readonly Change[]): Promise<number>;
  /** Strongly consistent, in the order of ids, from behind `after`. */
  changes(run: string, directory: string, after?: string): AsyncIterable<readonly Change[]>;

  /** The state with this claim on it, or `undefined` when somebody else holds one. */
  claim(directory: string, id: string, claim: Claim): Promise<State | undefined>;
  /** Takes over exactly this claim of somebody who died. */
  inherit(directory: string, id: string, dead: Claim, claim: Claim): Promise<State | undefined>;
  /**
   * Writes the outcome to the change, or an unplanned one to the list of its hour, then to the state and its history, and
   * frees the claim.
   */
  record(claim: Claim, observation: Observation, result: Result, change?: Change): Promise<void>;
  /** For an outcome that needed no claim. */
  dismiss(change: Pick<Change, "run" | "directory" | "id">, result: Result): Promise<void>;
  /**
   * A `staged` change has been pushed live: `enforced` from now on, in the change and, once, in the history. Does nothing to
   * the state when something else was written since.
   */
  promote(change: Change, observation: Observation, why: string): Promise<void>;
  /**
   * What events changed or tried to change in one hour, by the clock of whoever recorded it: strongly consistent, in the
   * order in which the changes began. @param hour like `2026-11-22T14`
   */
  eventChanges(directory: string, hour: string): AsyncIterable<readonly Change[]>;

  guards(directory: string): Promise<Guards>;
  deploy(policy: string): Promise<void>;
  /** The kill switch. `scope` is a directory or `all`. */
  halt(scope: string, reason: string | undefined, origin: Origin): Promise<void>;

  /** Takes up to `wanted` changes from what is left of `limit` in the last 24 hours; answers how many were granted. */
  reserve(scope: string, wanted: number, limit: number): Promise<number>;
  giveBack(scope: string, unused: number): Promise<void>;
  /** Changes of the last 24 hours. */
  spent(scope: string): Promise<number>;

  /** Of these events, those that were handled before; remembered for 15 days. */
  seen(directory: string, events: readonly string[]): Promise<Set<string>>;
  see(directory: string, events: readonly string[]): Promise<void>;

  openRun(run: RunRecord): Promise<void>;
  /** Closes a running one; a run that was given up as failed may still say how it really ended. */
  closeRun(run: string, status: RunStatus): Promise<void>;
  putDirectory(record: DirectoryRecord): Promise<void>;
  run(run: string): Promise<{ readonly run: RunRecord; readonly directories: readonly DirectoryRecord[] } | undefined>;
  /** Newest first. From an index: no decision rests on it. */
  runs(limit: number): Promise<RunRecord[]>;
}

// ---------------------------------------------------------------------------------------------------- evidence

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
  /** SHA-256 of the public key (SPKI, DER), hex. */
  fingerprint(signal: AbortSignal): Promise<string>;
  /** SPKI, PEM. */
  publicKey(signal: AbortSignal): Promise<string>;
  sign(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

// ---------------------------------------------------------------------------------------------------- the event queue

/** What is put on the queue: ids of one directory, and nothing else of a person. */
export interface QueueMessage {
  readonly directory: string;
  readonly events: readonly SubjectEvent[];
}

export interface Received {
  readonly id: string;
  /** Names this receipt of it to `done` and `delay`; the next one has another. */
  readonly receipt: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receives: number;
}

/** What no reader could read: for a person, not for a machine. */
export interface Letter {
  readonly directory: string;
  readonly why: string;
  /** Of the events that had one. */
  readonly ids: readonly string[];
  readonly count: number;
}

/** At least once, in no order. What was received and is not done comes again. Every method throws `ERR_QUEUE_UNAVAILABLE`. */
export interface Queue {
  /** All of them, or an error: then some may be there all the same. At most 50 events a message, ten messages a call. */
  send(messages: readonly QueueMessage[], signal: AbortSignal): Promise<void>;
  /** Keeps what could not be read with its reason, beside the messages that failed too often. */
  bury(letter: Letter, signal: AbortSignal): Promise<void>;
  /** Waits up to `waitSeconds` (20) for up to `most` (10) messages. For a worker on a laptop: in AWS, Lambda's poller does it. */
  receive(most: number, waitSeconds: number, signal: AbortSignal): Promise<Received[]>;
  done(receipt: string, signal: AbortSignal): Promise<void>;
  /** Lets it come again after so many seconds from now (43,200). */
  delay(receipt: string, seconds: number, signal: AbortSignal): Promise<void>;
  /** Messages that failed too often, and letters. */
  readonly dead: Pick<Queue, "receive" | "done" | "delay">;
}
