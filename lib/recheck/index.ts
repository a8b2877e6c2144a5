/** Events from outside: each names a subject that is looked at afresh, judged as in a sweep, and changed if policy says so. */
import * as v from "valibot";
import { mapConcurrently } from "../concurrency.ts";
import { asWardenError, WardenError } from "../errors.ts";
import { QUEUE_LIMITS, type ReceivedMessage, type SubjectEvent } from "../model/index.ts";
import { cacheDirectories, type DirectoryCache } from "./directory-cache.ts";
import type { RecheckPorts } from "./ports.ts";
import { type RecheckSubject, subjectRechecker } from "./recheck-subject.ts";
import { directoriesOf, type Rotation, readRotation } from "./secret-rotation.ts";

export type { Rechecked, RecheckPorts } from "./ports.ts";

export { readRotation } from "./secret-rotation.ts";

const LOOKS_AT_ONCE = 8;
const LONGEST_DELAY_S = 900;

const eventSchema = v.object({
  id: v.string(),
  directory: v.string(),
  subject: v.string(),
  at: v.optional(v.string()),
});
const messageSchema = v.object({ directory: v.string(), events: v.array(eventSchema) });
/** As EventBridge puts it on the queue. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const changedSchema = v.object({
  id: v.string(),
  time: v.optional(v.string()),
  "detail-type": v.literal("subject.changed"),
  detail: v.object({ directory: v.string(), subject: v.string() }),
});

/** The events in a message; throws `ERR_INPUT_INVALID` for anything else, so that it ends in the dead-letter queue. */
export function readMessage(body: string): SubjectEvent[] {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), v.union([messageSchema, changedSchema])), body);
  if (!read.success)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "A message on the event queue is of no form this version reads; look at it with replay.",
    );
  const message = read.output;
  if ("detail" in message) {
    const { id, time, detail } = message;
    return [{ id, ...detail, ...(time === undefined ? {} : { at: time }) }];
  }
  return message.events.map(({ at, ...event }) => (at === undefined ? event : { ...event, at }));
}

/**
 * Handles a batch of messages; answers the ids of those that must come again, as SQS wants it. What fails inside a message of
 * several is queued again alone; a throttled directory's message comes back after the time the vendor asked for.
 */
export function messageRechecker(
  ports: RecheckPorts,
): (messages: readonly ReceivedMessage[], signal: AbortSignal) => Promise<string[]> {
  const doors = cacheDirectories(ports);
  const look = subjectRechecker(ports, doors);
  return async (messages, signal) => {
    doors.refresh();
    const letters = await mapConcurrently(messages, LOOKS_AT_ONCE, (message) => read(ports, doors, message, signal));
    const events = letters.flatMap((letter) => letter.events ?? []);
    const failures = await lookAtAll(look, events, signal);
    const again = await mapConcurrently(letters, LOOKS_AT_ONCE, async ({ message, events, whole, error }) => {
      if (!events) return postpone(ports, message, error, signal);
      const failed = events.filter((event) => failures.has(keyOf(event)));
      if (failed.length === 0) return undefined;
      if (whole) return postpone(ports, message, failures.get(keyOf(failed[0] as SubjectEvent)), signal);
      for (let i = 0; i < failed.length; i += QUEUE_LIMITS.messages)
        await ports.queue.send(failed.slice(i, i + QUEUE_LIMITS.messages).map(alone), signal);
      return undefined;
    });
    return again.filter((id) => id !== undefined);
  };
}

/** A message, and what it asks for; without events it could not be read, or not now. */
interface Letter {
  readonly message: ReceivedMessage;
  readonly events?: readonly SubjectEvent[];
  /** What fails of it brings the message back as it is. */
  readonly whole?: boolean;
  readonly error?: WardenError;
}

async function read(
  ports: RecheckPorts,
  doors: DirectoryCache,
  message: ReceivedMessage,
  signal: AbortSignal,
): Promise<Letter> {
  try {
    const rotation = readRotation(message.body);
    if (rotation) return { message, events: await usersOf(ports, doors, rotation, signal), whole: true };
    const events = readMessage(message.body);
    return { message, events, whole: events.length === 1 };
  } catch (error) {
    return { message, ...(error instanceof WardenError ? { error } : {}) };
  }
}

/** Everybody who uses the secret, none where it is no directory's. Not older than anything: only now is the new version read. */
async function usersOf(
  { policy, secretsPrefix = "" }: RecheckPorts,
  doors: DirectoryCache,
  rotation: Rotation,
  signal: AbortSignal,
): Promise<SubjectEvent[]> {
  const lists = await mapConcurrently(
    directoriesOf(policy, secretsPrefix, rotation),
    LOOKS_AT_ONCE,
    async (directory) => {
      doors.forget(directory);
      const users = (await doors.open(directory, signal)).secretUsers?.() ?? [];
      return users.map((subject): SubjectEvent => ({ id: `${rotation.id}:${subject}`, directory, subject }));
    },
  );
  return lists.flat();
}

const alone = (event: SubjectEvent) => ({ directory: event.directory, events: [event] });

const keyOf = ({ directory, subject }: Pick<SubjectEvent, "directory" | "subject">) =>
  JSON.stringify([directory, subject]);

/** One look for each subject, however many events name it. Answers the errors of those that failed. */
async function lookAtAll(
  look: RecheckSubject,
  events: readonly SubjectEvent[],
  signal: AbortSignal,
): Promise<Map<string, WardenError>> {
  const failures = new Map<string, WardenError>();
  const subjects = [...Map.groupBy(events, keyOf)];
  await mapConcurrently(subjects, LOOKS_AT_ONCE, async ([key, together]) => {
    try {
      await look(together, signal);
    } catch (error) {
      failures.set(
        key,
        error instanceof WardenError ? error : new WardenError("ERR_INTERNAL", "An event could not be handled."),
      );
    }
  });
  return failures;
}

/** Back to the queue, later; after five receives SQS puts it with the dead letters. */
async function postpone(
  { queue, retryMs }: Pick<RecheckPorts, "queue" | "retryMs">,
  message: ReceivedMessage,
  error: WardenError | undefined,
  signal: AbortSignal,
): Promise<string> {
  const wait = error?.detail.retryAfter ?? retryMs;
  if (wait === undefined) return message.id;
  const seconds = Math.min(LONGEST_DELAY_S, Math.ceil(wait / 1000));
  // Where the queue does not take it, the message only comes later.
  await queue.delay(message.receipt, seconds, signal).catch(asWardenError);
  return message.id;
}
