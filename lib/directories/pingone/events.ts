/** Whom a body of PingOne's webhooks names. https://developer.pingidentity.com/pingone-api/platform/subscriptions-webhooks.html */

import * as v from "valibot";
import { omitUndefined, type SubjectEvent, type WebhookContents, type WebhookReader } from "../../model/index.ts";
import { anything, textOrEmpty, timestamp, uuid } from "../fields.ts";

/** PingOne signs nothing: a static header of the subscription is all there is to know it by. */
export const WEBHOOK_HEADER = "authorization";

export const webhookReader: WebhookReader = { header: WEBHOOK_HEADER, read };

/** Forty times what PingOne sends at once. Beyond it, somebody else is speaking. */
const MAX_EVENTS = 20_000;
/** PingOne's events name one or two. */
const MAX_RESOURCES = 100;

const eventId = v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/));
const envelope = v.object({
  id: eventId,
  recordedAt: anything,
  createdAt: anything,
  action: v.fallback(v.object({ type: textOrEmpty }), { type: "" }),
  resources: v.pipe(v.fallback(v.array(v.unknown()), []), v.maxLength(MAX_RESOURCES)),
});
type Envelope = v.InferOutput<typeof envelope>;
const resource = v.object({ type: textOrEmpty, id: textOrEmpty, href: textOrEmpty });

/** What comes before the dot in the type of an event that is about no single account. */
const KINDS_WITHOUT_ACCOUNT = new Set(
  `ACTION ADMIN_CONFIGURATION AGREEMENT ALERT_CHANNEL APPLICATION BRANDING CERTIFICATE CUSTOM_DOMAIN DECISION_ENDPOINT
  DEVICE_AUTHENTICATION_POLICY EMAIL_DOMAIN ENVIRONMENT FIDO_METADATA FIDO_POLICY FLOW FLOW_DEFINITION FLOW_EXECUTION
  FLOW_POLICY_ASSIGNMENT GATEWAY GATEWAY_INSTANCE GRANT GROUP IDENTITY_PROVIDER IDP_ATTRIBUTE IMAGE KEY KRP LICENSE
  MFA_SETTINGS NOTIFICATION NOTIFICATIONS_SETTINGS NOTIFICATION_POLICY ORGANIZATION PHONE_DELIVERY_SETTINGS POLICY
  POPULATION PUSH_CREDENTIALS RESOURCE RESOURCE_ATTRIBUTE RISK_POLICY_SET RISK_PREDICTOR SAML_ATTRIBUTE SCHEMA_ATTRIBUTE
  SCOPE SECRET SETTINGS SIGN_ON_POLICY_ASSIGNMENT SUBSCRIPTION THEME VERIFY_POLICY`.split(/\s+/),
);

type Broken = WebhookContents["broken"][number];

function read(directory: string, body: string): WebhookContents {
  const items = itemsOf(body);
  const contents = items.slice(0, MAX_EVENTS).map((item) => readEvent(directory, item));
  const broken = contents.flatMap((one) => one.broken);
  if (items.length > MAX_EVENTS) {
    broken.push({ why: `more than ${MAX_EVENTS} events in one body; the rest was not read` });
  }
  return {
    events: contents.flatMap(({ events }) => events),
    broken,
    ignored: contents.reduce((sum, { ignored }) => sum + ignored, 0),
  };
}

const NOT_JSON = Symbol();

/** What should be one event each: the items of an array, an object by itself, or the lines. */
function itemsOf(body: string): unknown[] {
  const whole = parse(body.trim());
  if (whole !== NOT_JSON) return Array.isArray(whole) ? whole : [whole];
  const lines = body.split("\n", MAX_EVENTS + 1).filter((line) => line.trim() !== "");
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

function readEvent(directory: string, item: unknown): WebhookContents {
  if (item === NOT_JSON) return brokenEvent({ why: "not JSON" });
  const { success, output } = v.safeParse(envelope, item);
  if (!success) return brokenEvent(whyUnreadable(item));
  const { id, action, resources } = output;
  const { subjects, unreadable } = subjectsOf(resources);
  const events = eventsFor(directory, output, subjects);
  if (unreadable) return { events, broken: [{ id, why: "names a user without a readable id" }], ignored: 0 };
  if (events.length > 0) return { events, broken: [], ignored: 0 };
  const kind = action.type.split(".", 1)[0] ?? "";
  if (KINDS_WITHOUT_ACCOUNT.has(kind)) return { events: [], broken: [], ignored: 1 };
  return brokenEvent({ id, why: "names no user, and is of no kind known to concern none" });
}

const brokenEvent = (broken: Broken): WebhookContents => ({ events: [], broken: [broken], ignored: 0 });

/** An event counts as handled by its id, so if it names two users, each gets an id of its own. */
function eventsFor(directory: string, event: Envelope, subjects: ReadonlySet<string>): SubjectEvent[] {
  const at = timeOf(event);
  return [...subjects].map((subject) =>
    omitUndefined({
      id: subjects.size > 1 ? `${event.id}:${subject}` : event.id,
      directory,
      subject,
      at,
    }),
  );
}

/** `recordedAt` is when it happened, `createdAt` when PingOne stored it. */
function timeOf({ recordedAt, createdAt }: Envelope): string | undefined {
  const time = [recordedAt, createdAt].find((value) => v.is(timestamp, value));
  return time === undefined ? undefined : new Date(time).toISOString();
}

function whyUnreadable(item: unknown): Broken {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return { why: "not an object" };
  const id = "id" in item ? v.safeParse(eventId, item.id) : undefined;
  if (!id?.success) return { why: "has no readable id" };
  return { id: id.output, why: `names more than ${MAX_RESOURCES} resources` };
}

const USER_IN_ADDRESS = /\/users\/([0-9a-f-]{36})\//i;

/** A device or a membership names its user in its address alone. Who did it, in `actors`, is never the subject. */
function subjectsOf(resources: readonly unknown[]): { subjects: Set<string>; unreadable: boolean } {
  const subjects = new Set<string>();
  let unreadable = false;
  for (const value of resources) {
    const { success, output } = v.safeParse(resource, value);
    if (!success) continue;
    const isUser = output.type === "USER";
    const id = isUser ? output.id : USER_IN_ADDRESS.exec(output.href)?.[1];
    if (v.is(uuid, id)) subjects.add(id);
    else unreadable ||= isUser;
  }
  return { subjects, unreadable };
}
