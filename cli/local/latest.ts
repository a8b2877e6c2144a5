/** What the last runs left of each directory. */

import type { DirectoryRecord, Ledger } from "../../lib/model/index.ts";

const RUNS = 50;

/** The newest record of each directory that fits, out of the last 50 runs; newest first. */
export async function latestRecords(
  ledger: Ledger,
  fits: (record: DirectoryRecord) => boolean = () => true,
): Promise<DirectoryRecord[]> {
  const latest = new Map<string, DirectoryRecord>();
  for (const { run, directories } of await ledger.listRuns(RUNS)) {
    if (directories.every((id) => latest.has(id))) continue;
    const found = (await ledger.readRun(run))?.directories ?? [];
    for (const record of found) if (fits(record) && !latest.has(record.id)) latest.set(record.id, record);
  }
  return [...latest.values()];
}
