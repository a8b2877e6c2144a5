/** Makes the report over a period: into a folder, or into the bucket for reports. */

import { join } from "node:path";
import { bucketStore, reportFolder, type WrittenPeriod, writePeriodReport } from "../../lib/report/index.ts";
import { clock, type Records } from "../local/records.ts";
import { folderStore } from "./folder.ts";

/** Without `to`: until today. */
export interface PeriodChoice {
  readonly from: string;
  readonly to?: string;
  readonly format: readonly string[];
  readonly out?: string;
}

/** What was made, and where. */
export interface MadePeriod extends WrittenPeriod {
  readonly place: string;
  readonly page: string;
}

export async function makePeriodReport(
  records: Pick<Records, "ledger" | "evidence" | "reports" | "place">,
  { from, to = new Date(clock()).toISOString().slice(0, "YYYY-MM-DD".length), format, out }: PeriodChoice,
  signal: AbortSignal,
): Promise<MadePeriod> {
  const { place, storeFor } = outputFor(records, `${from}-to-${to}`, out);
  const written = await writePeriodReport({ ...records, clock }, { from, to, formats: format, storeFor }, signal);
  return { ...written, place, page: `${place.replace(/\/$/, "")}/${written.files[0]}` };
}

function outputFor({ reports, place }: Pick<Records, "reports" | "place">, name: string, out: string | undefined) {
  if (reports && out === undefined) {
    const bucket = reports();
    return { place: `${bucket.place}${reportFolder(name)}`, storeFor: () => bucketStore(bucket, name) };
  }
  const folder = out ?? join(place, reportFolder(name));
  return { place: folder, storeFor: () => folderStore(folder) };
}
