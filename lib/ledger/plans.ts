/** The plans that people decide on: each is a record that moves from status to status, beside everybody who asked to move it. */
import type { DecisionAttempt, PlanRecord, PlanStore } from "../model/index.ts";
import type { LedgerContext } from "./context.ts";
import { ATTEMPT_PREFIX, attemptKey, PLAN_PREFIX, planKey, runPartition } from "./keys.ts";
import type { Item } from "./table.ts";

/** Plans, beside the changes that they stand for. */
export const planStore = (context: LedgerContext): PlanStore => ({
  async savePlan(plan) {
    await context.table.put({ ...planKey(plan.run, plan.directory), plan }, { when: "attribute_not_exists(pk)" });
  },

  readPlans: async (run) => (await itemsOf(context, run, PLAN_PREFIX)).map(planIn),

  movePlan: (plan, from, to) => movePlan(context, plan, from, to),

  async recordAttempt(run, attempt) {
    await context.table.put(
      { ...attemptKey(run, attempt.at, context.ulid()), attempt },
      { when: "attribute_not_exists(pk)" },
    );
  },

  listAttempts: async (run) =>
    (await itemsOf(context, run, ATTEMPT_PREFIX)).map((item): DecisionAttempt => item.attempt),
});

const planIn = (item: Item): PlanRecord => item.plan;

async function itemsOf({ table }: LedgerContext, run: string, prefix: string): Promise<Item[]> {
  const values = { pk: runPartition(run), prefix };
  return (await Array.fromAsync(table.query({}, "pk = :pk AND begins_with(sk, :prefix)", values))).flat();
}

const movePlan = async (
  { table }: LedgerContext,
  { run, directory, hash }: Parameters<PlanStore["movePlan"]>[0],
  from: Parameters<PlanStore["movePlan"]>[1],
  to: Parameters<PlanStore["movePlan"]>[2],
): Promise<PlanRecord | undefined> => {
  const written = Object.entries(to).filter(([, value]) => value !== undefined);
  const item = await table.update(planKey(run, directory), {
    set: written.map(([name]) => `#plan.#${name} = :${name}`),
    when: "#plan.#status = :from AND #plan.#hash = :hash",
    values: { ...Object.fromEntries(written), from, hash },
  });
  return item && planIn(item);
};
