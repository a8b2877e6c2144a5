/** A hold on an account: nothing changes it meanwhile, and it ends by itself, whatever clock it was made by. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hold } from "../../lib/model/index.ts";
import { changeCalls, changeOf, inKnownWorld, passTime, targetOf, WORKFORCE } from "../sweep/known-world.ts";
import type { World } from "../world.ts";

const HOUR_MS = 3_600_000;
const by = { by: "tester", how: "test" };

/** @param from when it was made, in hours from now */
function holdOf(world: World, hours: number, from = 0): Hold {
  const at = Date.now() + from * HOUR_MS;
  return {
    directory: WORKFORCE,
    id: targetOf(world),
    username: "jane@example.com",
    reason: "INC-9",
    by,
    at: new Date(at).toISOString(),
    until: new Date(at + hours * HOUR_MS).toISOString(),
  };
}

test("a sweep refuses to change an account that is held, says until when and why, and changes it afterwards", () =>
  inKnownWorld(async (world) => {
    await world.sweep("plan");
    const hold = holdOf(world, 2);
    await world.ledger.holdSubject(hold);
    const { only, run } = await world.sweep("enforce");
    assert.deepEqual([only.verdicts.violating, only.changes.refused, changeCalls(world).length], [1, 1, 0]);
    assert.equal((await changeOf(world, run)).why, `it is held until ${hold.until}: INC-9 (tester, ${hold.at})`);
    passTime(world, 2 * HOUR_MS);
    assert.equal((await world.sweep("enforce")).only.changes.enforced, 1);
  }));

test("a hold that was ended stops nothing, and both acts stay on record", () =>
  inKnownWorld(async (world) => {
    const hold = holdOf(world, 2);
    await world.ledger.holdSubject(hold);
    assert.deepEqual(await world.ledger.listHolds(WORKFORCE), [hold]);
    assert.equal((await world.ledger.endHold(WORKFORCE, hold.id, by))?.reason, "INC-9");
    assert.equal(await world.ledger.endHold(WORKFORCE, hold.id, by), undefined);
    assert.deepEqual(await world.ledger.listHolds(WORKFORCE), []);
    const held = await world.ledger.listHeldSubjects(WORKFORCE);
    assert.deepEqual(
      held.map(({ id }) => id),
      [hold.id],
    );
    assert.equal((await world.sweep("enforce")).only.changes.enforced, 1);
    const records = await world.ledger.readHoldRecords(WORKFORCE, hold.id);
    assert.deepEqual(
      records.map(({ did, reason }) => [did, reason]),
      [
        ["held", "INC-9"],
        ["ended", undefined],
      ],
    );
  }));

test("a hold that a clock made far in the future ends 72 hours after somebody first saw it", () =>
  inKnownWorld(async (world) => {
    await world.ledger.holdSubject(holdOf(world, 72, 24 * 365));
    const seenAt = Date.now();
    assert.equal((await world.sweep("enforce")).only.changes.refused, 1);
    passTime(world, 71 * HOUR_MS);
    assert.equal((await world.sweep("enforce")).only.changes.refused, 1);
    const [hold] = await world.ledger.listHolds(WORKFORCE);
    assert.ok(hold && Date.parse(hold.until) <= Date.now() + 72 * HOUR_MS && Date.parse(hold.until) >= seenAt);
    passTime(world, 72 * HOUR_MS + 60_000);
    assert.equal((await world.sweep("enforce")).only.changes.enforced, 1);
  }));

test("a hold whose end nobody can read holds until somebody ends it", () =>
  inKnownWorld(async (world) => {
    await world.ledger.holdSubject({ ...holdOf(world, 1), until: "soon" });
    assert.equal((await world.sweep("enforce")).only.changes.refused, 1);
    await world.ledger.endHold(WORKFORCE, targetOf(world), by);
    assert.equal((await world.sweep("enforce")).only.changes.enforced, 1);
  }));
