/** Event queues for tests, and messages as they come from one. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SQSClientConfig } from "@aws-sdk/client-sqs";
import { joinStack, type Stack } from "../../cli/state/stack.ts";
import { type QueueAddresses, sqsQueue } from "../../lib/aws/queue.ts";
import type { Queue, ReceivedMessage, SubjectEvent } from "../../lib/model/index.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { openStores } from "../aws/stores.ts";
import type { World } from "../world.ts";

export const signal = AbortSignal.timeout(60_000);

/** The queue of an embedded stack over a folder of its own. */
export interface Events {
  readonly stack: Stack;
  readonly queue: Queue;
  readonly folder: string;
  close(): Promise<void>;
}

/** @param folder an older one's, to start it again */
export async function startEvents(folder = mkdtempSync(join(tmpdir(), "warden-events-"))): Promise<Events> {
  const stack = await joinStack(folder, signal);
  return {
    stack,
    folder,
    queue: sqsQueue(stack.clients.sqs, stack.queue),
    async close() {
      if (existsSync(join(folder, "stack.json"))) await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An event queue for one test file, and how to get at it past the product. */
export interface QueueServer {
  readonly queue: Queue;
  readonly config: SQSClientConfig;
  readonly addresses: QueueAddresses;
  close(): Promise<void>;
}

/** The queue of an embedded stack, or one in the SQS that `npm run test:aws` has started. */
export async function startQueue(): Promise<QueueServer> {
  if (process.env.MFA_WARDEN_TEST_AWS === undefined) {
    const { stack, queue, close } = await startEvents();
    return { queue, config: stack.clients.sqs, addresses: stack.queue, close };
  }
  const { address, queue: addresses, close } = await openStores();
  const config = { ...LOCAL_AWS, endpoint: address };
  return { queue: sqsQueue(config, addresses), config, addresses, close };
}

/** The event queue of a world. */
export const queueOf = ({ endpoints, queue }: Pick<World, "endpoints" | "queue">): Queue =>
  sqsQueue({ ...LOCAL_AWS, endpoint: endpoints.s3 }, queue);

const unused = () => Promise.reject(new Error("nothing is put on a queue here"));
const CLOSED = { send: unused, sendToDeadLetter: unused, receive: unused, acknowledge: unused, delay: unused };
/** For a test in which everything is handled at once. */
export const NO_QUEUE: Queue = { ...CLOSED, deadLetters: CLOSED };

/** A message as it comes from the queue for the first time. @param body written as JSON */
export const receivedMessage = (body: unknown, id = "m-1"): ReceivedMessage => ({
  id,
  receipt: "r",
  receives: 1,
  body: JSON.stringify(body),
});

/** One event, as our webhook puts it on the queue. */
export const eventMessage = (event: SubjectEvent, id?: string): ReceivedMessage =>
  receivedMessage({ directory: event.directory, events: [event] }, id);

/** Receives and is done with everything there is. */
export async function drain(queue: Queue["deadLetters"]): Promise<ReceivedMessage[]> {
  const all: ReceivedMessage[] = [];
  for (;;) {
    const some = await queue.receive(10, 0, signal);
    if (some.length === 0) return all;
    for (const { receipt } of some) await queue.acknowledge(receipt, signal);
    all.push(...some);
  }
}
