/** How the runs before went, from the ledger's records alone. */

import { mapConcurrently } from "../../concurrency.ts";
import { isRefusedByLease } from "../../ledger/index.ts";
import {
  addCounts,
  type DirectoryRecord,
  type Ledger,
  noVerdicts,
  type RunRecord,
  type VerdictCounts,
} from "../../model/index.ts";

/** One run, over the directories of the run that the report is of. */
export interface TrendPoint {
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Whether its population was whole: what is not, compares with nothing. */
  readonly complete: boolean;
  /** After the changes of the run. */
  readonly verdicts: VerdictCounts;
}

type FoundRun = NonNullable<Awaited<ReturnType<Ledger["readRun"]>>>;

const MAX_POINTS = 30;
/** Listed to find 30 of them: runs of one directory alone lie between those of all. */
const MAX_RUNS_LISTED = 300;
const RUNS_IN_PARALLEL = 8;

/** At most 30 runs that swept all directories of this one, oldest first, this one last. */
export async function readTrend(ledger: Pick<Ledger, "readRun" | "listRuns">, of: RunRecord): Promise<TrendPoint[]> {
  const listed = (await ledger.listRuns(MAX_RUNS_LISTED)).filter((one) => one.run !== of.run && isComparable(one, of));
  const chosen = [of, ...listed.slice(0, MAX_POINTS - 1)].reverse();
  const found = await mapConcurrently(chosen, RUNS_IN_PARALLEL, ({ run }) => ledger.readRun(run));
  return found.flatMap((one) =>
    one && !isBlind(one, of) ? [trendPoint(one.run, one.directories, of.directories)] : [],
  );
}

/** An earlier run that saw nothing of a directory because another run held it. */
const isBlind = ({ run, directories }: FoundRun, of: RunRecord): boolean =>
  run.run !== of.run && directories.some(isRefusedByLease);

const isComparable = (one: RunRecord, { startedAt, directories }: RunRecord) =>
  one.startedAt < startedAt && one.status !== "running" && directories.every((id) => one.directories.includes(id));

function trendPoint(
  { run, startedAt }: RunRecord,
  records: readonly DirectoryRecord[],
  ids: readonly string[],
): TrendPoint {
  const swept = records.filter(({ id }) => ids.includes(id));
  return {
    run,
    startedAt,
    // Only a population that passed the gate has a plan.
    complete: ids.every((id) => swept.some((record) => record.id === id && record.plan !== undefined)),
    verdicts: swept.map(({ after }) => after).reduce((sum, after) => addCounts(sum, after), noVerdicts()),
  };
}
