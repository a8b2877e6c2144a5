/** A worker that died with an event's change half made: whether its message ever comes back or not, the next sweep puts on record what was made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { eventMessage, NO_QUEUE, signal } from "../recheck/events.ts";
import { EVERYONE, type World } from "../world.ts";
import { inKnownWorld, stateOf, WORKFORCE } from "./known-world.ts";

const OFF = 5;
const HOUR_MS = 3_600_000;

const idOf = ({ vendor }: World) => vendor.account(OFF).id;

/** @param dieAt the call to the ledger that never comes to be */
async function dieInEvent(world: World, dieAt: "completeClaim" | "readGuards"): Promise<void> {
  const { evidence: _, ...ports } = world.ports(EVERYONE);
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const ledger = { ...world.ledger, [dieAt]: () => new Promise(() => {}) };
  const recheck = messageRechecker({ ...ports, ledger, queue: NO_QUEUE, onProgress: () => {} });
  void recheck([eventMessage({ id: "e-1", directory: WORKFORCE, subject: idOf(world) })], signal);
  while ((await stateOf(world, idOf(world)))?.claim === undefined || !world.vendor.calls.some(isLast(dieAt)))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const isLast =
  (dieAt: string) =>
  ({ method }: { readonly method: string }) =>
    dieAt === "readGuards" || method === "PUT";

for (const mode of ["plan", "enforce"] as const)
  test(`what a dead worker had made is on record after a sweep in mode ${mode}, under the event's name`, () =>
    inKnownWorld(
      async (world) => {
        await dieInEvent(world, "completeClaim");
        world.time.ahead = HOUR_MS;
        world.time.vendorAhead = HOUR_MS;
        const { only } = await world.sweep(mode, EVERYONE);
        assert.equal(only.status, "completed", JSON.stringify(only.problems));
        const { state, events } = await world.ledger.readHistory(WORKFORCE, idOf(world));
        const made = events.filter(({ outcome }) => outcome !== undefined);
        assert.deepEqual(
          made.map(({ outcome, run, before }) => [outcome, run, before?.enabled]),
          [["enforced", "event:e-1", false]],
        );
        assert.deepEqual([state?.claim, state?.judgement.verdict], [undefined, "compliant"]);
      },
      { off: [OFF] },
    ));

test("what it had only begun has failed, is on record, and is made by the sweep", () =>
  inKnownWorld(
    async (world) => {
      await dieInEvent(world, "readGuards");
      world.time.ahead = HOUR_MS;
      world.time.vendorAhead = HOUR_MS;
      const { only } = await world.sweep("enforce", EVERYONE);
      assert.deepEqual([only.changes.enforced, only.after.compliant], [1, 20]);
      const { state, events } = await world.ledger.readHistory(WORKFORCE, idOf(world));
      const made = events.flatMap(({ outcome, run }) => (outcome ? [[outcome, run]] : []));
      assert.deepEqual(made, [
        ["failed", "event:e-1"],
        ["enforced", only.run],
      ]);
      assert.equal(state?.claim, undefined);
    },
    { off: [OFF] },
  ));

test("a claim that may still be somebody's is left alone", () =>
  inKnownWorld(
    async (world) => {
      await dieInEvent(world, "completeClaim");
      await world.sweep("plan", EVERYONE);
      assert.equal((await stateOf(world, idOf(world)))?.claim?.by, "event:e-1");
    },
    { off: [OFF] },
  ));
