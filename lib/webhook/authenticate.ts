/** Finds out whether a webhook call presents the credential of its directory, and says nothing else by how long it takes. */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { WebhookCredentials, WebhookReader } from "../model/index.ts";
import type { WebhookPorts, WebhookRequest } from "./ports.ts";

/** Only digests under this key are compared: how far two values agree shows nowhere. */
const DIGEST_KEY = randomBytes(32);
const digest = (value: string): Buffer => createHmac("sha256", DIGEST_KEY).update(value).digest();

/** Stands where no value is, and nobody can present it. */
const UNKNOWN_VALUE = randomBytes(32).toString("base64");

/**
 * The directory's reader if every credential that is presented is right, and one is. Does the same work whether or not the directory
 * exists, takes webhooks, or has a second value; only where the body carries credentials is that read first.
 */
export function authenticate(
  hooks: WebhookPorts["hooks"],
  credentials: WebhookCredentials,
  directory: string,
  { headers, body }: PresentedCall,
): WebhookReader | undefined {
  const reader = hooks.get(directory);
  const [first = UNKNOWN_VALUE, second = UNKNOWN_VALUE] = credentials.get(directory) ?? [];
  const accepted = [first, second].map(digest);
  const presented = reader?.credentialsIn
    ? reader.credentialsIn(body ?? "")
    : [headers[reader?.header ?? "authorization"] ?? ""];
  const isRight = (value: string) => accepted.map((one) => timingSafeEqual(digest(value), one)).includes(true);
  return presented.length > 0 && presented.map(isRight).every(Boolean) ? reader : undefined;
}

export interface PresentedCall extends Pick<WebhookRequest, "headers"> {
  /** `undefined`: there is none, or too much of it. */
  readonly body: string | undefined;
}
