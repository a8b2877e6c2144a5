/** Digests of the ids that were read, from their files: compared in bounded memory, however large the population is. */
import type { Evidence } from "../model/index.ts";
import { DIGEST_BYTES, loadFile, type StoredFile } from "./page-file.ts";

/** What one read step left: its pages in order, and one file with the digests of all their ids. */
export interface ReadSegment {
  readonly pages: readonly StoredFile[];
  readonly ids: StoredFile;
  /** The part of the directory that they list; absent where the directory was listed as a whole. */
  readonly shard?: string;
}

/** At most this many digests are held at once (4 MB); a larger population is gone through in several passes. */
const DIGESTS_PER_PASS = 500_000;
/** Digests are spread over the passes, but not evenly. */
const PASS_MARGIN = 1.1;
const PASS_RESERVE = 1024;
const FILES_IN_PARALLEL = 8;

/** One of several goes through a population. Each digest belongs to exactly one of them. */
export interface Pass {
  readonly index: number;
  readonly count: number;
}

/** The passes that these segments take; one at least. */
export function passesOver(segments: readonly ReadSegment[]): Pass[] {
  const count = Math.max(1, Math.ceil(countOf(segments) / DIGESTS_PER_PASS));
  return Array.from({ length: count }, (_, index) => ({ index, count }));
}

const countOf = (segments: readonly ReadSegment[]) => segments.reduce((sum, segment) => sum + segment.ids.count, 0);

export const isInPass = (digest: number, { index, count }: Pass): boolean => digest % count === index;

/** The digests of one pass, sorted; one that was read twice is there twice. */
export async function sortedDigests(
  evidence: Evidence,
  segments: readonly ReadSegment[],
  pass: Pass,
): Promise<Float64Array> {
  const digests = new Float64Array(Math.ceil((countOf(segments) / pass.count) * PASS_MARGIN) + PASS_RESERVE);
  let length = 0;
  for await (const { segment, bytes } of readDigests(evidence, segments)) {
    for (let i = 0; i < segment.ids.count; i++) {
      const digest = digestAt(bytes, i);
      if (isInPass(digest, pass)) digests[length++] = digest;
    }
  }
  return digests.subarray(0, length).sort();
}

/** Each segment with the bytes of its digest file, in order. */
export async function* readDigests(
  evidence: Evidence,
  segments: readonly ReadSegment[],
): AsyncGenerator<{ readonly segment: ReadSegment; readonly bytes: DataView }> {
  for (let i = 0; i < segments.length; i += FILES_IN_PARALLEL) {
    const next = segments.slice(i, i + FILES_IN_PARALLEL);
    yield* await Promise.all(
      next.map(async (segment) => ({ segment, bytes: viewOf(await loadFile(evidence, segment.ids)) })),
    );
  }
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** 53 of the 64 bits, so that a digest is a plain number; rows confirm every match. */
export function digestAt(bytes: DataView, index: number): number {
  const offset = index * DIGEST_BYTES;
  return bytes.getUint32(offset) * 2 ** 21 + (bytes.getUint32(offset + 4) >>> 11);
}

/** Whether a digest is among them. @param sorted as `sortedDigests` answers them */
export function containsDigest(sorted: Float64Array, digest: number): boolean {
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
