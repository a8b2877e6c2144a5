/** A report as the cloud gets it: all formats and the page in the bucket for reports, and a message that says where. */

import { WardenError } from "../errors.ts";
import { type Bucket, omitUndefined, type ReportCompleted, type RunCompleted } from "../model/index.ts";
import type { ReportData, ReportPorts } from "./data/index.ts";
import { formatsWith, type SecurityHubTarget } from "./formats/index.ts";
import type { StoreFile } from "./table-file.ts";
import { PAGE_FILE, type WrittenReport, writeReport } from "./write.ts";

export interface DeliveryPorts extends ReportPorts {
  /** Where reports go: they can be made again from the evidence, and are not kept as long. */
  readonly reports: Pick<Bucket, "stream" | "link">;
  readonly announce: (message: ReportCompleted, signal: AbortSignal) => Promise<void>;
}

/** What is asked for: a run that is over, as its own message named it. */
export interface DeliveryRequest extends Pick<RunCompleted, "run" | "heads"> {
  /** Whose Security Hub gets the findings; without it there are none for it. */
  readonly aws?: SecurityHubTarget;
}

/** The longest that AWS lets a role's session sign for. */
const LINK_LIFETIME_SECONDS = 12 * 60 * 60;
/** What fits well into a message. */
const MAX_PROBLEMS_IN_MESSAGE = 20;
const MAX_PROBLEM_LENGTH = 500;

/** Where a report lies, below the bucket or the state folder. */
export const reportFolder = (run: string): string => `reports/${run}/`;

/** Stores the files of a report in a bucket. */
export const bucketStore =
  (bucket: Pick<Bucket, "stream">, run: string): StoreFile =>
  (file, type, body) =>
    bucket.stream(`${reportFolder(run)}${file}`, body, type);

/** Safe to run twice: the same files are written again. Throws as `writeReport` does, and `ERR_BUS_UNAVAILABLE`. */
export async function deliverReport(
  ports: DeliveryPorts,
  { run, heads, aws }: DeliveryRequest,
  signal: AbortSignal,
): Promise<WrittenReport> {
  const prepare = (data: ReportData) => {
    checkHeads(data, heads);
    const formats = formatsWith(omitUndefined({ aws, exemptions: data.policy?.exemptions }));
    return { formats, store: bucketStore(ports.reports, run) };
  };
  const written = await writeReport(ports, { run, prepare }, signal);
  const link = await ports.reports.link(`${reportFolder(run)}${PAGE_FILE}`, LINK_LIFETIME_SECONDS);
  await ports.announce(completedMessage(written, { run, heads, link }, ports.clock()), signal);
  return written;
}

function completedMessage(
  { head: { status, incomplete } }: WrittenReport,
  { run, heads, link }: Pick<ReportCompleted, "run" | "heads" | "link">,
  now: number,
): ReportCompleted {
  const problems = incomplete.slice(0, MAX_PROBLEMS_IN_MESSAGE);
  return {
    run,
    heads,
    link,
    status: status === "running" ? "failed" : status,
    expires: new Date(now + LINK_LIFETIME_SECONDS * 1000).toISOString(),
    incomplete: problems.map(({ message }) => message.slice(0, MAX_PROBLEM_LENGTH)),
  };
}

/** Throws `ERR_EVIDENCE_ALTERED` where a manifest is not the one that the run announced when it ended. */
function checkHeads({ swept, head }: ReportData, heads: DeliveryRequest["heads"]): void {
  const changed = heads.find(
    ({ directory, hash }) => swept.find(({ record }) => record.id === directory)?.manifestHash !== hash,
  );
  if (!changed) return;
  const message = `The manifest of ${changed.directory} is not the one that run ${head.run} announced; find out who changed it.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}
