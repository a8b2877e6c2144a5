/** Who was read twice and who is gone, from the digest files alone, in bounded memory; each case then confirmed by its rows. */

import { WardenError } from "../errors.ts";
import { type Evidence, noVerdicts, type Verdict } from "../model/index.ts";
import { DIGEST_BYTES, type EvidenceRow, loadFile, loadPage, type StoredFile } from "./page-file.ts";

/** What one read step left: its pages in order, and one file with the digests of all their ids. */
export interface ReadSegment {
  readonly pages: readonly StoredFile[];
  readonly ids: StoredFile;
}

/** At most this many digests are held at once (4 MB); a larger population is counted in several passes. */
const PASS = 500_000;
const FILES_AT_ONCE = 8;
/** A listing with more repeats than this is a loop, not a population. */
const MOST_DUPLICATES = 100_000;

/**
 * How often a subject was read again, and the verdicts to take out. A sighting that violated counts, since a change is planned
 * for it; else the last one.
 */
export async function countDuplicates(
  evidence: Evidence,
  parts: readonly ReadSegment[],
): Promise<{ readonly count: number; readonly verdicts: Record<Verdict, number> }> {
  const verdicts = noVerdicts();
  let count = 0;
  for (const rows of (await findDuplicates(evidence, parts)).values()) {
    const counts = countedRow(rows);
    for (const row of rows.filter((one) => one !== counts)) {
      verdicts[row.verdict]++;
      count++;
    }
  }
  return { count, verdicts };
}

/** Of the rows of one subject, in the order they were read. */
export const countedRow = (rows: readonly EvidenceRow[]): EvidenceRow | undefined =>
  rows.find(({ verdict }) => verdict === "violating") ?? rows.at(-1);

/** Every subject that was read more than once, with its rows in the order they were read. */
export async function findDuplicates(
  evidence: Evidence,
  parts: readonly ReadSegment[],
): Promise<Map<string, EvidenceRow[]>> {
  const repeated = await repeatedDigests(evidence, parts);
  const byId = new Map<string, EvidenceRow[]>();
  if (repeated.size === 0) return byId;
  for await (const rows of rowsWhere(evidence, parts, (digest) => repeated.has(digest))) {
    for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  }
  for (const [id, rows] of byId) if (rows.length === 1) byId.delete(id);
  return byId;
}

/** The last known rows, page by page, of the subjects that `before` has and `now` has not. */
export async function* findDeparted(
  evidence: Evidence,
  before: readonly ReadSegment[],
  now: readonly ReadSegment[],
): AsyncGenerator<readonly EvidenceRow[]> {
  const passes = passesFor(now);
  for (let pass = 0; pass < passes; pass++) {
    const present = await digestsOf(evidence, now, pass, passes);
    yield* rowsWhere(evidence, before, (digest) => digest % passes === pass && !contains(present, digest));
  }
}

async function repeatedDigests(evidence: Evidence, parts: readonly ReadSegment[]): Promise<Set<number>> {
  const repeated = new Set<number>();
  const passes = passesFor(parts);
  for (let pass = 0; pass < passes; pass++) {
    const digests = await digestsOf(evidence, parts, pass, passes);
    for (let i = 1; i < digests.length; i++) {
      const digest = digests[i] ?? 0;
      if (digest === digests[i - 1]) repeated.add(digest);
    }
    if (repeated.size > MOST_DUPLICATES)
      throw new WardenError(
        "ERR_READ_LOOP",
        `More than ${MOST_DUPLICATES} accounts were listed twice: the listing repeats itself.`,
      );
  }
  return repeated;
}

const countOf = (parts: readonly ReadSegment[]) => parts.reduce((sum, part) => sum + part.ids.count, 0);
const passesFor = (parts: readonly ReadSegment[]) => Math.max(1, Math.ceil(countOf(parts) / PASS));

/** 53 of the 64 bits, so that a digest is a plain number; rows confirm every match. */
function digestAt(bytes: DataView, index: number): number {
  const at = index * DIGEST_BYTES;
  return bytes.getUint32(at) * 2 ** 21 + (bytes.getUint32(at + 4) >>> 11);
}

async function digestsOf(
  evidence: Evidence,
  parts: readonly ReadSegment[],
  pass: number,
  passes: number,
): Promise<Float64Array> {
  const all = new Float64Array(Math.ceil((countOf(parts) / passes) * 1.1) + 1024);
  let length = 0;
  for await (const { part, bytes } of digestFiles(evidence, parts)) {
    for (let i = 0; i < part.ids.count; i++) {
      const digest = digestAt(bytes, i);
      if (digest % passes === pass) all[length++] = digest;
    }
  }
  return all.subarray(0, length).sort();
}

async function* digestFiles(
  evidence: Evidence,
  parts: readonly ReadSegment[],
): AsyncGenerator<{ readonly part: ReadSegment; readonly bytes: DataView }> {
  for (let i = 0; i < parts.length; i += FILES_AT_ONCE) {
    const next = parts.slice(i, i + FILES_AT_ONCE);
    yield* await Promise.all(next.map(async (part) => ({ part, bytes: viewOf(await loadFile(evidence, part.ids)) })));
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function contains(sorted: Float64Array, digest: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? 0;
    if (value === digest) return true;
    if (value < digest) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** Opens only the pages that hold a wanted digest. */
async function* rowsWhere(
  evidence: Evidence,
  parts: readonly ReadSegment[],
  wanted: (digest: number) => boolean,
): AsyncGenerator<readonly EvidenceRow[]> {
  for await (const { part, bytes } of digestFiles(evidence, parts)) {
    let start = 0;
    for (const page of part.pages) {
      const hits = hitsIn(bytes, start, page.count, wanted);
      if (hits.size > 0) yield (await loadPage(evidence, page)).filter((_, index) => hits.has(index));
      start += page.count;
    }
  }
}

function hitsIn(bytes: DataView, start: number, count: number, wanted: (digest: number) => boolean): Set<number> {
  const hits = new Set<number>();
  for (let i = 0; i < count; i++) if (wanted(digestAt(bytes, start + i))) hits.add(i);
  return hits;
}
