/** Grace is given once: no renaming, no account made anew and no factor reset renews it; only a long absence does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { World } from "../world.ts";
import { inKnownWorld, passTime, sumOf, targetOf, WORKFORCE } from "./known-world.ts";

const DAY_MS = 86_400_000;
const GRACE = `
rules: [{ name: everyone, match: all, require: enabled, grace: 7d }]
limits: { changesPerRun: { count: 50000, percent: 100 } }
`;

/** The target is new at day 0 unless it is told otherwise. */
const begin = (world: World, created = 0) =>
  world.vendor.change(targetOf(world), { createdAt: new Date(Date.now() + created * DAY_MS).toISOString() });

/** @param day from now on */
async function verdictOn(world: World, day: number, id = targetOf(world)) {
  passTime(world, day * DAY_MS);
  const { only } = await world.sweep("plan", GRACE);
  assert.equal(only.status, "completed");
  return (await world.ledger.readStates(WORKFORCE, [id], true)).get(id)?.judgement.verdict;
}

const off = { enabled: true, mfaEnabled: false, devices: [{ type: "TOTP", status: "ACTIVE" }] };

test("a new account has grace from its creation, and then it is over", () =>
  inKnownWorld(async (world) => {
    begin(world);
    assert.deepEqual([await verdictOn(world, 1), await verdictOn(world, 8)], ["grace", "violating"]);
  }));

test("an account that is deleted and made anew under the same user name goes on with the old clock", () =>
  inKnownWorld(async (world) => {
    begin(world);
    assert.equal(await verdictOn(world, 6), "grace");
    const { username } = world.vendor.account(5);
    world.vendor.leave(targetOf(world));
    const anew = world.vendor.join({ ...off, username: username.toUpperCase() });
    assert.equal(await verdictOn(world, 6.5, anew.id), "grace");
    assert.equal(await verdictOn(world, 8, anew.id), "violating");
    assert.equal(await verdictOn(world, 12, anew.id), "violating");
  }));

test("so does one whose name another account had that was never given grace", () =>
  inKnownWorld(async (world) => {
    assert.equal(await verdictOn(world, 0), "violating");
    const { username } = world.vendor.account(5);
    world.vendor.leave(targetOf(world));
    passTime(world, 8 * DAY_MS);
    const anew = world.vendor.join({ ...off, username });
    await verdictOn(world, 8, anew.id);
    assert.equal(await verdictOn(world, 8.1, anew.id), "violating");
  }));

test("a name that was nobody's for 31 days has a new clock, one of 29 days has not", () =>
  inKnownWorld(async (world) => {
    begin(world);
    assert.equal(await verdictOn(world, 1), "grace");
    const { username } = world.vendor.account(5);
    world.vendor.leave(targetOf(world));
    assert.equal(await verdictOn(world, 2), "grace");
    passTime(world, 31 * DAY_MS);
    const early = world.vendor.join({ ...off, username });
    assert.equal(await verdictOn(world, 31, early.id), "violating");
    world.vendor.leave(early.id);
    await verdictOn(world, 32);
    passTime(world, 63 * DAY_MS);
    const late = world.vendor.join({ ...off, username });
    assert.equal(await verdictOn(world, 63, late.id), "grace");
    assert.deepEqual(
      [await verdictOn(world, 69, late.id), await verdictOn(world, 71, late.id)],
      ["grace", "violating"],
    );
  }));

test("neither another user name nor a new creation date renews it", () =>
  inKnownWorld(async (world) => {
    begin(world);
    assert.equal(await verdictOn(world, 6), "grace");
    world.vendor.change(targetOf(world), { username: "renamed@example.com", devices: [] });
    begin(world, 6);
    assert.equal(await verdictOn(world, 8), "violating");
  }));

test("who was given another person's name a moment after that was renamed goes on with the clock of the name", () =>
  inKnownWorld(async (world) => {
    begin(world);
    const { username } = world.vendor.account(5);
    assert.equal(await verdictOn(world, 6), "grace");
    world.vendor.change(targetOf(world), { username: "renamed@example.com" });
    assert.equal(await verdictOn(world, 7), "violating");
    passTime(world, 7 * DAY_MS);
    const second = world.vendor.join({ ...off, username });
    assert.equal(await verdictOn(world, 8, second.id), "violating");
  }));

for (const [days, verdict] of [
  [29, "violating"],
  [31, "grace"],
] as const)
  test(`an account that is active again after ${days} days is ${verdict}`, () =>
    inKnownWorld(async (world) => {
      begin(world);
      assert.equal(await verdictOn(world, 1), "grace");
      world.vendor.change(targetOf(world), { enabled: false });
      assert.equal(await verdictOn(world, 2), "out-of-scope");
      world.vendor.change(targetOf(world), { enabled: true });
      assert.equal(await verdictOn(world, 2 + days), verdict);
      assert.equal(await verdictOn(world, 3 + days), verdict);
      assert.equal(await verdictOn(world, 10 + days), "violating");
    }));

test("costs one more write for each account that is given grace, and none when nothing has changed", () =>
  inKnownWorld(async (world) => {
    begin(world);
    await world.sweep("plan", GRACE);
    assert.equal(world.counts.writes.GRACE, 1);
    const before = { ...world.counts.writes };
    await world.sweep("plan", GRACE);
    for (const kind of ["STATE", "EVENT", "GRACE"]) assert.equal(world.counts.writes[kind], before[kind], kind);
    assert.ok(sumOf(world.counts.writes) > 0);
  }));
