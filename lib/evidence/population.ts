/** Who was read twice and who is gone, from the digest files alone; each case is then confirmed by its rows. */
import { WardenError } from "../errors.ts";
import { type Evidence, noVerdicts, type Verdict } from "../model/index.ts";
import {
  containsDigest,
  digestAt,
  isInPass,
  passesOver,
  type ReadSegment,
  readDigests,
  sortedDigests,
} from "./digests.ts";
import { type EvidenceRow, loadPage } from "./page-file.ts";

/** A listing with more repeats than this is a loop, not a population. */
const MAX_DUPLICATES = 100_000;

/**
 * How often a subject was read again, and the verdicts to take out. A sighting that violated counts, since a change is planned
 * for it; else the last one.
 */
export async function countDuplicates(
  evidence: Evidence,
  segments: readonly ReadSegment[],
): Promise<{ readonly count: number; readonly verdicts: Record<Verdict, number> }> {
  const verdicts = noVerdicts();
  let count = 0;
  for (const rows of (await findDuplicates(evidence, segments)).values()) {
    const counted = countedRow(rows);
    for (const row of rows.filter((other) => other !== counted)) {
      verdicts[row.verdict]++;
      count++;
    }
  }
  return { count, verdicts };
}

/** The row that counts, of the rows of one subject in the order they were read. */
export const countedRow = (rows: readonly EvidenceRow[]): EvidenceRow | undefined =>
  rows.find(({ verdict }) => verdict === "violating") ?? rows.at(-1);

/** Every subject that was read more than once, with its rows in the order they were read. Throws `ERR_READ_LOOP`. */
export async function findDuplicates(
  evidence: Evidence,
  segments: readonly ReadSegment[],
): Promise<Map<string, EvidenceRow[]>> {
  const repeated = await repeatedDigests(evidence, segments);
  const byId = new Map<string, EvidenceRow[]>();
  if (repeated.size === 0) return byId;
  for await (const rows of rowsWhere(evidence, segments, (digest) => repeated.has(digest))) {
    for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  }
  for (const [id, rows] of byId) if (rows.length === 1) byId.delete(id);
  return byId;
}

/** How many subjects of `before` are there `now` too, by their digests. */
export async function countShared(
  evidence: Evidence,
  before: readonly ReadSegment[],
  now: readonly ReadSegment[],
): Promise<number> {
  let shared = 0;
  for (const pass of passesOver(now)) {
    const present = await sortedDigests(evidence, now, pass);
    for await (const { segment, bytes } of readDigests(evidence, before))
      for (let i = 0; i < segment.ids.count; i++) {
        const digest = digestAt(bytes, i);
        if (isInPass(digest, pass) && containsDigest(present, digest)) shared++;
      }
  }
  return shared;
}

/** The last known rows, page by page, of the subjects that `before` has and `now` has not. */
export async function* findDeparted(
  evidence: Evidence,
  before: readonly ReadSegment[],
  now: readonly ReadSegment[],
): AsyncGenerator<readonly EvidenceRow[]> {
  for (const pass of passesOver(now)) {
    const present = await sortedDigests(evidence, now, pass);
    yield* rowsWhere(evidence, before, (digest) => isInPass(digest, pass) && !containsDigest(present, digest));
  }
}

async function repeatedDigests(evidence: Evidence, segments: readonly ReadSegment[]): Promise<Set<number>> {
  const repeated = new Set<number>();
  for (const pass of passesOver(segments)) {
    const digests = await sortedDigests(evidence, segments, pass);
    for (let i = 1; i < digests.length; i++) {
      const digest = digests[i] ?? 0;
      if (digest === digests[i - 1]) repeated.add(digest);
    }
    if (repeated.size > MAX_DUPLICATES)
      throw new WardenError(
        "ERR_READ_LOOP",
        `More than ${MAX_DUPLICATES} accounts were listed twice: the listing repeats itself.`,
      );
  }
  return repeated;
}

/** The rows with a wanted digest. Opens only the pages that hold one. */
async function* rowsWhere(
  evidence: Evidence,
  segments: readonly ReadSegment[],
  isWanted: (digest: number) => boolean,
): AsyncGenerator<readonly EvidenceRow[]> {
  for await (const { segment, bytes } of readDigests(evidence, segments)) {
    let start = 0;
    for (const page of segment.pages) {
      const wanted = new Set<number>();
      for (let row = 0; row < page.count; row++) if (isWanted(digestAt(bytes, start + row))) wanted.add(row);
      if (wanted.size > 0) yield (await loadPage(evidence, page)).filter((_, row) => wanted.has(row));
      start += page.count;
    }
  }
}
