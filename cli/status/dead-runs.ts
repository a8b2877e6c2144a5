/** Tells which runs that were never closed have died: their leases have run out, and nobody renews them. */

import type { Ledger, RunRecord } from "../../lib/model/index.ts";
import { clock } from "../local/records.ts";

/** A run opens its record before it takes its first lease, and closes it after it gave the last one back. */
const WITHOUT_LEASE_MS = 120_000;

/** Ids of the runs that say `running` and do not run. */
export async function findDeadRuns(ledger: Ledger, runs: readonly RunRecord[]): Promise<Set<string>> {
  const open = runs.filter(({ status }) => status === "running");
  const dead = await Promise.all(open.map(async (run) => ((await isAlive(ledger, run)) ? [] : [run.run])));
  return new Set(dead.flat());
}

async function isAlive(ledger: Ledger, { run, startedAt, directories }: RunRecord): Promise<boolean> {
  const leases = await Promise.all(directories.map((id) => ledger.readLease(id)));
  const own = leases.filter((lease) => lease?.run === run);
  if (own.some((lease) => lease !== undefined && Date.parse(lease.until) > clock())) return true;
  return own.length === 0 && clock() - Date.parse(startedAt) < WITHOUT_LEASE_MS;
}
