/** A wave that goes wrong halts the directory, and so does the kill switch: what was not begun keeps no outcome. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import type { Fault } from "../../simulators/pingone/index.ts";
import type { World } from "../world.ts";
import { changeCalls, codesOf, inKnownWorld, messageOf, WORKFORCE } from "./known-world.ts";
import { sweepInSteps } from "./steps.ts";

const ACCOUNTS = 40;
const ALL_OFF = { accounts: ACCOUNTS, off: [...Array(ACCOUNTS).keys()] };
const REFUSED: Fault = { kind: "error", on: "mfaEnabled", method: "PUT", status: 400 };

/** In the order in which they are changed. */
const idsOf = ({ vendor }: World): string[] => ALL_OFF.off.map((index) => vendor.account(index).id).toSorted();

const outcomesOf = async ({ ledger }: World, run: string) => {
  const changes = (await Array.fromAsync(ledger.listChanges(run, WORKFORCE))).flat();
  return changes.map(({ outcome }) => outcome);
};

async function assertHalted(world: World, record: DirectoryRecord, begun: number): Promise<void> {
  assert.equal(record.status, "halted");
  const outcomes = await outcomesOf(world, record.run);
  assert.ok(outcomes.slice(0, begun).every((outcome) => outcome !== undefined));
  assert.deepEqual(new Set(outcomes.slice(begun)), new Set([undefined]));
  const next = await world.ledger.acquireLease(WORKFORCE, "another");
  assert.ok("lease" in next, "the lease is given back");
  await world.ledger.releaseLease(next.lease);
  const manifest = await readSweepManifest(world.evidence, record.run, WORKFORCE, record.manifest);
  assert.deepEqual([manifest.status, manifest.changes], [record.status, record.changes]);
}

test("two of five failed: the wave is ended, nothing more is begun, and it says which wave and what to do", () =>
  inKnownWorld(async (world) => {
    const ids = idsOf(world);
    for (const user of [ids[1], ids[4]]) world.vendor.setFault({ ...REFUSED, user: user ?? "" });
    const { record, batches } = await sweepInSteps(world);
    assert.deepEqual([codesOf(record), batches], [["ERR_WAVE_HALTED"], [1, 5]]);
    assert.match(
      messageOf(record, "ERR_WAVE_HALTED"),
      /^Wave 2 of workforce went wrong: 2 of its 5 changes failed or do not show\. 34 changes were not begun and wait as a plan; .*sweep again/,
    );
    assert.deepEqual([record.changes.enforced, record.changes.failed, record.changes.refused], [4, 2, 0]);
    assert.equal(changeCalls(world).length, 6);
    await assertHalted(world, record, 6);
  }, ALL_OFF));

test("a change that does not show counts as one that failed", () =>
  inKnownWorld(async (world) => {
    const ids = idsOf(world);
    world.vendor.setFault({ ...REFUSED, user: ids[2] ?? "" });
    world.vendor.setFault({ kind: "no-effect", on: "mfaEnabled", user: ids[3] ?? "" });
    const { record } = await sweepInSteps(world, undefined, { readBackTimeoutMs: 200 });
    assert.deepEqual([record.changes.failed, record.changes.unverified], [1, 1]);
    await assertHalted(world, record, 6);
  }, ALL_OFF));

test("one of five, and one of the first, are only those accounts' failures", () =>
  inKnownWorld(async (world) => {
    const ids = idsOf(world);
    for (const user of [ids[0], ids[4], ids[20]]) world.vendor.setFault({ ...REFUSED, user: user ?? "" });
    const { record } = await sweepInSteps(world);
    assert.deepEqual([record.status, record.changes.failed, record.changes.enforced], ["completed", 3, ACCOUNTS - 3]);
  }, ALL_OFF));

test("the sweep after a halt plans what was not begun, and makes it", () =>
  inKnownWorld(async (world) => {
    world.vendor.setFault(REFUSED);
    const halted = await world.sweep("enforce");
    assert.equal(halted.status, "halted");
    world.vendor.clearFaults();
    const { only } = await world.sweep("enforce");
    assert.deepEqual([only.status, only.changes.planned, only.changes.enforced], ["completed", ACCOUNTS, ACCOUNTS]);
  }, ALL_OFF));

/** Sweeps, and does `act` when the eighth account is about to be changed: six are done, and eight are changed at once. */
async function sweepUntil(
  act: (world: World) => Promise<unknown>,
  check: (world: World, record: DirectoryRecord) => Promise<void>,
) {
  let world: World | undefined;
  let puts = 0;
  const before = async ({ method }: { readonly method: string }) => {
    if (method === "PUT" && ++puts === 8 && world) await act(world);
  };
  await inKnownWorld(
    async (made) => {
      world = made;
      const { record } = await sweepInSteps(made);
      const outcomes = await outcomesOf(made, record.run);
      assert.ok(outcomes.slice(0, 14).every((outcome) => outcome === "enforced" || outcome === "refused"));
      assert.deepEqual(new Set(outcomes.slice(14)), new Set([undefined]), "whoever is being changed is the last");
      assert.equal(changeCalls(made).length, outcomes.filter((outcome) => outcome === "enforced").length);
      await check(made, record);
    },
    { ...ALL_OFF, before },
  );
}

test("a policy that is deployed meanwhile ends the changes of a sweep, and what is left is a stale plan", () =>
  sweepUntil(
    ({ ledger }) => ledger.setDeployedPolicy("another"),
    async (world, record) => {
      assert.deepEqual(codesOf(record), ["ERR_POLICY_CHANGED"]);
      await assertHalted(world, record, 14);
      const [plan] = await world.ledger.readPlans(record.run);
      assert.deepEqual([plan?.status, plan?.changes], ["stale", ACCOUNTS - 14]);
      assert.match(plan?.why ?? "", /another policy/);
      assert.equal((await sweepInSteps(world)).record.changes.enforced, ACCOUNTS - record.changes.enforced);
    },
  ));

test("a run that takes the directory over ends the changes of the one before, which touches nothing of it any more", () =>
  sweepUntil(
    async (world) => {
      world.time.ahead += 60_000;
      const taken = await world.ledger.acquireLease(WORKFORCE, "another");
      assert.ok("lease" in taken);
    },
    async (world, record) => {
      assert.deepEqual([record.status, new Set(codesOf(record))], ["failed", new Set(["ERR_LEASE_LOST"])]);
      assert.deepEqual(await world.ledger.readPlans(record.run), []);
    },
  ));

test("the kill switch stops a sweep: whoever is being changed is the last, and nobody else is read any more", async () => {
  const origin = { by: "tester", how: "test" };
  let world: World | undefined;
  let puts = 0;
  const before = async ({ method }: { readonly method: string }) => {
    if (method === "PUT" && ++puts === 8) await world?.ledger.setKillSwitch(WORKFORCE, "INC-7", origin);
  };
  await inKnownWorld(
    async (made) => {
      world = made;
      const { record } = await sweepInSteps(made);
      const { enforced, refused } = record.changes;
      assert.deepEqual(codesOf(record), ["ERR_CHANGES_HALTED"]);
      assert.match(messageOf(record, "ERR_CHANGES_HALTED"), /INC-7.*switch on/);
      // Six in the first two waves; then eight at once, of which none begins another change.
      assert.equal(enforced + refused, 14);
      assert.ok(enforced >= 8 && changeCalls(made).length === enforced);
      await assertHalted(made, record, 14);
      await made.ledger.setKillSwitch(WORKFORCE, undefined, origin);
      assert.equal((await sweepInSteps(made)).record.changes.enforced, ACCOUNTS - enforced);
    },
    { ...ALL_OFF, before },
  );
});
