/** A report as the cloud gets it: all formats and the page beside the evidence, and a message that says where. */

import { WardenError } from "../errors.ts";
import type { Bucket, ReportCompleted, RunCompleted } from "../model/index.ts";
import type { DifferencePorts } from "./data/difference.ts";
import type { Gathered } from "./data/gather.ts";
import type { AwsPlace } from "./formats/asff.ts";
import { formatsWith } from "./formats/index.ts";
import { PAGE, type Store, type Written, writeReport } from "./write.ts";

export interface DeliveryPorts extends DifferencePorts {
  readonly evidence: Bucket;
  readonly say: (message: ReportCompleted, signal: AbortSignal) => Promise<void>;
}

/** What is asked for: a run that is over, as its own message named it. */
export interface Order extends Pick<RunCompleted, "run" | "heads"> {
  /** Whose Security Hub gets the findings; without it there are none for it. */
  readonly aws?: AwsPlace;
}

/** The longest that AWS lets a role's session sign for. */
const LINK_SECONDS = 12 * 60 * 60;
/** What fits well into a message. */
const MOST = { problems: 20, characters: 500 };

export const reportFolder = (run: string): string => `reports/${run}/`;

/** Where a report goes in a bucket. */
export const storeBeside =
  (bucket: Pick<Bucket, "stream">, run: string): Store =>
  (file, type, body) =>
    bucket.stream(`${reportFolder(run)}${file}`, body, type);

/** Safe to run twice: the same files are written again. Throws as `writeReport` does, and `ERR_BUS_UNAVAILABLE`. */
export async function deliver(ports: DeliveryPorts, order: Order, signal: AbortSignal): Promise<Written> {
  const { run, heads, aws } = order;
  const prepare = (gathered: Gathered) => {
    checkHeads(gathered, heads);
    const { policy } = gathered;
    const formats = formatsWith({ ...(aws ? { aws } : {}), ...(policy ? { exemptions: policy.exemptions } : {}) });
    return { formats, store: storeBeside(ports.evidence, run) };
  };
  const written = await writeReport(ports, { run, prepare }, signal);
  const { incomplete, status } = written.head;
  const link = await ports.evidence.link(`${reportFolder(run)}${PAGE}`, LINK_SECONDS);
  const message = {
    ...{ run, heads, link },
    status: status === "running" ? "failed" : status,
    expires: new Date(ports.clock() + LINK_SECONDS * 1000).toISOString(),
    incomplete: incomplete.slice(0, MOST.problems).map((problem) => problem.message.slice(0, MOST.characters)),
  } as const;
  await ports.say(message, signal);
  return written;
}

/** What the run said of itself when it ended is what is there now. */
function checkHeads({ sources, head }: Gathered, heads: Order["heads"]): void {
  const changed = heads.find(
    ({ directory, hash }) => sources.find(({ record }) => record.id === directory)?.hash !== hash,
  );
  if (!changed) return;
  const message = `The manifest of ${changed.directory} is not the one that run ${head.run} announced; find out who changed it.`;
  throw new WardenError("ERR_EVIDENCE_ALTERED", message);
}
