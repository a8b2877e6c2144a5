/** The budget of changes that sweeps and events share, and which outcomes consume it. */

import { type Ledger, type Outcome, omitUndefined } from "../model/index.ts";
import { directoryConfig, type Policy } from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";

/** Sweeps and events draw on one budget. */
export const BUDGET_SCOPE = "all";

const OUTCOMES_WITHOUT_WRITE: readonly Outcome[] = ["already", "refused", "needs-user"];

/** A change that may have reached the vendor consumes the budget, whatever came of it. */
export const consumesBudget = (outcome: Outcome): boolean => !OUTCOMES_WITHOUT_WRITE.includes(outcome);

type BudgetContext = Pick<SubjectContext, "id" | "policy" | "ledger">;

/** Reserves up to `wanted` changes of a directory, within its own limit and that of all; answers how many were granted. */
export function reserveChanges({ id, policy, ledger }: BudgetContext, wanted: number): Promise<number> {
  const part = { directory: id, limit: directoryLimit(policy, id) };
  return ledger.reserveBudget(BUDGET_SCOPE, wanted, policy.limits.changesPerDay, part);
}

/** Gives back what was reserved and not used. */
export const releaseChanges = ({ id, ledger }: BudgetContext, unused: number): Promise<void> =>
  ledger.releaseBudget(BUDGET_SCOPE, unused, id);

/** Changes of the last 24 hours. */
export interface SpentBudget {
  readonly spent: number;
  /** Those of the directory itself; absent where it has no limit of its own. */
  readonly ownSpent?: number;
}

export async function countSpent(
  ledger: Pick<Ledger, "countSpentBudget">,
  policy: Policy,
  directory: string,
): Promise<SpentBudget> {
  const isLimited = directoryLimit(policy, directory) !== undefined;
  const [spent, ownSpent] = await Promise.all([
    ledger.countSpentBudget(BUDGET_SCOPE),
    isLimited ? ledger.countSpentBudget(BUDGET_SCOPE, directory) : undefined,
  ]);
  return omitUndefined({ spent, ownSpent });
}

/** A limit of changes a day, and how much of it the last 24 hours have used up. */
export interface UsedLimit {
  /** As the policy file has it, with the directory where it is one's own. */
  readonly key: string;
  readonly limit: number;
  readonly spent: number;
}

/** The limits that bind a directory: that of all, and its own if it has one. */
export function usedLimits(policy: Policy, directory: string, { spent, ownSpent = 0 }: SpentBudget): UsedLimit[] {
  const own = directoryLimit(policy, directory);
  const all = { key: "limits.changesPerDay", limit: policy.limits.changesPerDay, spent };
  return own === undefined
    ? [all]
    : [all, { key: `limits.changesPerDay of ${directory}`, limit: own, spent: ownSpent }];
}

const directoryLimit = (policy: Policy, directory: string): number | undefined =>
  directoryConfig(policy, directory)?.limits?.changesPerDay;
