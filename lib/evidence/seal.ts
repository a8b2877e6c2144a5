/** Changes that events made belong to no sweep: each hour of them is sealed as a run of its own, in the chain of its directory. */

import { mapConcurrently } from "../concurrency.ts";
import { problemOf } from "../errors.ts";
import type { Clock, DirectoryHead, Evidence, Lease, Ledger, Signer } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import { linkManifest, type ManifestBase, storeChanges, storeManifest, storePolicy } from "./manifest.ts";
import { directoryFolder } from "./page-file.ts";

/** Everything that sealing gets from outside. */
export interface SealPorts {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ulid: () => string;
  /** Version of this code, for the evidence. */
  readonly code: string;
}

/** The changes of one hour, which no sweep made. */
export interface HourManifest extends ManifestBase {
  readonly kind: "events";
  /** `YYYY-MM-DDTHH`, UTC, by the clock of whoever recorded a change. */
  readonly hour: string;
  readonly code: string;
}

export interface SealedHour {
  readonly directory: string;
  readonly run: string;
  /** Of the manifest. */
  readonly hash: string;
  readonly changes: number;
}

export type Failure = ReturnType<typeof problemOf>;

export interface SealResult {
  readonly sealed: readonly SealedHour[];
  /** Directories that are being swept: their hours are sealed the next time. */
  readonly held: readonly string[];
  readonly problems: readonly Failure[];
}

const HOUR_MS = 3_600_000;
/** Whoever was recording a change as the hour ended has done so by then. */
const MARGIN_MS = 10 * 60_000;
/** A directory of which no hour was ever sealed is looked through so far back, from the first try on. */
const FIRST_HOURS = 7 * 24;
const HOURS_AT_ONCE = 64;
const READS_AT_ONCE = 16;

/** Seals every hour that is over and not sealed yet, in every directory of the policy. Safe to run twice, and late. */
export async function sealEvents(ports: SealPorts, signal: AbortSignal): Promise<SealResult> {
  const [sealed, held, problems]: [SealedHour[], string[], Failure[]] = [[], [], []];
  for (const { id } of ports.policy.directories) {
    try {
      const done = await sealDirectory(ports, id, signal);
      if (done) sealed.push(...done);
      else held.push(id);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(problemOf(error, id));
    }
  }
  return { sealed, held, problems };
}

/** `undefined` while a sweep has the directory: it may be about to name the last manifest. */
async function sealDirectory(
  ports: SealPorts,
  directory: string,
  signal: AbortSignal,
): Promise<SealedHour[] | undefined> {
  const answer = await ports.ledger.acquireLease(directory, `events-${ports.ulid()}`);
  if ("heldBy" in answer) return undefined;
  try {
    return await sealHours(ports, answer, hoursToSeal(answer.head, ports.clock()), signal);
  } finally {
    await ports.ledger.releaseLease(answer.lease);
  }
}

/** From the one after the last sealed one to the last one that is over, oldest first. */
function hoursToSeal({ sealed }: DirectoryHead, now: number): string[] {
  const end = Math.floor((now - MARGIN_MS) / HOUR_MS);
  const start = sealed === undefined ? end - FIRST_HOURS : Date.parse(`${sealed}:00Z`) / HOUR_MS + 1;
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => hourOf((start + i) * HOUR_MS));
}

const hourOf = (ms: number) => new Date(ms).toISOString().slice(0, 13);
const hourBefore = (hour: string) => hourOf(Date.parse(`${hour}:00Z`) - HOUR_MS);

async function sealHours(
  ports: SealPorts,
  { lease, head }: { readonly lease: Lease; readonly head: DirectoryHead },
  hours: readonly string[],
  signal: AbortSignal,
): Promise<SealedHour[]> {
  const sealed: SealedHour[] = [];
  let last = head;
  // Should this try fail, and all for weeks, the one that does not begins where this one did.
  if (head.sealed === undefined && hours[0]) await ports.ledger.updateHead(lease, { sealed: hourBefore(hours[0]) });
  for (let i = 0; i < hours.length; i += HOURS_AT_ONCE) {
    const some = hours.slice(i, i + HOURS_AT_ONCE);
    const busy = await mapConcurrently(some, READS_AT_ONCE, (hour) => hasChanges(ports, lease.directory, hour));
    for (const hour of some.filter((_, n) => busy[n])) {
      signal.throwIfAborted();
      await ports.ledger.renewLease(lease);
      const done = await sealHour(ports, lease.directory, hour, last, signal);
      last = { manifest: { run: done.run, hash: done.hash }, sealed: hour };
      await ports.ledger.updateHead(lease, last);
      sealed.push(done);
    }
    await ports.ledger.updateHead(lease, { sealed: some.at(-1) ?? "" });
  }
  return sealed;
}

async function hasChanges({ ledger }: SealPorts, directory: string, hour: string): Promise<boolean> {
  for await (const changes of ledger.listEventChanges(directory, hour)) if (changes.length > 0) return true;
  return false;
}

/** Nothing in it says when it was made: made again, because its end was not recorded, it is the same. */
async function sealHour(
  ports: SealPorts,
  directory: string,
  hour: string,
  head: DirectoryHead,
  signal: AbortSignal,
): Promise<SealedHour> {
  const { policy, policyHash, ledger, evidence, signer, code } = ports;
  const run = `events-${hour}`;
  const log = await storeChanges(evidence, directoryFolder(run, directory), ledger.listEventChanges(directory, hour));
  const files = { policyFile: await storePolicy(evidence, policy, policyHash), changeLog: log.changeLog };
  const manifest: HourManifest = {
    ...{ kind: "events", run, id: directory, hour, policy: policyHash, code, changes: log.changes },
    ...(await linkManifest(files, head, signer, signal)),
  };
  const hash = await storeManifest(evidence, signer, manifest, signal);
  return { directory, run, hash, changes: log.changes.planned };
}
