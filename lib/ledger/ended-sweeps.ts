/** Sweeps in the order in which they ended, which says which one of a directory is the newest. */
import { mapConcurrently } from "../concurrency.ts";
import type { DirectoryRecord, RunRecord, RunStore } from "../model/index.ts";

/** The sweep of one directory, once it is over. */
export interface EndedSweep {
  readonly record: DirectoryRecord;
  /** ISO 8601. */
  readonly endedAt: string;
}

const RUNS_IN_PARALLEL = 8;

/** Whether the sweep saw nothing of the directory because another run held it. */
export const isRefusedByLease = ({ status, problems }: DirectoryRecord): boolean =>
  status === "refused" && problems.some(({ code }) => code === "ERR_LEASE_HELD");

/**
 * Sweeps that are over, the last end first, without those that a lease refused. Reads a run only when it may hold the next sweep.
 * @param listed runs in any order, as `listRuns` answers them
 */
export async function* endedSweeps(
  runs: Pick<RunStore, "readRun">,
  listed: readonly RunRecord[],
): AsyncGenerator<EndedSweep> {
  const unread = listed.toSorted((a, b) => compareTimes(latestEnd(b), latestEnd(a)));
  let sweeps: EndedSweep[] = [];
  while (unread.length > 0) {
    const found = await mapConcurrently(unread.splice(0, RUNS_IN_PARALLEL), RUNS_IN_PARALLEL, ({ run }) =>
      runs.readRun(run),
    );
    sweeps = [...sweeps, ...found.flatMap((one) => (one ? endedIn(one.run, one.directories) : []))];
    sweeps.sort((a, b) => compareTimes(b.endedAt, a.endedAt));
    const [next] = unread;
    const later = sweeps.findIndex(({ endedAt }) => next !== undefined && endedAt < latestEnd(next));
    yield* sweeps.splice(0, later < 0 ? sweeps.length : later);
  }
}

/** ISO 8601 in UTC sorts as text. */
const compareTimes = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** No sweep of the run ends later; one that is running may end at any time. */
const latestEnd = ({ status, endedAt }: RunRecord): string => (status === "running" ? "9999" : (endedAt ?? "9999"));

/** Records of earlier versions do not say when their sweep ended: it had by the end of the run. */
const endedIn = (run: RunRecord, directories: readonly DirectoryRecord[]): EndedSweep[] =>
  directories
    .filter((record) => record.status !== "running" && !isRefusedByLease(record))
    .map((record) => ({ record, endedAt: record.endedAt ?? run.endedAt ?? run.startedAt }));
