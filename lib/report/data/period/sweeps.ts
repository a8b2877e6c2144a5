/** One run in one directory, with counts of its signed manifest where there is one. */

import { isRefusedByLease } from "../../../ledger/index.ts";
import type { DirectoryRecord, RunRecord } from "../../../model/index.ts";
import type { ReadManifest } from "./chain.ts";
import type { PeriodSweep } from "./model.ts";

/** @param read absent: it left no manifest */
export function periodSweep(
  { run, record }: { readonly run: RunRecord; readonly record: DirectoryRecord },
  read: ReadManifest | undefined,
): PeriodSweep {
  // What a dead run had finished is sealed by another: that manifest says nothing of the population.
  const own = read?.manifest?.recovers === undefined ? read?.manifest : undefined;
  const { read: count, total, verdicts, after, changes } = own ?? record;
  return {
    run: record.run,
    directory: record.id,
    vendor: record.vendor,
    status: record.status,
    mode: record.mode,
    read: count,
    ...(total === undefined ? {} : { total }),
    verdicts,
    after,
    changes,
    problems: record.problems,
    startedAt: run.startedAt,
    endedAt: own?.endedAt ?? record.endedAt ?? run.endedAt,
    // Only a population that passed the gate has a plan.
    isWhole: (own ?? record).plan !== undefined && !isRefusedByLease(record),
    evidence: read?.state ?? "none",
    manifest: record.manifest,
    follows: read?.follows,
    approval: own?.approval,
  };
}
