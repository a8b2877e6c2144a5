/** Closes a run whose directories have all ended. */

import { type Ledger, worstStatus } from "../model/index.ts";

/** Closes a run whose directories have all ended, as the worst of them. */
export async function closeFinishedRun(ledger: Ledger, run: string): Promise<void> {
  const known = await ledger.readRun(run);
  if (known?.run.status !== "running" && known?.run.status !== "failed") return;
  const ended = known.run.directories.map(
    (id) => known.directories.find((record) => record.id === id)?.status ?? "running",
  );
  if (ended.every((status) => status !== "running")) await ledger.closeRun(run, worstStatus(ended));
}
