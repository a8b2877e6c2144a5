/** Takes messages from the event queue and has them handled, until told to end; what Lambda's poller does in AWS. */

import type { Queue, ReceivedMessage } from "../../lib/model/index.ts";
import { readMessage } from "../../lib/recheck/index.ts";

export interface Shift {
  readonly queue: Pick<Queue, "receive" | "acknowledge">;
  /** Answers the ids of the messages that must come again. */
  readonly recheck: (messages: readonly ReceivedMessage[], signal: AbortSignal) => Promise<string[]>;
  readonly onFailed: (message: ReceivedMessage) => void;
}

/** A look at a vendor that takes 20 ms a call lasts about 200 ms: as many are under way as 20 events a second need, four times. */
const LANES = 16;
const MESSAGES = 10;
const WAIT_SECONDS = 20;

/** Resolves once `stop` is aborted and everything under way is finished. Throws `ERR_QUEUE_UNAVAILABLE`. */
export async function work(shift: Shift, stop: AbortSignal): Promise<void> {
  const broken = new AbortController();
  const end = AbortSignal.any([stop, broken.signal]);
  const inTurn = turns();
  // One lane polls at a time: they would only wake each other for the same message.
  let polling: Promise<ReceivedMessage[]> = Promise.resolve([]);
  const lane = async () => {
    for (;;) {
      polling = polling.then(() => take(shift, end));
      const messages = await polling;
      if (end.aborted && messages.length === 0) return;
      await inTurn(messages.flatMap(subjectsOf), () => handle(shift, messages));
    }
  };
  const lanes = Array.from({ length: LANES }, () => lane().finally(() => broken.abort()));
  const failed = (await Promise.allSettled(lanes)).find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}

async function take({ queue }: Shift, end: AbortSignal): Promise<ReceivedMessage[]> {
  if (end.aborted) return [];
  try {
    return await queue.receive(MESSAGES, WAIT_SECONDS, end);
  } catch (error) {
    if (end.aborted) return [];
    throw error;
  }
}

/** Nothing ends this early: a change that was begun is also read back and recorded. */
async function handle({ queue, recheck, onFailed }: Shift, messages: readonly ReceivedMessage[]): Promise<void> {
  const { signal } = new AbortController();
  const failed = new Set(await recheck(messages, signal));
  for (const message of messages) if (failed.has(message.id)) onFailed(message);
  await Promise.all(
    messages.filter(({ id }) => !failed.has(id)).map(({ receipt }) => queue.acknowledge(receipt, signal)),
  );
}

function subjectsOf({ body }: ReceivedMessage): string[] {
  try {
    return readMessage(body).map(({ directory, subject }) => JSON.stringify([directory, subject]));
  } catch {
    return [];
  }
}

/** However many messages name one subject, only one lane looks at it at a time. */
function turns(): (subjects: readonly string[], work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<unknown>>();
  return async (subjects, work) => {
    const mine = Promise.allSettled(subjects.map((subject) => last.get(subject))).then(work);
    for (const subject of subjects) last.set(subject, mine);
    try {
      await mine;
    } finally {
      for (const subject of subjects) if (last.get(subject) === mine) last.delete(subject);
    }
  };
}
