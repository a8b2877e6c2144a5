/** A problem that counting has found; no call failed. */
import type { Code } from "../errors.ts";
import type { Problem } from "../model/index.ts";

export const countProblem = (code: Code, directory: string, message: string): Problem => ({ code, directory, message });

/** Whether every account that the policy protects is there: else somebody whom it means to protect might be changed. */
export const isProtected = ({ problems }: { readonly problems: readonly Problem[] }): boolean =>
  problems.every(({ code }) => code !== "ERR_RULE_UNPROTECTED");
