/** Goes through the dead-letter queue once, and puts back what somebody decides to put back. */

import type { Queue, ReceivedMessage } from "../../lib/model/index.ts";
import { describeMessage, type MessageDescription } from "./describe-message.ts";

/** One message of the dead-letter queue. */
export interface DeadMessage extends MessageDescription {
  readonly id: string;
  readonly receives: number;
}

export interface HandledMessage extends DeadMessage {
  readonly fate: "moved" | "kept" | "cannot be moved";
}

interface Replay {
  readonly queue: Queue;
  /** Whether it goes back to the event queue; asked only of what can. */
  readonly decide: (message: DeadMessage) => Promise<boolean>;
  readonly onFound: (message: DeadMessage) => void;
}

const RECEIVE_COUNT = 10;
const RECEIVE_WAIT_SECONDS = 1;

/** Every message once. Those that stay are hidden until the end, so that none comes round again, and then let go. */
export async function replayDeadLetters(replay: Replay, signal: AbortSignal): Promise<HandledMessage[]> {
  const { queue, onFound } = replay;
  const handled = new Map<string, HandledMessage>();
  const kept: string[] = [];
  try {
    for await (const received of readDeadLetters(queue, signal)) {
      if (handled.has(received.id)) {
        kept.push(received.receipt);
        continue;
      }
      const message = { id: received.id, receives: received.receives, ...describeMessage(received.body) };
      onFound(message);
      const fate = await decideFate(replay, received, message, signal);
      if (fate !== "moved") kept.push(received.receipt);
      handled.set(message.id, { ...message, fate });
    }
  } finally {
    await Promise.allSettled(kept.map((receipt) => queue.deadLetters.delay(receipt, 0, signal)));
  }
  return [...handled.values()];
}

/** What is received is hidden for a while: a person who thinks long meets a message twice. */
async function* readDeadLetters({ deadLetters }: Queue, signal: AbortSignal): AsyncGenerator<ReceivedMessage> {
  for (;;) {
    const messages = await deadLetters.receive(RECEIVE_COUNT, RECEIVE_WAIT_SECONDS, signal);
    if (messages.length === 0) return;
    yield* messages;
  }
}

async function decideFate(
  { queue, decide }: Replay,
  { receipt }: ReceivedMessage,
  message: DeadMessage,
  signal: AbortSignal,
): Promise<HandledMessage["fate"]> {
  if (!message.messages) return "cannot be moved";
  if (!(await decide(message))) return "kept";
  // Killed in between, it is in both places; put back twice, its events are known by their ids and handled once.
  await queue.send(message.messages, signal);
  await queue.deadLetters.acknowledge(receipt, signal);
  return "moved";
}
