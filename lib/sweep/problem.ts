/** A problem that counting has found; no call failed. */
import type { Code } from "../errors.ts";
import type { Problem } from "../model/index.ts";

export const countProblem = (code: Code, directory: string, message: string): Problem => ({ code, directory, message });
