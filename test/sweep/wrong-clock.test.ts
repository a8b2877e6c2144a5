/** A sweep under a clock that was far ahead: what it leaves behind is not believed longer than the clock is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProgressEvent } from "../../lib/sweep/index.ts";
import type { World } from "../world.ts";
import {
  ACCOUNTS,
  changeCalls,
  codesOf,
  inKnownWorld,
  stateOf,
  targetOf,
  throughProxy,
  WORKFORCE,
} from "./known-world.ts";

const DAYS_400_MS = 400 * 86_400_000;

/** The vendor tells no time, so that nobody can see that our clock is wrong. */
const withoutDates = (world: World) =>
  throughProxy(world, async (answer) => {
    const { status, headers } = answer;
    const kept = new Headers(headers);
    kept.delete("date");
    return new Response(await answer.text(), { status, headers: kept });
  });

const isPast = (at: string | undefined) => at !== undefined && Date.parse(at) <= Date.now();

test("the vendor's time shows that our clock is 400 days ahead: incomplete, and no account is recorded", () =>
  inKnownWorld(async (world) => {
    world.time.ahead = DAYS_400_MS;
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only), only.read], ["incomplete", ["ERR_READ_CLOCK"], ACCOUNTS]);
    const ids = Array.from({ length: ACCOUNTS }, (_, index) => world.vendor.account(index).id);
    assert.equal((await world.ledger.readStates(WORKFORCE, ids, true)).size, 0);
  }));

test("the run of the future is not the newest one once the clock is right", () =>
  inKnownWorld(async (world) => {
    world.time.ahead = DAYS_400_MS;
    await world.sweep("plan");
    world.time.ahead = 0;
    assert.deepEqual(await world.ledger.listRuns(10), []);
    const { run } = await world.sweep("plan");
    assert.deepEqual(
      (await world.ledger.listRuns(10)).map((listed) => listed.run),
      [run],
    );
  }));

test("accounts that were seen in the future are seen again, changed and recorded as they are now", () =>
  inKnownWorld(async (world) => {
    world.time.ahead = DAYS_400_MS;
    const ahead = await world.sweep("plan", undefined, withoutDates(world));
    assert.equal(ahead.status, "completed");
    assert.ok(!isPast((await stateOf(world, targetOf(world)))?.observedAt));
    world.time.ahead = 0;
    const other = world.vendor.account(9).id;
    world.vendor.change(other, { mfaEnabled: false });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, only.changes.enforced, changeCalls(world).length], ["completed", 2, 2]);
    assert.deepEqual([only.after.compliant, only.after.violating], [ACCOUNTS, 0]);
    for (const id of [targetOf(world), other, world.vendor.account(1).id]) {
      const state = await stateOf(world, id);
      assert.equal(state?.judgement.verdict, "compliant");
      assert.ok([state.observedAt, state.firstSeenAt, state.since].every(isPast), JSON.stringify(state));
    }
  }));

test("an account that was seen in the future and is gone now has departed", () =>
  inKnownWorld(async (world) => {
    world.time.ahead = DAYS_400_MS;
    await world.sweep("plan", undefined, withoutDates(world));
    world.time.ahead = 0;
    const { id } = world.vendor.account(7);
    world.vendor.leave(id);
    const { only } = await world.sweep("plan");
    assert.equal(only.departed, 1);
    assert.equal((await stateOf(world, id))?.departed, "confirmed");
  }));

test("a run that died under a clock ten days ahead is waited for no longer than one lease", () =>
  inKnownWorld(async (world) => {
    world.time.ahead = 10 * 86_400_000;
    assert.ok("lease" in (await world.ledger.acquireLease(WORKFORCE, "01DEAD")));
    world.time.ahead = 0;
    const waits: (number | undefined)[] = [];
    const { only } = await world.sweep("enforce", undefined, {
      onProgress: (event) => (event.did === "waiting" ? waits.push("count" in event ? event.count : -1) : undefined),
    });
    assert.deepEqual([only.status, only.changes.enforced, [...new Set(waits)]], ["completed", 1, [3]]);
  }));

test("a run whose clock is ahead, and that lives, keeps its directory", () =>
  inKnownWorld(async (world) => {
    world.time.ahead = 10 * 86_400_000;
    const living = await world.ledger.acquireLease(WORKFORCE, "01LIVING");
    assert.ok("lease" in living);
    world.time.ahead = 0;
    const renew = async () => {
      world.time.ahead = 10 * 86_400_000;
      const renewed = world.ledger.renewLease(living.lease);
      world.time.ahead = 0;
      await renewed;
    };
    const onProgress = ({ did }: ProgressEvent) => (did === "waiting" ? void renew() : undefined);
    const { only } = await world.sweep("enforce", undefined, { onProgress });
    assert.deepEqual([only.status, codesOf(only), changeCalls(world).length], ["refused", ["ERR_LEASE_HELD"], 0]);
  }));

test("a claim that was made under a clock ten days ahead does not keep its account from being changed", () =>
  inKnownWorld(async (world) => {
    await world.sweep("plan");
    const at = new Date(Date.now() + 10 * 86_400_000).toISOString();
    const before = { active: true, enabled: false };
    await world.ledger.claimSubject(WORKFORCE, targetOf(world), { by: "event-1", token: 0, before, at });
    const { only } = await world.sweep("enforce", undefined, { readBackTimeoutMs: 300 });
    assert.deepEqual([only.status, only.changes.enforced, changeCalls(world).length], ["completed", 1, 1]);
  }));
