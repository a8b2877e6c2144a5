/** A run that applies an approved plan may be killed with SIGKILL at any moment: nothing is changed twice, and every plan ends. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { approvePlans } from "../../lib/approval/index.ts";
import type { PlanRecord } from "../../lib/model/index.ts";
import type { RunOrder } from "../../lib/run/index.ts";
import { type Life, runKillable } from "../sweep/killable-run.ts";
import { startWorld, type World } from "../world.ts";

const WORKFORCE = "workforce";
const CASES_IN_PARALLEL = 3;
/** Over the limit of a run. */
const OFF = [1, 3, 5, 7];
const POLICY = `
rules:
  - name: everyone
    match: all
    require: enabled
approval: { approvers: [jane, omar] }
limits:
  changesPerRun: { count: 2, percent: 100 }
  changesPerDay: 1000
`;
const JANE = { by: "jane@desk", how: "test" };
const OMAR = { by: "omar@desk", how: "test" };

interface Boundary {
  readonly says: string;
  readonly at: string;
  readonly nth: number;
}

const BOUNDARIES: readonly Boundary[] = [
  { says: "the run is on record and has not read anybody", at: "Put-RUN", nth: 1 },
  { says: "everybody is read", at: "gated", nth: 1 },
  { says: "the plan is marked as this run's", at: "Update-PLAN", nth: 1 },
  { says: "half of the plan is taken over", at: "Put-CHANGE", nth: 2 },
  { says: "the plan is taken over", at: "planned", nth: 1 },
  { says: "a change is made and its answer not read", at: "answered-PUT", nth: 2 },
  { says: "an outcome is on the change and not on the account", at: "Update-CHANGE", nth: 2 },
  { says: "all changes are made", at: "recorded", nth: 4 },
  { says: "the approved plan has ended and its own is not on record", at: "Update-PLAN", nth: 2 },
  { says: "its own plan is on record and the directory's head does not name it", at: "Put-PLAN", nth: 1 },
  { says: "all is done but to give the lease back", at: "closed", nth: 1 },
];

describe("a run that applies a plan dies when", { concurrency: CASES_IN_PARALLEL }, () => {
  for (const { says, at, nth } of BOUNDARIES)
    test(says, async (context) => {
      const world = await open(context);
      const first = await live(world, { order: sweepOrder() });
      const plan = await planOf(world, first?.run);
      const dead = await live(world, { order: await approved(world, plan), killAt: { at, nth } });
      assert.equal(dead, undefined, `it never came to ${at}`);
      await assertEndsWell(world);
    });
});

/** One more sweep, and what it leaves is approved and applied. */
async function assertEndsWell(world: World): Promise<void> {
  const { ledger, vendor } = world;
  const next = await live(world, { order: sweepOrder() });
  assert.ok(next);
  const plan = (await ledger.readPlans(next.run)).find(({ status }) => status === "waiting");
  const last = plan ? await live(world, { order: await approved(world, plan) }) : next;
  assert.equal(last?.status, "completed", JSON.stringify(last?.directories));
  assert.equal(last.directories[0]?.after.violating, 0);
  const changed = vendor.calls.filter(({ method }) => method === "PUT").map(({ user = "" }) => user);
  assert.deepEqual(changed.toSorted(), idsOf(world).toSorted(), "each account is changed once");
  for (const { run } of await ledger.listRuns(10))
    for (const { status } of await ledger.readPlans(run)) assert.ok(status !== "approved" && status !== "waiting");
  for (const id of idsOf(world)) {
    const { state, events } = await ledger.readHistory(WORKFORCE, id);
    assert.equal(state?.claim, undefined);
    assert.equal(events.filter(({ outcome }) => outcome === "enforced").length, 1);
  }
}

async function open(context: TestContext): Promise<World> {
  const world = await startWorld({ accounts: 12 });
  context.after(() => world.close());
  const devices = [{ type: "TOTP", status: "ACTIVE" }];
  for (let i = 0; i < 12; i++)
    world.vendor.change(world.vendor.account(i).id, { mfaEnabled: !OFF.includes(i), enabled: true, devices });
  return world;
}

const idsOf = ({ vendor }: World) => OFF.map((index) => vendor.account(index).id);

const sweepOrder = (): RunOrder => ({ mode: "enforce", origin: OMAR });

async function approved(world: World, plan: PlanRecord): Promise<RunOrder> {
  const applies = await approvePlans(world.ports(POLICY), { run: plan.run, hash: plan.hash, origin: JANE });
  return { mode: "enforce", origin: JANE, directories: [WORKFORCE], applies };
}

async function planOf({ ledger }: World, run = ""): Promise<PlanRecord> {
  const [plan] = await ledger.readPlans(run);
  assert.equal(plan?.status, "waiting");
  return plan;
}

const live = (world: World, life: Life) => runKillable(world, POLICY, life);
