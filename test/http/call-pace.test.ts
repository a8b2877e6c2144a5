/** How fast a vendor that throttles is called, in a world whose clock moves only while everybody waits. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as settle } from "node:timers/promises";
import { WardenError } from "../../lib/errors.ts";
import { type CallPace, callPace } from "../../lib/http/call-pace.ts";

const never = new AbortController().signal;
const START = Date.parse("2026-11-20T12:00:00Z");
const MINUTE = 60_000;
const LATENCY_MS = 50;
const CALLERS = 16;

/** Sleepers wake in the order of their times, and the clock jumps from one to the next. */
function makeWorld() {
  const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  let now = START;
  return {
    clock: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => void sleepers.push({ at: now + ms, wake })),
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = sleepers.reduce((soonest, { at }) => Math.min(soonest, at), end);
        now = Math.max(now, next);
        const due = sleepers.filter(({ at }) => at <= now);
        if (due.length === 0) return;
        for (const sleeper of due) sleepers.splice(sleepers.indexOf(sleeper), 1);
        for (const { wake } of due) wake();
      }
    },
  };
}
type World = ReturnType<typeof makeWorld>;

/** Whether it takes the request; otherwise how many ms it says to wait, or nothing. */
type Vendor = (now: number) => "taken" | { readonly retryAfter?: number };

/** A bucket that holds a second's worth, or more, as most vendors have it. */
function tokenBucket(rate: () => number, refusal: { retryAfter?: number }, seconds = 1): Vendor {
  let tokens = seconds * rate();
  let filledAt = START;
  return (now) => {
    tokens = Math.min(seconds * rate(), tokens + ((now - filledAt) / 1000) * rate());
    filledAt = now;
    if (tokens < 1) return refusal;
    tokens -= 1;
    return "taken";
  };
}

/** Counted by the minute; it says in whole seconds when the next one begins, as Okta does. */
function minuteWindow(rate: number): Vendor {
  let minute = 0;
  let taken = 0;
  return (now) => {
    if (Math.floor(now / MINUTE) !== minute) taken = 0;
    minute = Math.floor(now / MINUTE);
    if (taken >= rate * 60) return { retryAfter: Math.ceil(((minute + 1) * MINUTE - now) / 1000) * 1000 };
    taken += 1;
    return "taken";
  };
}

interface Count {
  taken: number;
  refused: number;
}

/** Callers who always have something to ask, and ask again what was refused. */
function startCallers(world: World, pace: CallPace, vendor: Vendor): Count {
  const count: Count = { taken: 0, refused: 0 };
  const ask = async () => {
    await world.sleep(LATENCY_MS / 2);
    const answer = vendor(world.clock());
    await world.sleep(LATENCY_MS / 2);
    if (answer === "taken") return void count.taken++;
    count.refused += 1;
    const retryAfter = answer.retryAfter === undefined ? {} : { retryAfter: answer.retryAfter };
    throw new WardenError("ERR_VENDOR_THROTTLED", "Directory x limits the rate of requests.", retryAfter);
  };
  const call = async (): Promise<void> => {
    await pace.takeTurn(never);
    await pace.send(ask).catch(() => undefined);
    return call();
  };
  for (let i = 0; i < CALLERS; i++) void call();
  return count;
}

const start = (vendor: Vendor) => {
  const world = makeWorld();
  const { clock, sleep } = world;
  return { world, pace: callPace({ clock, sleep }), vendor };
};

/** What was taken and refused while so much time passed. */
async function countDuring(world: World, counts: readonly Count[], ms: number): Promise<Count> {
  const sum = () =>
    counts.reduce((all, { taken, refused }) => ({ taken: all.taken + taken, refused: all.refused + refused }));
  const before = { ...sum() };
  await world.pass(ms);
  const after = sum();
  return { taken: after.taken - before.taken, refused: after.refused - before.refused };
}

function assertUsed({ taken, refused }: Count, possible: number): void {
  assert.ok(taken >= 0.95 * possible, `${taken} of ${possible}`);
  assert.ok(refused <= 0.01 * (taken + refused), `${refused} of ${taken + refused} refused`);
}

const RATE = 50;

const WAYS: readonly [string, Vendor][] = [
  ["Retry-After in seconds", tokenBucket(() => RATE, { retryAfter: 1_000 })],
  ["the end of its minute", minuteWindow(RATE)],
  ["nothing", tokenBucket(() => RATE, {})],
  ["nothing, after a burst of ten seconds' worth", tokenBucket(() => RATE, {}, 10)],
];

describe("a vendor that takes fifty requests a second", () => {
  for (const [said, vendor] of WAYS)
    test(`and says ${said} is asked for 95 % of it or more, and refuses 1 % or less, after the first minute`, async () => {
      const { world, pace } = start(vendor);
      const count = startCallers(world, pace, vendor);
      await world.pass(MINUTE);
      assertUsed(await countDuring(world, [count], 3 * MINUTE), RATE * 180);
    });

  test("and cuts that into a share for each address is used up by two processes that know nothing of each other", async () => {
    const world = makeWorld();
    const { clock, sleep } = world;
    let addresses = 1;
    const join = () =>
      startCallers(
        world,
        callPace({ clock, sleep }),
        tokenBucket(() => RATE / addresses, { retryAfter: 1_000 }),
      );
    const first = join();
    await world.pass(2 * MINUTE);
    addresses = 2;
    const counts = [first, join()];
    await world.pass(MINUTE);
    assertUsed(await countDuring(world, counts, 3 * MINUTE), RATE * 180);
  });

  test("and then a hundred is asked for nearly all of it within four minutes", async () => {
    let rate = RATE;
    const { world, pace, vendor } = start(tokenBucket(() => rate, {}));
    const count = startCallers(world, pace, vendor);
    await world.pass(2 * MINUTE);
    rate = 2 * RATE;
    await world.pass(4 * MINUTE);
    assertUsed(await countDuring(world, [count], 3 * MINUTE), rate * 180);
  });

  test("and then ten refuses little more for it", async () => {
    let rate = RATE;
    const { world, pace, vendor } = start(tokenBucket(() => rate, {}));
    const count = startCallers(world, pace, vendor);
    await world.pass(2 * MINUTE);
    rate = RATE / 5;
    await world.pass(MINUTE);
    assertUsed(await countDuring(world, [count], 10 * MINUTE), rate * 600);
  });
});

describe("the pace", () => {
  test("is not slowed down before a vendor throttles", async () => {
    const { world, pace, vendor } = start(() => "taken");
    const count = startCallers(world, pace, vendor);
    assert.equal((await countDuring(world, [count], MINUTE)).taken, (CALLERS * MINUTE) / LATENCY_MS);
  });

  test("forgets what it saw before an hour in which nobody asked", async () => {
    let refusals = 0;
    const { world, pace } = start(() => "taken");
    const ask = () => pace.takeTurn(never).then(() => pace.send(async () => undefined));
    for (let i = 0; i < 30; i++) await ask();
    await world.pass(60 * MINUTE);
    const count = startCallers(world, pace, () => (refusals++ === 0 ? {} : "taken"));
    await world.pass(MINUTE);
    assert.ok((await countDuring(world, [count], MINUTE)).taken > 60 * RATE, JSON.stringify(count));
  });

  const refuse = (pace: CallPace, retryAfter: number) =>
    assert.rejects(
      pace.send(() =>
        Promise.reject(
          new WardenError("ERR_VENDOR_THROTTLED", "Directory x limits the rate of requests.", { retryAfter }),
        ),
      ),
    );

  /** How many of sixteen have their turn after so long. */
  async function countTurns(world: World, pace: CallPace, ms: number): Promise<number> {
    let turns = 0;
    for (let i = 0; i < CALLERS; i++) void pace.takeTurn(never).then(() => turns++);
    await world.pass(ms);
    return turns;
  }

  test("holds everybody for as long as the vendor says", async () => {
    const { world, pace } = start(() => "taken");
    await refuse(pace, 30_000);
    assert.equal(await countTurns(world, pace, 29_999), 0);
    await world.pass(1);
    assert.equal(await countTurns(world, pace, 0), CALLERS);
  });

  test("tries the next one soon where the wait is long: it may be about one account", async () => {
    const { world, pace } = start(() => "taken");
    await refuse(pace, 120_000);
    assert.equal(await countTurns(world, pace, 1_000), CALLERS);
  });

  test("waits for no time that a clock was at before it was set back", async () => {
    let ahead = 60 * MINUTE;
    const { clock, sleep, pass } = makeWorld();
    const pace = callPace({ clock: () => clock() + ahead, sleep });
    await pace.takeTurn(never);
    await refuse(pace, 2_000);
    ahead = 0;
    let turns = 0;
    void pace.takeTurn(never).then(() => turns++);
    await pass(1_999);
    assert.equal(turns, 0);
    await pass(1);
    assert.equal(turns, 1);
  });

  test("lets who gave up go at once, and holds up nobody behind", async () => {
    const { pace } = start(() => "taken");
    await assert.rejects(pace.takeTurn(AbortSignal.abort()), { name: "AbortError" });
    await pace.takeTurn(never);
  });
});
