/** Who is gone since the last complete run: found in the digest files, confirmed by a read, recorded in the ledger. */

import {
  type EvidenceRow,
  findDeparted,
  type ReadSegment,
  readSweepManifest,
  type SweepManifest,
} from "../evidence/index.ts";
import type { Clock, Directory, Evidence, Ledger } from "../model/index.ts";

export interface DepartedPorts {
  readonly evidence: Evidence;
  readonly ledger: Ledger;
  readonly directory: Directory;
  readonly clock: Clock;
}

/** So many departed subjects are confirmed by a read, for so long; the others are recorded as `unconfirmed`. */
const CONFIRM = { most: 1_000, ms: 2 * 60_000, atOnce: 8 };
const WRITES_AT_ONCE = 64;

/** The manifest of an earlier run, if it is still the one that the ledger knows. */
async function readEarlier(
  { evidence, ledger }: DepartedPorts,
  run: string,
  directory: string,
): Promise<SweepManifest> {
  const record = (await ledger.readRun(run))?.directories.find(({ id }) => id === directory);
  return readSweepManifest(evidence, run, directory, record?.manifest);
}

/** Records who is gone since the runs `before`. `present`: not listed, and still there when asked for one by one. */
export async function countDeparted(
  searcher: DepartedPorts,
  { run, directory, before }: { readonly run: string; readonly directory: string; readonly before: readonly string[] },
  parts: readonly ReadSegment[],
  signal: AbortSignal,
): Promise<{ confirmed: number; unconfirmed: number; present: number }> {
  const counts = { confirmed: 0, unconfirmed: 0, present: 0 };
  const started = searcher.clock();
  const confirming = () => counts.confirmed < CONFIRM.most && searcher.clock() - started < CONFIRM.ms;
  const look = async ({ id }: EvidenceRow) => {
    const confirm = confirming();
    const still = confirm ? await searcher.directory.read(id, signal) : undefined;
    counts[still ? "present" : confirm ? "confirmed" : "unconfirmed"]++;
    const at = new Date(searcher.clock()).toISOString();
    if (!still) await searcher.ledger.markDeparted(directory, id, run, at, confirm ? "confirmed" : "unconfirmed");
  };
  const earlier = await Promise.all(before.map((one) => readEarlier(searcher, one, directory)));
  const there = earlier.flatMap((manifest) => manifest.parts);
  const known = new Set<string>();
  for await (const found of findDeparted(searcher.evidence, there, parts)) {
    // After an accept there are several earlier populations, and most people are in all of them.
    const rows = before.length > 1 ? found.filter(({ id }) => !known.has(id)) : found;
    if (before.length > 1) for (const { id } of rows) known.add(id);
    for (let i = 0, width = 0; i < rows.length; i += width) {
      width = confirming() ? CONFIRM.atOnce : WRITES_AT_ONCE;
      await Promise.all(rows.slice(i, i + width).map(look));
    }
  }
  return counts;
}
