/** A sweep that was killed while it read shards goes on, in another process, at the cursor of each of them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ulid } from "ulid";
import type { SweepOrder } from "../../lib/sweep/index.ts";
import { EVERYONE, startWorld } from "../world.ts";
import { runKillable } from "./killable-run.ts";
import { filtered, SHARDED } from "./sharded-world.ts";

/** A step reads 50 pages of each shard at most, so that both need a second one. */
const PAGES_PER_STEP = 50;
const PAGES_PER_SHARD = 55;
const ACCOUNTS = 2 * PAGES_PER_SHARD;

test("SIGKILL in the second step of reading: nobody is lost, nobody is listed from the beginning again, each change is made once", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "warden-journal-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const world = await startWorld({ accounts: ACCOUNTS, pageSize: 1, equalPopulations: 2, mfaEnabledShare: 0.8 });
  context.after(() => world.close());
  await world.ledger.setDeployedPolicy(world.ports(EVERYONE).policyHash);
  const order: SweepOrder = {
    run: ulid(),
    directory: "workforce",
    mode: "enforce",
    origin: { by: "tester", how: "shard-crash.test.ts" },
    startedAt: new Date().toISOString(),
  };
  const durable = { journal: join(folder, "journal"), order };
  const life = { ...SHARDED, durable, leaseSeconds: 20 };

  const dead = await runKillable(world, EVERYONE, { ...life, killAt: { at: "read", nth: 2 * PAGES_PER_STEP + 4 } });
  assert.equal(dead, undefined);
  const journal = readFileSync(durable.journal, "utf8");
  assert.match(journal, /"read-shards-0"/);
  assert.doesNotMatch(journal, /"read-shards-1"/);

  const before = filtered(world).length;
  const report = await runKillable(world, EVERYONE, life);
  const [record] = report?.directories ?? [];
  assert.deepEqual(
    [record?.status, record?.read, record?.duplicates],
    ["completed", ACCOUNTS, 0],
    JSON.stringify(record),
  );
  assert.deepEqual([record?.shards?.count, record?.shards?.longest?.accounts], [2, PAGES_PER_SHARD]);

  const again = filtered(world).slice(before);
  for (const { id } of world.vendor.populations)
    assert.equal(again.filter(({ query }) => query.includes(id)).length, PAGES_PER_SHARD - PAGES_PER_STEP);
  assert.ok(again.every(({ query }) => query.includes("cursor=")));

  const puts = world.vendor.calls.filter(({ method }) => method === "PUT").map(({ user }) => user);
  assert.equal(puts.length, record?.changes.enforced);
  assert.ok(puts.length > 5 && new Set(puts).size === puts.length);
});
