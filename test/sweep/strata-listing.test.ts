/** What a sweep makes of profiles that a listing leaves out: only what is surely gone is made again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import { inStrataWorld, startTenant, writes } from "./strata-tenant.ts";

const world = inStrataWorld();

for (const [title, left] of [
  ["empty", 0],
  ["shrunk", 1],
] as const)
  test(`a listing that is suddenly ${title} is no reason to make profiles, however often it comes`, async (context) => {
    const tenant = await startTenant(context, { wishes: 4, adopt: true });
    const { strata } = tenant;
    assert.equal((await tenant.sweep()).status, "completed");
    const before = writes(tenant).length;
    for (const { name } of strata.candidate().slice(left)) strata.remove(name);
    for (const _ of ["once", "twice"]) {
      const { only, status } = await tenant.sweep();
      assert.equal(status, "incomplete");
      const codes = only.problems.map(({ code }) => code);
      assert.deepEqual(codes, ["ERR_READ_TOTAL", "ERR_READ_SHRUNK"]);
      assert.deepEqual([only.read, only.listed], [4, left]);
    }
    assert.equal(writes(tenant).length, before);
    const [{ run, listed = 0, read }] = (await tenant.sweep()).directories as [DirectoryRecord];
    await world.ledger().acceptBaseline(tenant.id, { run, read, listed }, { by: "tester", how: "test" }, "cleaned up");
    assert.equal((await tenant.sweep()).only.changes.enforced, 4 - left);
  });

test("a listing that leaves out what it counts is no reason to make profiles", async (context) => {
  const tenant = await startTenant(context, { wishes: 4, adopt: true });
  tenant.strata.remove(tenant.strata.wish(3).name);
  tenant.strata.setFault({ kind: "miscount", by: 1, on: "servers" });
  const { only, status } = await tenant.sweep();
  assert.equal(status, "incomplete");
  assert.ok(only.problems.some(({ code }) => code === "ERR_READ_SHORT"));
  assert.deepEqual(writes(tenant), []);
});

test("profiles are made where nothing was ever listed, and one that somebody removed is made again", async (context) => {
  const tenant = await startTenant(context, { wishes: 2, adopt: true }, { profiles: 0 });
  const first = await tenant.sweep();
  assert.deepEqual([first.status, first.only.changes.enforced], ["completed", 2]);
  tenant.strata.remove(tenant.strata.wish(0).name);
  const next = await tenant.sweep();
  assert.deepEqual([next.status, next.only.changes.enforced], ["completed", 1]);
});
