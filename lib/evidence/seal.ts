/** Changes that events made belong to no sweep: each hour of them is sealed as a run of its own, in the chain of its directory. */

import { mapConcurrently } from "../concurrency.ts";
import { problemOf } from "../errors.ts";
import type { Clock, DirectoryHead, Lease, LeaseStore } from "../model/index.ts";
import { hourOfRun } from "./manifest.ts";
import { type HourPorts, type SealedHour, sealHour } from "./seal-hour.ts";
import { readSweepManifest } from "./sweep-manifest.ts";

/** Everything that sealing gets from outside. */
export interface SealPorts extends HourPorts {
  readonly ledger: LeaseStore & HourPorts["ledger"];
  readonly clock: Clock;
  readonly ulid: () => string;
}

type SealProblem = ReturnType<typeof problemOf>;

/** What came of sealing every directory. */
export interface SealResult {
  readonly sealed: readonly SealedHour[];
  /** Directories that are being swept: their hours are sealed the next time. */
  readonly held: readonly string[];
  readonly problems: readonly SealProblem[];
}

const HOUR_MS = 3_600_000;
/** Whoever was recording a change as the hour ended has done so by then. */
const SEAL_DELAY_MS = 10 * 60_000;
/** How far back a directory is looked through of which no hour was ever sealed, from the first try on. */
const FIRST_LOOK_BACK_HOURS = 7 * 24;
/** How far a chain is followed back for the last sealed hour. */
const MAX_MANIFESTS_BACK = 1_000;
/** Hours that are looked through before the head says how far the sealing has come. */
const HOURS_PER_BATCH = 64;
const READS_IN_PARALLEL = 16;

/** Seals every hour that is over and not sealed yet, in every directory of the policy. Safe to run twice, and late. */
export async function sealEvents(ports: SealPorts, signal: AbortSignal): Promise<SealResult> {
  const sealed: SealedHour[] = [];
  const held: string[] = [];
  const problems: SealProblem[] = [];
  for (const { id } of ports.policy.directories) {
    try {
      const hours = await sealDirectory(ports, id, signal);
      if (hours) sealed.push(...hours);
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
    const last = await lastSealedHour(ports, directory, answer.head);
    return await sealHours(ports, answer, hoursToSeal(last, ports.clock()), signal);
  } finally {
    await ports.ledger.releaseLease(answer.lease);
  }
}

/** A head that names an hour of the future was written by a clock that was ahead: then the chain tells which hour was sealed last. */
async function lastSealedHour(
  { evidence, clock }: SealPorts,
  directory: string,
  { sealed, manifest }: DirectoryHead,
): Promise<string | undefined> {
  const hasBegun = (hour: string) => startOf(hour) <= clock();
  if (sealed === undefined || hasBegun(sealed)) return sealed;
  let link = manifest ?? null;
  for (let i = 0; link && i < MAX_MANIFESTS_BACK; i++) {
    const hour = hourOfRun(link.run);
    if (hour !== undefined && hasBegun(hour)) return hour;
    link = (await readSweepManifest(evidence, link.run, directory, link.hash)).previous;
  }
  return undefined;
}

/** From the one after the last sealed one to the last one that is over, oldest first. */
function hoursToSeal(sealed: string | undefined, now: number): string[] {
  const end = Math.floor((now - SEAL_DELAY_MS) / HOUR_MS);
  const start = sealed === undefined ? end - FIRST_LOOK_BACK_HOURS : startOf(sealed) / HOUR_MS + 1;
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => hourOf((start + i) * HOUR_MS));
}

/** Milliseconds since 1970. */
const startOf = (hour: string) => Date.parse(`${hour}:00Z`);
const hourOf = (ms: number) => new Date(ms).toISOString().slice(0, 13);
const hourBefore = (hour: string) => hourOf(startOf(hour) - HOUR_MS);

async function sealHours(
  ports: SealPorts,
  { lease, head }: { readonly lease: Lease; readonly head: DirectoryHead },
  hours: readonly string[],
  signal: AbortSignal,
): Promise<SealedHour[]> {
  const { ledger } = ports;
  const sealed: SealedHour[] = [];
  let last = head;
  // Should this try fail, and all for weeks, the one that does not begins where this one did.
  if (head.sealed === undefined && hours[0]) await ledger.updateHead(lease, { sealed: hourBefore(hours[0]) });
  for (let start = 0; start < hours.length; start += HOURS_PER_BATCH) {
    const batch = hours.slice(start, start + HOURS_PER_BATCH);
    for (const hour of await hoursWithChanges(ports, lease.directory, batch)) {
      signal.throwIfAborted();
      await ledger.renewLease(lease);
      const result = await sealHour(ports, { directory: lease.directory, hour, head: last }, signal);
      last = { manifest: { run: result.run, hash: result.hash }, sealed: hour };
      await ledger.updateHead(lease, last);
      sealed.push(result);
    }
    await ledger.updateHead(lease, { sealed: batch.at(-1) ?? "" });
  }
  return sealed;
}

async function hoursWithChanges(ports: SealPorts, directory: string, hours: readonly string[]): Promise<string[]> {
  const found = await mapConcurrently(hours, READS_IN_PARALLEL, (hour) => hasChanges(ports, directory, hour));
  return hours.filter((_, index) => found[index]);
}

async function hasChanges({ ledger }: SealPorts, directory: string, hour: string): Promise<boolean> {
  for await (const changes of ledger.listEventChanges(directory, hour)) if (changes.length > 0) return true;
  return false;
}
