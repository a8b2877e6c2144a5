/** The end of a sweep, for plans: its own is put on record, the one it applied ends, and an older one is superseded. An undoing stands beside them. */
import {
  type DirectoryRecord,
  omitUndefined,
  type PlanRecord,
  type PlanReference,
  type PlanStatus,
  planStatusAt,
} from "../model/index.ts";
import type { SweepContext } from "./context.ts";
import type { LeasedContext } from "./lease.ts";
import { hashPlan } from "./plan-hash.ts";
import { listPlan } from "./plan-ref.ts";
import { isNote } from "./record.ts";
import { planRef, type SweepState } from "./state.ts";

const DEFAULT_WAIT_MS = 24 * 3_600_000;

/** Safe to run twice. A population that did not pass the gate makes no plan, and ends no older one. */
export async function settlePlans(context: LeasedContext, state: SweepState, record: DirectoryRecord): Promise<void> {
  await settleApplied(context, state);
  if (state.plan === undefined) return;
  await context.ports.ledger.savePlan(await ownPlan(context, state, state.plan, record));
  if (undoneRun(context.order, state) === undefined) await supersede(context);
}

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
    status: waits ? ("waiting" as const) : ("applied" as const),
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
    why: waits || state.isApplied ? undefined : "there was nothing to change",
  });
}

/** The plan that this sweep was to apply: it ends, or waits again where nothing of it was begun. */
export async function settleApplied({ ports, order }: SweepContext, state: SweepState): Promise<void> {
  if (!order.applies) return;
  const plan = await findPlan(ports.ledger, order.applies.run, order.directory);
  if (plan?.status !== "approved" || plan.hash !== order.applies.hash) return;
  if (plan.appliedBy !== undefined && plan.appliedBy !== order.run) return;
  await ports.ledger.movePlan(plan, "approved", endOfApplied(order.run, state));
}

function endOfApplied(run: string, { isApplied, stale, problems }: SweepState) {
  if (isApplied) return { status: "applied", appliedBy: run } as const;
  if (stale !== undefined) return { status: "stale", appliedBy: run, why: stale } as const;
  const cause =
    problems.find((problem) => !isNote(problem) || problem.code === "ERR_PLAN_FROZEN")?.code ?? "it broke off";
  return { status: "waiting", why: `run ${run} could not apply it (${cause}), and changed nothing` } as const;
}

const ENDED_BY_A_NEWER: readonly PlanStatus[] = ["waiting", "approved"];

/** Only the newest plan of a directory can be approved. */
async function supersede({ ports, order, head }: LeasedContext): Promise<void> {
  const { ledger, clock } = ports;
  const run = head.plan?.run;
  if (run === undefined || run === order.run) return;
  const older = await findPlan(ledger, run, order.directory);
  if (!older || !ENDED_BY_A_NEWER.includes(older.status)) return;
  const isExpired = planStatusAt(older, clock()) === "expired";
  const end = isExpired
    ? ({ status: "expired", why: "nobody decided in time" } as const)
    : ({ status: "superseded", why: `run ${order.run} made a newer plan` } as const);
  await ledger.movePlan(older, older.status, end);
}

export const findPlan = async (
  ledger: SweepContext["ports"]["ledger"],
  run: PlanReference["run"],
  directory: string,
): Promise<PlanRecord | undefined> => (await ledger.readPlans(run)).find((plan) => plan.directory === directory);
