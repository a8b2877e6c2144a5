/** Whom a body of Okta's event hooks names, and the handshake before. https://developer.okta.com/docs/concepts/event-hooks/ */

import * as v from "valibot";
import {
  omitUndefined,
  type SubjectEvent,
  type WebhookCall,
  type WebhookContents,
  type WebhookHandshake,
  type WebhookReader,
} from "../../model/index.ts";
import { anything, textOrEmpty, timestamp } from "../fields.ts";
import { oktaId } from "./settings.ts";

/** Okta signs nothing: a static header of the hook is all there is to know it by. */
export const WEBHOOK_HEADER = "authorization";

export const webhookReader: WebhookReader = { header: WEBHOOK_HEADER, handshake, read };

/** What is worth another look at whom it names. */
export const EVENT_TYPES = [
  "user.lifecycle.create",
  "user.lifecycle.activate",
  "user.lifecycle.reactivate",
  "user.lifecycle.suspend",
  "user.lifecycle.unsuspend",
  "user.lifecycle.deactivate",
  "user.lifecycle.delete.initiated",
  "user.mfa.factor.activate",
  "user.mfa.factor.deactivate",
  "user.mfa.factor.suspend",
  "user.mfa.factor.unsuspend",
  "user.mfa.factor.reset_all",
  "group.user_membership.add",
  "group.user_membership.remove",
];

const MAX_CHALLENGE_CHARACTERS = 2_000;
/** Beyond it, somebody else is speaking. */
const MAX_EVENTS = 20_000;
const MAX_TARGETS = 1_000;

/** Okta asks once, and wants back what it sent. */
function handshake({ method, headers }: WebhookCall): WebhookHandshake | undefined {
  const challenge = headers["x-okta-verification-challenge"];
  if (method !== "GET" || !challenge || challenge.length > MAX_CHALLENGE_CHARACTERS) return undefined;
  return { contentType: "application/json", body: JSON.stringify({ verification: challenge }) };
}

const delivery = v.pipe(v.string(), v.parseJson(), v.object({ data: v.object({ events: v.array(v.unknown()) }) }));
const envelope = v.object({
  uuid: v.pipe(v.string(), v.regex(/^[\w.:-]{1,100}$/)),
  published: anything,
  eventType: textOrEmpty,
  target: v.pipe(v.fallback(v.array(v.unknown()), []), v.maxLength(MAX_TARGETS)),
});
const target = v.object({ type: textOrEmpty, id: textOrEmpty });

function read(directory: string, body: string): WebhookContents {
  const parsed = v.safeParse(delivery, body);
  if (!parsed.success) return { events: [], broken: [{ why: "not a delivery of an event hook" }], ignored: 0 };
  const { events: items } = parsed.output.data;
  const contents = items.slice(0, MAX_EVENTS).map((item) => readEvent(directory, item));
  const broken = contents.flatMap((one) => one.broken);
  if (items.length > MAX_EVENTS)
    broken.push({ why: `more than ${MAX_EVENTS} events in one body; the rest was not read` });
  return {
    events: contents.flatMap(({ events }) => events),
    broken,
    ignored: contents.reduce((sum, { ignored }) => sum + ignored, 0),
  };
}

const NOTHING: WebhookContents = { events: [], broken: [], ignored: 0 };

function readEvent(directory: string, item: unknown): WebhookContents {
  const { success, output } = v.safeParse(envelope, item);
  if (!success) return { ...NOTHING, broken: [{ why: "not an event with a readable id" }] };
  const { uuid, published, eventType, target: targets } = output;
  const people = targets.map(readTarget).filter((one) => one?.type === "User");
  const ids = new Set(people.flatMap((one) => (v.is(oktaId, one?.id) ? [one.id] : [])));
  const at = v.is(timestamp, published) ? new Date(published).toISOString() : undefined;
  // An event counts as handled by its id, so if it names two people, each gets an id of its own.
  const events: SubjectEvent[] = [...ids].map((subject) =>
    omitUndefined({ id: ids.size > 1 ? `${uuid}:${subject}` : uuid, directory, subject, at }),
  );
  if (people.some((one) => !v.is(oktaId, one?.id)))
    return { ...NOTHING, events, broken: [{ id: uuid, why: "names a user without a readable id" }] };
  if (events.length > 0) return { ...NOTHING, events };
  if (/^(user|group)\./.test(eventType)) return { ...NOTHING, broken: [{ id: uuid, why: "names no user" }] };
  return { ...NOTHING, ignored: 1 };
}

function readTarget(value: unknown): v.InferOutput<typeof target> | undefined {
  const { success, output } = v.safeParse(target, value);
  return success ? output : undefined;
}
