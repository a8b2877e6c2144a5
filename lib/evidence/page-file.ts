/** The population as read, page by page, in a bucket: packed rows, digests of the ids, hashes. */
import { createHash, hash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { WardenError } from "../errors.ts";
import type { Evidence, FactCaveats, FactTimes, JoinKeys, RecordedFacts, Verdict } from "../model/index.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** One subject as it was read and judged: a line of a page file. */
export interface EvidenceRow {
  readonly id: string;
  readonly username: string;
  readonly facts: RecordedFacts;
  readonly verdict: Verdict;
  readonly rule?: string;
  readonly requirement?: string;
  readonly exemption?: string;
  readonly why: string;
  /** When the vendor was asked, by our clock; ISO 8601. */
  readonly observedAt: string;
  /** Of facts that were read earlier than that, when; absent: all of them were read then. */
  readonly factsReadAt?: FactTimes;
  readonly factCaveats?: FactCaveats;
  /** Since when it has had this verdict, as far back as the ledger goes; ISO 8601. */
  readonly since: string;
  /** It is no account. */
  readonly kind?: "profile";
  readonly custodial?: true;
  /** What it is joined by with accounts of other directories; absent where nothing is known, or the policy joins nobody. */
  readonly person?: JoinKeys;
}

/** A stored file and what it must hash to. */
export interface StoredFile {
  readonly key: string;
  /** SHA-256 of the bytes as stored, hex. */
  readonly sha256: string;
  /** Rows of a page file, digests of an id file, changes of a change file; 1 of any other. */
  readonly count: number;
}

export const directoryFolder = (run: string, directory: string): string => `runs/${run}/${directory}`;

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Gzipped NDJSON. JSON escapes line breaks, so no user name can forge a row. */
export async function storePage(evidence: Evidence, key: string, rows: readonly object[]): Promise<StoredFile> {
  const bytes = await compress(rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { level: 1 });
  await evidence.put(key, bytes, "application/gzip");
  return { key, sha256: sha256(bytes), count: rows.length };
}

/** A page of a thousand rows comes out in one piece, not in twenty that are put together. */
const ONE_CHUNK = { chunkSize: 2 ** 18 };

/** Throws `ERR_EVIDENCE_ALTERED` when the file is not the one that was stored. */
export const loadPage = (evidence: Evidence, stored: StoredFile): Promise<EvidenceRow[]> => loadLines(evidence, stored);

/** The lines of a file, each as it was stored. Throws as `loadFile` does. */
export async function loadLines<T>(evidence: Evidence, stored: StoredFile): Promise<T[]> {
  const text = (await decompress(await loadFile(evidence, stored), ONE_CHUNK)).toString("utf8");
  const rows: T[] = text.split("\n", stored.count).map((line) => JSON.parse(line));
  return rows;
}

export const DIGEST_BYTES = 8;

/** The first 8 bytes of the SHA-256 of each id, in the order of the rows. */
export function digestIds(ids: readonly string[]): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * DIGEST_BYTES);
  for (const [i, id] of ids.entries()) hash("sha256", id, "buffer").copy(bytes, i * DIGEST_BYTES, 0, DIGEST_BYTES);
  return bytes;
}

export async function storeDigests(evidence: Evidence, key: string, digests: Uint8Array): Promise<StoredFile> {
  await evidence.put(key, digests, "application/octet-stream");
  return { key, sha256: sha256(digests), count: digests.byteLength / DIGEST_BYTES };
}

export async function loadFile(evidence: Evidence, stored: StoredFile): Promise<Uint8Array> {
  const bytes = await evidence.get(stored.key);
  if (sha256(bytes) === stored.sha256) return bytes;
  throw new WardenError(
    "ERR_EVIDENCE_ALTERED",
    `The evidence file ${stored.key} is not the one that was written; find out who changed it before you trust this run.`,
  );
}
