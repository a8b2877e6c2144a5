/** Accounts that somebody else has changed a moment ago are left to the next sweep; our own changes stop nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeCalls, changeOf, codesOf, inKnownWorld, passTime, targetOf, whenPlanned } from "../sweep/known-world.ts";

const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

for (const [what, updatedAt, why] of [
  ["three minutes ago", ago(3.5), /^changed 3 minutes ago by somebody; the next sweep looks again$/],
  ["just now, by a clock a little ahead", ago(-2), /^changed 0 minutes ago by somebody; the next sweep looks again$/],
  ["in the future", ago(-60 * 24 * 365), /^it was last changed in the future, at .*; the next sweep looks again$/],
  [
    "at a time that nobody can read",
    "yesterday",
    /^when it was last changed cannot be read; the next sweep looks again$/,
  ],
] as const)
  test(`an account that was changed ${what} is refused, and the run says how many there are`, () =>
    inKnownWorld(async (world) => {
      world.vendor.change(targetOf(world), { updatedAt });
      const { only, run } = await world.sweep("enforce");
      assert.deepEqual([only.status, only.verdicts.violating, only.changes.refused], ["completed", 1, 1]);
      assert.match((await changeOf(world, run)).why ?? "", why);
      assert.match(
        only.problems.find(({ code }) => code === "ERR_PLAN_RECENT")?.message ?? "",
        /^1 accounts of workforce/,
      );
      assert.equal(changeCalls(world).length, 0);
    }));

test("one that was changed ten minutes ago is changed", () =>
  inKnownWorld(async (world) => {
    world.vendor.change(targetOf(world), { updatedAt: ago(10.1) });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.changes.enforced, codesOf(only).includes("ERR_PLAN_RECENT")], [1, false]);
  }));

test("one that somebody changes between plan and change is refused then", () =>
  inKnownWorld(async (world) => {
    const { only, run } = await world.sweep(
      "enforce",
      undefined,
      whenPlanned(() => world.vendor.change(targetOf(world), { updatedAt: ago(0) })),
    );
    assert.equal(only.changes.refused, 1);
    assert.match((await changeOf(world, run)).why ?? "", /^changed 0 minutes ago by somebody/);
  }));

test("what we changed ourselves a moment ago is no reason", () =>
  inKnownWorld(async (world) => {
    assert.equal((await world.sweep("enforce")).only.changes.enforced, 1);
    world.vendor.change(targetOf(world), { mfaEnabled: false });
    assert.equal((await world.sweep("enforce")).only.changes.enforced, 1);
  }));

test("a tenant that was imported a moment ago is left alone, and the run says so once with the count", () =>
  inKnownWorld(
    async (world) => {
      for (const number of [3, 4, 5]) world.vendor.change(world.vendor.account(number).id, { updatedAt: ago(1) });
      const { only } = await world.sweep("enforce");
      assert.deepEqual([only.changes.planned, only.changes.refused], [3, 3]);
      const notes = only.problems.filter(({ code }) => code === "ERR_PLAN_RECENT");
      assert.equal(notes.length, 1);
      assert.match(notes[0]?.message ?? "", /^3 accounts of workforce/);
      passTime(world, 10 * MINUTE_MS);
      assert.equal((await world.sweep("enforce")).only.changes.enforced, 3);
    },
    { off: [3, 4, 5] },
  ));
