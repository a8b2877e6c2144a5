/** Puts what a webhook held onto the queue: events for the recheck, and what could not be read as dead letters for a person. */

import {
  type DeadLetter,
  QUEUE_LIMITS,
  type QueueMessage,
  type SubjectEvent,
  type WebhookContents,
} from "../model/index.ts";
import type { WebhookPorts } from "./ports.ts";

/** Bytes of an id as JSON; ten messages fit into one call of SQS (1 MiB) then, however their characters are written there. */
const MAX_ID_BYTES = 200;
/** What was sent decides how many dead letters there are and how long: neither may grow without end. */
const MAX_DEAD_LETTERS = 10;
const MAX_IDS_OF_DEAD_LETTER = 200;
const MAX_ID_CHARACTERS = 200;
const MAX_REASON_CHARACTERS = 500;

type Broken = WebhookContents["broken"];

/** Readable events go first: a dead letter may come twice, an event must come. */
export async function enqueue(
  { queue, count }: Pick<WebhookPorts, "queue" | "count">,
  directory: string,
  contents: WebhookContents,
  signal: AbortSignal,
): Promise<void> {
  const accepted = contents.events.filter(hasShortIds);
  const tooLong = contents.events.filter((event) => !hasShortIds(event));
  const broken = [...contents.broken, ...tooLong.map(({ id }) => ({ id, why: "an id is far too long" }))];
  const renewal: QueueMessage[] = contents.renew ? [{ directory, events: [], renew: true }] : [];
  for (const messages of chunk([...messagesOf(directory, accepted), ...renewal], QUEUE_LIMITS.messages))
    await queue.send(messages, signal);
  for (const letter of deadLettersOf(directory, broken)) await queue.sendToDeadLetter(letter, signal);
  const counts = { accepted: accepted.length, broken: broken.length, ignored: contents.ignored };
  for (const name of ["accepted", "broken", "ignored"] as const) if (counts[name] > 0) count(name, counts[name]);
}

const hasShortIds = ({ id, subject, at = "" }: SubjectEvent): boolean =>
  [id, subject, at].every((text) => Buffer.byteLength(JSON.stringify(text)) <= MAX_ID_BYTES);

const messagesOf = (directory: string, events: readonly SubjectEvent[]): QueueMessage[] =>
  chunk(events, QUEUE_LIMITS.events).map((part) => ({ directory, events: part }));

/** One for each reason; those behind the last that fits share one. */
function deadLettersOf(directory: string, broken: Broken): DeadLetter[] {
  const reasons = [...Map.groupBy(broken, ({ why }) => why.slice(0, MAX_REASON_CHARACTERS))];
  const letters = reasons.slice(0, MAX_DEAD_LETTERS).map(([why, events]) => deadLetter(directory, why, events));
  const others = reasons.slice(MAX_DEAD_LETTERS).flatMap(([, events]) => events);
  return others.length === 0 ? letters : [...letters, deadLetter(directory, "for still other reasons", others)];
}

function deadLetter(directory: string, why: string, events: Broken): DeadLetter {
  const ids = events.flatMap(({ id }) => (id === undefined ? [] : [id.slice(0, MAX_ID_CHARACTERS)]));
  return { directory, why, ids: ids.slice(0, MAX_IDS_OF_DEAD_LETTER), count: events.length };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
