/** The budget of changes that sweeps and events share, and which outcomes consume it. */

import type { Outcome } from "../model/index.ts";

/** Sweeps and events draw on one budget. */
export const BUDGET_SCOPE = "all";

const OUTCOMES_WITHOUT_WRITE: readonly Outcome[] = ["already", "refused", "needs-user"];

/** A change that may have reached the vendor consumes the budget, whatever came of it. */
export const consumesBudget = (outcome: Outcome): boolean => !OUTCOMES_WITHOUT_WRITE.includes(outcome);
