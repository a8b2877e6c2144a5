/** An event queue for tests: that of an embedded stack over a folder of its own. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinStack, type Stack } from "../../cli/state/stack.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import type { Queue, ReceivedMessage } from "../../lib/model/index.ts";

export const signal = AbortSignal.timeout(60_000);

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
