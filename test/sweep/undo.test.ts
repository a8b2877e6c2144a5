/** A run is undone by a plan of its own: only what it changed, only what nobody touched since, and only once a person has approved it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Change } from "../../lib/model/index.ts";
import { runHere } from "../shared-engine.ts";
import type { World } from "../world.ts";
import { inKnownWorld, stateOf, WORKFORCE } from "./known-world.ts";
import { afterSweep, approve, idOf, JANE, OFF, offsIn, planOf, planUndo, runOnce, UNDO_POLICY } from "./undoing.ts";

const changesOf = async ({ ledger }: World, run: string): Promise<Change[]> =>
  (await Array.fromAsync(ledger.listChanges(run, WORKFORCE))).flat();

test("an undo changes nothing until it is approved; then exactly that is put back, and on record by whom", () =>
  afterSweep(async (world, run) => {
    const planned = await planUndo(world, { run });
    assert.deepEqual([planned.status, planned.mode, planned.only.changes.planned], ["completed", "plan", OFF.length]);
    assert.equal(offsIn(world), 0);
    const plan = await planOf(world, planned.run);
    assert.deepEqual([plan.status, plan.undoes, plan.changes], ["waiting", run, OFF.length]);
    const [change] = await changesOf(world, planned.run);
    assert.deepEqual([change?.revert?.run, change?.revert?.to.enabled, change?.before.enabled], [run, false, true]);
    assert.equal(change?.revert?.approvedBy, undefined);

    const applied = await approve(world, planned.run);
    assert.equal(applied.status, "completed", JSON.stringify(applied.only.problems));
    assert.deepEqual([applied.only.changes.reverted, offsIn(world)], [OFF.length, OFF.length]);
    assert.deepEqual([applied.only.verdicts.violating, applied.only.after.violating], [0, OFF.length]);
    assert.equal(applied.only.after.compliant, 20 - OFF.length);
    for (const index of OFF) {
      assert.equal(world.vendor.find(idOf(world, index))?.mfaEnabled, false);
      const state = await stateOf(world, idOf(world, index));
      assert.deepEqual([state?.claim, state?.judgement.verdict], [undefined, "violating"]);
      assert.deepEqual([state?.event.outcome, state?.event.revert?.approvedBy], ["reverted", JANE.by]);
    }
    const ended = await planOf(world, planned.run);
    assert.deepEqual([ended.status, ended.appliedBy], ["applied", applied.run]);
    assert.equal((await world.ledger.readRun(planned.run))?.run.undoes, run);
  }));

test("what somebody changed since, what is no longer there, and what was not ours is not put back", () =>
  afterSweep(async (world, run) => {
    const [renamed, gone, changed] = [1, 3, 5].map((index) => idOf(world, index)) as [string, string, string];
    world.vendor.change(renamed, { username: "somebody.else@example.com" });
    world.vendor.leave(gone);
    world.vendor.change(changed, { mfaEnabled: false });
    const { run: planned, only } = await planUndo(world, { run });
    const { refused, already } = only.changes;
    assert.deepEqual([only.changes.planned, refused, already], [3, 1, 1]);
    const changes = await changesOf(world, planned);
    assert.match(changes.find(({ id }) => id === renamed)?.why ?? "", /its user name has changed since/);
    assert.equal(
      changes.some(({ id }) => id === gone || id === idOf(world, 2)),
      false,
    );
    const applied = await approve(world, planned);
    assert.deepEqual([applied.only.changes.planned, applied.only.changes.reverted, offsIn(world)], [1, 1, 1]);
  }));

test("what a later run has worked on is not put back by the earlier one", () =>
  afterSweep(async (world, run) => {
    const id = idOf(world, 1);
    world.vendor.change(id, { mfaEnabled: false });
    const later = await world.sweep("enforce", UNDO_POLICY);
    assert.equal(later.only.changes.enforced, 1);
    const { run: planned } = await planUndo(world, { run });
    const change = (await changesOf(world, planned)).find((one) => one.id === id);
    assert.equal(change?.outcome, "refused");
    assert.match(change?.why ?? "", new RegExp(`run ${later.run} has worked on it since \\(enforced\\)`));
    const { only } = await planUndo(world, { run: later.run });
    assert.deepEqual([only.changes.planned, only.changes.refused], [1, 0]);
  }));

test("what somebody switched off and on again is theirs, and stays on", () =>
  afterSweep(async (world, run) => {
    const id = idOf(world, 1);
    world.vendor.change(id, { mfaEnabled: false });
    await world.sweep("plan", UNDO_POLICY);
    world.vendor.change(id, { mfaEnabled: true });
    const { run: planned, only } = await planUndo(world, { run });
    assert.equal(only.changes.refused, 1);
    const change = (await changesOf(world, planned)).find((one) => one.id === id);
    assert.match(change?.why ?? "", /somebody has changed it since: enabled/);
  }));

test("what a run that died had changed is put back by its name, though another one has recorded it", () =>
  inKnownWorld(
    async (world) => {
      const ledger = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
      const died = await world.sweep("enforce", UNDO_POLICY, { ledger });
      assert.equal(died.status, "failed");
      await world.sweep("plan", UNDO_POLICY);
      const { only } = await planUndo(world, { run: died.run });
      assert.deepEqual([only.changes.planned, only.changes.refused], [1, 0]);
    },
    { off: [5] },
  ));

test("one account alone is put back", () =>
  afterSweep(async (world, run) => {
    const { run: planned, only } = await planUndo(world, { run, account: idOf(world, 5) });
    assert.equal(only.changes.planned, 1);
    await approve(world, planned);
    assert.deepEqual(
      OFF.map((index) => world.vendor.find(idOf(world, index))?.mfaEnabled),
      [true, true, false, true],
    );
  }));

test("who moves between plan and approval is left as they are", () =>
  afterSweep(async (world, run) => {
    const { run: planned } = await planUndo(world, { run });
    world.vendor.change(idOf(world, 1), { mfaEnabled: false });
    world.vendor.change(idOf(world, 3), { username: "somebody.else@example.com" });
    const { only } = await approve(world, planned);
    assert.deepEqual([only.changes.reverted, only.changes.refused, offsIn(world)], [2, 2, 2]);
  }));

test("an undo in mode enforce makes nothing: only an approval does", () =>
  afterSweep(async (world, run) => {
    const { only } = await runOnce(world, { mode: "enforce", undoes: { run } });
    assert.deepEqual([only.changes.planned, only.changes.reverted, offsIn(world)], [OFF.length, 0, 0]);
    assert.equal((await planOf(world, only.run)).status, "waiting");
  }));

test("an undo's plan stands beside the plans of sweeps: none supersedes the other", () =>
  afterSweep(async (world, run) => {
    world.vendor.change(idOf(world, 9), { mfaEnabled: false });
    const ordinary = await world.sweep("plan", UNDO_POLICY);
    const undo = await planUndo(world, { run });
    assert.equal((await planOf(world, ordinary.run)).status, "waiting");
    const newer = await world.sweep("plan", UNDO_POLICY);
    assert.equal((await planOf(world, ordinary.run)).status, "superseded");
    assert.equal((await planOf(world, undo.run)).status, "waiting");
    const { only } = await approve(world, undo.run);
    assert.equal(only.changes.reverted, OFF.length);
    assert.equal((await planOf(world, newer.run)).status, "waiting");
  }));

test("an undo that died before its record is settled by the next sweep as what it was", () =>
  afterSweep(async (world, run) => {
    const { run: planned } = await planUndo(world, { run, account: idOf(world, 5) });
    const ledger = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
    const broken = await approve(world, planned, { ledger });
    assert.equal(broken.status, "failed");
    const next = await world.sweep("enforce", UNDO_POLICY);
    assert.equal(next.status, "completed", JSON.stringify(next.only.problems));
    const [change] = await changesOf(world, broken.run);
    assert.deepEqual([change?.outcome, offsIn(world)], ["reverted", 1]);
    assert.equal(world.vendor.find(idOf(world, 5))?.mfaEnabled, false, "and is left alone for a day");
  }));

test("what was put back is nothing that can be undone again", () =>
  afterSweep(async (world, run) => {
    const { run: planned } = await planUndo(world, { run });
    const applied = await approve(world, planned);
    const { only } = await planUndo(world, { run: applied.run });
    assert.equal(only.changes.planned, 0);
  }));

test("administrators are put back last, whoever they are by now", () =>
  afterSweep(async (world, run) => {
    const ids = OFF.map((index) => idOf(world, index)).toSorted();
    const group = world.vendor.groups[0]?.id ?? "";
    for (const id of ids) world.vendor.change(id, { groups: id === ids[0] ? [group] : [] });
    const yaml = `${UNDO_POLICY}administrators: [{ group: ${WORKFORCE}/${group} }]\n`;
    const undo = { mode: "plan", origin: JANE, undoes: { run } } as const;
    const planned = await runHere(world.ports(yaml), undo);
    const flagged = (await changesOf(world, planned.run)).filter(({ administrator }) => administrator);
    assert.deepEqual(
      flagged.map(({ id }) => id),
      [ids[0]],
    );
  }));
