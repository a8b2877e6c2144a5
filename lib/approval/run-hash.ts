/** The hash of a run's plan: one over those of its directories. */
import { createHash } from "node:crypto";
import type { PlanRecord } from "../model/index.ts";

/** SHA-256 in hex over directory and hash of each plan, in the order of the directories' ids; `undefined` of none. */
export function hashRun(plans: readonly Pick<PlanRecord, "directory" | "hash">[]): string | undefined {
  if (plans.length === 0) return undefined;
  const hash = createHash("sha256");
  const inOrder = plans.toSorted((a, b) => (a.directory < b.directory ? -1 : 1));
  for (const { directory, hash: planHash } of inOrder) hash.update(`${JSON.stringify([directory, planHash])}\n`);
  return hash.digest("hex");
}
