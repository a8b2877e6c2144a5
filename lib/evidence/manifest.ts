/** What ties stored files together: a manifest with one root over all of them, the manifest before it, and a signature. */

import type { DirectoryHead, DirectoryRecord, Evidence, Signer } from "../model/index.ts";
import { type Policy, policyJson } from "../policy/index.ts";
import { merkleRoot } from "./merkle.ts";
import { directoryFolder, type StoredFile, sha256 } from "./page-file.ts";
import { fingerprintOf } from "./public-key.ts";

/** Version of the form that manifests have. */
export const MANIFEST_VERSION = 2;

/** What every manifest says, whatever it is about. */
export interface ManifestBase {
  readonly version: typeof MANIFEST_VERSION;
  readonly kind: "sweep" | "events";
  readonly run: string;
  /** The directory. */
  readonly id: string;
  /** SHA-256 of `policyFile`. */
  readonly policy: string;
  readonly policyFile: StoredFile;
  /** Every change, planned or made, with what came of it. */
  readonly changeLog: readonly StoredFile[];
  /** Lines of `changeLog`, and of them by outcome. */
  readonly changes: DirectoryRecord["changes"];
  /** Merkle root over every file that this manifest names, in the order of `manifestFiles`. */
  readonly root: string;
  /** In this directory. Whatever is taken out of the middle leaves a hash that nothing has. */
  readonly previous: { readonly run: string; readonly hash: string } | null;
  /** `key`: fingerprint of the public key. */
  readonly signer: { readonly label: Signer["label"]; readonly algorithm: Signer["algorithm"]; readonly key: string };
}

/** What lies beside a manifest as `manifest.json.sig`. */
export interface Signature {
  readonly version: 1;
  readonly algorithm: Signer["algorithm"];
  /** Fingerprint: SHA-256 of the public key in SPKI DER, hex. */
  readonly key: string;
  readonly label: Signer["label"];
  /** Over the manifest's bytes; base64. */
  readonly signature: string;
}

/** The files that a manifest names. */
type ManifestFiles = Pick<ManifestBase, "policyFile" | "changeLog"> & {
  readonly parts?: readonly { readonly pages: readonly StoredFile[]; readonly ids: StoredFile }[];
};

/** Every file that a manifest names: policy, then each part's pages and ids, then the changes. */
export const manifestFiles = ({ policyFile, parts = [], changeLog }: ManifestFiles): StoredFile[] => [
  policyFile,
  ...parts.flatMap(({ pages, ids }) => [...pages, ids]),
  ...changeLog,
];

/** Of the run that an hour of events is sealed as. */
const HOUR_RUN_PREFIX = "events-";
/** Of the run that a dead run's finished changes are sealed as. */
export const RECOVERED_RUN_PREFIX = "recovered-";

const HOUR_RUN = new RegExp(`^${HOUR_RUN_PREFIX}(\\d{4}-\\d{2}-\\d{2}T\\d{2})$`);

/** The hour (`YYYY-MM-DDTHH`, UTC) whose changes by events are the run of this name; `undefined` for a run that somebody started. */
export const hourOfRun = (run: string): string | undefined => HOUR_RUN.exec(run)?.[1];

/** The run that an hour of changes by events is sealed as. */
export const hourRun = (hour: string): string => `${HOUR_RUN_PREFIX}${hour}`;

/** Whether the manifest of this run is about changes alone, and stands in the chain between those of two sweeps. */
export const isBetweenSweeps = (run: string): boolean =>
  run.startsWith(HOUR_RUN_PREFIX) || run.startsWith(RECOVERED_RUN_PREFIX);

/** Key of a manifest. */
export const manifestKey = (run: string, directory: string): string =>
  `${directoryFolder(run, directory)}/manifest.json`;

/** Key of the signature beside it. */
export const signatureKey = (run: string, directory: string): string => `${manifestKey(run, directory)}.sig`;

/** The files with what binds a manifest to all that went before, and to who signs it. */
export async function linkManifest<F extends ManifestFiles>(
  files: F,
  head: DirectoryHead,
  signer: Signer,
  signal: AbortSignal,
): Promise<F & Pick<ManifestBase, "version" | "root" | "previous" | "signer">> {
  const { label, algorithm } = signer;
  return {
    ...files,
    version: MANIFEST_VERSION,
    root: merkleRoot(manifestFiles(files)),
    previous: head.manifest ?? null,
    signer: { label, algorithm, key: fingerprintOf(await signer.publicKey(signal)) },
  };
}

/**
 * Signs and writes a manifest; answers its hash. The signature is written first: wherever a manifest is, its signature is, too.
 * Should a try that wrote both be repeated and die between the two, the next one corrects it.
 */
export async function storeManifest(
  evidence: Evidence,
  signer: Signer,
  manifest: ManifestBase,
  signal: AbortSignal,
): Promise<string> {
  const { run, id } = manifest;
  const { bytes, signature } = await signManifest(signer, manifest, signal);
  await evidence.put(signatureKey(run, id), signature, "application/json");
  await evidence.put(manifestKey(run, id), bytes, "application/json");
  return sha256(bytes);
}

/** Signs a manifest. Answers its bytes, and those of the file that lies beside it with the ending `.sig`. */
export async function signManifest(
  signer: Signer,
  manifest: { readonly signer: ManifestBase["signer"] },
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly signature: Uint8Array }> {
  const { algorithm, key, label } = manifest.signer;
  const bytes = encodeJson(manifest);
  const signature = Buffer.from(await signer.sign(bytes, signal)).toString("base64");
  const signatureFile: Signature = { version: 1, algorithm, key, label, signature };
  return { bytes, signature: encodeJson(signatureFile) };
}

const encodeJson = (value: object) => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

/** Writes the policy that a run judged by, under its own hash, so that runs with the same policy share the file. */
export async function storePolicy(evidence: Evidence, policy: Policy, hash: string): Promise<StoredFile> {
  const key = `policies/${hash}.json`;
  await evidence.put(key, new TextEncoder().encode(policyJson(policy)), "application/json", true);
  return { key, sha256: hash, count: 1 };
}
