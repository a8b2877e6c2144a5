/** The run that people mean when they name none. */
import type { RunRecord, RunStore } from "../model/index.ts";
import { isRefusedByLease } from "./ended-sweeps.ts";

/**
 * The run that ended last, without those that a lease refused in any directory; where there is none, the one that began last.
 * @param listed newest start first, as `listRuns` answers them
 */
export async function findNewestRun(
  runs: Pick<RunStore, "readRun">,
  listed: readonly RunRecord[],
): Promise<RunRecord | undefined> {
  const ended = listed.filter(({ status }) => status !== "running");
  for (const one of ended.toSorted((a, b) => Date.parse(endOf(b)) - Date.parse(endOf(a)))) {
    const known = await runs.readRun(one.run);
    if (!known?.directories.some(isRefusedByLease)) return one;
  }
  return listed[0];
}

const endOf = ({ endedAt, startedAt }: RunRecord): string => endedAt ?? startedAt;
