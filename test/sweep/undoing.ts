/** What tests of undoing a run share: a sweep that switched four people on, the plan that undoes it, and its approval. */
import assert from "node:assert/strict";
import { approvePlans } from "../../lib/approval/index.ts";
import type { DirectoryRecord, PlanRecord, UndoOrder } from "../../lib/model/index.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import { runHere } from "../shared-engine.ts";
import type { World } from "../world.ts";
import { changeCalls, inKnownWorld } from "./known-world.ts";

export const JANE = { by: "jane@laptop", how: "test" };
export const UNDO_POLICY = `
rules: [{ name: everyone, match: all, require: enabled }]
limits: { changesPerRun: { count: 100, percent: 100 }, changesPerDay: 1000 }
approval: { approvers: [jane] }
`;
/** Which of the accounts are off before the sweep. */
export const OFF = [1, 3, 5, 7];

export type Report = RunReport & { readonly only: DirectoryRecord };
type Ports = Parameters<World["ports"]>[1];

export async function runOnce(world: World, order: Omit<RunOrder, "origin">, more?: Ports): Promise<Report> {
  const report = await runHere(world.ports(UNDO_POLICY, more), {
    origin: { by: "omar@laptop", how: "test" },
    ...order,
  });
  const [only] = report.directories;
  assert.ok(only);
  return { ...report, only };
}

export const planUndo = (world: World, undoes: UndoOrder, more?: Ports) =>
  runOnce(world, { mode: "plan", undoes }, more);

export async function planOf({ ledger }: World, run: string): Promise<PlanRecord> {
  const [plan] = await ledger.readPlans(run);
  assert.ok(plan);
  return plan;
}

/** Jane approves it, and it is applied. */
export async function approve(world: World, run: string, more?: Ports): Promise<Report> {
  const { hash } = await planOf(world, run);
  const applies = await approvePlans(world.ports(UNDO_POLICY), { run, hash, origin: JANE });
  return runOnce(world, { mode: "enforce", applies }, more);
}

/** How often the vendor was asked to switch somebody off. */
export const offsIn = (world: World) =>
  changeCalls(world).filter(({ body }) => JSON.stringify(body) === '{"mfaEnabled":false}').length;

export const idOf = ({ vendor }: World, index: number) => vendor.account(index).id;

/** Sweeps with MFA off for four people, so that it is on for all of them. */
export const afterSweep = (body: (world: World, run: string) => Promise<void>, more?: Ports) =>
  inKnownWorld(
    async (world) => {
      const { run, only } = await world.sweep("enforce", UNDO_POLICY, more);
      assert.equal(only.changes.enforced, OFF.length);
      await body(world, run);
    },
    { off: OFF },
  );
