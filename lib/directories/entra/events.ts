/** Whom a body of Graph's change notifications names, and what it says of the subscription itself. https://learn.microsoft.com/graph/change-notifications-delivery-webhooks */

import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { WebhookCall, WebhookContents, WebhookHandshake, WebhookReader } from "../../model/index.ts";
import { textOrEmpty, uuid } from "../fields.ts";

export const webhookReader: WebhookReader = {
  // Graph sends none: what it is known by is in each notification.
  header: "authorization",
  credentialsIn,
  handshake,
  expires: true,
  read,
};

/** Longer than any that Graph sends. */
const MAX_TOKEN_CHARACTERS = 2_000;
/** Beyond it, somebody else is speaking. */
const MAX_NOTIFICATIONS = 20_000;

const notification = v.object({
  id: textOrEmpty,
  clientState: textOrEmpty,
  lifecycleEvent: textOrEmpty,
  resource: textOrEmpty,
  resourceData: v.fallback(v.object({ id: textOrEmpty }), { id: "" }),
});
type Notification = v.InferOutput<typeof notification>;
const collection = v.pipe(v.string(), v.parseJson(), v.object({ value: v.array(v.unknown()) }));

/** Graph proves the address when a subscription is made: it wants back what it sent, as plain text. */
function handshake({ method, query }: WebhookCall): WebhookHandshake | undefined {
  if (method !== "POST") return undefined;
  const token = new URLSearchParams(query).get("validationToken");
  if (!token || token.length > MAX_TOKEN_CHARACTERS) return undefined;
  return { contentType: "text/plain", body: token };
}

/** The `clientState` of each notification; empty for one that has none, which is right for nobody. */
function credentialsIn(body: string): string[] {
  const read = v.safeParse(collection, body);
  return read.success ? read.output.value.map((item) => readNotification(item)?.clientState ?? "") : [];
}

function read(directory: string, body: string): WebhookContents {
  const parsed = v.safeParse(collection, body);
  if (!parsed.success) return { events: [], broken: [{ why: "not a collection of change notifications" }], ignored: 0 };
  const contents = parsed.output.value.slice(0, MAX_NOTIFICATIONS).map((item) => readItem(directory, item));
  const broken = contents.flatMap((one) => one.broken);
  if (parsed.output.value.length > MAX_NOTIFICATIONS)
    broken.push({ why: `more than ${MAX_NOTIFICATIONS} notifications in one body; the rest was not read` });
  return {
    events: contents.flatMap(({ events }) => events),
    broken,
    ignored: 0,
    ...(contents.some(({ renew }) => renew) && { renew: true as const }),
  };
}

function readNotification(item: unknown): Notification | undefined {
  const { success, output } = v.safeParse(notification, item);
  return success ? output : undefined;
}

const NOTHING: WebhookContents = { events: [], broken: [], ignored: 0 };
const brokenItem = (why: string): WebhookContents => ({ ...NOTHING, broken: [{ why }] });

function readItem(directory: string, item: unknown): WebhookContents {
  const found = readNotification(item);
  if (!found) return brokenItem("not an object");
  if (found.lifecycleEvent !== "") return readLifecycle(found);
  const subject = subjectOf(found);
  if (subject === undefined) return brokenItem("names no user with a readable id");
  // Graph gives few of them an id, and two changes of one user look alike: each is looked at.
  const id = found.id === "" ? `${subject}:${randomUUID()}` : found.id;
  return { ...NOTHING, events: [{ id, directory, subject }] };
}

/** https://learn.microsoft.com/graph/change-notifications-lifecycle-events */
function readLifecycle({ lifecycleEvent }: Notification): WebhookContents {
  if (lifecycleEvent === "reauthorizationRequired") return { ...NOTHING, renew: true };
  return brokenItem(LIFECYCLE_ADVICE[lifecycleEvent] ?? "a lifecycle event that this version does not know");
}

/** For a person: nothing here can mend it. */
const LIFECYCLE_ADVICE: Readonly<Record<string, string>> = {
  missed: "Graph says that it could not deliver notifications: the next sweep finds what they were about, so start one",
  subscriptionRemoved:
    "Graph says that it removed the subscription: run doctor --setup-hooks with --yes, and then a sweep",
};

const USER_RESOURCE = /^\/?users\/([^/]+)$/i;

/** `Users/{id}`; the same id stands in `resourceData`. */
function subjectOf({ resource, resourceData }: Notification): string | undefined {
  const id = USER_RESOURCE.exec(resource)?.[1] ?? resourceData.id;
  return v.is(uuid, id) ? id.toLowerCase() : undefined;
}
