/** What an archive of a run is made of, as the ledger and the evidence have it. */

import { WardenError } from "../../lib/errors.ts";
import {
  fingerprintOf,
  isBetweenSweeps,
  loadFile,
  type ManifestBase,
  readSweepManifest,
} from "../../lib/evidence/index.ts";
import type { DirectoryRecord, Evidence, Ledger, RunRecord, Signer } from "../../lib/model/index.ts";
import { type Policy, readCompiled } from "../../lib/policy/index.ts";

/** Where the parts of an archive come from. */
export interface PackPorts {
  readonly ledger: Pick<Ledger, "readRun">;
  readonly evidence: Evidence;
  /** Signs the list of the archive's files. */
  readonly signer: Signer;
}

/** The page and the tables, as files of a folder. */
export interface PackReport {
  readonly run: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** What is in the archive of a directory: the run's own manifest, and the hours of events sealed since the sweep before it. */
export interface PackedDirectory {
  readonly directory: string;
  readonly head: string;
  /** Newest first. */
  readonly manifests: readonly ManifestBase[];
}

/** What an archive is made of. */
export interface PackContent {
  readonly run: RunRecord;
  readonly directories: readonly DirectoryRecord[];
  /** Directories of the policy of which the run left no evidence. */
  readonly withoutEvidence: readonly string[];
  readonly parts: readonly PackedDirectory[];
  readonly policy: Policy;
  readonly report: PackReport;
  /** Of the public key. */
  readonly fingerprint: string;
}

/**
 * Collects what goes into the archive. Throws `ERR_RUN_UNKNOWN` for a run that left no evidence, `ERR_EVIDENCE_ALTERED` for a
 * manifest that is not as it was written, `ERR_INPUT_INVALID` for another key than the one that signed.
 */
export async function collectContent(ports: PackPorts, report: PackReport, signal: AbortSignal): Promise<PackContent> {
  const found = await ports.ledger.readRun(report.run);
  const parts = await Promise.all(
    (found?.directories ?? []).filter(hasManifest).map((record) => readPackedDirectory(ports, record)),
  );
  if (!found || parts.length === 0)
    throw new WardenError("ERR_RUN_UNKNOWN", `Run ${report.run} left no evidence that could be packed.`);
  const fingerprint = fingerprintOf(await ports.signer.publicKey(signal));
  checkKey(parts, fingerprint);
  const policy = await readPackedPolicy(ports.evidence, parts);
  const packed = new Set(parts.map(({ directory }) => directory));
  return {
    run: found.run,
    directories: found.directories,
    withoutEvidence: policy.directories.map(({ id }) => id).filter((id) => !packed.has(id)),
    parts,
    policy,
    report,
    fingerprint,
  };
}

/** An archive with another key than its own would not verify. */
function checkKey(parts: readonly PackedDirectory[], fingerprint: string): void {
  const other = parts.flatMap(({ manifests }) => manifests).find(({ signer }) => signer.key !== fingerprint);
  if (!other) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `The manifest of run ${other.run} is signed by the key ${other.signer.key}, and the key at hand is ${fingerprint}; name the right one.`,
  );
}

type RecordWithManifest = DirectoryRecord & { readonly manifest: string };
const hasManifest = (record: DirectoryRecord): record is RecordWithManifest => record.manifest !== undefined;

async function readPackedDirectory(
  { evidence }: PackPorts,
  { run, sealedAs, id, manifest: head }: RecordWithManifest,
): Promise<PackedDirectory> {
  const manifests: ManifestBase[] = [await readSweepManifest(evidence, sealedAs ?? run, id, head)];
  for (;;) {
    const before = manifests.at(-1)?.previous;
    if (!before || !isBetweenSweeps(before.run)) return { directory: id, head, manifests };
    manifests.push(await readSweepManifest(evidence, before.run, id, before.hash));
  }
}

async function readPackedPolicy(evidence: Evidence, [part]: readonly PackedDirectory[]): Promise<Policy> {
  const file = part?.manifests[0]?.policyFile;
  if (!file) throw new WardenError("ERR_EVIDENCE_ALTERED", "The manifest names no policy.");
  return readCompiled(JSON.parse(new TextDecoder().decode(await loadFile(evidence, file))));
}
