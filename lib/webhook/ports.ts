/** What the room gets from outside, and the shape of one webhook call. */

import type { Code } from "../errors.ts";
import type { Queue, WebhookCall, WebhookCredentials, WebhookHandshake, WebhookReader } from "../model/index.ts";

export interface WebhookPorts {
  /** Every directory that takes webhooks. */
  readonly hooks: ReadonlyMap<string, WebhookReader>;
  /** Of all directories at once. Throws `ERR_SECRET_UNAVAILABLE`. */
  readonly credentials: () => Promise<WebhookCredentials>;
  readonly queue: Pick<Queue, "send" | "sendToDeadLetter">;
  readonly count: (name: WebhookCount, n: number) => void;
}

export type WebhookCount = "accepted" | "broken" | "ignored" | "unauthenticated" | "unavailable";

/** What comes before the body. */
export interface WebhookHead extends WebhookCall {
  readonly path: string;
}

export interface WebhookRequest extends WebhookHead {
  readonly body: string | undefined;
  /** The body is in base64. */
  readonly base64: boolean;
}

export interface WebhookAnswer {
  readonly status: 200 | 401 | 404 | 413 | 503;
  /** For our own log. */
  readonly code?: Code;
  /** For a vendor that asked whether this address takes its events; no other answer has a body. */
  readonly content?: WebhookHandshake;
}
