/** What the guards of one change cost in the ledger, between its claim and the call that makes it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeCalls, inKnownWorld, sumOf, WORKFORCE } from "../sweep/known-world.ts";
import { EVERYONE } from "../world.ts";

const dayIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("all guards together cost at most two reads and one write for each change", () =>
  inKnownWorld(async (world) => {
    const { id, username } = world.vendor.account(1);
    const by = { by: "tester", how: "test" };
    const times = { at: new Date().toISOString(), until: new Date(Date.now() + 3_600_000).toISOString() };
    await world.ledger.holdSubject({ directory: WORKFORCE, id, username, reason: "x", by, ...times });
    const costs: number[][] = [];
    const cost = () => [world.counts.reads, sumOf(world.counts.writes)];
    const yaml = `${EVERYONE}
freeze: [{ from: ${dayIn(5)}, until: ${dayIn(6)}, reason: x }]
breakGlass: [{ id: workforce/${id}, username: ${JSON.stringify(username)} }]`;
    const { only } = await world.sweep("enforce", yaml, {
      onProgress: ({ did }) => {
        if (did === "claimed" || did === "changed") costs.push(cost());
      },
    });
    assert.deepEqual([only.changes.enforced, changeCalls(world).length, costs.length], [1, 1, 2]);
    const [[readsBefore = 0, writesBefore = 0] = [], [reads = 0, writes = 0] = []] = costs;
    assert.ok(reads - readsBefore <= 2, `${reads - readsBefore} reads`);
    assert.ok(writes - writesBefore <= 1, `${writes - writesBefore} writes`);
  }));
