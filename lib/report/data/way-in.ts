/** How weak a way in an account is, by its verdict and by what is required of it. */

import { REQUIREMENTS, type Verdict } from "../../model/index.ts";
import type { ReportRow } from "./model.ts";

/** Weakest first. What is not known may be no MFA at all. */
const WAYS_IN: readonly Verdict[] = ["violating", "unknown", "exempt", "grace", "out-of-scope", "pending", "compliant"];
const STRENGTHS: readonly (string | undefined)[] = REQUIREMENTS;

export type JudgedAccount = Pick<ReportRow, "verdict" | "requirement">;

/** How weak a way in is, the weakest 0; `undefined`: nobody can sign in with it. A weaker requirement is weaker. */
export function weaknessOf({ verdict, requirement }: JudgedAccount): number | undefined {
  // Out of scope by a rule, it can be used; else it is disabled.
  if (verdict === "out-of-scope" && requirement !== "none") return undefined;
  return WAYS_IN.indexOf(verdict) * (STRENGTHS.length + 1) + STRENGTHS.indexOf(requirement) + 1;
}
