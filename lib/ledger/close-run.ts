/** Closes a run whose directories have all ended. */
import { type RunStore, statusOfRun } from "../model/index.ts";

/** Closes a run whose directories have all ended, as the worst of them; any other stays as it is. */
export async function closeFinishedRun(runs: Pick<RunStore, "readRun" | "closeRun">, run: string): Promise<void> {
  const found = await runs.readRun(run);
  if (found?.run.status !== "running" && found?.run.status !== "failed") return;
  const statuses = found.run.directories.map(
    (id) => found.directories.find((record) => record.id === id)?.status ?? "running",
  );
  if (statuses.every((status) => status !== "running")) await runs.closeRun(run, statusOfRun(statuses));
}
