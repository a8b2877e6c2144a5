/** The phase of the plan: its hash, what people should know of it, and whether it stays within the policy's limits. */
import { createHash } from "node:crypto";
import { BUDGET_SCOPE } from "../enforcement/index.ts";
import { WardenError } from "../errors.ts";
import type { Change, Ledger } from "../model/index.ts";
import { mayChange } from "../policy/index.ts";
import { cautionNotes } from "./cautions.ts";
import { reportProgress, type SweepContext } from "./context.ts";
import { runLeasedStep } from "./lease.ts";
import { checkLimits, type PlanCounts } from "./limits.ts";
import { halt, type Phase, proceed } from "./phase.ts";
import { listPlan, type PlanRef } from "./plan-ref.ts";
import { addPlan, addProblems, planRef, readCount, type SweepState } from "./state.ts";

export const makePlan: Phase = async (context, state) => {
  const { ports, order } = context;
  const step = await runLeasedStep(context, "plan", () => hashAndBudget(context, state));
  if (!step.ok) return halt(state, [step.problem]);
  const counts = planCounts(context, state, step.value.spent);
  const { over, notes } = checkLimits(ports.policy.limits, counts);
  const cautions = cautionNotes(order.directory, state.cautions);
  const planned = addProblems(addPlan(state, step.value.hash), [...cautions, ...notes]);
  reportProgress(context, "planned", planned.totals[0], counts.planned);
  const isApplied = over.length === 0 && isProtected(state) && mayChange(ports.policy, order.directory, order.mode);
  return isApplied ? proceed(planned) : halt(planned, over);
};

/** Whether every account that the policy protects is there: else somebody whom it means to protect might be changed. */
const isProtected = ({ problems }: SweepState): boolean =>
  problems.every(({ code }) => code !== "ERR_RULE_UNPROTECTED");

async function hashAndBudget({ ports, order }: SweepContext, state: SweepState) {
  return {
    hash: await hashPlan(ports.ledger, order.directory, planRef(order.run, state), state.changes.planned),
    spent: await ports.ledger.countSpentBudget(BUDGET_SCOPE),
  };
}

const planCounts = ({ order }: SweepContext, state: SweepState, spent: number): PlanCounts => ({
  directory: order.directory,
  planned: state.changes.planned - state.predetermined,
  inScope: readCount(state) - state.verdicts["out-of-scope"],
  exempt: state.verdicts.exempt,
  renamed: state.renamed,
  spent,
});

/**
 * SHA-256 over every planned change with the facts it rests on, in the order of ids: what an approval names.
 * Throws `ERR_PLAN_MISMATCH` when the ledger holds another number of changes than the steps counted.
 */
async function hashPlan(ledger: Ledger, directory: string, plan: PlanRef, planned: number): Promise<string> {
  const hash = createHash("sha256");
  let found = 0;
  for await (const changes of listPlan(ledger, directory, plan))
    for (const change of changes) {
      found++;
      hash.update(`${planLine(change)}\n`);
    }
  if (found === planned) return hash.digest("hex");
  const message = `The ledger holds ${found} planned changes for ${directory} and the sweep counted ${planned}; nothing was changed, sweep again.`;
  throw new WardenError("ERR_PLAN_MISMATCH", message);
}

const planLine = ({ id, username, rule, requirement, before }: Change): string =>
  JSON.stringify([id, username, rule, requirement, Object.entries(before).sort()]);
