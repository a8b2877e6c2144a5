/** What everybody who loads something once may rely on: one call for all, no failure that stays, nothing used after its end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheUntil, loadOnce } from "../lib/concurrency.ts";

const signal = new AbortController().signal;

/** A cache whose loads answer 1, 2, 3 … and last ten milliseconds, when `release` lets them. */
function counting() {
  const loads: { readonly signal: AbortSignal; release(): void; fail(): void }[] = [];
  let now = 0;
  const cache = cacheUntil(
    () => now,
    (starter) =>
      new Promise<{ value: number; until: number }>((resolve, reject) => {
        const value = loads.length + 1;
        loads.push({
          signal: starter,
          release: () => resolve({ value, until: now + 10 }),
          fail: () => reject(new Error(`load ${value}`)),
        });
      }),
  );
  const wait = (ms: number) => {
    now += ms;
  };
  return { cache, loads, wait };
}

test("who asks at the same time shares one call, and who asks later gets what it answered until it ends", async () => {
  const { cache, loads, wait } = counting();
  const both = [cache.get(signal), cache.get(signal)];
  loads[0]?.release();
  assert.deepEqual(await Promise.all(both), [1, 1]);
  wait(9);
  assert.equal(await cache.get(signal), 1);
  wait(1);
  const next = cache.get(signal);
  loads[1]?.release();
  assert.equal(await next, 2);
});

test("a failure reaches everybody who waits, and nobody who asks later", async () => {
  const { cache, loads } = counting();
  const both = [cache.get(signal), cache.get(signal)];
  loads[0]?.fail();
  for (const one of both) await assert.rejects(one, { message: "load 1" });
  const next = cache.get(signal);
  loads[1]?.release();
  assert.equal(await next, 2);
});

test("who gives up takes nobody else along", async () => {
  const { cache, loads } = counting();
  const impatient = new AbortController();
  const [first, second] = [cache.get(impatient.signal), cache.get(signal)];
  impatient.abort();
  loads[0]?.fail();
  await assert.rejects(first, { message: "load 1" });
  assert.deepEqual(
    loads.map((load) => load.signal),
    [impatient.signal, signal],
  );
  loads[1]?.release();
  assert.equal(await second, 2);
});

test("what is cleared while it is loaded is not kept", async () => {
  const { cache, loads } = counting();
  const first = cache.get(signal);
  cache.clear();
  loads[0]?.release();
  assert.equal(await first, 1);
  const second = cache.get(signal);
  loads[1]?.release();
  assert.equal(await second, 2);
});

test("what is loaded once is loaded again only after a failure", async () => {
  const results = [Promise.reject(new Error("down")), Promise.resolve("loaded")];
  const load = loadOnce(() => results.shift() ?? Promise.reject(new Error("asked too often")));
  await assert.rejects(Promise.all([load(), load()]), { message: "down" });
  assert.deepEqual(await Promise.all([load(), load()]), ["loaded", "loaded"]);
  assert.equal(await load(), "loaded");
});
