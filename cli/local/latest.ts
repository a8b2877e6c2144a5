/** What the last runs left of each directory. */

import { endedSweeps } from "../../lib/ledger/index.ts";
import type { DirectoryRecord, Ledger } from "../../lib/model/index.ts";

const RUNS = 50;

/**
 * The record of each directory's sweep that ended last, out of the last 50 runs. One that still runs, or that a lease refused,
 * counts only where there is no other.
 */
export async function latestRecords(ledger: Ledger): Promise<DirectoryRecord[]> {
  const listed = await ledger.listRuns(RUNS);
  const swept = new Set(listed.flatMap(({ directories }) => directories));
  const latest = new Map<string, DirectoryRecord>();
  for await (const { record } of endedSweeps(ledger, listed)) {
    if (!latest.has(record.id)) latest.set(record.id, record);
    if (latest.size === swept.size) break;
  }
  for (const { run, directories } of listed) {
    if (directories.every((id) => latest.has(id))) continue;
    for (const record of (await ledger.readRun(run))?.directories ?? [])
      if (!latest.has(record.id)) latest.set(record.id, record);
  }
  return [...latest.values()];
}
