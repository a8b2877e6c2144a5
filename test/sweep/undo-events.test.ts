/** What events have changed is put back by the hour, as the changes of a run are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { eventMessage, NO_QUEUE, signal } from "../recheck/events.ts";
import type { World } from "../world.ts";
import { inKnownWorld, stateOf, WORKFORCE } from "./known-world.ts";
import { approve, idOf, JANE, planOf, planUndo, UNDO_POLICY } from "./undoing.ts";

const OFF = [3, 5];

/** Switches MFA on for these, as events about them came in. Answers the hour's run. */
async function handleEvents(world: World, indexes: readonly number[]): Promise<string> {
  const { evidence: _, ...ports } = world.ports(UNDO_POLICY);
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const recheck = messageRechecker({ ...ports, queue: NO_QUEUE, onProgress: () => {} });
  for (const index of indexes)
    await recheck([eventMessage({ id: `e-${index}`, directory: WORKFORCE, subject: idOf(world, index) })], signal);
  const state = await stateOf(world, idOf(world, indexes[0] ?? 0));
  assert.equal(state?.event.outcome, "enforced");
  return `events-${state.event.at.slice(0, "YYYY-MM-DDTHH".length)}`;
}

const areOn = (world: World) => OFF.map((index) => world.vendor.find(idOf(world, index))?.mfaEnabled);

test("what events changed in an hour is planned, approved and put back; the record names the event", () =>
  inKnownWorld(
    async (world) => {
      const hour = await handleEvents(world, OFF);
      assert.deepEqual(areOn(world), [true, true]);
      const planned = await planUndo(world, { run: hour });
      assert.deepEqual([planned.only.changes.planned, planned.only.changes.refused], [2, 0]);
      assert.equal((await planOf(world, planned.run)).undoes, hour);
      const applied = await approve(world, planned.run);
      assert.deepEqual([applied.only.changes.reverted, areOn(world)], [2, [false, false]]);
      const state = await stateOf(world, idOf(world, 3));
      assert.deepEqual([state?.event.revert?.run, state?.event.revert?.approvedBy], ["event:e-3", JANE.by]);
    },
    { off: OFF },
  ));

test("what a sweep or another event has worked on since is left alone, and an hour without changes plans nothing", () =>
  inKnownWorld(
    async (world) => {
      const hour = await handleEvents(world, OFF);
      world.vendor.change(idOf(world, 3), { mfaEnabled: false });
      const swept = await world.sweep("enforce", UNDO_POLICY);
      assert.equal(swept.only.changes.enforced, 1);
      const { only, run } = await planUndo(world, { run: hour });
      assert.deepEqual([only.changes.planned, only.changes.refused], [2, 1]);
      const [changes = []] = await Array.fromAsync(world.ledger.listChanges(run, WORKFORCE));
      const refused = changes.find(({ id }) => id === idOf(world, 3));
      assert.match(refused?.why ?? "", new RegExp(`run ${swept.run} has worked on it since`));
      const empty = await planUndo(world, { run: "events-2020-01-01T00" });
      assert.equal(empty.only.changes.planned, 0);
    },
    { off: OFF },
  ));
