/** What the product asks of the world around it. The adapters in `aws/` and those of the command line implement these. */
import type { DeadLetter, QueueMessage, ReceivedMessage } from "./event.ts";
import type { PlanChanged } from "./plan.ts";
import type { RunCompleted } from "./run.ts";

/** Milliseconds since 1970. */
export type Clock = () => number;

/** Secrets, one JSON object per directory. Throws `ERR_SECRET_MISSING`; never caches a failure. */
export interface SecretStore {
  read(directory: string, name: string, signal: AbortSignal): Promise<Secret>;
}

/** `version` changes whenever the value does and tells nothing of it: Secrets Manager's own, or a keyed digest. */
export interface Secret {
  readonly value: unknown;
  readonly version: string;
}

/** Write-once files by key. Whole objects, at most a few MiB each. */
export interface Evidence {
  /** @param isNamedByContent the key is a hash of the bytes: a file that is there already is the same, and is left as it is */
  put(key: string, bytes: Uint8Array, type: string, isNamedByContent?: boolean): Promise<void>;
  get(key: string): Promise<Uint8Array>;
  /** Where a person finds them. */
  readonly place: string;
}

/** The evidence, with reports beside it. */
export interface Bucket extends Evidence {
  /** Writes a file of any size as it comes: there is none until `body` has ended well. Holds about 10 MB of it. */
  stream(key: string, body: AsyncIterable<Uint8Array>, type: string): Promise<void>;
  /** Where anybody can read the file for so many seconds, and no longer than our own credentials last. */
  link(key: string, seconds: number): Promise<string>;
}

/** Signs manifests, so that whoever has the public key can see that nobody else wrote them. Every method throws `ERR_SIGNER_UNAVAILABLE`. */
export interface Signer {
  /** Who keeps the private key: whoever has the state folder, or AWS KMS, which gives it to nobody. */
  readonly label: "self-signed" | "aws-kms";
  /** Ed25519 (RFC 8032), or ECDSA on P-256 over SHA-256 with the signature in DER (RFC 3279). */
  readonly algorithm: "ed25519" | "ecdsa-p256-sha256";
  /** SPKI, PEM. Manifests name its fingerprint. */
  publicKey(signal: AbortSignal): Promise<string>;
  sign(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

/** Hints that a subject is worth a look: delivered at least once, in no order. Every method throws `ERR_QUEUE_UNAVAILABLE`. */
export interface Queue {
  /**
   * All of them, or an error: then some may be there all the same. At most 50 events a message, ten messages a call.
   * @param delaySeconds how long nobody receives them, at most 900
   */
  send(messages: readonly QueueMessage[], signal: AbortSignal, delaySeconds?: number): Promise<void>;
  /** Keeps what could not be read with its reason, beside the messages that failed too often. */
  sendToDeadLetter(letter: DeadLetter, signal: AbortSignal): Promise<void>;
  /** Waits up to `waitSeconds` (20) for up to `most` (10) messages. For a worker on a laptop: in AWS, Lambda's poller does it. */
  receive(most: number, waitSeconds: number, signal: AbortSignal): Promise<ReceivedMessage[]>;
  /** Takes a message off the queue; what was received and is not acknowledged comes again. */
  acknowledge(receipt: string, signal: AbortSignal): Promise<void>;
  /** Lets it come again after so many seconds from now (43,200). */
  delay(receipt: string, seconds: number, signal: AbortSignal): Promise<void>;
  /** Messages that failed too often, and letters. */
  readonly deadLetters: Pick<Queue, "receive" | "acknowledge" | "delay">;
}

/** Tells the world outside that a plan has come to a status. */
export type AnnouncePlan = (message: PlanChanged, signal: AbortSignal) => Promise<void>;

/** Tells the world outside that a run is over. */
export type AnnounceRun = (message: RunCompleted, signal: AbortSignal) => Promise<void>;
