/** Opens the run that a policy is tried against: one of the ledger, or one in a folder of evidence. */

import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import { gatherRun, type ReportData } from "../../lib/report/index.ts";
import { clock, openExistingRecords, withRecords } from "../local/records.ts";
import type { RecordOptions } from "../terminal/options.ts";
import { openEvidenceFolder } from "./evidence-folder.ts";

export interface RunChoice extends RecordOptions {
  /** `latest`, the id of a run, or a folder with evidence. */
  readonly against: string;
  /** Of a folder: this run in place of the newest. */
  readonly run?: string;
}

/** Throws `ERR_INPUT_INVALID`, `ERR_RUN_UNKNOWN` and `ERR_EVIDENCE_*`. */
export async function withRecordedRun<T>(
  options: RunChoice,
  signal: AbortSignal,
  work: (data: ReportData) => Promise<T>,
): Promise<T> {
  const { against, run } = options;
  const folder = folderOf(against);
  if (folder !== undefined) {
    const recorded = await openEvidenceFolder(folder, run);
    return work(await gatherRun({ ...recorded.ports, clock }, recorded.run));
  }
  if (run !== undefined)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "--run is for a folder with evidence; name a run itself with --against.",
    );
  return withRecords(await openExistingRecords(options, signal), async (records) =>
    work(await gatherRun({ ...records, clock }, against === "latest" ? undefined : against)),
  );
}

/** `undefined` for what can only be the name of a run. */
function folderOf(against: string): string | undefined {
  const path = resolve(against);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return path;
  if (found)
    throw new WardenError("ERR_INPUT_INVALID", `${path} is a file; unpack an archive first, and name the folder.`);
  if (isAbsolute(against) || /[/\\]/.test(against))
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `There is no folder ${path}; --against takes a run, latest, or a folder.`,
    );
  return undefined;
}
