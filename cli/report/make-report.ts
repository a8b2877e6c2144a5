/** Makes the report of a run or of a past day: into a folder, or into the bucket for reports. */

import { join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import {
  bucketStore,
  type Format,
  formatsWith,
  PAGE_FILE,
  type ReportData,
  type ReportHead,
  type ReportOutput,
  reportFolder,
  type StoreFile,
  type WrittenReport,
  writeReport,
} from "../../lib/report/index.ts";
import { clock, type Records } from "../local/records.ts";
import { errors } from "../terminal/output.ts";
import { folderStore } from "./folder.ts";
import { policyLocation } from "./policy-location.ts";

/** Without `run` and `asOf`: of the last run; without `format`: the page, CSV and JSON Lines. */
export interface ReportChoice {
  readonly run?: string;
  readonly asOf?: string;
  readonly format?: readonly string[];
  readonly out?: string;
  readonly aws?: boolean;
  readonly awsAccount?: string;
  readonly awsRegion?: string;
  /** For SARIF: the policy file that findings point at. */
  readonly policy?: string;
}

export const DEFAULT_FORMATS = ["csv", "jsonl"];

/** What was made, and where. */
export interface MadeReport extends WrittenReport {
  readonly place: string;
  readonly page: string;
}

export async function makeReport(
  records: Pick<Records, "ledger" | "evidence" | "reports" | "place">,
  options: ReportChoice,
  signal: AbortSignal,
): Promise<MadeReport> {
  const { run, asOf, format = DEFAULT_FORMATS } = options;
  let place = "";
  const prepare = (gathered: ReportData): ReportOutput => {
    const into = outputPlace(records, options, gathered.head);
    place = into.place;
    return { formats: chooseFormats(format, gathered, options), store: into.store };
  };
  const written = await writeReport({ ...records, clock }, { run, asOf, prepare }, signal);
  return { ...written, place, page: `${place.replace(/\/$/, "")}/${PAGE_FILE}` };
}

function outputPlace(
  { reports, place }: Pick<Records, "reports" | "place">,
  { out }: ReportChoice,
  { run, day }: ReportHead,
): { readonly place: string; readonly store: StoreFile } {
  const name = day === undefined ? run : `as-of-${day}`;
  if (reports && out === undefined) {
    const bucket = reports();
    return { place: `${bucket.place}${reportFolder(name)}`, store: bucketStore(bucket, name) };
  }
  const folder = out ?? join(place, reportFolder(name));
  return { place: folder, store: folderStore(folder) };
}

function chooseFormats(
  names: readonly string[],
  { policy }: ReportData,
  { awsAccount, awsRegion, policy: file }: ReportChoice,
): readonly Format[] {
  const aws =
    awsAccount === undefined || awsRegion === undefined ? undefined : { account: awsAccount, region: awsRegion };
  const known = formatsWith(
    omitUndefined({
      aws,
      exemptions: policy?.exemptions,
      policyLocation: file === undefined ? undefined : policyLocation(file),
    }),
  );
  if (names.includes("all")) {
    if (aws === undefined) errors.line("The format asff is left out: it needs --aws-account and --aws-region.");
    return known;
  }
  return names.map((name) => {
    const format = known.find((candidate) => candidate.name === name);
    if (format) return format;
    const why = name === "asff" ? "The format asff needs --aws-account and --aws-region" : `There is no format ${name}`;
    throw new WardenError("ERR_INPUT_INVALID", `${why}; there are ${known.map((format) => format.name).join(", ")}.`);
  });
}
