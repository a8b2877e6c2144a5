/** What becomes of a message once its subjects were rechecked: done with, back to the queue, or its failed events alone. */

import { asWardenError, type WardenError } from "../errors.ts";
import {
  QUEUE_LIMITS,
  type Queue,
  type QueueMessage,
  type ReceivedMessage,
  type SubjectEvent,
} from "../model/index.ts";
import type { ParsedMessage } from "./message.ts";
import type { RecheckPorts } from "./ports.ts";
import { type Failures, subjectKey } from "./subject-events.ts";

/** The longest that a message is put off. */
const MAX_DELAY_S = 900;

/** Answers the message's id if it must come again. */
export async function acknowledge(
  ports: Pick<RecheckPorts, "queue" | "retryMs">,
  parsed: ParsedMessage,
  failures: Failures,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { message, events } = parsed;
  if (!events) return postpone(ports, message, parsed.error, signal);
  const failed = events.filter((event) => failures.has(subjectKey(event)));
  const [first] = failed;
  if (!first) return undefined;
  if (parsed.retry === "message") return postpone(ports, message, failures.get(subjectKey(first)), signal);
  await sendAgain(ports.queue, failed, signal);
  return undefined;
}

/** Puts the message back, after the time the vendor asked for; after five receives SQS puts it with the dead letters. */
async function postpone(
  { queue, retryMs }: Pick<RecheckPorts, "queue" | "retryMs">,
  message: ReceivedMessage,
  error: WardenError | undefined,
  signal: AbortSignal,
): Promise<string> {
  const waitMs = error?.detail.retryAfter ?? retryMs;
  if (waitMs === undefined) return message.id;
  const seconds = Math.min(MAX_DELAY_S, Math.ceil(waitMs / 1000));
  // Where the queue does not take it, the message only comes later.
  await queue.delay(message.receipt, seconds, signal).catch(asWardenError);
  return message.id;
}

/** A message for each event, so that those that succeeded are not handled again. */
async function sendAgain(queue: Queue, events: readonly SubjectEvent[], signal: AbortSignal): Promise<void> {
  const messages = events.map((event): QueueMessage => ({ directory: event.directory, events: [event] }));
  for (let start = 0; start < messages.length; start += QUEUE_LIMITS.messages)
    await queue.send(messages.slice(start, start + QUEUE_LIMITS.messages), signal);
}
