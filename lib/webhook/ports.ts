/** What the room gets from outside, and the shape of one webhook call. */

import type { Code } from "../errors.ts";
import type { Queue, WebhookCredentials, WebhookReader } from "../model/index.ts";

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
export interface WebhookHead {
  readonly method: string;
  readonly path: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
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
}
