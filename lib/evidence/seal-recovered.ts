/** What a dead run had finished, stored and signed as a run of its own by the run that settles it. */
import {
  type Change,
  type DirectoryHead,
  type DirectoryRecord,
  type Evidence,
  noVerdicts,
  type Origin,
  type Signer,
} from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import { storeChanges } from "./change-log.ts";
import { linkManifest, RECOVERED_RUN_PREFIX, storeManifest, storePolicy } from "./manifest.ts";
import { directoryFolder } from "./page-file.ts";
import type { SweepManifest } from "./sweep-manifest.ts";

const NOTHING_READ = {
  read: 0,
  duplicates: 0,
  verdicts: noVerdicts(),
  after: noVerdicts(),
  totals: [],
  cursors: { first: null, last: null },
  departedHow: { confirmed: 0, unconfirmed: 0 },
} as const;

interface RecoveryPorts {
  readonly evidence: Evidence;
  readonly signer: Signer;
  /** Of the run that settles: its rules judged what the dead run left open. */
  readonly policy: Policy;
  readonly policyHash: string;
}

interface DeadRun {
  readonly record: DirectoryRecord;
  readonly changes: AsyncIterable<readonly Change[]>;
  readonly origin: Origin;
  readonly code: string;
  readonly startedAt: string;
  /** The run that settles it, and when that began; ISO 8601. */
  readonly by: { readonly run: string; readonly startedAt: string };
  /** With the manifest before. */
  readonly head: DirectoryHead;
}

/**
 * Stores and signs the changes of a dead run. The manifest names no part of the population, since nobody knows which pages count.
 * Made again by the same run, it is the same.
 */
export async function sealRecovered(
  { evidence, signer, policy, policyHash }: RecoveryPorts,
  { record, changes: pages, origin, code, startedAt, by, head }: DeadRun,
  signal: AbortSignal,
): Promise<NonNullable<DirectoryHead["manifest"]>> {
  const { manifest: _, sealedAs: __, plan: ___, ...known } = record;
  const run = `${RECOVERED_RUN_PREFIX}${record.run}-by-${by.run}`;
  const { changes, changeLog } = await storeChanges(evidence, directoryFolder(run, record.id), pages);
  const files = { policyFile: await storePolicy(evidence, policy, policyHash), parts: [], changeLog };
  const manifest: SweepManifest = {
    kind: "sweep",
    ...known,
    ...NOTHING_READ,
    run,
    recovers: record.run,
    changes,
    origin,
    policy: policyHash,
    code,
    startedAt,
    endedAt: by.startedAt,
    ...(await linkManifest(files, head, signer, signal)),
  };
  return { run, hash: await storeManifest(evidence, signer, manifest, signal) };
}
