/** The runs of a period, with the last before it and the first after it that say how it begins and ends. */

import { mapConcurrently } from "../../../concurrency.ts";
import { WardenError } from "../../../errors.ts";
import type { DirectoryRecord, RunRecord } from "../../../model/index.ts";
import type { Period, PeriodPorts, RecordedRun } from "./model.ts";

/** More than a ledger will hold: an hourly sweep for ten years. */
const MAX_RUNS = 100_000;
const RUNS_IN_PARALLEL = 8;

export interface PeriodRuns {
  /** Oldest first: those that began within the period. */
  readonly within: readonly RecordedRun[];
  /** Newest first. */
  readonly before: readonly RunRecord[];
  /** Oldest first. */
  readonly after: readonly RunRecord[];
  /** When the oldest run on record began; ISO 8601. */
  readonly recordsBegin: string;
}

/** Throws `ERR_RUN_UNKNOWN` where the ledger holds nothing that had begun by the end of the period. */
export async function readPeriodRuns({ ledger }: PeriodPorts, { begins, ends, from, to }: Period): Promise<PeriodRuns> {
  const newestFirst = await ledger.listRuns(MAX_RUNS);
  const at = ({ startedAt }: RunRecord) => Date.parse(startedAt);
  const oldest = newestFirst.at(-1);
  if (!oldest || at(oldest) >= ends) throw nothingOnRecord(oldest, from, to);
  const listed = newestFirst.filter((run) => at(run) >= begins && at(run) < ends).toReversed();
  const found = await mapConcurrently(listed, RUNS_IN_PARALLEL, ({ run }) => ledger.readRun(run));
  return {
    within: found.filter((one) => one !== undefined),
    before: newestFirst.filter((run) => at(run) < begins),
    after: newestFirst.filter((run) => at(run) >= ends).toReversed(),
    recordsBegin: oldest.startedAt,
  };
}

function nothingOnRecord(oldest: RunRecord | undefined, from: string, to: string): WardenError {
  const since = oldest ? `The first run on record began at ${oldest.startedAt}` : "The ledger holds no run yet";
  return new WardenError("ERR_RUN_UNKNOWN", `${since}: nothing is known of ${from} to ${to}.`);
}

/** So many runs outside of the period are read to find what each directory was before it, or became after it. */
const MAX_RUNS_SEARCHED = 400;

/**
 * The first record of each directory that is wanted, in the order of `runs`. @param isWanted of a record
 */
export async function findFirstRecords(
  { ledger }: PeriodPorts,
  runs: readonly RunRecord[],
  directories: readonly string[],
  isWanted: (record: DirectoryRecord, run: RunRecord) => boolean,
): Promise<Map<string, { readonly record: DirectoryRecord; readonly run: RunRecord }>> {
  const found = new Map<string, { readonly record: DirectoryRecord; readonly run: RunRecord }>();
  const searched = runs.slice(0, MAX_RUNS_SEARCHED);
  for (let start = 0; start < searched.length && found.size < directories.length; start += RUNS_IN_PARALLEL) {
    const some = searched.slice(start, start + RUNS_IN_PARALLEL);
    for (const one of await Promise.all(some.map(({ run }) => ledger.readRun(run))))
      for (const record of one?.directories ?? [])
        if (one && directories.includes(record.id) && !found.has(record.id) && isWanted(record, one.run))
          found.set(record.id, { record, run: one.run });
  }
  return found;
}
