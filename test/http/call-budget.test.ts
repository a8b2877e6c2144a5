/** How calls of one kind are kept within a vendor's own limit. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { callBudget } from "../../lib/http/index.ts";

const never = new AbortController().signal;

/** Five calls in ten seconds, on a clock that moves only while somebody waits. */
function start() {
  let now = 1_000_000;
  const waits: number[] = [];
  const sleep = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    if (ms > 0) waits.push(ms);
    now += ms;
  };
  const budget = callBudget({ calls: 5, perMs: 10_000, clock: () => now, sleep });
  return {
    budget,
    waits,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("a budget of five calls in ten seconds", () => {
  test("lets the first five through, and the next ones one by one as room comes", async () => {
    const { budget, waits, pass } = start();
    for (let call = 0; call < 5; call++) {
      await budget.take(never);
      pass(1_000);
    }
    assert.deepEqual(waits, []);
    await budget.take(never);
    await budget.take(never);
    assert.deepEqual(waits, [5_000, 1_000]);
  });

  test("keeps the order of those who ask together", async () => {
    const { budget, waits } = start();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 12 }, (_, call) => budget.take(never).then(() => order.push(call))));
    assert.deepEqual(
      order,
      Array.from({ length: 12 }, (_, call) => call),
    );
    assert.deepEqual(waits, [10_000, 10_000]);
  });

  test("is not used up by who gave up, and holds up nobody behind", async () => {
    const { budget, waits } = start();
    for (let call = 0; call < 4; call++) await budget.take(never);
    await assert.rejects(budget.take(AbortSignal.abort()), { name: "AbortError" });
    await budget.take(never);
    assert.deepEqual(waits, []);
  });

  test("never waits longer than its window, whatever the clock does", async () => {
    const { budget, waits, pass } = start();
    for (let call = 0; call < 5; call++) await budget.take(never);
    pass(-3_600_000);
    await budget.take(never);
    assert.deepEqual(waits, [10_000]);
  });
});
