/** The end of a sweep, for plans: its own is put on record, the one it applied ends, and an older one is superseded. An undoing stands beside them. */

import { expirePlan } from "../ledger/index.ts";
import {
  type DirectoryRecord,
  omitUndefined,
  type PlanRecord,
  type PlanReference,
  type PlanStanding,
  type PlanStatus,
} from "../model/index.ts";
import type { SweepContext } from "./context.ts";
import type { LeasedContext } from "./lease.ts";
import { hashPlan } from "./plan-hash.ts";
import { listPlan } from "./plan-ref.ts";
import { isNote } from "./record.ts";
import { planRef, type SweepState } from "./state.ts";

const DEFAULT_WAIT_MS = 24 * 3_600_000;

/** Safe to run twice. */
export async function settlePlans(context: LeasedContext, state: SweepState, record: DirectoryRecord): Promise<void> {
  await settleApplied(context, state);
  if (state.plan === undefined || !leavesPlan(context.order, state)) return;
  await context.ports.ledger.savePlan(await ownPlan(context, state, state.plan, record));
  if (undoneRun(context.order, state) === undefined) await supersede(context);
}

/**
 * Whether the sweep leaves a plan of its own. A population that did not pass the gate makes none, and ends no older one; nor does a
 * sweep that was to apply an approved plan and began nothing of it: that one waits again.
 */
export const leavesPlan = ({ applies }: SweepContext["order"], { plan, isApplied }: SweepState): boolean =>
  plan !== undefined && (!applies || isApplied);

/** The run whose changes the plan of this sweep undoes: such a plan supersedes none, and none supersedes it. */
export const undoneRun = (order: SweepContext["order"], { undoes }: SweepState): string | undefined =>
  order.undoes?.run ?? undoes;

/** What nobody has tried waits for a person, whether all of the plan or what a halt has left of it. */
async function ownPlan(
  { ports, order }: SweepContext,
  state: SweepState,
  planned: string,
  { read }: DirectoryRecord,
): Promise<PlanRecord> {
  const { run, directory, mode, origin } = order;
  const { ledger, policy, policyHash, clock } = ports;
  const { hash, open } = await hashPlan(listPlan(ledger, directory, planRef(run, state)));
  const waits = open > 0;
  const now = clock();
  return omitUndefined({
    run,
    directory,
    hash: waits ? hash : planned,
    status: waits ? statusOfOpen(state) : ("applied" as const),
    policy: policyHash,
    mode,
    changes: open,
    read,
    authors: state.authors,
    undoes: undoneRun(order, state),
    origin,
    madeAt: new Date(now).toISOString(),
    expiresAt: new Date(now + (policy.approval?.waitMs ?? DEFAULT_WAIT_MS)).toISOString(),
    appliedBy: waits ? undefined : run,
    why: waits ? state.stale : whyEmpty(state),
  });
}

const statusOfOpen = ({ stale }: SweepState): PlanStatus => (stale === undefined ? "waiting" : "stale");

const whyEmpty = ({ isApplied }: SweepState): string | undefined =>
  isApplied ? undefined : "there was nothing to change";

/** The plan that this sweep was to apply: it ends, or waits again where nothing of it was begun. */
export async function settleApplied({ ports, order }: SweepContext, state: SweepState): Promise<void> {
  if (!order.applies) return;
  const plan = await findPlan(ports.ledger, order.applies.run, order.directory);
  if (plan?.status !== "approved" || plan.hash !== order.applies.hash) return;
  if (plan.appliedBy !== undefined && plan.appliedBy !== order.run) return;
  await ports.ledger.movePlan(plan, "approved", endOfApplied(order.run, plan, state));
}

function endOfApplied(run: string, plan: PlanRecord, { isApplied, stale, problems }: SweepState): PlanStanding {
  const decided = omitUndefined({ decision: plan.decision, appliedBy: run });
  if (isApplied) return { ...decided, status: "applied" };
  if (stale !== undefined) return { ...decided, status: "stale", why: stale };
  const cause =
    problems.find((problem) => !isNote(problem) || problem.code === "ERR_PLAN_FROZEN")?.code ?? "it broke off";
  return { status: "waiting", why: `run ${run} could not apply it (${cause}), and changed nothing` };
}

const ENDED_BY_A_NEWER: readonly PlanStatus[] = ["waiting", "approved"];

/** Only the newest plan of a directory can be approved. */
async function supersede({ ports, order, head }: LeasedContext): Promise<void> {
  const { ledger, clock } = ports;
  const run = head.plan?.run;
  if (run === undefined || run === order.run) return;
  const older = await findPlan(ledger, run, order.directory);
  if (!older || !ENDED_BY_A_NEWER.includes(older.status)) return;
  if ((await expirePlan(ledger, older, clock())) === "expired") return;
  const { decision, appliedBy } = older;
  const why = `run ${order.run} made a newer plan`;
  await ledger.movePlan(
    older,
    older.status,
    omitUndefined({ status: "superseded", decision, appliedBy, why } as const),
  );
}

export const findPlan = async (
  ledger: SweepContext["ports"]["ledger"],
  run: PlanReference["run"],
  directory: string,
): Promise<PlanRecord | undefined> => (await ledger.readPlans(run)).find((plan) => plan.directory === directory);
