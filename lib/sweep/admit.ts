/** The phase that takes an approved plan over: its changes become those of this sweep, if the world is still as it was approved. */
import { WardenError } from "../errors.ts";
import { omitUndefined, type PlanRecord, type PlanReference } from "../model/index.ts";
import { type Admission, type ApprovedPlan, copyChanges } from "./admission.ts";
import type { SweepContext } from "./context.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import { failPhase, halt, type Phase, proceed } from "./phase.ts";
import { hashPlan } from "./plan-hash.ts";
import { listPlan } from "./plan-ref.ts";
import { findPlan } from "./settle-plans.ts";
import { addAdmission, readCount, type SweepState } from "./state.ts";

/** A share of the population that may have come or gone since the plan was made; and so many in any case. */
const MAX_MOVED_PERCENT = 1;
const MAX_MOVED_ACCOUNTS = 1;

export const admitApproved: Phase = async (context, state) => {
  const { applies } = context.order;
  if (!applies) return proceed(state);
  const step = await runLeasedStep(context, "admit", () => admit(context, state, applies));
  if (!step.ok) return halt(state, [step.problem]);
  if ("stale" in step.value) {
    const { stale } = step.value;
    const message = `The approved plan of run ${applies.run} for ${context.order.directory} cannot be applied: ${stale}; nothing was changed, sweep again for a new plan.`;
    return failPhase(context, { ...state, stale }, new WardenError("ERR_PLAN_STALE", message));
  }
  return proceed(addAdmission(state, step.value));
};

async function admit(
  context: LeasedContext,
  state: SweepState,
  applies: PlanReference,
): Promise<Admission | { readonly stale: string }> {
  const plan = await readApproved(context, applies);
  const stale = whyStale(context, state, plan);
  if (stale !== undefined) return { stale };
  const author = context.ports.ulid();
  const counts = await copyChanges(context, plan, { author, step: state.authors.length });
  const { run, hash, decision, undoes } = plan;
  return omitUndefined({ author, approval: { run, hash, ...decision }, undoes, ...counts });
}

/** Throws `ERR_PLAN_MISMATCH` unless the ledger holds exactly the plan that was approved, for this run alone. */
async function readApproved({ ports, order }: SweepContext, { run, hash }: PlanReference): Promise<ApprovedPlan> {
  const { ledger } = ports;
  const plan = await findPlan(ledger, run, order.directory);
  const isOurs = plan?.appliedBy === undefined || plan.appliedBy === order.run;
  if (plan?.status !== "approved" || plan.hash !== hash || !isOurs || !plan.decision)
    throw mismatch(order.directory, `the plan of run ${run} is not approved with this hash`);
  const stored = await hashPlan(listPlan(ledger, order.directory, plan));
  if (stored.hash !== hash)
    throw mismatch(order.directory, `the changes of run ${run} are not those that were approved`);
  const { decision } = plan;
  await ledger.movePlan(plan, "approved", { status: "approved", decision, appliedBy: order.run });
  return { ...plan, decision };
}

const mismatch = (directory: string, what: string) =>
  new WardenError("ERR_PLAN_MISMATCH", `For ${directory}, ${what}; nothing was changed, sweep again for a new plan.`);

/** One clause; `undefined`: the plan holds. Who came and who left since count both, where the last whole population is the plan's. */
function whyStale({ ports, head }: LeasedContext, state: SweepState, plan: PlanRecord): string | undefined {
  if (plan.policy !== ports.policyHash) return "the policy has changed since the plan was made";
  const read = readCount(state);
  const left = head.baseline?.run === plan.run ? state.departed.confirmed + state.departed.unconfirmed : 0;
  const moved = Math.max(Math.abs(read - plan.read), left + Math.max(0, read - (plan.read - left)));
  if (moved <= Math.max(MAX_MOVED_ACCOUNTS, (plan.read * MAX_MOVED_PERCENT) / 100)) return undefined;
  return `${moved} of ${plan.read} accounts have come or gone since, which is more than ${MAX_MOVED_PERCENT} %`;
}
