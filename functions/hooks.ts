/** What `ingest` needs in Lambda, and the shape of a call there: API Gateway's HTTP API, payload format 2.0. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { sqsQueue } from "../lib/aws/queue.ts";
import { storedSecrets } from "../lib/aws/secrets.ts";
import { vendors } from "../lib/directories/index.ts";
import type { WebhookReader } from "../lib/model/index.ts";
import type { Policy } from "../lib/policy/index.ts";
import { type WebhookPorts, type WebhookRequest, webhookCredentials } from "../lib/webhook/index.ts";
import { type Environment, nameOf, policyOf } from "./environment.ts";
import { logProblem } from "./log.ts";
import { counter } from "./metrics.ts";

/** What this function is called in metrics and in its log. */
export const PART = "ingest";

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
      logProblem({ part: PART, code, message }),
    ),
    queue: sqsQueue(
      {},
      { url: nameOf(environment, "MFA_WARDEN_QUEUE"), deadUrl: nameOf(environment, "MFA_WARDEN_DEAD_QUEUE") },
    ),
    count: counter(PART),
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export const requestOf = (event: APIGatewayProxyEventV2): WebhookRequest => ({
  method: event.requestContext.http.method,
  path: event.rawPath,
  query: event.rawQueryString ?? "",
  headers: event.headers,
  body: event.body,
  base64: event.isBase64Encoded,
});
