/** Who decided on the plans of a run: on the one that it applied, and on the one that it left. */

import { type Ledger, planStatusAt } from "../../model/index.ts";
import type { Approvals, PlanLine, SweptDirectory } from "./model.ts";

/** @param now milliseconds since 1970 */
export async function readApprovals(
  ledger: Pick<Ledger, "readPlans" | "listAttempts">,
  run: string,
  swept: readonly SweptDirectory[],
  now: number,
): Promise<Approvals> {
  const [plans, attempts] = await Promise.all([ledger.readPlans(run), ledger.listAttempts(run)]);
  return {
    applied: swept.flatMap(appliedPlan),
    left: plans
      .filter(({ status, changes, decision }) => status !== "applied" || changes > 0 || decision)
      .map((plan) => ({ ...plan, status: planStatusAt(plan, now) })),
    refused: attempts.filter(({ refused }) => refused !== undefined),
  };
}

function appliedPlan({ record, manifest: { approval, undoes } }: SweptDirectory): PlanLine[] {
  if (!approval) return [];
  const { run, hash, ...decision } = approval;
  return [{ directory: record.id, run, hash, status: "applied", undoes, decision }];
}

export const hasApprovals = ({ applied, left, refused }: Approvals): boolean =>
  applied.length + left.length + refused.length > 0;
