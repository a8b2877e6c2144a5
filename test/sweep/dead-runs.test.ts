/** What a user can rely on where a run died, was overtaken by another, or got no clear answer: one effect, and the right record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { enforceChange } from "../../lib/enforcement/enforce.ts";
import { WardenError } from "../../lib/errors.ts";
import type { Ledger } from "../../lib/model/index.ts";
import { applyBatch } from "../../lib/sweep/apply-batch.ts";
import { EVERYONE, type World } from "../world.ts";
import {
  ACCOUNTS,
  changeCalls,
  changeOf,
  codesOf,
  inKnownWorld,
  stateOf,
  targetOf,
  throughProxy,
  WORKFORCE,
} from "./known-world.ts";

const signal = AbortSignal.timeout(60_000);

/** Lets every lease that is held now run out. */
const outlast = ({ time }: World) => {
  time.ahead += 3_000;
};

/** The one change that a run planned, and what it takes to make it without a sweep. */
async function prepareChange(world: World, run: string) {
  const ports = world.ports();
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const context = { ...ports, id: WORKFORCE, directory: await ports.open(WORKFORCE, signal) };
  return { context, change: await changeOf(world, run) };
}

test("a run that is alive keeps its directory, also while one call takes longer than the lease", () => {
  let rival: Awaited<ReturnType<Ledger["acquireLease"]>> | undefined;
  let known: World | undefined;
  const before = async ({ method }: { readonly method: string }) => {
    if (method !== "PUT" || !known) return;
    await delay(2_700);
    rival = await known.ledger.acquireLease(WORKFORCE, "01RIVAL");
  };
  return inKnownWorld(
    async (world) => {
      known = world;
      const { only, run } = await world.sweep("enforce");
      assert.ok(rival && "heldBy" in rival);
      assert.equal(rival.heldBy, run);
      assert.deepEqual([only.status, only.changes.enforced, changeCalls(world).length], ["completed", 1, 1]);
    },
    { before },
  );
});

test("who acts under an older fencing token changes nobody", () =>
  inKnownWorld(async (world) => {
    const overtaken = await world.sweep("plan");
    await world.sweep("plan");
    const { context, change } = await prepareChange(world, overtaken.run);
    const lease = { directory: WORKFORCE, run: overtaken.run, token: 1 };
    const { outcome, why } = await enforceChange(context, { lease, change }, signal);
    assert.deepEqual([outcome, changeCalls(world).length], ["refused", 0]);
    assert.match(why, /taken this directory over/);
    assert.equal((await stateOf(world, change.id))?.claim, undefined);
  }));

test("a step that died between the outcome of the change and that of the account frees its claim when it is run again", () =>
  inKnownWorld(async (world) => {
    const { run } = await world.sweep("plan");
    const { context: subject, change } = await prepareChange(world, run);
    const completeClaim: Ledger["completeClaim"] = async (_claim, _seen, result) => {
      await world.ledger.refuseChange(change, result);
      throw new Error("killed");
    };
    const context = { ...subject, lease: { directory: WORKFORCE, run, token: 1 } };
    const start = { plan: { run, authors: [change.author] } };
    await assert.rejects(applyBatch({ ...context, ledger: { ...world.ledger, completeClaim } }, start, signal));
    assert.equal((await stateOf(world, change.id))?.claim?.by, run);
    const again = await applyBatch(context, start, signal);
    assert.deepEqual(
      [again.outcomes, again.verdicts, changeCalls(world).length],
      [{ enforced: 1 }, { violating: -1, compliant: 1 }, 1],
    );
    const { state, events } = await world.ledger.readHistory(WORKFORCE, change.id);
    assert.deepEqual([state?.claim, events.flatMap(({ outcome }) => outcome ?? [])], [undefined, ["enforced"]]);
  }));

test("what a dead run did is not guessed while the vendor cannot be read: the claim waits, and is settled right later", () =>
  inKnownWorld(async (world) => {
    const down = new WardenError("ERR_LEDGER_UNAVAILABLE", "The ledger is down.");
    const ledger = { ...world.ledger, completeClaim: () => Promise.reject(down) };
    const broken = await world.sweep("enforce", EVERYONE, { ledger });
    assert.deepEqual([broken.status, changeCalls(world).length], ["failed", 1]);
    world.vendor.setFault({ kind: "limited", on: "user", retryAfter: 60 });
    outlast(world);
    const blind = await world.sweep("enforce", EVERYONE, { readBackTimeoutMs: 300 });
    assert.deepEqual([blind.status, codesOf(blind.only)], ["incomplete", ["ERR_VENDOR_THROTTLED"]]);
    assert.equal((await changeOf(world, broken.run)).outcome, undefined);
    assert.ok((await stateOf(world, targetOf(world)))?.claim);
    world.vendor.clearFaults();
    outlast(world);
    assert.equal((await world.sweep("enforce")).status, "completed");
    assert.deepEqual([(await changeOf(world, broken.run)).outcome, changeCalls(world).length], ["enforced", 1]);
    assert.equal((await stateOf(world, targetOf(world)))?.claim, undefined);
    assert.equal((await world.ledger.readRun(broken.run))?.directories[0]?.changes.enforced, 1);
  }));

for (const { claim, age, left } of [
  { claim: "a living event's claim is left alone by a sweep that settles a dead run", age: 0, left: true },
  { claim: "an event's claim that is too old to be anybody's is settled with a dead run", age: 600_000, left: false },
])
  test(claim, () =>
    inKnownWorld(
      async (world) => {
        await world.sweep("plan");
        const id = targetOf(world);
        const state = await stateOf(world, id);
        assert.ok(state && "lease" in (await world.ledger.acquireLease(WORKFORCE, "01DEAD")));
        const plan = { rule: "everyone", requirement: "enabled", before: state.facts, author: "A", step: 0 };
        await world.ledger.planChanges([
          { run: "01DEAD", directory: WORKFORCE, id, username: state.username, ...plan },
        ]);
        const at = new Date(Date.now() - age).toISOString();
        const theirs = { by: "event-1", token: 0, before: { active: true, enabled: false }, at };
        await world.ledger.claimSubject(WORKFORCE, id, theirs);
        outlast(world);
        assert.equal((await world.sweep("plan")).status, "completed");
        assert.deepEqual((await stateOf(world, id))?.claim, left ? theirs : undefined);
        assert.equal((await changeOf(world, "01DEAD")).outcome, left ? undefined : "enforced");
      },
      { off: [] },
    ),
  );

test("a change that the vendor answers with an error, and makes, is enforced: the read-back decides", () =>
  inKnownWorld(async (world) => {
    const failing = throughProxy(world, async (answer, _, method) => {
      if (method !== "PUT") return answer;
      await answer.arrayBuffer();
      return new Response("{}", { status: 500, headers: { "retry-after": "60" } });
    });
    const { only, run } = await world.sweep("enforce", EVERYONE, failing);
    assert.deepEqual([only.status, only.changes.enforced, only.after.compliant], ["completed", 1, ACCOUNTS]);
    assert.equal((await changeOf(world, run)).outcome, "enforced");
  }));

test("needs-user says whether there is no device or whether nobody knows", () =>
  inKnownWorld(async (world) => {
    world.vendor.setFault({ kind: "error", on: "devices", status: 404 });
    const blind = await world.sweep("enforce");
    world.vendor.clearFaults();
    world.vendor.change(targetOf(world), { devices: [] });
    const bare = await world.sweep("enforce");
    const [unseen, none] = [await changeOf(world, blind.run), await changeOf(world, bare.run)];
    assert.deepEqual([unseen.outcome, none.outcome, changeCalls(world).length], ["needs-user", "needs-user", 0]);
    assert.match(unseen.why ?? "", /not known/);
    assert.doesNotMatch(unseen.why ?? "", /no usable device/);
    assert.match(none.why ?? "", /no usable device/);
  }));
