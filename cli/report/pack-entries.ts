/** The files of an archive, one after the other: README, report, tables, verifier, evidence. */

import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  loadFile,
  type ManifestBase,
  manifestFiles,
  manifestKey,
  type StoredFile,
  sha256,
  signatureKey,
} from "../../lib/evidence/index.ts";
import type { Evidence, Signer } from "../../lib/model/index.ts";
import { exemptionJson, frameworks } from "../../lib/report/index.ts";
import { productFile } from "../product.ts";
import type { PackContent, PackedDirectory } from "./pack-content.ts";
import { packReadme } from "./pack-readme.ts";
import type { ZipEntry } from "./zip.ts";

const decompress = promisify(gunzip);

/** Yields every file of the archive but the list of them. Throws `ERR_EVIDENCE_*` when evidence is not as it was written. */
export async function* packEntries(
  evidence: Evidence,
  signer: Signer,
  content: PackContent,
  signal: AbortSignal,
): AsyncGenerator<ZipEntry> {
  const { parts, policy, report } = content;
  const verifier = readFileSync(productFile("verify/verify.mjs"));
  yield textEntry("README.txt", packReadme(content, { label: signer.label, verifier: sha256(verifier) }));
  for (const name of report.files) yield { name: `report/${name}`, body: createReadStream(join(report.folder, name)) };
  yield textEntry("exceptions.json", jsonText(policy.exemptions.map(exemptionJson)));
  yield { name: "changes.jsonl", body: changeLogs(evidence, parts) };
  yield textEntry("controls.json", jsonText(frameworks));
  yield textEntry("public-key.pem", await signer.publicKey(signal));
  yield { name: "verify.mjs", body: [verifier] };
  yield* evidenceEntries(evidence, parts);
}

export const textEntry = (name: string, content: string): ZipEntry => ({
  name,
  body: [new TextEncoder().encode(content)],
});
export const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The change log in plain text; the signed files with the same lines are in the evidence. */
async function* changeLogs(evidence: Evidence, parts: readonly PackedDirectory[]): AsyncGenerator<Uint8Array> {
  for (const { manifests } of parts)
    for (const { changeLog } of manifests.toReversed())
      for (const stored of changeLog) yield await decompress(await loadFile(evidence, stored));
}

async function* evidenceEntries(evidence: Evidence, parts: readonly PackedDirectory[]): AsyncGenerator<ZipEntry> {
  const done = new Set<string>();
  for (const { manifests } of parts) for (const manifest of manifests) yield* manifestEntries(evidence, manifest, done);
}

/** A manifest with its signature and the files that it names. @param done keys of files that are in the archive already */
export async function* manifestEntries(
  evidence: Evidence,
  manifest: ManifestBase,
  done: Set<string>,
): AsyncGenerator<ZipEntry> {
  const entry = (key: string, bytes: Uint8Array): ZipEntry => ({
    name: `evidence/${key}`,
    body: [bytes],
    compressed: key.endsWith(".gz") || key.endsWith(".bin"),
  });
  const isNew = ({ key }: Pick<StoredFile, "key">) => !done.has(key) && done.add(key);
  for (const stored of manifestFiles(manifest).filter(isNew)) yield entry(stored.key, await loadFile(evidence, stored));
  for (const key of [manifestKey(manifest.run, manifest.id), signatureKey(manifest.run, manifest.id)])
    yield entry(key, await evidence.get(key));
}
