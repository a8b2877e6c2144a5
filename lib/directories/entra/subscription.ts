/** Graph's subscription that sends us changes of users: found, compared, made and renewed. https://learn.microsoft.com/graph/api/resources/subscription */

import * as v from "valibot";
import { hasCode, WardenError } from "../../errors.ts";
import type { WebhookPlan, WebhookTarget } from "../../model/index.ts";
import { endpoint, textOrEmpty, uuid } from "../fields.ts";
import type { EntraApi } from "./api.ts";
import { listOf } from "./schema.ts";

const SUBSCRIPTIONS_PATH = "/v1.0/subscriptions";
const SUBSCRIPTION_PATH = "/v1.0/subscriptions/{id}";
const RESOURCE = "users";
/** Of users there is no other: who is new is updated, too. */
const CHANGE_TYPE = "updated,deleted";
/** Graph takes 41,760 minutes for users. */
const LIFETIME_MS = 28 * 86_400_000;
/** Graph takes no longer one. */
const MAX_CLIENT_STATE_CHARACTERS = 128;

const subscription = v.object({
  id: uuid,
  resource: textOrEmpty,
  changeType: textOrEmpty,
  clientState: textOrEmpty,
  notificationUrl: textOrEmpty,
  lifecycleNotificationUrl: textOrEmpty,
  expirationDateTime: textOrEmpty,
});
type Subscription = v.InferOutput<typeof subscription>;
const subscriptionList = listOf(subscription);

/** Compares, and changes nothing. */
export async function planSubscription(
  api: EntraApi,
  directory: string,
  wanted: WebhookTarget,
  signal: AbortSignal,
): Promise<WebhookPlan> {
  const [ours, ...more] = await findOurs(api, directory, signal);
  if (!ours) return { state: "missing", detail: "There is no subscription to changes of users that sends here." };
  const wrong = [...differences(ours, wanted), ...(more.length > 0 ? ["there are several of them"] : [])];
  const end = `it ends at ${ours.expirationDateTime}`;
  if (wrong.length > 0) return { state: "different", detail: `The subscription: ${wrong.join("; ")}; ${end}.` };
  return { state: "right", detail: `The subscription is as wanted; ${end} unless it is renewed.` };
}

/** Makes a new one, and then deletes those that it replaces: nothing is missed between the two. */
export async function applySubscription(
  api: EntraApi,
  directory: string,
  wanted: WebhookTarget,
  signal: AbortSignal,
): Promise<void> {
  checkTarget(directory, wanted);
  const former = await findOurs(api, directory, signal);
  const body = {
    changeType: CHANGE_TYPE,
    notificationUrl: wanted.url,
    lifecycleNotificationUrl: wanted.url,
    resource: RESOURCE,
    expirationDateTime: endOf(api),
    clientState: wanted.header,
  };
  await explainRefusal(api, api.call({ method: "POST", path: SUBSCRIPTIONS_PATH, body, schema: v.unknown(), signal }));
  for (const { id } of former)
    await api.call({ method: "DELETE", path: SUBSCRIPTION_PATH, id, schema: v.unknown(), signal });
}

/** Lets it last on, which also tells Graph again that we may see these users. Throws `ERR_VENDOR_NOT_FOUND` if there is none. */
export async function renewSubscription(api: EntraApi, directory: string, signal: AbortSignal): Promise<void> {
  const ours = await findOurs(api, directory, signal);
  if (ours.length === 0) {
    const advice = "has no subscription that could be renewed; run doctor --setup-hooks with --yes";
    throw api.vendorError("ERR_VENDOR_NOT_FOUND", { method: "GET", path: SUBSCRIPTIONS_PATH }, advice);
  }
  const body = { expirationDateTime: endOf(api) };
  for (const { id } of ours)
    await api.call({ method: "PATCH", path: SUBSCRIPTION_PATH, id, body, schema: v.unknown(), signal });
}

const endOf = ({ clock }: EntraApi): string => new Date(clock() + LIFETIME_MS).toISOString();

function checkTarget(directory: string, { url, header }: WebhookTarget): void {
  const problem = v.is(endpoint, url)
    ? header.length > MAX_CLIENT_STATE_CHARACTERS &&
      `takes hook credentials of at most ${MAX_CLIENT_STATE_CHARACTERS} characters`
    : "can only send to an https address, or to http on loopback";
  if (problem) throw new WardenError("ERR_INPUT_INVALID", `Directory ${directory} ${problem}; give another one.`);
}

/** Graph lists those of this app alone; ours is told by where it sends. */
async function findOurs(api: EntraApi, directory: string, signal: AbortSignal): Promise<Subscription[]> {
  const ours: Subscription[] = [];
  for await (const { value } of api.pages({ path: SUBSCRIPTIONS_PATH, schema: subscriptionList, signal }))
    ours.push(...value.filter((found) => isOurs(found, directory)));
  return ours;
}

const isOurs = ({ resource, notificationUrl }: Subscription, directory: string): boolean =>
  resource.replace(/^\//, "").toLowerCase() === RESOURCE &&
  URL.parse(notificationUrl)?.pathname.endsWith(`/hooks/${directory}`) === true;

const HIDDEN_STATE = "its clientState cannot be compared, since Graph does not show it; applying writes it again";

/** Each as a sentence without values. */
function differences(ours: Subscription, wanted: WebhookTarget): string[] {
  const { changeType, notificationUrl, lifecycleNotificationUrl, clientState } = ours;
  const checks: readonly (readonly [isRight: boolean, otherwise: string])[] = [
    [changeType.split(",").toSorted().join() === "deleted,updated", "it is for other changes"],
    [notificationUrl === wanted.url, "it sends to another address"],
    [lifecycleNotificationUrl === wanted.url, "it tells of its own end elsewhere, or nowhere"],
    [clientState === "" || clientState === wanted.header, "its clientState has another value"],
    [clientState !== "", HIDDEN_STATE],
  ];
  return checks.flatMap(([isRight, otherwise]) => (isRight ? [] : [otherwise]));
}

/** Graph calls the address before it makes a subscription, and refuses it if the answer is not what it wants. */
async function explainRefusal<T>(api: EntraApi, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_REJECTED")) throw error;
    const advice =
      "refused the subscription: it must reach the address from the internet, and get its question back within 10 seconds";
    throw api.rewordError(error, { code: error.code, advice });
  }
}
