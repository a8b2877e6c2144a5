/** What becomes of a message once its subjects were rechecked: done with, back to the queue, or its failed events alone. */

import { asWardenError, type WardenError } from "../errors.ts";
import { QUEUE_LIMITS, type QueueMessage, type ReceivedMessage, type SubjectEvent } from "../model/index.ts";
import type { ParsedMessage } from "./message.ts";
import type { RecheckPorts } from "./ports.ts";
import { retryWaitSeconds } from "./retry.ts";
import { type Failures, subjectKey } from "./subject-events.ts";

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
  await sendAgain(ports, failed, failures, signal);
  return undefined;
}

/** Hides the message for longer after each try; after five SQS puts it with the dead letters. */
async function postpone(
  { queue, retryMs }: Pick<RecheckPorts, "queue" | "retryMs">,
  message: ReceivedMessage,
  error: WardenError | undefined,
  signal: AbortSignal,
): Promise<string> {
  const seconds = retryWaitSeconds(message.receives, error, retryMs);
  // Where the queue does not take it, the message comes when its visibility timeout is over.
  await queue.delay(message.receipt, seconds, signal).catch(asWardenError);
  return message.id;
}

/** A message for each event, so that those that succeeded are not handled again. */
async function sendAgain(
  { queue, retryMs }: Pick<RecheckPorts, "queue" | "retryMs">,
  events: readonly SubjectEvent[],
  failures: Failures,
  signal: AbortSignal,
): Promise<void> {
  const messages = events.map((event): QueueMessage => ({ directory: event.directory, events: [event] }));
  const waits = events.map((event) => retryWaitSeconds(1, failures.get(subjectKey(event)), retryMs));
  const delaySeconds = Math.min(QUEUE_LIMITS.delaySeconds, Math.max(...waits));
  for (let start = 0; start < messages.length; start += QUEUE_LIMITS.messages)
    await queue.send(messages.slice(start, start + QUEUE_LIMITS.messages), signal, delaySeconds);
}
