/** A change that the vendor denies: one account's outcome, until nothing is allowed any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../simulators/pingone/index.ts";
import { startWorld, type World } from "../world.ts";
import { codesOf } from "./known-world.ts";

const ACCOUNTS = 40;
const DENIED: Fault = { kind: "error", on: "mfaEnabled", method: "PUT", status: 403 };

/** Everybody is off and has a device. */
async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld({ accounts: ACCOUNTS });
  try {
    const devices = [{ type: "TOTP", status: "ACTIVE" }];
    for (let i = 0; i < ACCOUNTS; i++)
      world.vendor.change(world.vendor.account(i).id, { mfaEnabled: false, enabled: true, devices });
    await body(world);
  } finally {
    await world.close();
  }
}

const puts = ({ vendor }: World) => vendor.calls.filter(({ method }) => method === "PUT").length;

/** In the order in which they are changed. */
const idsOf = ({ vendor }: World): string[] =>
  Array.from({ length: ACCOUNTS }, (_, i) => vendor.account(i).id).toSorted();

test("one account in a wave is denied: that fails, on record, and all others are changed", () =>
  inWorld(async (world) => {
    // One in the wave of 5, one in the wave of 25.
    const refused = idsOf(world).filter((_, i) => i === 3 || i === 17);
    for (const user of refused) world.vendor.setFault({ ...DENIED, user });
    const { only, run } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only)], ["completed", []]);
    assert.deepEqual(
      [only.changes.enforced, only.changes.failed, only.changes.refused],
      [ACCOUNTS - refused.length, refused.length, 0],
    );
    const changes = (await Array.fromAsync(world.ledger.listChanges(run, "workforce"))).flat();
    const failed = changes.filter(({ outcome }) => outcome === "failed");
    assert.deepEqual(failed.map(({ id }) => id).sort(), refused);
    for (const { why } of failed) assert.match(why ?? "", /^ERR_VENDOR_DENIED: /);
  }));

test("every second account is denied: no fault of the credential, but the wave went wrong", () =>
  inWorld(async (world) => {
    const refused = idsOf(world).filter((_, i) => i % 2 === 0);
    for (const user of refused) world.vendor.setFault({ ...DENIED, user });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only)], ["halted", ["ERR_WAVE_HALTED"]]);
    assert.deepEqual([only.changes.failed, only.changes.enforced, puts(world)], [3, 3, 6]);
  }));

test("the first eight of a wave are denied and the next ones are not: no fault of the credential either", () =>
  inWorld(async (world) => {
    for (const user of idsOf(world).slice(6, 14)) world.vendor.setFault({ ...DENIED, user });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only)], ["halted", ["ERR_WAVE_HALTED"]]);
    assert.deepEqual([only.changes.failed, only.changes.enforced, puts(world)], [8, 23, 31]);
  }));

test("all are denied: the sweep stops after the second wave, and the rest is refused on record", () =>
  inWorld(async (world) => {
    world.vendor.setFault(DENIED);
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only)], ["failed", ["ERR_VENDOR_DENIED"]]);
    assert.deepEqual([only.changes.failed, only.changes.refused, puts(world)], [6, ACCOUNTS - 6, 6]);
  }));

test("all are denied from a wave of 25 on: the sweep stops after its second eight, and the rest is refused on record", () =>
  inWorld(async (world) => {
    for (const user of idsOf(world).slice(6)) world.vendor.setFault({ ...DENIED, user });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only)], ["failed", ["ERR_VENDOR_DENIED"]]);
    assert.deepEqual(
      [only.changes.enforced, only.changes.failed, only.changes.refused, puts(world)],
      [6, 16, ACCOUNTS - 22, 22],
    );
  }));

test("the credential itself is refused: nothing more is tried after the first change", () =>
  inWorld(async (world) => {
    world.vendor.setFault({ ...DENIED, status: 401 });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only)], ["failed", ["ERR_VENDOR_AUTH"]]);
    assert.deepEqual([only.changes.failed, only.changes.refused], [1, ACCOUNTS - 1]);
  }));

test("an account that is not listed any more and may not be read makes the sweep incomplete, not failed", () =>
  inWorld(async (world) => {
    await world.sweep("plan");
    const { id } = world.vendor.account(3);
    world.vendor.leave(id);
    world.vendor.setFault({ kind: "error", on: "user", user: id, status: 403 });
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, codesOf(only), puts(world)], ["incomplete", ["ERR_READ_SHORT"], 0]);
  }));
