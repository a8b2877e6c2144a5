/** Whom a body of PingOne's webhooks names. https://developer.pingidentity.com/pingone-api/platform/subscriptions-webhooks.html */

import * as v from "valibot";
import type { WebhookContents, WebhookReader } from "../../model/index.ts";
import { identifier } from "./schema.ts";

/** PingOne signs nothing: a static header of the subscription is all there is to know it by. */
export const HEADER = "authorization";

export const hooks: WebhookReader = { header: HEADER, read };

/** Forty times what PingOne sends at once. Beyond it, somebody else is speaking. */
const MOST = 20_000;
/** PingOne's events name one or two. */
const MOST_RESOURCES = 100;

const eventId = v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/));
const time = v.pipe(
  v.string(),
  v.maxLength(40),
  v.isoTimestamp(),
  v.check((at) => !Number.isNaN(Date.parse(at))),
);
const word = v.fallback(v.string(), "");
const envelope = v.object({
  id: eventId,
  recordedAt: v.optional(v.unknown()),
  createdAt: v.optional(v.unknown()),
  action: v.fallback(v.object({ type: word }), { type: "" }),
  resources: v.pipe(v.fallback(v.array(v.unknown()), []), v.maxLength(MOST_RESOURCES)),
});
const resource = v.object({ type: word, id: word, href: word });

/** What comes before the dot in the type of an event that is about no single account. */
const OTHER_KINDS = new Set(
  `ACTION ADMIN_CONFIGURATION AGREEMENT ALERT_CHANNEL APPLICATION BRANDING CERTIFICATE CUSTOM_DOMAIN DECISION_ENDPOINT
  DEVICE_AUTHENTICATION_POLICY EMAIL_DOMAIN ENVIRONMENT FIDO_METADATA FIDO_POLICY FLOW FLOW_DEFINITION FLOW_EXECUTION
  FLOW_POLICY_ASSIGNMENT GATEWAY GATEWAY_INSTANCE GRANT GROUP IDENTITY_PROVIDER IDP_ATTRIBUTE IMAGE KEY KRP LICENSE
  MFA_SETTINGS NOTIFICATION NOTIFICATIONS_SETTINGS NOTIFICATION_POLICY ORGANIZATION PHONE_DELIVERY_SETTINGS POLICY
  POPULATION PUSH_CREDENTIALS RESOURCE RESOURCE_ATTRIBUTE RISK_POLICY_SET RISK_PREDICTOR SAML_ATTRIBUTE SCHEMA_ATTRIBUTE
  SCOPE SECRET SETTINGS SIGN_ON_POLICY_ASSIGNMENT SUBSCRIPTION THEME VERIFY_POLICY`.split(/\s+/),
);

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
type Reading = Mutable<WebhookContents>;

function read(directory: string, body: string): WebhookContents {
  const reading: Reading = { events: [], broken: [], ignored: 0 };
  const items = itemsOf(body);
  for (const item of items.slice(0, MOST)) readEvent(reading, directory, item);
  if (items.length > MOST) reading.broken.push({ why: `more than ${MOST} events in one body; the rest was not read` });
  return reading;
}

const NOT_JSON = Symbol();

/** What is to be an event each: of an array, of an object by itself, or of a line each. */
function itemsOf(body: string): unknown[] {
  const whole = parse(body.trim());
  if (whole !== NOT_JSON) return Array.isArray(whole) ? whole : [whole];
  const lines = body.split("\n", MOST + 1).filter((line) => line.trim() !== "");
  const items = lines.map(parse);
  return items.some((item) => item !== NOT_JSON) ? items : [NOT_JSON];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function readEvent(reading: Reading, directory: string, item: unknown): void {
  if (item === NOT_JSON) return void reading.broken.push({ why: "not JSON" });
  const { success, output } = v.safeParse(envelope, item);
  if (!success) return void reading.broken.push(complain(item));
  const { id, recordedAt, createdAt, action } = output;
  const { subjects, unreadable } = subjectsOf(output.resources);
  if (unreadable) reading.broken.push({ id, why: "names a user without a readable id" });
  // Recorded when it happened, created when the vendor stored it.
  const when = [recordedAt, createdAt].find((at) => v.is(time, at));
  const at = when === undefined ? undefined : new Date(when).toISOString();
  for (const subject of subjects) {
    // An event counts as handled by its id, so two users of one event need one each.
    const own = subjects.size > 1 ? `${id}:${subject}` : id;
    reading.events.push({ id: own, directory, subject, ...(at === undefined ? {} : { at }) });
  }
  if (subjects.size > 0 || unreadable) return;
  if (OTHER_KINDS.has(action.type.split(".", 1)[0] ?? "")) reading.ignored += 1;
  else reading.broken.push({ id, why: "names no user, and is of no kind known to concern none" });
}

function complain(item: unknown): WebhookContents["broken"][number] {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return { why: "not an object" };
  const id = "id" in item ? v.safeParse(eventId, item.id) : undefined;
  if (!id?.success) return { why: "has no readable id" };
  return { id: id.output, why: `names more than ${MOST_RESOURCES} resources` };
}

/** A device or a membership names its user in its address alone. Who did it, in `actors`, is never the subject. */
function subjectsOf(resources: readonly unknown[]): { subjects: Set<string>; unreadable: boolean } {
  const subjects = new Set<string>();
  let unreadable = false;
  for (const one of resources) {
    const { success, output } = v.safeParse(resource, one);
    if (!success) continue;
    const isUser = output.type === "USER";
    const id = isUser ? output.id : (/\/users\/([0-9a-f-]{36})\//i.exec(output.href)?.[1] ?? "");
    if (v.is(identifier, id)) subjects.add(id);
    else unreadable ||= isUser;
  }
  return { subjects, unreadable };
}
