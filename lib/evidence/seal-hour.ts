/** One hour of changes that events made, stored and signed as a run of its own. */
import type { ChangeStore, DirectoryHead, Evidence, Signer } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import { storeChanges } from "./change-log.ts";
import { hourRun, linkManifest, type ManifestBase, storeManifest, storePolicy } from "./manifest.ts";
import { directoryFolder } from "./page-file.ts";

/** The manifest of one hour's changes, which no sweep made. */
interface HourManifest extends ManifestBase {
  readonly kind: "events";
  /** `YYYY-MM-DDTHH`, UTC, by the clock of whoever recorded a change. */
  readonly hour: string;
  readonly code: string;
}

/** One hour that was sealed, as a run of its own. */
export interface SealedHour {
  readonly directory: string;
  readonly run: string;
  /** Of the manifest. */
  readonly hash: string;
  readonly changes: number;
}

/** What the manifest of an hour is made with. */
export interface HourPorts {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Pick<ChangeStore, "listEventChanges">;
  readonly evidence: Evidence;
  readonly signer: Signer;
  /** Version of this code, for the evidence. */
  readonly code: string;
}

interface HourToSeal {
  readonly directory: string;
  readonly hour: string;
  /** With the manifest before. */
  readonly head: DirectoryHead;
}

/**
 * Stores and signs the changes of one hour. Nothing in the manifest says when it was made: made again, because its end was not
 * recorded, it is the same.
 */
export async function sealHour(
  { policy, policyHash, ledger, evidence, signer, code }: HourPorts,
  { directory, hour, head }: HourToSeal,
  signal: AbortSignal,
): Promise<SealedHour> {
  const run = hourRun(hour);
  const pages = ledger.listEventChanges(directory, hour);
  const { changes, changeLog } = await storeChanges(evidence, directoryFolder(run, directory), pages);
  const files = { policyFile: await storePolicy(evidence, policy, policyHash), changeLog };
  const manifest: HourManifest = {
    kind: "events",
    run,
    id: directory,
    hour,
    policy: policyHash,
    code,
    changes,
    ...(await linkManifest(files, head, signer, signal)),
  };
  const hash = await storeManifest(evidence, signer, manifest, signal);
  return { directory, run, hash, changes: changes.planned };
}
