/** A plan that waited too long ends on record with the first look at it. */
import { type Ledger, type PlanRecord, type PlanStatus, planStatusAt } from "../model/index.ts";

/** Answers the plan's status now. @param now milliseconds since 1970 */
export async function expirePlan(ledger: Pick<Ledger, "movePlan">, plan: PlanRecord, now: number): Promise<PlanStatus> {
  const status = planStatusAt(plan, now);
  if (plan.status === "waiting" && status === "expired")
    await ledger.movePlan(plan, "waiting", { status, why: "nobody decided in time" });
  return status;
}
