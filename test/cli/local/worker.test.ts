/** What `serve` may rely on of its worker: one look at a time for each account, and nothing dropped on the way out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { work } from "../../../cli/local/worker.ts";
import type { QueueMessage, ReceivedMessage } from "../../../lib/model/index.ts";
import { drain, signal, startEvents } from "../../recheck/events.ts";

const about = (subject: string, n: number): QueueMessage => ({
  directory: "workforce",
  events: [{ id: `${subject}-${n}`, directory: "workforce", subject }],
});

test("a flood for one account is looked at once at a time, others meanwhile; told to end, it finishes what it has", async () => {
  const { queue, close } = await startEvents();
  try {
    for (let n = 0; n < 4; n++) {
      const flood = Array.from({ length: 9 }, (_, i) => about("flooded", 9 * n + i));
      await queue.send([...flood, about(`other-${n}`, n)], signal);
    }
    const stop = new AbortController();
    const [now, most] = [new Map<string, number>(), new Map<string, number>()];
    let handled = 0;
    const recheck = async (messages: readonly ReceivedMessage[]) => {
      const subjects = new Set(messages.map(({ body }) => String(JSON.parse(body).events[0].subject)));
      const add = (n: number) => subjects.forEach((one) => void now.set(one, (now.get(one) ?? 0) + n));
      add(1);
      for (const one of subjects) most.set(one, Math.max(most.get(one) ?? 0, now.get(one) ?? 0));
      await delay(50);
      add(-1);
      handled += messages.length;
      if (handled >= 20) stop.abort();
      return [];
    };
    await work({ queue, recheck, onFailed: () => assert.fail("nothing failed") }, stop.signal);
    assert.equal(most.get("flooded"), 1);
    assert.deepEqual([...now.values()].filter(Boolean), []);
    assert.ok(handled >= 20);
    // What was handled is done; what was not taken any more is still there.
    assert.equal((await drain(queue)).length, 40 - handled);
  } finally {
    await close();
  }
});

test("a worker whose queue cannot be reached says so", async () => {
  const { queue, stack, close } = await startEvents();
  try {
    const working = work({ queue, recheck: async () => [], onFailed: () => {} }, signal);
    await Promise.all([assert.rejects(working, { code: "ERR_QUEUE_UNAVAILABLE" }), stack.stop()]);
  } finally {
    await close();
  }
});
