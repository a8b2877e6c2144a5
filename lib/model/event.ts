/** Hints from outside that a subject is worth a look, and how they travel. */

/** A hint from outside that a subject is worth a look. It carries no truth. */
export interface SubjectEvent {
  readonly id: string;
  readonly directory: string;
  readonly subject: string;
  /** When it happened, by the vendor's clock; ISO 8601. */
  readonly at?: string;
}

/** What is put on the queue: ids of one directory, and nothing else of a person. */
export interface QueueMessage {
  readonly directory: string;
  readonly events: readonly SubjectEvent[];
  /** The vendor's webhook is to be renewed, before its time is over. */
  readonly renew?: true;
}

/** What one message and one call of `send` may hold, and how long it may hold a message back. */
export const QUEUE_LIMITS = { events: 50, messages: 10, delaySeconds: 900 } as const;

/** A message as it came from the queue. */
export interface ReceivedMessage {
  readonly id: string;
  /** Names this receipt of it to `acknowledge` and `delay`; the next one has another. */
  readonly receipt: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receives: number;
}

/** What no reader could read: for a person, not for a machine. */
export interface DeadLetter {
  readonly directory: string;
  readonly why: string;
  /** Of the events that had one. */
  readonly ids: readonly string[];
  readonly count: number;
}

/** How a vendor's webhooks are told and read. */
export interface WebhookReader {
  /** The header that carries the credential, in lower case; of a vendor that puts it into the body: the header that it never sends. */
  readonly header: string;
  /**
   * The credentials that a body carries, where the vendor sends them there: each of its parts must have a right one. Never throws. Absent:
   * the header has it.
   */
  credentialsIn?(body: string): readonly string[];
  /**
   * The answer to a vendor that asks, before it sends anything, whether this address takes its events. It presents no credential, so
   * that the answer may say nothing but what was asked. `undefined`: the call asks no such thing.
   */
  handshake?(call: WebhookCall): WebhookHandshake | undefined;
  /** What is set up at the vendor ends by itself, unless `Directory.hooks.renew` is called in time. */
  readonly expires?: true;
  /** Whom a body names. Never throws, whatever it is given; nothing but ids and times comes out. */
  read(directory: string, body: string): WebhookContents;
}

/** A call before its body. */
export interface WebhookCall {
  readonly method: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it stands behind the path, without the question mark. */
  readonly query: string;
}

/** What a vendor is told that asks whether an address takes its events. */
export interface WebhookHandshake {
  readonly contentType: "text/plain" | "application/json";
  readonly body: string;
}

/** What a webhook body held. */
export interface WebhookContents {
  readonly events: readonly SubjectEvent[];
  /** What could not be read, by its id where it has one, and why; no more of it is kept. */
  readonly broken: readonly { readonly id?: string; readonly why: string }[];
  /** Known events that concern no subject. */
  readonly ignored: number;
  /** The vendor wants what is set up there to be renewed. */
  readonly renew?: true;
}

/** What a vendor's own log has named since the last time that it was asked. */
export interface PolledEvents extends WebhookContents {
  /** Goes into the next poll as it came. */
  readonly next: string;
  /** What may have happened unseen, and why; one plain clause each, the same from poll to poll while it is the same. */
  readonly gaps: readonly string[];
}

/** How far a directory's log was read. */
export interface EventCursor {
  /** The `next` of the last poll. */
  readonly cursor: string;
  readonly gaps: readonly string[];
}

/** What webhooks must present, by directory: one or two values each; a directory that is not there takes none. */
export type WebhookCredentials = ReadonlyMap<string, readonly string[]>;

/** Where a vendor is to send its events. */
export interface WebhookTarget {
  /** https, or http on loopback. */
  readonly url: string;
  /** The whole value of the header that carries the credential. */
  readonly header: string;
}

/** How the vendor's side of webhooks is set up. `different` also where it hides what would have to be compared. */
export interface WebhookPlan {
  readonly state: "right" | "missing" | "different";
  readonly detail: string;
}

/** One line of a vendor's own log about an account. */
export interface VendorEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly action: string;
  readonly by?: string;
  readonly detail?: string;
}
