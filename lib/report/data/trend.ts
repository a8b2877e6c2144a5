/** How the runs before went, from the ledger's records alone. */

import { mapConcurrently } from "../../concurrency.ts";
import {
  addCounts,
  type DirectoryRecord,
  type Ledger,
  noVerdicts,
  type RunRecord,
  type Verdict,
} from "../../model/index.ts";

/** One run, over the directories of the run that the report is of. */
export interface Point {
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Whether its population was whole: what is not, compares with nothing. */
  readonly whole: boolean;
  /** After the changes of the run. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
}

const MOST = 30;
/** Runs of one directory alone lie between those of all. */
const LOOKED_AT = 300;
const READS_AT_ONCE = 8;

/** At most 30 runs that swept all directories of this one, oldest first, this one last. */
export async function trendOf(ledger: Pick<Ledger, "readRun" | "listRuns">, of: RunRecord): Promise<Point[]> {
  const listed = (await ledger.listRuns(LOOKED_AT)).filter((one) => one.run !== of.run && compares(one, of));
  const chosen = [of, ...listed.slice(0, MOST - 1)].reverse();
  const found = await mapConcurrently(chosen, READS_AT_ONCE, ({ run }) => ledger.readRun(run));
  return found.flatMap((one) => (one ? [pointOf(one.run, one.directories, of.directories)] : []));
}

const compares = (one: RunRecord, { startedAt, directories }: RunRecord) =>
  one.startedAt < startedAt && one.status !== "running" && directories.every((id) => one.directories.includes(id));

function pointOf({ run, startedAt }: RunRecord, records: readonly DirectoryRecord[], ids: readonly string[]): Point {
  const swept = records.filter(({ id }) => ids.includes(id));
  return {
    run,
    startedAt,
    // Only a population that passed the gate has a plan.
    whole: ids.every((id) => swept.some((record) => record.id === id && record.plan !== undefined)),
    verdicts: swept.map(({ after }) => after).reduce((sum, after) => addCounts(sum, after), noVerdicts()),
  };
}
