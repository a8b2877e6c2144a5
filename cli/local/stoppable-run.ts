/** A run on the command line that a signal may stop: it says what was done, and that another run is safe. */

import type { LongLivedPorts } from "../../functions/workflows.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import type { ProgressEvent, SweepPorts } from "../../lib/sweep/index.ts";
import { exitBy, onStop } from "../terminal/interrupt.ts";
import { errors, results } from "../terminal/output.ts";
import type { Progress } from "../terminal/progress.ts";
import { interruptibleLedger } from "./interruptible-ledger.ts";
import { runHere } from "./runner.ts";

/** How long changes that were begun may take to end after the signal. */
const FINISH_MS = 10_000;

interface Done {
  read: number;
  recorded: number;
}

/** @param json the answer to a signal is one JSON object */
export async function runUntilStopped(
  ports: LongLivedPorts<SweepPorts>,
  order: RunOrder,
  progress: Progress,
  json: boolean | undefined,
): Promise<RunReport> {
  const { ledger, stop } = interruptibleLedger(ports.ledger);
  const done: Done = { read: 0, recorded: 0 };
  onStop(async (signal) => {
    progress.stop();
    await stop(FINISH_MS);
    reportStop(done, json);
    exitBy(signal);
  });
  const onProgress = (event: ProgressEvent) => {
    count(done, event);
    progress.onProgress(event);
  };
  return runHere({ ...ports, ledger, onProgress }, order).finally(progress.stop);
}

function count(done: Done, event: ProgressEvent): void {
  if (event.did === "read" && "count" in event) done.read += event.count ?? 0;
  if (event.did === "recorded") done.recorded++;
}

function reportStop({ read, recorded }: Done, json: boolean | undefined): void {
  const changes =
    recorded === 1
      ? "1 change was made or refused, and recorded"
      : `${recorded} changes were made or refused, and recorded`;
  const message = `Stopped: ${read} accounts were read, ${changes}. It is safe to run the command again.`;
  if (json) results.json({ error: { code: "ERR_ABORTED", message, read, recorded, problems: [] } });
  errors.line(`${message} (ERR_ABORTED)`);
}
