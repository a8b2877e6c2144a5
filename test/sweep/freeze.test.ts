/** Windows in which the policy lets nothing be changed: sweeps leave a plan, and a sweep that is under way stops changing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EVERYONE } from "../world.ts";
import {
  ACCOUNTS,
  changeCalls,
  changeOf,
  codesOf,
  inKnownWorld,
  messageOf,
  passTime,
  whenPlanned,
} from "./known-world.ts";

const DAY_MS = 86_400_000;
const dayIn = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
const window = (from: number, until: number, directories?: readonly string[]) =>
  `${EVERYONE}\nfreeze: ${JSON.stringify([{ from: dayIn(from), until: dayIn(until), reason: "Year end", directories }])}`;

for (const [what, yaml] of [
  ["on its first day", window(0, 3)],
  ["on its last day", window(-3, 0)],
  ["named for this directory", window(-1, 1, ["workforce"])],
] as const)
  test(`a sweep inside a freeze, ${what}, leaves a plan and says until when`, () =>
    inKnownWorld(async (world) => {
      const { only, run } = await world.sweep("enforce", yaml);
      assert.deepEqual([only.status, only.changes.planned, only.changes.enforced], ["completed", 1, 0]);
      const note = only.problems.find(({ code }) => code === "ERR_PLAN_FROZEN");
      assert.match(
        note?.message ?? "",
        /^In workforce changes are frozen until \d{4}-\d\d-\d\dT00:00:00\.000Z: Year end;/,
      );
      assert.equal((await changeOf(world, run)).outcome, undefined);
      assert.equal(changeCalls(world).length, 0);
    }));

for (const [what, yaml] of [
  ["that is over", window(-3, -1)],
  ["that has not begun", window(1, 3)],
] as const)
  test(`a freeze ${what} stops nothing`, () =>
    inKnownWorld(async (world) => {
      const { only } = await world.sweep("enforce", yaml);
      assert.deepEqual([only.changes.enforced, codesOf(only).includes("ERR_PLAN_FROZEN")], [1, false]);
    }));

test("a change that is due when a freeze has begun is refused with the reason", () =>
  inKnownWorld(async (world) => {
    const { only, run } = await world.sweep(
      "enforce",
      window(1, 3),
      whenPlanned(() => {
        passTime(world, DAY_MS);
      }),
    );
    assert.equal(only.changes.enforced, 0);
    const { outcome, why } = await changeOf(world, run);
    assert.deepEqual([outcome, /^changes are frozen until .*: Year end$/.test(why ?? "")], ["refused", true]);
    assert.equal(changeCalls(world).length, 0);
  }));

test("a freeze that begins while a sweep is changing accounts ends it: the rest waits as a plan", () =>
  inKnownWorld(
    async (world) => {
      let changed = 0;
      const onProgress = ({ did }: { readonly did: string }) => {
        if (did === "recorded" && ++changed === 6) passTime(world, DAY_MS);
      };
      const { only, run } = await world.sweep("enforce", window(1, 3), { onProgress });
      assert.deepEqual([only.status, only.changes.enforced], ["halted", 6]);
      assert.match(messageOf(only, "ERR_CHANGES_HALTED"), /changes are frozen until .*: Year end\. .*sweep\.$/);
      assert.ok(only.changes.refused >= 1 && only.changes.refused <= 8, "those that were being changed at that moment");
      const [plan] = await world.ledger.readPlans(run);
      assert.deepEqual([plan?.status, plan?.changes], ["waiting", ACCOUNTS - 6 - only.changes.refused]);
    },
    { off: [...Array(ACCOUNTS).keys()] },
  ));
