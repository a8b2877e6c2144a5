/** The plans that people decide on: each is a record that moves from status to status, beside everybody who asked to move it. */
import {
  type DecisionAttempt,
  omitUndefined,
  type PlanRecord,
  type PlanStanding,
  type PlanStatus,
  type PlanStore,
  planStatusAt,
} from "../model/index.ts";
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

/** What a plan's standing may say beside its status. */
const STANDING = ["decision", "appliedBy", "why"] as const satisfies (keyof PlanStanding)[];

async function movePlan(
  { table }: LedgerContext,
  { run, directory, hash }: Pick<PlanRecord, "run" | "directory" | "hash">,
  from: PlanStatus,
  to: PlanStanding,
): Promise<PlanRecord | undefined> {
  const given = omitUndefined({ ...to });
  const item = await table.update(planKey(run, directory), {
    set: Object.keys(given).map((name) => `#plan.#${name} = :${name}`),
    remove: STANDING.filter((name) => given[name] === undefined).map((name) => `#plan.#${name}`),
    when: "#plan.#status = :from AND #plan.#hash = :hash",
    values: { ...given, from, hash },
  });
  return item && planIn(item);
}

/** A plan that waited too long ends on record with the first look at it. Answers its status now. @param now milliseconds since 1970 */
export async function expirePlan(
  plans: Pick<PlanStore, "movePlan">,
  plan: PlanRecord,
  now: number,
): Promise<PlanStatus> {
  const status = planStatusAt(plan, now);
  if (plan.status === "waiting" && status === "expired")
    await plans.movePlan(plan, "waiting", { status, why: "nobody decided in time" });
  return status;
}
