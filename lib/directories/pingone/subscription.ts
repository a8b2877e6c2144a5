/** PingOne's subscription that sends us its events: found, compared and made. https://developer.pingidentity.com/pingone-api/platform/subscriptions-webhooks.html */

import * as v from "valibot";
import { hasCode, WardenError } from "../../errors.ts";
import type { WebhookPlan, WebhookTarget } from "../../model/index.ts";
import { endpoint } from "../fields.ts";
import type { PingOneApi } from "./api.ts";
import { WEBHOOKS_ROLE } from "./settings.ts";
import {
  differences,
  type Subscription,
  subscriptionBody,
  subscriptionList,
  subscriptionName,
} from "./subscription-body.ts";

const SUBSCRIPTIONS_PATH = "/environments/{env}/subscriptions";
const SUBSCRIPTION_PATH = "/environments/{env}/subscriptions/{id}";
/** An environment may have no more. */
const MAX_SUBSCRIPTIONS = 50;

/** Compares, and changes nothing. Throws `ERR_VENDOR_DENIED` naming the role that is missing. */
export async function planSubscription(
  api: PingOneApi,
  directory: string,
  wanted: WebhookTarget,
  signal: AbortSignal,
): Promise<WebhookPlan> {
  const name = subscriptionName(directory);
  const { ours } = await explainDenied(api, findOurs(api, name, signal));
  if (!ours) return { state: "missing", detail: `There is no subscription "${name}".` };
  const wrong = differences(ours, wanted);
  if (wrong.length === 0) return { state: "right", detail: `The subscription "${name}" is as wanted.` };
  return { state: "different", detail: `The subscription "${name}": ${wrong.join("; ")}.` };
}

/** Makes the subscription `mfa-warden <directory>`, or writes it anew. Throws `ERR_VENDOR_DENIED` naming the role that is missing. */
export async function applySubscription(
  api: PingOneApi,
  directory: string,
  wanted: WebhookTarget,
  signal: AbortSignal,
): Promise<void> {
  if (!v.is(endpoint, wanted.url)) {
    const message = `Directory ${directory} can only send to an https address, or to http on loopback; give another one.`;
    throw new WardenError("ERR_INPUT_INVALID", message);
  }
  const name = subscriptionName(directory);
  const { ours, count } = await explainDenied(api, findOurs(api, name, signal));
  if (!ours && count >= MAX_SUBSCRIPTIONS) {
    const advice = `has ${count} subscriptions, and PingOne allows no more than ${MAX_SUBSCRIPTIONS}; delete one`;
    throw api.vendorError("ERR_VENDOR_REJECTED", { method: "POST", path: SUBSCRIPTIONS_PATH }, advice);
  }
  const body = subscriptionBody(name, wanted, ours);
  await explainDenied(api, ours ? replace(api, ours.id, body, signal) : create(api, body, signal));
}

const create = (api: PingOneApi, body: object, signal: AbortSignal) =>
  api.call({ method: "POST", path: SUBSCRIPTIONS_PATH, body, schema: v.unknown(), signal });

const replace = (api: PingOneApi, id: string, body: object, signal: AbortSignal) =>
  api.call({ method: "PUT", path: SUBSCRIPTION_PATH, id, body, schema: v.unknown(), signal });

/** The subscription of this name, and how many there are in all. */
async function findOurs(
  api: PingOneApi,
  name: string,
  signal: AbortSignal,
): Promise<{ ours: Subscription | undefined; count: number }> {
  const all: Subscription[] = [];
  for await (const { _embedded } of api.pages({ path: SUBSCRIPTIONS_PATH, schema: subscriptionList, signal })) {
    all.push(..._embedded.subscriptions);
  }
  const [ours, ...more] = all.filter((subscription) => subscription.name === name);
  if (more.length > 0) {
    const advice = "has several subscriptions of our name; delete all but one in PingOne";
    throw api.vendorError("ERR_VENDOR_REJECTED", { method: "GET", path: SUBSCRIPTIONS_PATH }, advice);
  }
  return { ours, count: all.length };
}

/** The general advice for a refusal names the role for accounts; webhooks take another one. */
async function explainDenied<T>(api: PingOneApi, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_DENIED")) throw error;
    const advice = `does not allow webhooks to be read or set up; give the worker application ${WEBHOOKS_ROLE}`;
    throw api.rewordError(error, { code: error.code, advice });
  }
}
