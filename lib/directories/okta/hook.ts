/** The event hook that sends us events: found, compared, made and verified. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/EventHook */

import * as v from "valibot";
import { hasCode, WardenError } from "../../errors.ts";
import type { WebhookPlan, WebhookTarget } from "../../model/index.ts";
import { endpoint, textOrEmpty } from "../fields.ts";
import type { OktaApi } from "./api.ts";
import { EVENT_TYPES, WEBHOOK_HEADER } from "./events.ts";
import { oktaId } from "./settings.ts";

const HOOKS_PATH = "/api/v1/eventHooks";
const HOOK_PATH = "/api/v1/eventHooks/{id}";

const hook = v.object({
  id: oktaId,
  status: textOrEmpty,
  verificationStatus: textOrEmpty,
  events: v.object({ items: v.fallback(v.array(v.string()), []) }),
  channel: v.object({
    config: v.object({
      uri: textOrEmpty,
      authScheme: v.fallback(v.object({ key: textOrEmpty }), { key: "" }),
    }),
  }),
});
type Hook = v.InferOutput<typeof hook>;

/** Compares, and changes nothing. */
export async function planHook(
  api: OktaApi,
  directory: string,
  wanted: WebhookTarget,
  signal: AbortSignal,
): Promise<WebhookPlan> {
  const [ours, ...more] = await findOurs(api, directory, signal);
  if (!ours) return { state: "missing", detail: "There is no event hook that sends here." };
  const wrong = [...differences(ours, wanted), ...(more.length > 0 ? ["there are several of them"] : []), HIDDEN];
  return { state: "different", detail: `The event hook: ${wrong.join("; ")}.` };
}

/** Okta never shows it. */
const HIDDEN = "the value of its header cannot be compared, since Okta does not show it; applying writes it again";

/** Makes it or writes it anew, and has Okta ask the address whether it takes events. */
export async function applyHook(
  api: OktaApi,
  directory: string,
  wanted: WebhookTarget,
  signal: AbortSignal,
): Promise<void> {
  if (!v.is(endpoint, wanted.url))
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `Directory ${directory} can only send to an https address, or to http on loopback; give another one.`,
    );
  const [ours] = await findOurs(api, directory, signal);
  const body = bodyOf(directory, wanted);
  const { id } = ours
    ? (await api.call({ method: "PUT", path: HOOK_PATH, id: ours.id, body, schema: hook, signal })).body
    : (await api.call({ method: "POST", path: HOOKS_PATH, body, schema: hook, signal })).body;
  if (ours?.status === "INACTIVE")
    await api.call({ method: "POST", path: `${HOOK_PATH}/lifecycle/activate`, id, schema: hook, signal });
  await explainRefusal(
    api,
    api.call({ method: "POST", path: `${HOOK_PATH}/lifecycle/verify`, id, schema: hook, signal }),
  );
}

const bodyOf = (directory: string, { url, header }: WebhookTarget): object => ({
  name: `mfa-warden ${directory}`,
  events: { type: "EVENT_TYPE", items: EVENT_TYPES },
  channel: {
    type: "HTTP",
    version: "1.0.0",
    config: { uri: url, headers: [], authScheme: { type: "HEADER", key: WEBHOOK_HEADER, value: header } },
  },
});

/** Ours is told by where it sends. */
async function findOurs(api: OktaApi, directory: string, signal: AbortSignal): Promise<Hook[]> {
  const ours: Hook[] = [];
  for await (const page of api.pages({ path: HOOKS_PATH, schema: v.array(hook), signal }))
    ours.push(...page.filter(({ channel }) => URL.parse(channel.config.uri)?.pathname.endsWith(`/hooks/${directory}`)));
  return ours;
}

/** Each as a sentence without values. */
function differences({ status, verificationStatus, events, channel }: Hook, wanted: WebhookTarget): string[] {
  const checks: readonly (readonly [isRight: boolean, otherwise: string])[] = [
    [channel.config.uri === wanted.url, "it sends to another address"],
    [status === "ACTIVE", "it is not active"],
    [verificationStatus === "VERIFIED", "Okta has not verified the address"],
    [channel.config.authScheme.key.toLowerCase() === WEBHOOK_HEADER, "it presents its credential in another header"],
    [EVENT_TYPES.every((type) => events.items.includes(type)), "it does not send all events that matter"],
  ];
  return checks.flatMap(([isRight, otherwise]) => (isRight ? [] : [otherwise]));
}

/** Okta calls the address, and refuses it if the answer is not what it wants. */
async function explainRefusal<T>(api: OktaApi, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_REJECTED")) throw error;
    const advice =
      "could not verify the address: it must reach it from the internet, and get its question back within 3 seconds";
    throw api.rewordError(error, { code: error.code, advice });
  }
}
