/** Notices by an HTTPS request each, signed so that the receiver knows who sent it and when. */

import { createHmac } from "node:crypto";
import * as v from "valibot";
import { WardenError } from "../errors.ts";
import { type Clock, type Notice, type NoticeSender, omitUndefined, type SecretStore } from "../model/index.ts";

/** Seconds since 1970, as signed. */
const TIMESTAMP_HEADER = "mfa-warden-timestamp";
/** `v1=` and HMAC-SHA256 in hex over timestamp, a dot, and the body as sent. */
const SIGNATURE_HEADER = "mfa-warden-signature";
/** Before a key that is written in base64, as Standard Webhooks has it. */
const BASE64_KEY_PREFIX = "whsec_";

interface WebhookNeeds {
  readonly url: string;
  /** Name of the secret. */
  readonly secret: string;
  readonly secrets: SecretStore;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

const DEADLINE_MS = 10_000;
const MIN_KEY_CHARACTERS = 32;

const keySchema = v.object({ hmacKey: v.pipe(v.string(), v.minLength(MIN_KEY_CHARACTERS)) });

/** Sends each notice once: what was not answered may have come all the same. The `id` in it tells one notice from another. */
export function webhookSender(needs: WebhookNeeds): NoticeSender {
  let key: string | undefined;
  const ready = async (signal: AbortSignal) => {
    key = await readKey(needs, signal);
    return key;
  };
  return {
    way: "webhook",
    async ready(signal) {
      await ready(signal);
    },
    async send(notice, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
      const body = bodyOf(notice);
      await post(needs, key ?? (await ready(limit)), { id: notice.id, body }, limit);
    },
  };
}

async function readKey({ secrets, secret }: WebhookNeeds, signal: AbortSignal): Promise<string> {
  const { value } = await secrets.read(secret, secret, signal);
  const read = v.safeParse(keySchema, value);
  if (read.success) return read.output.hmacKey;
  throw new WardenError(
    "ERR_SECRET_INVALID",
    `The secret ${secret} must be { "hmacKey": "…" } with at least ${MIN_KEY_CHARACTERS} characters.`,
  );
}

/** Written out, so that nothing goes out that is not meant to. */
function bodyOf(notice: Notice): string {
  const { id, subject, text } = notice;
  if (!("parts" in notice)) {
    const { kind, directory, account, due, enrol } = notice;
    return JSON.stringify(omitUndefined({ version: 1, id, kind, directory, account, subject, text, due, enrol }));
  }
  const { kind, to, link } = notice;
  if (notice.kind === "test") return JSON.stringify(omitUndefined({ version: 1, id, kind, to, subject, text, link }));
  const { run } = notice;
  if (notice.kind !== "plan") {
    const { items } = notice.parts;
    return JSON.stringify(omitUndefined({ version: 1, id, kind, to, run, subject, text, items, link }));
  }
  const { hash, expiresAt } = notice;
  return JSON.stringify(omitUndefined({ version: 1, id, kind, to, run, hash, subject, text, expiresAt, link }));
}

async function post(
  { url, fetch: send, clock }: WebhookNeeds,
  key: string,
  { id, body }: { readonly id: string; readonly body: string },
  signal: AbortSignal,
): Promise<void> {
  const timestamp = String(Math.floor(clock() / 1000));
  const headers = { "content-type": "application/json", ...signatures(key, { id, timestamp, body }) };
  const response = await send(url, { method: "POST", headers, body, redirect: "manual", signal }).catch(() => {
    throw unavailable(signal.aborted ? "did not answer in time" : "cannot be reached");
  });
  await response.body?.cancel();
  if (response.ok) return;
  const isRetryable = response.status >= 500 || response.status === 429;
  throw isRetryable ? unavailable(`answered ${response.status}`) : rejected(`answered ${response.status}`);
}

interface SignedRequest {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly body: string;
}

/**
 * Our own form, and that of Standard Webhooks, for which receivers have libraries.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
const signatures = (key: string, { id, timestamp, body }: SignedRequest) => ({
  [TIMESTAMP_HEADER]: timestamp,
  [SIGNATURE_HEADER]: `v1=${createHmac("sha256", key).update(`${timestamp}.${body}`).digest("hex")}`,
  "webhook-id": id,
  "webhook-timestamp": timestamp,
  "webhook-signature": `v1,${createHmac("sha256", keyBytes(key)).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
});

const keyBytes = (key: string): Buffer =>
  key.startsWith(BASE64_KEY_PREFIX) ? Buffer.from(key.slice(BASE64_KEY_PREFIX.length), "base64") : Buffer.from(key);

const unavailable = (how: string) =>
  new WardenError("ERR_NOTICE_UNAVAILABLE", `The webhook of notices ${how}; see that it runs.`);
const rejected = (how: string) =>
  new WardenError("ERR_NOTICE_REJECTED", `The webhook of notices ${how}; see why it takes no such notice.`);
