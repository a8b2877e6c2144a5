/** What `ingest` needs in Lambda, and the shape of a call there: API Gateway's HTTP API, payload format 2.0. */
import * as v from "valibot";
import { sqsQueue } from "../lib/aws/queue.ts";
import { storedSecrets } from "../lib/aws/secrets.ts";
import { vendors } from "../lib/directories/index.ts";
import type { WebhookReader } from "../lib/model/index.ts";
import type { Policy } from "../lib/policy/index.ts";
import { type WebhookPorts, type WebhookRequest, webhookCredentials } from "../lib/webhook/index.ts";
import { type Environment, nameOf, policyOf } from "./environment.ts";
import { counter } from "./metrics.ts";

/** The directories of a policy whose vendor sends webhooks. */
export function hooksOf(policy: Policy): Map<string, WebhookReader> {
  const entries = policy.directories.map(({ id, vendor }) => [id, vendors[vendor]?.hooks] as const);
  return new Map(entries.filter((entry): entry is [string, WebhookReader] => entry[1] !== undefined));
}

/** The names of the secrets of the directories that take webhooks. */
export const hookSecrets = (policy: Policy): Map<string, string> => {
  const hooks = hooksOf(policy);
  return new Map(policy.directories.filter(({ id }) => hooks.has(id)).map(({ id, secret }) => [id, secret]));
};

/** Everything that outlives an invocation. */
export function ingestPortsOf(environment: Environment): WebhookPorts {
  const policy = policyOf(environment);
  const secrets = storedSecrets({}, nameOf(environment, "MFA_WARDEN_SECRETS"));
  return {
    hooks: hooksOf(policy),
    credentials: webhookCredentials(hookSecrets(policy), secrets, Date.now, ({ code, message }) =>
      complain(code, message),
    ),
    queue: sqsQueue(
      {},
      { url: nameOf(environment, "MFA_WARDEN_QUEUE"), deadUrl: nameOf(environment, "MFA_WARDEN_DEAD_QUEUE") },
    ),
    count: counter("ingest", Date.now),
  };
}

const eventSchema = v.object({
  version: v.literal("2.0"),
  rawPath: v.string(),
  headers: v.record(v.string(), v.optional(v.string())),
  requestContext: v.object({ http: v.object({ method: v.string() }) }),
  body: v.optional(v.string()),
  isBase64Encoded: v.boolean(),
});

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function requestOf(event: unknown): WebhookRequest {
  const { rawPath, headers, requestContext, body, isBase64Encoded } = v.parse(eventSchema, event);
  return { method: requestContext.http.method, path: rawPath, headers, body, base64: isBase64Encoded };
}

/** One line for our own log. @param message one of our own sentences, never one of somebody else's */
export const complain = (code: string, message?: string): void =>
  console.error(JSON.stringify({ part: "ingest", code, message }));
