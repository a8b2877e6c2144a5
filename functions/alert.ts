/** Lambda: passes on what comes to the alarm topic to a chat webhook. Whatever fails is thrown, so that Lambda tries again. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { Context, SNSEvent } from "aws-lambda";
import * as v from "valibot";
import { storedSecrets } from "../lib/aws/secrets.ts";
import { WardenError } from "../lib/errors.ts";
import type { SecretStore } from "../lib/model/index.ts";
import { networkCause } from "../lib/network-cause.ts";
import { alertText } from "../lib/notify/index.ts";
import { nameOf } from "./environment.ts";

const DEADLINE_MS = 5_000;
const WHO = "the chat webhook";

export interface AlertPorts {
  readonly secrets: SecretStore;
  /** Of the secret that holds the webhook's address. */
  readonly secret: string;
  readonly stage: string;
  readonly fetch: typeof fetch;
}

const eventSchema = v.object({ Records: v.array(v.object({ Sns: v.object({ Message: v.string() }) })) });

/** Who has this address can write into the chat: it is a credential, and appears in no message. */
const addressSchema = v.object({ url: v.pipe(v.string(), v.check(isSafe)) });

/** Sends each message in turn, all within five seconds. Throws `ERR_SECRET_*`, `ERR_INPUT_INVALID` or `ERR_CHAT_UNAVAILABLE`. */
export const alerter =
  ({ secrets, secret, stage, fetch: send }: AlertPorts) =>
  async (event: unknown, signal: AbortSignal): Promise<void> => {
    const read = v.safeParse(eventSchema, event);
    if (!read.success)
      throw new WardenError("ERR_INPUT_INVALID", "This is no event of an SNS topic; nothing was sent.");
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const { value } = await secrets.read(WHO, secret, limit);
    const address = v.safeParse(addressSchema, value);
    if (!address.success)
      throw new WardenError("ERR_SECRET_INVALID", `The secret ${secret} must be { "url": "https://…" }.`);
    for (const { Sns } of read.output.Records)
      await post(send, address.output.url, alertText(stage, Sns.Message), limit);
  };

async function post(send: typeof fetch, url: string, text: string, signal: AbortSignal): Promise<void> {
  const response = await send(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
    redirect: "manual",
    signal,
  }).catch((error: unknown) => {
    // What fetch throws may name the address: only its cause is told.
    const cause = networkCause(error) ?? "the connection failed";
    throw failed(signal.aborted ? "did not answer in time" : `cannot be reached: ${cause}`);
  });
  await response.body?.cancel();
  if (response.status >= 300 && response.status < 400) throw failed("answered with a redirect, which is not followed");
  if (!response.ok) throw failed(`answered ${response.status}`);
}

const failed = (how: string) =>
  new WardenError("ERR_CHAT_UNAVAILABLE", `The chat webhook ${how}; check the address in its secret.`);

function isSafe(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === "https:" && url.username === "" && url.password === "";
}

const alert = alerter({
  secrets: storedSecrets({}, nameOf(process.env, "MFA_WARDEN_SECRETS")),
  secret: nameOf(process.env, "MFA_WARDEN_CHAT_SECRET"),
  stage: nameOf(process.env, "MFA_WARDEN_STAGE"),
  fetch,
});

/** Half a second before Lambda would end it, what is under way is given up: Lambda tries again. */
export const handler = middy<SNSEvent, void>({ timeoutEarlyInMillis: 500 }).handler(
  (event: SNSEvent, _: Context, { signal }: MiddyHandlerObject) => alert(event, signal),
);
