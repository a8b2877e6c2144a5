/** `report --pack`: everything about one run in one archive, with what it takes to check it offline. */

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { unwritable } from "../state/private-files.ts";
import { collectContent, type PackContent, type PackPorts, type PackReport } from "./pack-content.ts";
import { packEntries } from "./pack-entries.ts";
import { withPackManifest } from "./pack-manifest.ts";
import { type ZipEntry, zipEntries } from "./zip.ts";

export interface Packed {
  readonly file: string;
  /** Manifests in it. */
  readonly manifests: number;
  /** What `--expect-head` takes. */
  readonly heads: readonly string[];
  /** Of the public key in it; what `--expect-key` takes. */
  readonly fingerprint: string;
}

/**
 * Writes the archive, whole or not at all. Throws `ERR_RUN_UNKNOWN` for a run that left no evidence, `ERR_EVIDENCE_*` when it is
 * not as it was written, `ERR_INPUT_INVALID` when `file` cannot be written or would be too large.
 */
export async function writePack(
  file: string,
  ports: PackPorts,
  report: PackReport,
  signal: AbortSignal,
): Promise<Packed> {
  const content = await collectContent(ports, report, signal);
  const { parts, fingerprint } = content;
  await writeArchive(file, ports, content, signal);
  const manifests = parts.reduce((sum, part) => sum + part.manifests.length, 0);
  return { file, manifests, heads: parts.map(({ head }) => head), fingerprint };
}

function writeArchive(
  file: string,
  { evidence, signer }: PackPorts,
  content: PackContent,
  signal: AbortSignal,
): Promise<void> {
  const { run, withoutEvidence } = content;
  const entries = packEntries(evidence, signer, content, signal);
  const listed = withPackManifest(entries, { run: run.run, withoutEvidence }, signer, signal);
  return writeZip(file, listed, new Date(run.startedAt), signal);
}

/** Writes an archive, whole or not at all. @param at date of its entries */
export async function writeZip(
  file: string,
  entries: AsyncIterable<ZipEntry>,
  at: Date,
  signal: AbortSignal,
): Promise<void> {
  const draft = `${file}.partial`;
  try {
    await pipeline(zipEntries(entries, at), createWriteStream(draft, { mode: 0o600 }), { signal });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof Error && "syscall" in error ? unwritable(file, error, "archive", "--pack") : error;
  }
}
