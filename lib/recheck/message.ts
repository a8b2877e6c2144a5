/** Reads the messages of the event queue: each names subjects that are worth a look. */

import * as v from "valibot";
import { WardenError } from "../errors.ts";
import { omitUndefined, type ReceivedMessage, type SubjectEvent } from "../model/index.ts";
import type { DirectoryCache } from "./directory-cache.ts";
import type { RecheckPorts } from "./ports.ts";
import { eventsOfRotation, readRotation } from "./secret-rotation.ts";

const eventSchema = v.object({
  id: v.string(),
  directory: v.string(),
  subject: v.string(),
  at: v.optional(v.string()),
});

/** As our webhook puts it on the queue. */
const queueMessageSchema = v.object({
  directory: v.string(),
  events: v.array(eventSchema),
  renew: v.optional(v.literal(true)),
});

/** As EventBridge puts it on the queue. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const subjectChangedSchema = v.object({
  id: v.string(),
  time: v.optional(v.string()),
  "detail-type": v.literal("subject.changed"),
  detail: v.object({ directory: v.string(), subject: v.string() }),
});

const renewalSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ ...queueMessageSchema.entries, renew: v.literal(true) }),
);

const messageSchema = v.pipe(v.string(), v.parseJson(), v.union([queueMessageSchema, subjectChangedSchema]));

/** The events in a message. Throws `ERR_INPUT_INVALID` for anything else, so that it ends in the dead-letter queue. */
export function readMessage(body: string): SubjectEvent[] {
  const read = v.safeParse(messageSchema, body);
  if (!read.success)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "A message on the event queue is of no form this version reads; look at it with replay.",
    );
  if ("events" in read.output) return read.output.events.map(omitUndefined);
  const { id, time, detail } = read.output;
  return [omitUndefined({ id, ...detail, at: time })];
}

/** A message, and what it asks for. */
export type ParsedMessage =
  | {
      readonly message: ReceivedMessage;
      readonly events: readonly SubjectEvent[];
      /** What comes again if an event fails: the message as it is, or a new one for each event that failed. */
      readonly retry: "message" | "failed events";
    }
  /** It could not be read, or not now. */
  | { readonly message: ReceivedMessage; readonly events?: never; readonly error: WardenError | undefined };

/** The directory whose webhook a message wants to be renewed. */
function readRenewal(body: string): string | undefined {
  const read = v.safeParse(renewalSchema, body);
  return read.success ? read.output.directory : undefined;
}

/** Parses a message; one about a rotated secret asks for everybody who uses the secret, one about a webhook is done with at once. */
export async function parseMessage(
  ports: RecheckPorts,
  directories: DirectoryCache,
  message: ReceivedMessage,
  signal: AbortSignal,
): Promise<ParsedMessage> {
  try {
    const rotation = readRotation(message.body);
    if (rotation)
      return { message, events: await eventsOfRotation(ports, directories, rotation, signal), retry: "message" };
    const renewed = readRenewal(message.body);
    if (renewed !== undefined) await (await directories.open(renewed, signal)).hooks?.renew?.(signal);
    const events = readMessage(message.body);
    return { message, events, retry: events.length === 1 ? "message" : "failed events" };
  } catch (error) {
    return { message, error: error instanceof WardenError ? error : undefined };
  }
}
