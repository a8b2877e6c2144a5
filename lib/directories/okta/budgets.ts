/** How many calls of each kind Okta takes in a minute, as its answers say: some are left to the org's other apps. https://developer.okta.com/docs/reference/rl-best-practices/ */

import { allBudgets, type CallBudget, callBudget, rateWindow } from "../../http/index.ts";
import { omitUndefined } from "../../model/index.ts";
import type { OktaNeeds } from "./settings.ts";

export const FACTORS_PATH = "/api/v1/users/{id}/factors";

export type BudgetOf = (method: string, path: string) => CallBudget;

const MINUTE_MS = 60_000;
/** Factors are asked by the thousand: half of Okta's limit is for everybody else. Of other calls a sweep makes few. */
const RESERVE_OF_FACTORS = 0.5;
const RESERVE = 0.1;

/** Okta counts by address and method, wherever ids stand. */
export function openBudgets({ settings, clock, sleep }: Pick<OktaNeeds, "settings" | "clock" | "sleep">): BudgetOf {
  const { factorReadsPerMinute: calls } = settings;
  const own = omitUndefined({ clock, sleep });
  const budgets = new Map<string, CallBudget>();
  return (method, path) => {
    const name = `${method} ${path}`;
    const known = budgets.get(name);
    if (known) return known;
    const isFactors = path === FACTORS_PATH;
    const window = rateWindow({ ...own, reserve: isFactors ? RESERVE_OF_FACTORS : RESERVE });
    const budget = isFactors
      ? allBudgets([callBudget({ ...own, calls, perMs: MINUTE_MS }), window])
      : withoutHold(window);
    budgets.set(name, budget);
    return budget;
  };
}

/** Of calls that a person may be waiting for, one that is refused for long fails at once. */
const withoutHold = ({ take, learn }: CallBudget): CallBudget => omitUndefined({ take, learn });
