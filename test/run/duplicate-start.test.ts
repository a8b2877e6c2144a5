/** A start that a schedule delivers twice opens one run. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RunCompleted } from "../../lib/model/index.ts";
import type { RunOrder } from "../../lib/run/index.ts";
import { runHere } from "../shared-engine.ts";
import { startWorld, type World } from "../world.ts";

const ORDER: RunOrder = {
  mode: "plan",
  origin: { by: "arn:aws:scheduler:eu-central-1:111122223333:schedule/default/nightly", how: "schedule" },
  scheduledAt: "2026-11-22T03:00:00Z",
};

let world: World;
before(async () => {
  world = await startWorld({ accounts: 5 });
});
after(() => world.close());

const start = async (order: RunOrder) => {
  const announced: RunCompleted[] = [];
  const announce = async (message: RunCompleted) => void announced.push(message);
  const ports = { ...world.ports(), announce };
  const report = await runHere(ports, order);
  return { ...report, announced };
};

test("the second delivery finds the run, reads nothing, announces nothing, and leaves its record alone", async () => {
  const first = await start(ORDER);
  assert.deepEqual([first.status, first.announced.length], ["completed", 1]);
  const calls = world.vendor.calls.length;
  const second = await start(ORDER);
  assert.equal(second.run, first.run);
  assert.deepEqual([second.status, second.directories, second.announced], ["refused", [], []]);
  assert.equal(world.vendor.calls.length, calls);
  const runs = await world.ledger.listRuns(10);
  assert.deepEqual(
    runs.map(({ run, status }) => [run, status]),
    [[first.run, "completed"]],
  );
});

test("another time, another schedule and a start by hand are runs of their own, named in the order of time", async () => {
  const { run } = await start(ORDER);
  const later = await start({ ...ORDER, scheduledAt: "2026-11-23T03:00:00Z" });
  const other = await start({ ...ORDER, origin: { ...ORDER.origin, by: `${ORDER.origin.by}-2` } });
  const byHand = await start({ mode: "plan", origin: { by: "jane", how: "by hand" } });
  const names = [run, later.run, other.run, byHand.run];
  assert.equal(new Set(names).size, 4);
  for (const name of names) assert.match(name, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  assert.ok(later.run > run);
  assert.deepEqual([later.status, other.status, byHand.status], ["completed", "completed", "completed"]);
});
