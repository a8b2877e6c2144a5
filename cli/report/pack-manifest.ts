/** The signed list of every file of an archive. The auditor's verifier checks each file against it. */

import { createHash, type Hash } from "node:crypto";
import { fingerprintOf, type ManifestBase, signManifest } from "../../lib/evidence/index.ts";
import { omitUndefined, type Signer } from "../../lib/model/index.ts";
import type { ZipEntry } from "./zip.ts";

/** What `pack-manifest.json` holds, beside its signature `pack-manifest.json.sig`. */
export interface PackManifest {
  readonly version: 1;
  readonly kind: "pack";
  /** The run that was packed; of a period the last one. */
  readonly run: string;
  /** Of an archive of a period: its first and its last day. */
  readonly period?: { readonly from: string; readonly to: string };
  /** Directories of the policy of which the run left no evidence. */
  readonly withoutEvidence: readonly string[];
  /** Every other file of the archive, with its SHA-256 in hex. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly signer: ManifestBase["signer"];
}

const MANIFEST_NAME = "pack-manifest.json";

/** Passes entries on and hashes each one on its way. At the end come the list of them and its signature. */
export async function* withPackManifest(
  entries: AsyncIterable<ZipEntry>,
  { run, period, withoutEvidence }: Pick<PackManifest, "run" | "period" | "withoutEvidence">,
  signer: Signer,
  signal: AbortSignal,
): AsyncGenerator<ZipEntry> {
  const files: { path: string; sha256: string }[] = [];
  for await (const entry of entries) {
    const hash = createHash("sha256");
    // Whoever takes the entries reads each to its end before the next.
    yield { ...entry, body: hashChunks(entry.body, hash) };
    files.push({ path: entry.name, sha256: hash.digest("hex") });
  }
  const { label, algorithm } = signer;
  const manifest: PackManifest = {
    version: 1,
    kind: "pack",
    run,
    ...omitUndefined({ period }),
    withoutEvidence,
    files,
    signer: { label, algorithm, key: fingerprintOf(await signer.publicKey(signal)) },
  };
  const { bytes, signature } = await signManifest(signer, manifest, signal);
  yield { name: MANIFEST_NAME, body: [bytes] };
  yield { name: `${MANIFEST_NAME}.sig`, body: [signature] };
}

async function* hashChunks(body: ZipEntry["body"], hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
}
