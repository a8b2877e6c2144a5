/** The budget of changes that sweeps and events share. */

import type { Outcome } from "../model/index.ts";

/** Sweeps and events draw on one budget. */
export const BUDGET_SCOPE = "all";

/** A change that may have reached the vendor is spent, whatever came of it. */
export const consumesBudget = (outcome: Outcome) => !["already", "refused", "needs-user"].includes(outcome);
