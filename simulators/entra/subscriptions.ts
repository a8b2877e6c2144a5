/** Subscriptions to changes of users: made only for an address that answers, and ended by time. https://learn.microsoft.com/graph/api/subscription-post-subscriptions */

import { randomUUID } from "node:crypto";
import { type Answer, type Document, fieldsOf } from "../shared/answers.ts";
import { answerJson, answerNothing, answerProblem } from "./answers.ts";
import type { GraphCall, Handler } from "./call.ts";
import { answerPage } from "./paging.ts";
import type { Subscription } from "./people.ts";
import type { Tenant } from "./tenant.ts";

export const subscriptionHandlers: Record<string, Handler> = {
  "GET subscriptions": (tenant, call) =>
    answerPage(call, {
      rows: active(tenant),
      show: (one) => show(tenant, one),
      usualSize: 100,
      maxSize: tenant.pageSize,
    }),
  "POST subscriptions": createSubscription,
  "PATCH subscription": renewSubscription,
  "DELETE subscription": ({ subscriptions }, { id }) =>
    subscriptions.delete(id) ? answerNothing() : answerProblem(404),
};

const MAX_MINUTES = 41_760;
const VALIDATION_MS = 10_000;

/** Those whose time is not over. */
export const active = ({ subscriptions, now }: Tenant): Subscription[] =>
  [...subscriptions.values()].filter(({ expirationDateTime }) => Date.parse(expirationDateTime) > now());

/** Without what nobody may see, where the tenant hides it. */
const show = ({ settings }: Tenant, one: Subscription): Document => ({
  ...one,
  ...(settings.hidesClientState ? { clientState: null } : {}),
});

/** Wants a token back from each address, as plain text; answers a refusal. */
export async function validateAddresses({ body }: GraphCall): Promise<Answer | undefined> {
  const { notificationUrl, lifecycleNotificationUrl } = fieldsOf(body);
  const addresses = [notificationUrl, lifecycleNotificationUrl].filter((one) => typeof one === "string");
  for (const address of addresses) {
    const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()} <&+>`;
    if (!(await answersToken(address, token)))
      return answerProblem(
        400,
        "ValidationError",
        "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.",
      );
  }
  return undefined;
}

async function answersToken(address: string, token: string): Promise<boolean> {
  try {
    const url = new URL(address);
    url.searchParams.set("validationToken", token);
    const headers = { "content-type": "text/plain; charset=utf-8" };
    const answer = await fetch(url, { method: "POST", headers, signal: AbortSignal.timeout(VALIDATION_MS) });
    const isText = answer.headers.get("content-type")?.startsWith("text/plain") === true;
    return answer.status === 200 && isText && (await answer.text()) === token;
  } catch {
    return false;
  }
}

function createSubscription(tenant: Tenant, { body }: GraphCall): Answer {
  const fields = fieldsOf(body);
  const { changeType, notificationUrl, resource, expirationDateTime, clientState = "" } = fields;
  const kinds = String(changeType).split(",");
  if (typeof notificationUrl !== "string" || String(resource).replace(/^\//, "") !== "users") return answerProblem(400);
  if (!kinds.every((kind) => kind === "updated" || kind === "deleted")) return answerProblem(400);
  if (String(clientState).length > 128 || !isInTime(tenant, expirationDateTime)) return answerProblem(400);
  const subscription: Subscription = {
    id: randomUUID(),
    applicationId: tenant.credentials.clientId,
    resource: String(resource),
    changeType: String(changeType),
    clientState: String(clientState),
    notificationUrl,
    lifecycleNotificationUrl:
      typeof fields.lifecycleNotificationUrl === "string" ? fields.lifecycleNotificationUrl : null,
    expirationDateTime: String(expirationDateTime),
    latestSupportedTlsVersion: "v1_2",
  };
  tenant.subscriptions.set(subscription.id, subscription);
  return answerJson({ ...subscription }, 201);
}

const isInTime = ({ now }: Tenant, end: unknown): boolean => {
  const left = Date.parse(String(end)) - now();
  return left > 0 && left <= MAX_MINUTES * 60_000;
};

function renewSubscription(tenant: Tenant, { id, body }: GraphCall): Answer {
  const subscription = active(tenant).find((one) => one.id === id);
  if (!subscription) return answerProblem(404);
  const { expirationDateTime, ...others } = fieldsOf(body);
  if (Object.keys(others).length > 0 || !isInTime(tenant, expirationDateTime)) return answerProblem(400);
  subscription.expirationDateTime = String(expirationDateTime);
  return answerJson({ ...subscription });
}
