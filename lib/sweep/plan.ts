/** The phase of the plan: its hash, what people should know of it, and whether it stays within the policy's limits. */
import { countSpent, type SpentBudget, usedLimits } from "../enforcement/index.ts";
import { problemOf, WardenError } from "../errors.ts";
import type { Problem } from "../model/index.ts";
import { describeFreeze, freezeAt, mayChange } from "../policy/index.ts";
import { cautionNotes } from "./cautions.ts";
import { reportProgress, type SweepContext } from "./context.ts";
import { runLeasedStep } from "./lease.ts";
import { checkLimits, type PlanCounts } from "./limits.ts";
import { halt, type Phase, proceed } from "./phase.ts";
import { hashPlan } from "./plan-hash.ts";
import { listPlan } from "./plan-ref.ts";
import { isProtected } from "./problem.ts";
import { addPlan, addProblems, planRef, readCount, type SweepState } from "./state.ts";

export const makePlan: Phase = async (context, state) => {
  const { ports, order } = context;
  const step = await runLeasedStep(context, "plan", () => hashAndBudget(context, state));
  if (!step.ok) return halt(state, [step.problem]);
  const counts = planCounts(context, state, step.value);
  const { over, notes } = checkLimits(ports.policy.limits, counts);
  // An approval stands for the limits of a run; what is left of the day's is counted change by change.
  const forbidding = order.applies ? [] : over;
  const cautions = cautionNotes(order.directory, state.cautions);
  const { frozen } = step.value;
  const planned = addProblems(addPlan(state, step.value), [...cautions, ...notes, ...frozen]);
  reportProgress(context, "planned", planned.totals[0], counts.planned);
  const mayApply = mayChange(ports.policy, order.directory, order.mode) && isOwnToApply(order);
  const isFree = forbidding.length === 0 && frozen.length === 0 && isProtected(state);
  const isApplied = isFree && mayApply;
  return isApplied ? proceed({ ...planned, isApplied }) : halt(planned, forbidding);
};

/** An undoing only ever waits for a person. */
const isOwnToApply = ({ undoes }: SweepContext["order"]): boolean => undoes === undefined;

/** Throws `ERR_PLAN_MISMATCH` when the ledger holds another number of changes than the steps counted. */
async function hashAndBudget({ ports, order }: SweepContext, state: SweepState) {
  const plan = listPlan(ports.ledger, order.directory, planRef(order.run, state));
  const { hash, count, administrators } = await hashPlan(plan);
  const { planned } = state.changes;
  if (count !== planned)
    throw new WardenError(
      "ERR_PLAN_MISMATCH",
      `The ledger holds ${count} planned changes for ${order.directory} and the sweep counted ${planned}; nothing was changed, sweep again.`,
    );
  return {
    hash,
    administrators,
    ...(await countSpent(ports.ledger, ports.policy, order.directory)),
    frozen: frozenNote(ports, order.directory),
  };
}

/** Empty unless a window is open in which nothing is changed here. */
function frozenNote({ policy, clock }: SweepContext["ports"], directory: string): Problem[] {
  const freeze = freezeAt(policy, directory, clock());
  if (!freeze || !mayChange(policy, directory)) return [];
  const message = `In ${directory} ${describeFreeze(freeze)}; the plan is kept, and nothing is changed.`;
  return [problemOf(new WardenError("ERR_PLAN_FROZEN", message), directory)];
}

const planCounts = ({ ports, order }: SweepContext, state: SweepState, spent: SpentBudget): PlanCounts => ({
  directory: order.directory,
  planned: state.changes.planned - state.predetermined,
  inScope: readCount(state) - state.verdicts["out-of-scope"],
  exempt: state.verdicts.exempt,
  renamed: state.renamed,
  renamedNames: state.renamedNames ?? [],
  recent: state.recent,
  used: usedLimits(ports.policy, order.directory, spent),
});
