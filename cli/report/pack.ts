/** `report --pack`: everything about one run in one archive, with what it takes to check it offline. */

import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { WardenError } from "../../lib/errors.ts";
import {
  fingerprintOf,
  loadFile,
  type ManifestBase,
  manifestFiles,
  manifestKey,
  readSweepManifest,
  type StoredFile,
  signatureKey,
} from "../../lib/evidence/index.ts";
import type { DirectoryRecord, Evidence, Ledger, RunRecord, Signer } from "../../lib/model/index.ts";
import { type Policy, readCompiled } from "../../lib/policy/index.ts";
import { frameworks } from "../../lib/report/index.ts";
import { unwritable } from "../state/stack.ts";
import { packReadme } from "./pack-readme.ts";
import { type Entry, type Part, zipped } from "./zip.ts";

export interface PackNeeds {
  readonly ledger: Pick<Ledger, "readRun">;
  readonly evidence: Evidence;
  /** Only its public key is asked for. */
  readonly signer: Pick<Signer, "publicKey" | "label">;
}

/** The page and the tables, as files of a folder. */
export interface PackReport {
  readonly run: string;
  readonly folder: string;
  readonly files: readonly string[];
}

export interface Packed {
  readonly file: string;
  /** Manifests in it. */
  readonly manifests: number;
  /** What `--expect-head` takes. */
  readonly heads: readonly string[];
  /** Of the public key in it. */
  readonly fingerprint: string;
}

const unpack = promisify(gunzip);

/**
 * Writes the archive, whole or not at all. Throws `ERR_RUN_UNKNOWN` for a run that left no evidence, `ERR_EVIDENCE_*` when it is
 * not as it was written, `ERR_INPUT_INVALID` when `file` cannot be written or would be too large.
 */
export async function writePack(
  file: string,
  needs: PackNeeds,
  report: PackReport,
  signal: AbortSignal,
): Promise<Packed> {
  const found = await needs.ledger.readRun(report.run);
  const parts = await Promise.all(
    (found?.directories ?? []).filter(hasManifest).map((record) => partOf(needs, record)),
  );
  if (!found || parts.length === 0)
    throw new WardenError("ERR_RUN_UNKNOWN", `Run ${report.run} left no evidence that could be packed.`);
  const fingerprint = fingerprintOf(await needs.signer.publicKey(signal));
  checkKey(parts, fingerprint);
  const draft = `${file}.partial`;
  try {
    const entries = entriesOf(needs, { ...found, parts, fingerprint }, report, signal);
    await pipeline(zipped(entries, new Date(found.run.startedAt)), createWriteStream(draft, { mode: 0o600 }), {
      signal,
    });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof Error && "syscall" in error ? unwritable(file, error, "archive", "--pack") : error;
  }
  const manifests = parts.reduce((sum, part) => sum + part.manifests.length, 0);
  return { file, manifests, heads: parts.map(({ head }) => head), fingerprint };
}

/** An archive with another key than its own would not verify. */
function checkKey(parts: readonly Part[], fingerprint: string): void {
  const other = parts.flatMap(({ manifests }) => manifests).find(({ signer }) => signer.key !== fingerprint);
  if (!other) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `The manifest of run ${other.run} is signed by the key ${other.signer.key}, and the key at hand is ${fingerprint}; name the right one.`,
  );
}

type Recorded = DirectoryRecord & { readonly manifest: string };
const hasManifest = (record: DirectoryRecord): record is Recorded => record.manifest !== undefined;

async function partOf({ evidence }: PackNeeds, { run, id, manifest: head }: Recorded): Promise<Part> {
  const manifests: ManifestBase[] = [await readSweepManifest(evidence, run, id, head)];
  for (;;) {
    const before = manifests.at(-1)?.previous;
    if (!before?.run.startsWith("events-")) return { directory: id, head, manifests };
    manifests.push(await readSweepManifest(evidence, before.run, id, before.hash));
  }
}

interface Found {
  readonly run: RunRecord;
  readonly directories: readonly DirectoryRecord[];
  readonly parts: readonly Part[];
  readonly fingerprint: string;
}

async function* entriesOf(
  { evidence, signer }: PackNeeds,
  found: Found,
  { folder, files }: PackReport,
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  const { parts } = found;
  const policy = await policyOf(evidence, parts);
  yield text("README.txt", packReadme({ ...found, files, label: signer.label }));
  for (const name of files) yield { name: `report/${name}`, body: createReadStream(join(folder, name)) };
  yield text("exceptions.json", jsonOf(policy.exemptions.map(plainly)));
  yield { name: "changes.jsonl", body: changesOf(evidence, parts) };
  yield text("controls.json", jsonOf(frameworks));
  yield text("public-key.pem", await signer.publicKey(signal));
  yield text("verify.mjs", readFileSync(new URL("../../verify/verify.mjs", import.meta.url), "utf8"));
  yield* evidenceOf(evidence, parts);
}

const text = (name: string, content: string): Entry => ({ name, body: [new TextEncoder().encode(content)] });
const jsonOf = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

async function policyOf(evidence: Evidence, [part]: readonly Part[]): Promise<Policy> {
  const file = part?.manifests[0]?.policyFile;
  if (!file) throw new WardenError("ERR_EVIDENCE_ALTERED", "The manifest names no policy.");
  return readCompiled(JSON.parse(new TextDecoder().decode(await loadFile(evidence, file))));
}

/** Days as a person reads them. */
const plainly = (exemption: Policy["exemptions"][number]) => ({
  ...exemption,
  from: new Date(exemption.from).toISOString(),
  until: new Date(exemption.until).toISOString(),
});

/** The change log in plain text; the signed files with the same lines are in the evidence. */
async function* changesOf(evidence: Evidence, parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const { manifests } of parts)
    for (const { changeLog } of manifests.toReversed())
      for (const stored of changeLog) yield await unpack(await loadFile(evidence, stored));
}

async function* evidenceOf(evidence: Evidence, parts: readonly Part[]): AsyncGenerator<Entry> {
  const done = new Set<string>();
  const entry = (key: string, bytes: Uint8Array): Entry => ({
    name: `evidence/${key}`,
    body: [bytes],
    packed: key.endsWith(".gz") || key.endsWith(".bin"),
  });
  const isNew = ({ key }: Pick<StoredFile, "key">) => !done.has(key) && done.add(key);
  for (const { manifests } of parts)
    for (const manifest of manifests) {
      for (const stored of manifestFiles(manifest).filter(isNew))
        yield entry(stored.key, await loadFile(evidence, stored));
      for (const key of [manifestKey(manifest.run, manifest.id), signatureKey(manifest.run, manifest.id)])
        yield entry(key, await evidence.get(key));
    }
}
