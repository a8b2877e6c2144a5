#!/usr/bin/env node
/**
 * Checks evidence of mfa-warden: a folder of evidence, or an unpacked archive of `report --pack`. It needs only Node 20 or later.
 *
 *     node verify.mjs FOLDER --key PUBLIC_KEY.pem --expect-key FINGERPRINT --expect-head HASH[,HASH...]
 *                     [--from RUN] [--pack] [--json]
 *
 * FINGERPRINT is the SHA-256 of the public key. HASH is that of each directory's newest manifest. Get both from somebody you
 * trust, and not from where the evidence lies. `--from RUN` says: I know that the runs before RUN are not in the folder. `--pack`
 * says: the folder is an unpacked archive.
 *
 * This file shares no code with the program that wrote the evidence. `verify` below lists the steps. The functions of each step
 * follow in the same order. Exit code: 0 verified, 3 not verified, 2 called wrongly.
 */
import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
} from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";

const MANIFEST_VERSION = 2;
const PACK_VERSION = 1;
const PACK_MANIFEST = "pack-manifest.json";
/** mfa-warden writes files of a few MiB. A larger one is not read into memory. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** A row is a few hundred bytes long. */
const MAX_LINE_BYTES = 1024 * 1024;
/** How much is read or unpacked at a time. */
const PIECE_BYTES = 1024 * 1024;
const FILES_IN_PARALLEL = 8;
const DIGEST_BYTES = 8;
/** The clocks of two machines may differ by so much without a note. */
const CLOCK_DIFFERENCE_MS = 60_000;
const HOUR_RUN_PREFIX = "events-";

// ---------------------------------------------------------------- The steps

/**
 * Checks a folder and tells all that is wrong with it.
 * @param {Question} question
 * @returns {Promise<Result>}
 */
export async function verify(question) {
  const check = startCheck(question);
  acceptKeys(check, question);
  const pack = checkPack(check);
  startPeople(check, pack);
  startPeriod(check, pack);
  const links = await checkManifests(check);
  noteUnnamedFiles(check);
  const chains = checkChains(check, links);
  checkExpectedHeads(check, chains);
  checkPeople(check, links);
  checkPeriod(check);
  const absent = checkDirectories(check, chains, pack);
  noteNewestSweeps(check, chains);
  noteSigners(check);
  return printable(makeResult({ check, chains, absent, pack }));
}

// ---------------------------------------------------------------- Shapes

/**
 * What is asked. `keys`: public keys as PEM. `keyFiles`: where these were read from. `expectedKeys` are fingerprints, and `heads`
 * hashes of the newest manifests, which came by another way. `from`: a run before which others may be missing. `pack`: the folder
 * is an unpacked archive.
 * @typedef {{
 *   folder: string, keys: readonly string[], keyFiles?: readonly string[], expectedKeys?: readonly string[],
 *   heads?: readonly string[], from?: string, pack?: boolean,
 * }} Question
 *
 * One thing that is wrong, or that an auditor should know. `where`: a file, a directory, or a key.
 * @typedef {{ code: string, where: string, text: string }} Remark
 *
 * The manifests of one directory, and the newest of them. `anchored`: the newest one is an expected head.
 * @typedef {{ directory: string, runs: number, head: { run: string, hash: string }, anchored: boolean }} ChainSummary
 *
 * The answer. `verified`: there is no fault. `partial`: earlier runs are not in the folder, as `from` said. `absent`: directories
 * of the policy of which nothing is in the folder. `pack`: the archive, if its list of files is signed.
 * @typedef {{
 *   verified: boolean, anchored: boolean, partial: boolean, absent: string[], chains: ChainSummary[],
 *   faults: Remark[], notes: Remark[], signers: { key: string, label: string }[],
 *   manifests: number, files: number, rows: number, bytes: number,
 *   pack?: { run: string, files: number, period?: { from: string, to: string } },
 * }} Result
 *
 * A file that a manifest names. `count`: rows of a page, digests of an id file, changes of a change file, 1 of a policy.
 * @typedef {{ key: string, sha256: string, count: number }} NamedFile
 *
 * @typedef {"policy" | "page" | "ids" | "changes"} FileKind
 * @typedef {{ kind: FileKind, file: NamedFile }} ManifestFile
 * @typedef {{ [name: string]: number }} Counts
 * @typedef {{ label: string, algorithm: string, key: string }} Signer
 *
 * What one run left of one directory. `recovers`: the dead run whose changes these are.
 * @typedef {{
 *   version: number, kind: "sweep" | "events", run: string, id: string, hour?: string, endedAt?: string, status?: string,
 *   recovers?: string, approval?: { by?: unknown }, people?: string, mode?: string, plan?: string, after?: Counts,
 *   policy: string, policyFile: NamedFile, parts?: { pages: NamedFile[], ids: NamedFile, shard?: string }[],
 *   shardTotals?: ShardTotal[], shards?: { count: number, longest?: { id: string, accounts: number } },
 *   totals?: number[], claimed?: number, changeLog: NamedFile[], read?: number, duplicates?: number, verdicts?: Counts, changes: Counts, root: string,
 *   previous: { run: string, hash: string } | null, signer: Signer,
 * }} Manifest
 *
 * A part of a directory that was listed part by part: counted before and after reading, and its rows.
 * @typedef {{ id: string, before: number, after: number, read: number }} ShardTotal
 *
 * What is kept of a manifest to check the chain.
 * @typedef {{
 *   directory: string, run: string, hash: string, kind: "sweep" | "events", policy: string, previous: Manifest["previous"],
 *   hour: string | undefined, endedAt: string | undefined, status: string | undefined, recovers: string | undefined,
 * }} Link
 *
 * The manifests of one directory, oldest first.
 * @typedef {{ directory: string, order: Link[] }} Chain
 *
 * The list of an archive's files. `withoutEvidence`: directories of the policy of which the run left nothing.
 * @typedef {{
 *   version: number, kind: "pack", run: string, period?: { from: string, to: string }, withoutEvidence: string[],
 *   files: { path: string, sha256: string }[], signer: Signer,
 * }} Pack
 *
 * What the files of one manifest hold. `isWhole`: every file could be counted.
 * `approvers`: who approved the undoing of changes; "" where a change was undone and nobody approved it.
 * @typedef {{
 *   rows: number, ids: number, verdicts: Map<string, number>, changes: Map<string, number>, approvers: Set<string>,
 *   isWhole: boolean,
 * }} Tally
 *
 * What an archive's report says of people, and from which sweeps.
 * @typedef {{
 *   basis: { directory: string, run: string, manifest: string, accounts: number }[],
 *   people: number, inSeveralDirectories: number, coverage: Counts, notJoined: { count: number },
 * }} SaidPeople
 *
 * An account of a known person. `way`: whether it is covered, open, or nothing is required of it; else nobody can sign in with it.
 * @typedef {{ directory: string, way: "covered" | "open" | "unrequired" | undefined, further: boolean, number: string | undefined }} PersonAccount
 *
 * People are joined again. `ways` is what manifests say of how accounts got their keys. `firstWith`: by digest, the first account
 * with it. `parent` leads from an account to another one of the same person.
 * @typedef {{
 *   said: SaidPeople, accounts: PersonAccount[], parent: number[], firstWith: Map<string, number>, notJoined: number,
 *   counts: Map<string, number>, ways: Set<string>, isChanged: boolean, isRepeated: boolean,
 * }} PeopleCheck
 *
 * What an archive's report over a period says of a sweep. `evidence`: "sealed" where its counts are those of its manifest.
 * @typedef {{
 *   run: string, directory: string, evidence: string, manifest?: string, isWhole: boolean, endedAt?: string, startedAt: string,
 *   read: number, verdicts: Counts, after: Counts, changes: Counts,
 * }} SaidSweep
 *
 * What that report says. `allowed`: how long may lie between two sweeps that read everybody. `directories`: from when to when a
 * policy named each; without them it was there from the beginning, or to the end.
 * @typedef {{
 *   from: string, to: string, begins: string, ends: string, sweeps: SaidSweep[],
 *   hours: { run: string, directory: string, manifest: string, changes: Counts }[],
 *   allowed: { directory: string, allowedMs: number }[], gaps: { directory: string, from: string, to: string }[],
 *   directories: { directory: string, came?: string, left?: string }[],
 * }} SaidPeriod
 *
 * `manifests`: those of the archive, by hash.
 * @typedef {{ said: SaidPeriod, manifests: Map<string, Manifest> }} PeriodCheck
 *
 * The state of the check. `isPeriod`: it is an archive of a period, so its chains begin where the period does. `folder`: the given one. `root`: where `runs` and `policies` lie. `policies`: directory ids by file.
 * @typedef {{
 *   folder: string, root: string, isPack: boolean, heads: readonly string[], from: string | undefined,
 *   keys: Map<string, import("node:crypto").KeyObject>, faults: Remark[], notes: Remark[],
 *   policies: Map<string, string[]>, signers: Map<string, string>, people?: PeopleCheck, isPeriod: boolean, period?: PeriodCheck,
 *   totals: { manifests: number, files: number, rows: number, bytes: number },
 * }} Check
 *
 * A manifest with the signature beside it. `name`: of the manifest, within `folder`.
 * @typedef {{ folder: string, name: string, bytes: Uint8Array, signer: Signer }} SignedFile
 *
 * Why a file was not read.
 * @typedef {{ code: "missing-file" | "altered", text: string }} ReadProblem
 */

// ---------------------------------------------------------------- Start and keys

/** @param {Question} question @returns {Check} */
function startCheck({ folder, heads = [], from, pack = false }) {
  const realFolder = realpathSync(folder);
  const evidence = join(realFolder, "evidence");
  // Also without `pack`, so that an archive is never checked by half.
  const isPack = pack || entryAt(join(realFolder, PACK_MANIFEST)) !== undefined;
  return {
    folder: realFolder,
    root: isPack && entryAt(evidence)?.isDirectory() ? evidence : realFolder,
    isPack,
    heads,
    from,
    keys: new Map(),
    faults: [],
    notes: [],
    policies: new Map(),
    signers: new Map(),
    isPeriod: false,
    totals: { manifests: 0, files: 0, rows: 0, bytes: 0 },
  };
}

/** @param {Check} check @param {string} code @param {string} where @param {string} text */
const addFault = ({ faults }, code, where, text) => void faults.push({ code, where, text });

/** @param {Check} check @param {string} code @param {string} where @param {string} text */
const addNote = ({ notes }, code, where, text) => void notes.push({ code, where, text });

/**
 * Accepts the given keys. If fingerprints are expected, then only keys with these. A key that lies in the folder needs one.
 * @param {Check} check @param {Question} question
 */
function acceptKeys(check, { keys, keyFiles = [], expectedKeys = [] }) {
  for (const pem of keys) {
    const [fingerprint, key] = readKey(pem);
    if (expectedKeys.length === 0 || expectedKeys.includes(fingerprint)) check.keys.set(fingerprint, key);
    else addFault(check, "unexpected-key", fingerprint, "You gave this key, and it is not an expected one.");
  }
  if (expectedKeys.length > 0) return;
  for (const file of keyFiles.filter((path) => isInside(check.folder, path)))
    addFault(check, "own-key", file, "It came with the evidence. Say with --expect-key which key you trust.");
}

/** @param {string} folder a real path @param {string} path */
function isInside(folder, path) {
  const way = relative(folder, realpathSync(path));
  return !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
}

/**
 * Reads a public key. Throws if it is neither Ed25519 nor P-256.
 * @param {string} pem @returns {[string, import("node:crypto").KeyObject]} fingerprint and key
 */
export function readKey(pem) {
  const key = createPublicKey(pem);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== "ed25519" && curve !== "prime256v1")
    throw new TypeError("The key is neither Ed25519 nor P-256.");
  return [sha256Hex(key.export({ type: "spki", format: "der" })), key];
}

/**
 * Reads fingerprints as people write them. Throws if one is not a SHA-256 in hex.
 * @param {readonly string[]} texts each may hold several, with commas between them @returns {string[]}
 */
export function readFingerprints(texts) {
  const fingerprints = texts
    .flatMap((text) => text.split(","))
    .map((text) => text.trim().replaceAll(":", "").toLowerCase());
  const wrong = fingerprints.find((text) => !SHA256_HEX.test(text));
  if (wrong !== undefined) throw new TypeError(`${wrong} is not a fingerprint: it must be a SHA-256, 64 hex digits.`);
  return fingerprints;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** @param {Uint8Array[]} parts */
function sha256(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** @param {Uint8Array} bytes */
const sha256Hex = (bytes) => sha256(bytes).toString("hex");

// ---------------------------------------------------------------- Files: only regular ones, only within the folder

/** @param {string} path */
function entryAt(path) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** @param {string} text @returns {{ problem: ReadProblem }} */
const unreadable = (text) => ({ problem: { code: "altered", text } });

/**
 * Finds a file below a folder. No part of its name may lead out of the folder or be a link.
 * @param {string} root @param {string} name with slashes @returns {{ path: string } | { problem: ReadProblem }}
 */
function findRegularFile(root, name) {
  const steps = name.split("/");
  if (steps.some((step) => ["", ".", ".."].includes(step) || /[\\\0]/.test(step)))
    return unreadable("Its name leads out of the folder.");
  let path = root;
  for (const [index, step] of steps.entries()) {
    path = join(path, step);
    const entry = entryAt(path);
    if (entry === undefined) return { problem: { code: "missing-file", text: "The file is not there." } };
    if (index < steps.length - 1 ? !entry.isDirectory() : !entry.isFile())
      return unreadable("It, or a folder above it, is not a regular file or folder, but a link or something else.");
  }
  return { path };
}

/**
 * Opens a file, gives it to `use`, and closes it.
 * @template T
 * @param {string} root @param {string} name @param {(descriptor: number, bytes: number) => T} use
 * @returns {{ value: T } | { problem: ReadProblem }}
 */
function useFile(root, name, use) {
  const found = findRegularFile(root, name);
  if ("problem" in found) return found;
  let descriptor;
  try {
    // Should a link or a device be put there in the meantime, opening it fails or does not wait.
    descriptor = openSync(found.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const entry = fstatSync(descriptor);
    if (!entry.isFile()) return unreadable("It is not a regular file.");
    return { value: use(descriptor, entry.size) };
  } catch {
    return unreadable("The file cannot be read.");
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Reads a whole file of at most 64 MiB.
 * @param {string} root @param {string} name @returns {{ value: Buffer } | { problem: ReadProblem }}
 */
function readWholeFile(root, name) {
  const read = useFile(root, name, (descriptor, bytes) =>
    bytes > MAX_FILE_BYTES ? undefined : readFileSync(descriptor),
  );
  if ("problem" in read) return read;
  if (read.value !== undefined) return { value: read.value };
  return unreadable("The file is larger than 64 MiB. mfa-warden writes no such file here.");
}

/** Hashes a file of any size, a piece at a time. @param {string} root @param {string} name */
const hashFile = (root, name) =>
  useFile(root, name, (descriptor) => {
    const hash = createHash("sha256");
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let length = readSync(descriptor, piece); length > 0; length = readSync(descriptor, piece))
      hash.update(piece.subarray(0, length));
    return hash.digest("hex");
  });

/** Lists what is in a folder, sorted. It lists nothing if the folder is missing or a link. @param {string} path */
function listFolder(path) {
  if (!entryAt(path)?.isDirectory()) return [];
  return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lists what is in a folder but hidden files, in which nothing is looked for. @param {string} path */
const listVisible = (path) => listFolder(path).filter(({ name }) => !name.startsWith("."));

/** @param {Uint8Array} bytes @returns {any} `undefined` if it is not JSON */
function parseJson(bytes) {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {unknown} value */
const isText = (value) => typeof value === "string";
/** @param {unknown} value */
const isTextOrMissing = (value) => value === undefined || isText(value);
/** @param {unknown} value */
const isCount = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** @param {unknown} value */
const isCounts = (value) => isObject(value) && Object.values(value).every(isCount);

// ---------------------------------------------------------------- The archive: every file is in a signed list

/**
 * Checks an archive's list of files: its signature, then each file that it lists, then that there is no other.
 * @param {Check} check @returns {Pack | undefined} `undefined` if it is no archive, or nobody known signed its list
 */
function checkPack(check) {
  if (!check.isPack) return undefined;
  const read = readWholeFile(check.folder, PACK_MANIFEST);
  if ("problem" in read) return void addFault(check, read.problem.code, PACK_MANIFEST, read.problem.text);
  const pack = parseJson(read.value);
  if (!isPackManifest(pack))
    return void addFault(check, "form", PACK_MANIFEST, `This is not a list of files of version ${PACK_VERSION}.`);
  const isSigned = checkSignature(check, {
    folder: check.folder,
    name: PACK_MANIFEST,
    bytes: read.value,
    signer: pack.signer,
  });
  if (!isSigned) return undefined;
  for (const { path, sha256: expected } of pack.files) checkPackedFile(check, path, expected);
  checkExtraFiles(check, pack);
  return pack;
}

/** @param {any} value @returns {value is Pack} */
const isPackManifest = (value) =>
  isObject(value) &&
  value.version === PACK_VERSION &&
  value.kind === "pack" &&
  isText(value.run) &&
  (value.period === undefined || (isObject(value.period) && isText(value.period.from) && isText(value.period.to))) &&
  isSigner(value.signer) &&
  Array.isArray(value.withoutEvidence) &&
  value.withoutEvidence.every(isText) &&
  Array.isArray(value.files) &&
  value.files.every((file) => isObject(file) && isText(file.path) && isText(file.sha256));

/** @param {any} value */
const isSigner = (value) => isObject(value) && [value.key, value.label, value.algorithm].every(isText);

/** @param {Check} check @param {string} path @param {string} expected */
function checkPackedFile(check, path, expected) {
  const hashed = hashFile(check.folder, path);
  if ("problem" in hashed) addFault(check, hashed.problem.code, path, hashed.problem.text);
  else if (hashed.value !== expected) addFault(check, "altered", path, "It is not the file that was packed.");
}

/** @param {Check} check @param {Pack} pack */
function checkExtraFiles(check, { files }) {
  const listed = new Set([PACK_MANIFEST, `${PACK_MANIFEST}.sig`, ...files.map(({ path }) => path)]);
  for (const name of namesBelow(check.folder, ""))
    if (!listed.has(name))
      addFault(check, "extra-file", name, "The signed list of the archive does not name this file.");
}

/**
 * Yields every name below a folder that is not itself a folder.
 * @param {string} folder @param {string} prefix @returns {Generator<string>}
 */
function* namesBelow(folder, prefix) {
  for (const entry of listFolder(join(folder, prefix))) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) yield* namesBelow(folder, `${name}/`);
    else yield name;
  }
}

// ---------------------------------------------------------------- Signatures

/** Each kind of key has one algorithm, and one label that says who keeps it. */
const KEY_KINDS = {
  ed25519: { algorithm: "ed25519", label: "self-signed" },
  ec: { algorithm: "ecdsa-p256-sha256", label: "aws-kms" },
};

/**
 * Checks who signed a manifest. If this answers `false`, then nothing that the manifest names is opened.
 * @param {Check} check @param {SignedFile} file
 */
function checkSignature(check, file) {
  const { folder, name, signer } = file;
  const read = readWholeFile(folder, `${name}.sig`);
  if ("problem" in read && read.problem.code === "missing-file")
    return refuse(check, "unsigned", name, "Nobody signed this manifest.");
  const signature = "problem" in read ? undefined : parseJson(read.value);
  if (!isSigner(signature) || !isText(signature.signature))
    return refuse(check, "signature", `${name}.sig`, "This signature cannot be read.");
  if (signature.key !== signer.key || signature.label !== signer.label)
    return refuse(check, "signature", `${name}.sig`, "The signature and the manifest name different signers.");
  const key = check.keys.get(signer.key);
  if (!key) return refuse(check, "wrong-key", name, `The key ${signer.key} signed this. It is not one that you gave.`);
  if (!isSignedBy(key, file, signature.signature))
    return refuse(check, "signature", name, "The signature does not fit: somebody altered this after it was signed.");
  checkLabel(check, name, key, signer);
  return true;
}

/** @param {Check} check @param {string} code @param {string} where @param {string} text */
function refuse(check, code, where, text) {
  addFault(check, code, where, text);
  return false;
}

/** @param {import("node:crypto").KeyObject} key */
const keyKind = (key) => (key.asymmetricKeyType === "ed25519" ? KEY_KINDS.ed25519 : KEY_KINDS.ec);

/**
 * Ed25519 hashes by itself. ECDSA signs the SHA-256, and its signature is DER.
 * @param {import("node:crypto").KeyObject} key @param {SignedFile} file @param {string} signature base64
 */
function isSignedBy(key, { bytes, signer }, signature) {
  const kind = keyKind(key);
  const hashName = kind === KEY_KINDS.ed25519 ? null : "sha256";
  return signer.algorithm === kind.algorithm && verifySignature(hashName, bytes, key, Buffer.from(signature, "base64"));
}

/** @param {Check} check @param {string} name @param {import("node:crypto").KeyObject} key @param {Signer} signer */
function checkLabel(check, name, key, signer) {
  const { label, algorithm } = keyKind(key);
  if (signer.label !== label)
    addFault(check, "wrong-label", name, `It calls its key ${signer.label}. An ${algorithm} key can only be ${label}.`);
  check.signers.set(signer.key, label);
}

/** @param {Check} check */
function noteSigners(check) {
  for (const [key, label] of check.signers)
    if (label === "self-signed")
      addNote(check, label, key, "This key lies on somebody's own machine. Its owner could have written all of this.");
    else
      addNote(check, "label", key, `The manifests call this key ${label}. Only who gave it to you can confirm that.`);
}

// ---------------------------------------------------------------- Manifests: one of each run and directory

/** @param {Check} check @returns {Promise<Link[]>} */
async function checkManifests(check) {
  /** @type {Link[]} */
  const links = [];
  for (const { run, directory } of listRuns(check)) {
    const link = await checkManifest(check, run, directory);
    if (link) links.push(link);
  }
  const { manifests, rows } = check.totals;
  if (manifests === 0) addFault(check, "empty", "runs", "There is no manifest here, so nothing is proved.");
  else if (rows === 0)
    addNote(check, "no rows", "runs", "There is no account in these runs. They prove nothing of anybody.");
  return links;
}

const UNNAMED_TEXT = "No manifest names this, so it proves nothing.";

/** Every folder `runs/RUN/DIRECTORY`. @param {Check} check */
function* listRuns(check) {
  for (const run of listVisible(join(check.root, "runs"))) {
    if (!run.isDirectory()) addNote(check, "unnamed", `runs/${run.name}`, UNNAMED_TEXT);
    for (const directory of listVisible(join(check.root, "runs", run.name)))
      if (directory.isDirectory()) yield { run: run.name, directory: directory.name };
      else addNote(check, "unnamed", `runs/${run.name}/${directory.name}`, UNNAMED_TEXT);
  }
}

/**
 * Checks one manifest. It becomes a link of the chain also if it is not signed, so that no gap is told beside that fault.
 * @param {Check} check @param {string} run @param {string} directory @returns {Promise<Link | undefined>}
 */
async function checkManifest(check, run, directory) {
  const folder = `runs/${run}/${directory}`;
  const name = `${folder}/manifest.json`;
  const read = readWholeFile(check.root, name);
  if ("problem" in read && read.problem.code === "missing-file")
    return void addNote(check, "unfinished", folder, "No manifest is here: the run died, or somebody took it away.");
  const bytes = "problem" in read ? Buffer.alloc(0) : read.value;
  check.totals.manifests++;
  check.totals.bytes += bytes.length;
  const manifest = parseJson(bytes);
  if (!isManifest(manifest))
    return void addFault(check, "form", name, `This is not a manifest of version ${MANIFEST_VERSION}.`);
  if (checkSignature(check, { folder: check.root, name, bytes, signer: manifest.signer })) {
    if (manifest.run === run && manifest.id === directory) await checkFiles(check, folder, manifest);
    else
      addFault(check, "reordered", name, `It is the manifest of run ${manifest.run} of ${manifest.id}, and lies here.`);
  }
  const { kind, previous, policy, hour, endedAt, status, recovers } = manifest;
  const hash = sha256Hex(bytes);
  // The names of its files are many, and of no use any more.
  check.period?.manifests.set(hash, { ...manifest, parts: [], changeLog: [] });
  return { directory, run, kind, previous, policy, hour, endedAt, status, recovers, hash };
}

/** @param {any} value @returns {value is Manifest} */
const isManifest = (value) =>
  isObject(value) &&
  value.version === MANIFEST_VERSION &&
  [value.run, value.id, value.policy, value.root].every(isText) &&
  [value.hour, value.endedAt, value.status, value.recovers].every(isTextOrMissing) &&
  isSigner(value.signer) &&
  (value.previous === null ||
    (isObject(value.previous) && isText(value.previous.hash) && isText(value.previous.run))) &&
  isCounts(value.changes) &&
  isNamedFile(value.policyFile) &&
  isNamedFiles(value.changeLog) &&
  (isSweepManifest(value) || isHourManifest(value));

/** @param {Record<string, any>} value */
const isSweepManifest = (value) =>
  value.kind === "sweep" &&
  !value.run.startsWith(HOUR_RUN_PREFIX) &&
  isCount(value.read) &&
  isCount(value.duplicates ?? 0) &&
  isCounts(value.verdicts ?? {}) &&
  isCounts(value.after ?? {}) &&
  Array.isArray(value.parts) &&
  value.parts.every(
    (part) => isObject(part) && isNamedFiles(part.pages) && isNamedFile(part.ids) && isTextOrMissing(part.shard),
  ) &&
  (value.shardTotals === undefined || (isShardTotals(value.shardTotals) && Array.isArray(value.totals)));

/** @param {any} value */
const isShardTotals = (value) =>
  Array.isArray(value) &&
  value.every((one) => isObject(one) && isText(one.id) && [one.before, one.after, one.read].every(isCount));

/** @param {Record<string, any>} value */
const isHourManifest = (value) =>
  value.kind === "events" &&
  isText(value.hour) &&
  value.run === `${HOUR_RUN_PREFIX}${value.hour}` &&
  value.parts === undefined;

/** @param {any} value */
const isNamedFile = (value) => isObject(value) && isText(value.key) && isText(value.sha256) && isCount(value.count);
/** @param {any} value */
const isNamedFiles = (value) => Array.isArray(value) && value.every(isNamedFile);

// ---------------------------------------------------------------- The files that a manifest names

/** @param {Check} check @param {string} folder @param {Manifest} manifest */
async function checkFiles(check, folder, manifest) {
  const files = filesOf(manifest);
  if (merkleRoot(files.map(({ file }) => file)) !== manifest.root)
    addFault(check, "root", `${folder}/manifest.json`, "Its root is not the root of the files that it names.");
  /** @type {Tally} */
  const tally = {
    rows: 0,
    ids: 0,
    verdicts: new Map(),
    changes: new Map([["planned", 0]]),
    approvers: new Set(),
    isWhole: true,
  };
  const waiting = files.values();
  const checkNext = async () => {
    for (const file of waiting) await checkFile(check, folder, manifest, file, tally);
  };
  await Promise.all(Array.from({ length: FILES_IN_PARALLEL }, checkNext));
  if (tally.isWhole) checkCounts(check, folder, manifest, tally);
  if (check.people && isBasis(check.people, manifest)) notePeopleSource(check.people, manifest);
  checkApprovers(check, folder, manifest, tally);
  noteUnnamedRunFiles(check, folder, files);
}

/** Every file of a manifest, in the order of the leaves of its tree. @param {Manifest} manifest @returns {ManifestFile[]} */
const filesOf = ({ policyFile, parts = [], changeLog }) => [
  { kind: "policy", file: policyFile },
  ...parts.flatMap(({ pages, ids }) => [...pages.map((file) => ofKind("page", file)), ofKind("ids", ids)]),
  ...changeLog.map((file) => ofKind("changes", file)),
];

/** @param {FileKind} kind @param {NamedFile} file @returns {ManifestFile} */
const ofKind = (kind, file) => ({ kind, file });

/**
 * The root of the tree of RFC 9162, section 2.1.1. A leaf is the SHA-256 of a zero byte and the JSON array [key, sha256, count].
 * A node is that of a one byte and its two halves.
 * @param {NamedFile[]} files
 */
function merkleRoot(files) {
  const leaves = files.map(({ key, sha256: hash, count }) =>
    sha256(Buffer.of(0), Buffer.from(JSON.stringify([key, hash, count]))),
  );
  /** @param {number} from @param {number} to @returns {Buffer} */
  const rootOf = (from, to) => {
    if (to - from === 1) return leaves[from] ?? sha256();
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return sha256(Buffer.of(1), rootOf(from, from + half), rootOf(from + half, to));
  };
  return rootOf(0, leaves.length).toString("hex");
}

/** @param {Check} check @param {string} folder @param {Manifest} manifest @param {ManifestFile} file @param {Tally} tally */
async function checkFile(check, folder, manifest, { kind, file }, tally) {
  const { key, sha256: expected, count } = file;
  /** @param {string} code @param {string} text */
  const refuse = (code, text) => {
    tally.isWhole = false;
    addFault(check, code, key, text);
  };
  if (!isOwnFile(kind, key, folder, manifest)) return refuse("form", "The manifest names a file that is not its own.");
  if (kind === "policy" && expected !== manifest.policy)
    return refuse("policy", "The manifest names a policy by its hash, and a policy file with another hash.");
  const read = readWholeFile(check.root, key);
  if ("problem" in read) return refuse(read.problem.code, read.problem.text);
  check.totals.files++;
  check.totals.bytes += read.value.length;
  if (sha256Hex(read.value) !== expected) return refuse("altered", "It is not the file that was written.");
  if (kind === "policy") check.policies.set(key, directoriesIn(read.value));
  const people = kind === "page" && check.people && isBasis(check.people, manifest) ? check.people : undefined;
  const useRow = people && ((/** @type {any} */ row) => addAccount(people, manifest.id, row));
  const found = await countContent({ kind, bytes: read.value, expected: count }, tally, useRow).catch(() => undefined);
  if (kind === "page") check.totals.rows += found ?? 0;
  if (found === undefined)
    refuse("count", `It holds lines that cannot be counted, or more than ${count}, which the manifest says.`);
  else if (found !== count) refuse("count", `It holds ${found}. The manifest says ${count}.`);
}

const FILE_NAMES = { page: /^page-\d+-\d+\.ndjson\.gz$/, ids: /^ids-\d+\.bin$/, changes: /^changes-\d+\.ndjson\.gz$/ };

/** @param {FileKind} kind @param {string} key @param {string} folder @param {Manifest} manifest */
const isOwnFile = (kind, key, folder, { policy }) =>
  kind === "policy"
    ? SHA256_HEX.test(policy) && key === `policies/${policy}.json`
    : key.startsWith(`${folder}/`) && FILE_NAMES[kind].test(key.slice(folder.length + 1));

/** The ids of the directories of a policy. @param {Uint8Array} bytes @returns {string[]} */
function directoriesIn(bytes) {
  const directories = parseJson(bytes)?.directories;
  return Array.isArray(directories) ? directories.map((directory) => String(directory?.id)) : [];
}

// ---------------------------------------------------------------- What the files hold

/**
 * Counts what a file holds, and adds it to the tally. Throws if it cannot be counted, or holds more lines than `expected`.
 * @param {{ kind: FileKind, bytes: Buffer, expected: number }} content @param {Tally} tally
 * @param {((row: any) => void) | undefined} useRow of a page
 */
async function countContent({ kind, bytes, expected }, tally, useRow) {
  if (kind === "policy") return 1;
  if (kind === "ids") {
    tally.ids += bytes.length / DIGEST_BYTES;
    return bytes.length / DIGEST_BYTES;
  }
  let lines = 0;
  await unpackLines(bytes, (block) => {
    lines += kind === "page" ? countRows(block, tally.verdicts) : countChanges(block, tally);
    if (lines > expected) throw new RangeError("The file holds more lines than the manifest says.");
    if (useRow) for (const line of block.toString("utf8").split("\n").slice(0, -1)) useRow(JSON.parse(line));
  });
  if (kind === "page") tally.rows += lines;
  return lines;
}

const LINE_BREAK = 0x0a;

/**
 * Unpacks a file a piece at a time, and gives whole lines to `use`. Memory does not grow with the file.
 * @param {Buffer} bytes @param {(block: Buffer) => void} use
 */
async function unpackLines(bytes, use) {
  const unpacker = createGunzip({ chunkSize: PIECE_BYTES });
  unpacker.end(bytes);
  /** @type {Buffer} */
  let rest = Buffer.alloc(0);
  for await (const piece of unpacker) {
    const block = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = block.lastIndexOf(LINE_BREAK) + 1;
    if (end > 0) use(block.subarray(0, end));
    rest = block.subarray(end);
    if (rest.length > MAX_LINE_BYTES) throw new RangeError("A line is too long.");
  }
  if (rest.length > 0) throw new RangeError("The last line has no end.");
}

/** A row's verdict follows this. In a text of the row, such as a user name, JSON writes a quote as \\". */
const VERDICT_KEY = Buffer.from('"verdict":"');
const VERDICTS = ["compliant", "pending", "violating", "grace", "exempt", "unknown", "out-of-scope"].map((name) => ({
  name,
  bytes: Buffer.from(`${name}"`),
}));

/**
 * Counts rows by verdict without parsing them. Throws if a line has no known verdict.
 * @param {Buffer} block @param {Map<string, number>} verdicts
 */
function countRows(block, verdicts) {
  const counts = VERDICTS.map(() => 0);
  let rows = 0;
  for (let start = 0; start < block.length; rows++) {
    const key = block.indexOf(VERDICT_KEY, start);
    const end = block.indexOf(LINE_BREAK, start);
    const verdict = key < 0 || end < key ? -1 : verdictAt(block, key + VERDICT_KEY.length);
    if (verdict < 0) throw new RangeError("A row has no verdict.");
    counts[verdict] = (counts[verdict] ?? 0) + 1;
    start = end + 1;
  }
  for (const [index, { name }] of VERDICTS.entries()) increase(verdicts, name, counts[index]);
  return rows;
}

/** @param {Buffer} block @param {number} start @returns {number} index of the verdict, or -1 */
function verdictAt(block, start) {
  return VERDICTS.findIndex(({ bytes }) => {
    let length = 0;
    while (length < bytes.length && block[start + length] === bytes[length]) length++;
    return length === bytes.length;
  });
}

/** Counts changes by outcome, and keeps who approved what was put back. @param {Buffer} block @param {Tally} tally */
function countChanges(block, { changes, approvers }) {
  const lines = block.toString("utf8").split("\n").slice(0, -1);
  for (const line of lines) {
    increase(changes, "planned");
    const { outcome, revert } = JSON.parse(line);
    if (typeof outcome === "string") increase(changes, outcome);
    if (outcome === "reverted") approvers.add(isText(revert?.approvedBy) ? revert.approvedBy : "");
  }
  return lines.length;
}

/** @param {Map<string, number>} counts @param {string} name */
const increase = (counts, name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by);

// ---------------------------------------------------------------- A manifest's own counts

/** @param {Check} check @param {string} folder @param {Manifest} manifest @param {Tally} tally */
function checkCounts(check, folder, manifest, tally) {
  /** @param {string} what @param {number} said @param {number} found */
  const compare = (what, said, found) => {
    if (said !== found)
      addFault(check, "count", `${folder}/manifest.json`, `It says ${said} ${what}. Its files hold ${found}.`);
  };
  const changes = new Map(Object.entries(manifest.changes));
  for (const outcome of new Set([...changes.keys(), ...tally.changes.keys()]))
    compare(`changes ${outcome}`, changes.get(outcome) ?? 0, tally.changes.get(outcome) ?? 0);
  if (manifest.kind === "events") return;
  const { read = 0, duplicates = 0, verdicts = {} } = manifest;
  compare("rows, with accounts that were listed again", read + duplicates, tally.rows);
  compare("rows", tally.ids, tally.rows);
  checkVerdicts({ verdicts, duplicates, found: tally.verdicts }, compare);
  for (const text of shardFaults(manifest)) addFault(check, "shards", `${folder}/manifest.json`, text);
}

/**
 * MFA is switched off only as a person has approved: by a plan that the manifest names. What a dead run had done is sealed without it.
 * @param {Check} check @param {string} folder @param {Manifest} manifest @param {Tally} tally
 */
function checkApprovers(check, folder, { approval, recovers }, { approvers }) {
  const isApproved = (/** @type {string} */ by) => by !== "" && (recovers !== undefined || by === approval?.by);
  if ([...approvers].every(isApproved)) return;
  const text = "MFA was switched off again here, and nothing shows that the one who is named has approved it.";
  addFault(check, "unapproved", `${folder}/manifest.json`, text);
}

/**
 * An account that the vendor listed again has a row each time. The manifest counts it once.
 * @param {{ verdicts: Counts, duplicates: number, found: Map<string, number> }} counts
 * @param {(what: string, said: number, found: number) => void} compare
 */
function checkVerdicts({ verdicts, duplicates, found }, compare) {
  const said = new Map(Object.entries(verdicts));
  let allAgain = 0;
  for (const verdict of new Set([...said.keys(), ...found.keys()])) {
    const listed = found.get(verdict) ?? 0;
    const counted = said.get(verdict) ?? 0;
    if (listed < counted || listed > counted + duplicates) compare(`accounts ${verdict}`, counted, listed);
    allAgain += listed - counted;
  }
  compare("rows of accounts that were listed again", duplicates, allAgain);
}

/** How a directory ended that was read whole. */
const READ_WHOLE = ["completed", "awaiting-approval", "halted"];

/**
 * What speaks against a manifest whose directory was listed part by part. By now each page has the rows that the manifest says.
 * @param {Manifest} manifest
 */
function* shardFaults({ parts = [], shardTotals, shards, status = "", ...counts }) {
  if (!shardTotals) {
    const isCut = parts.some(({ shard }) => shard !== undefined);
    if (isCut && READ_WHOLE.includes(status))
      yield "Its pages are of parts of the directory, which it has no counts of.";
    return;
  }
  /** @type {Map<string, number>} */
  const rows = new Map();
  for (const { shard = "", pages } of parts) increase(rows, shard, sumOf(pages.map(({ count }) => count)));
  const named = new Set(shardTotals.map(({ id }) => id));
  for (const shard of rows.keys()) if (!named.has(shard)) yield `It has pages of part "${shard}", and no counts of it.`;
  if (named.size !== shardTotals.length) yield "It has counts of one part twice.";
  for (const total of shardTotals) yield* shardFaultsOf(total, rows.get(total.id) ?? 0);
  const longest = Math.max(0, ...shardTotals.map(({ read }) => read));
  if (shards?.count !== shardTotals.length || shards.longest?.accounts !== longest)
    yield `It says ${shards?.count} parts, the longest of ${shards?.longest?.accounts}. It counts ${shardTotals.length}, the longest of ${longest}.`;
  yield* shardSumFaults(shardTotals, counts);
}

/** @param {ShardTotal} total @param {number} rows */
function* shardFaultsOf({ id, before, after, read }, rows) {
  if (read !== rows) yield `It says ${read} rows of part "${id}". Its pages hold ${rows}.`;
  if (read < Math.min(before, after))
    yield `Of part "${id}" ${read} rows were read. The vendor counted ${before} before and ${after} after.`;
}

/**
 * A part that nobody was in at first is in the sum after reading, and not among the parts.
 * @param {ShardTotal[]} shardTotals @param {{ totals?: number[], claimed?: number, read?: number }} counts
 */
function* shardSumFaults(shardTotals, { totals = [], claimed = 0, read = 0 }) {
  const [first = 0, last = 0] = [totals[0], totals.at(-1)];
  const before = sumOf(shardTotals.map((total) => total.before));
  const after = sumOf(shardTotals.map((total) => total.after));
  if (before !== first) yield `Before reading its parts had ${before} accounts. The vendor counted ${first}.`;
  if (after > last) yield `After reading its parts had ${after} accounts. The vendor counted ${last}.`;
  if (read < Math.max(last, claimed))
    yield `It says that ${read} accounts were read. The vendor counted ${last} and claimed ${claimed}.`;
}

/** @param {number[]} counts */
const sumOf = (counts) => counts.reduce((sum, count) => sum + count, 0);

// ---------------------------------------------------------------- Files that no manifest names

/** @param {Check} check @param {string} folder @param {ManifestFile[]} files */
function noteUnnamedRunFiles(check, folder, files) {
  const named = new Set([
    `${folder}/manifest.json`,
    `${folder}/manifest.json.sig`,
    ...files.map(({ file }) => file.key),
  ]);
  const unnamed = listVisible(join(check.root, folder))
    .map(({ name }) => `${folder}/${name}`)
    .filter((name) => !named.has(name));
  if (unnamed.length > 0)
    addNote(check, "unnamed", folder, `No manifest names ${unnamed.join(", ")}: a repeated step may leave such files.`);
}

/** @param {Check} check */
function noteUnnamedFiles(check) {
  for (const { name } of listVisible(join(check.root, "policies")))
    if (!check.policies.has(`policies/${name}`)) addNote(check, "unnamed", `policies/${name}`, UNNAMED_TEXT);
  for (const { name } of listVisible(check.root))
    if (name !== "runs" && name !== "policies") addNote(check, "unnamed", name, UNNAMED_TEXT);
}

// ---------------------------------------------------------------- The chain of each directory

/** @param {Check} check @param {Link[]} links @returns {Chain[]} */
function checkChains(check, links) {
  /** @type {Map<string, Link[]>} */
  const byDirectory = new Map();
  for (const link of links) append(byDirectory, link.directory, link);
  return [...byDirectory].map(([directory, own]) => ({ directory, order: checkChain(check, directory, own) }));
}

/** @template T @param {Map<string, T[]>} lists @param {string} key @param {T} value */
function append(lists, key, value) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/**
 * Puts a directory's manifests in the order in which they name each other. Hashes prove that order, and no clock changes it.
 * @param {Check} check @param {string} directory @param {Link[]} links
 */
function checkChain(check, directory, links) {
  /** @type {Map<string, Link[]>} */
  const followers = new Map();
  for (const link of links) append(followers, link.previous?.hash ?? "", link);
  const hashes = new Set(links.map(({ hash }) => hash));
  const starts = [...followers.keys()].filter((hash) => !hashes.has(hash));
  const segments = starts.map((start) => followChain(check, followers, start));
  for (const segment of segments) checkStart(check, links, segments, segment);
  const order = segments.toSorted((a, b) => timeOf(a[0]) - timeOf(b[0])).flat();
  if (check.from !== undefined && !order.some((link) => isFrom(check, link)))
    addFault(check, "missing-run", directory, `Run ${check.from} is not here.`);
  checkTimes(check, order);
  return order;
}

/** @param {Check} check @param {Map<string, Link[]>} followers by the hash that they follow @param {string} start */
function followChain(check, followers, start) {
  /** @type {Link[]} */
  const order = [];
  for (let rivals = followers.get(start); rivals; rivals = followers.get(order.at(-1)?.hash ?? "")) {
    const next = chooseFollower(check, followers, rivals);
    if (!next) break;
    order.push(next);
  }
  return order;
}

/**
 * Chooses between manifests that follow the same one. A run that died at its very end leaves one that nothing follows, so only one
 * may be followed. If none is, then the newest is the expected head, or else the last by its clock.
 * @param {Check} check @param {Map<string, Link[]>} followers @param {Link[]} rivals
 */
function chooseFollower(check, followers, rivals) {
  const followed = rivals.filter(({ hash }) => followers.has(hash));
  const newest = rivals.toSorted((a, b) => timeOf(a) - timeOf(b)).at(-1);
  const chosen = followed[0] ?? rivals.find(({ hash }) => check.heads.includes(hash)) ?? newest;
  for (const link of rivals.filter((rival) => rival !== chosen))
    if (followed.includes(link))
      addFault(check, "reordered", manifestName(link), `It and run ${chosen?.run} follow the same run.`);
    else addNote(check, "aside", manifestName(link), "No run follows it: it died at its end, before it was recorded.");
  return chosen;
}

/**
 * The first manifest of a chain follows none. With `from`, and in an archive of a period, the sweep before may be missing, but no hour
 * of events.
 * @param {Check} check @param {Link[]} links @param {Link[][]} segments @param {Link[]} segment
 */
function checkStart(check, links, segments, segment) {
  const [first] = segment;
  if (!first?.previous) return;
  const { run, hash } = first.previous;
  const name = manifestName(first);
  const gap = `Run ${first.run} follows run ${run} with the hash ${hash}, which is not here`;
  const isAllowed =
    segments.length === 1 &&
    (check.isPeriod || segment.some((link) => isFrom(check, link))) &&
    !run.startsWith(HOUR_RUN_PREFIX);
  if (isAllowed) addNote(check, "partial", name, `${gap}: the chain before run ${first.run} is not included.`);
  else if (links.some((link) => link.run === run))
    addFault(check, "altered", name, `${gap}. The manifest of that run is another one.`);
  else addFault(check, "missing-run", name, `${gap}.`);
}

/** Whether this is what is there of the run that `from` names. @param {Check} check @param {Link} link */
const isFrom = ({ from }, { run, recovers }) => from !== undefined && (run === from || recovers === from);

/** @param {Link | undefined} link */
const timeOf = (link) => Date.parse(link?.endedAt ?? `${link?.hour}:00Z`) || 0;

/** @param {Link} link */
const manifestName = ({ run, directory }) => `runs/${run}/${directory}/manifest.json`;

/**
 * A clock may be set back between two sweeps: that is only a note. Hours are sealed by their number, so none follows a later one.
 * @param {Check} check @param {Link[]} order
 */
function checkTimes(check, order) {
  for (const [before, link] of neighbours(order.filter(({ kind }) => kind === "sweep")))
    if (timeOf(link) + CLOCK_DIFFERENCE_MS < timeOf(before))
      addNote(check, "clock", manifestName(link), `It follows run ${before.run}, and its clock is behind that run's.`);
  for (const [before, link] of neighbours(order.filter(({ kind }) => kind === "events")))
    if (timeOf(link) <= timeOf(before))
      addFault(check, "reordered", manifestName(link), `It follows the hour ${before.hour}, and is not a later hour.`);
}

/** @param {Link[]} links @returns {[Link, Link][]} */
const neighbours = (links) => links.slice(1).map((link, index) => [links[index] ?? link, link]);

// ---------------------------------------------------------------- People: joined again from the rows, as the report says it did

const PEOPLE_FILE = "report/people.json";

/** @param {Check} check @param {Pack | undefined} pack */
function startPeople(check, pack) {
  if (!pack?.files.some(({ path }) => path === PEOPLE_FILE)) return;
  const read = readWholeFile(check.folder, PEOPLE_FILE);
  const said = "problem" in read ? undefined : parseJson(read.value);
  if (!isSaidPeople(said)) return addFault(check, "form", PEOPLE_FILE, "It does not say how people are covered.");
  check.people = {
    said,
    accounts: [],
    parent: [],
    firstWith: new Map(),
    notJoined: 0,
    counts: new Map(),
    ways: new Set(),
    isChanged: false,
    isRepeated: false,
  };
}

/** @param {any} value @returns {value is SaidPeople} */
const isSaidPeople = (value) =>
  isObject(value) &&
  Array.isArray(value.basis) &&
  value.basis.every(
    (one) => isObject(one) && [one.directory, one.run, one.manifest].every(isText) && isCount(one.accounts),
  ) &&
  [value.people, value.inSeveralDirectories, value.notJoined?.count].every(isCount) &&
  isCounts(value.coverage);

/** @param {PeopleCheck} people @param {Manifest} manifest */
const isBasis = ({ said }, { run, id }) => said.basis.some((one) => one.run === run && one.directory === id);

/** A run of mode `plan` tries nothing. What a change came to is in the ledger alone. @param {PeopleCheck} check @param {Manifest} manifest */
function notePeopleSource(check, { people, duplicates = 0, mode, changes }) {
  check.ways.add(people ?? "");
  check.isRepeated ||= duplicates > 0;
  check.isChanged ||=
    mode !== "plan" && Object.entries(changes).some(([outcome, count]) => outcome !== "planned" && count > 0);
}

const JOIN_KEYS = ["named", "employeeNumber", "email", "username"];

/** @param {PeopleCheck} check @param {string} directory @param {any} row of a page */
function addAccount(check, directory, row) {
  if (row.kind === "profile") return;
  increase(check.counts, directory, 1);
  const keys = row.person;
  if (!isObject(keys) || keys.renamed === true) return void check.notJoined++;
  const account = check.accounts.length;
  const number = isText(keys.employeeNumber) ? keys.employeeNumber : undefined;
  check.accounts.push({ directory, way: wayIn(row), further: keys.further === true, number });
  check.parent.push(account);
  for (const key of JOIN_KEYS.map((kind) => keys[kind]).filter(isText)) {
    const first = check.firstWith.get(key);
    if (first === undefined) check.firstWith.set(key, account);
    else check.parent[personOf(check, account)] = personOf(check, first);
  }
}

/** Out of scope by a rule, an account can be used; else it is disabled. @param {any} row @returns {PersonAccount["way"]} */
function wayIn({ verdict, requirement }) {
  if (verdict === "compliant") return "covered";
  if (verdict !== "out-of-scope") return "open";
  return requirement === "none" ? "unrequired" : undefined;
}

/** @param {PeopleCheck} check @param {number} account @returns {number} */
function personOf({ parent }, account) {
  let person = account;
  while (parent[person] !== person) {
    parent[person] = parent[parent[person] ?? person] ?? person;
    person = parent[person] ?? person;
  }
  return person;
}

/** @param {Check} check @param {Link[]} links */
function checkPeople(check, links) {
  const { people } = check;
  if (!people) return;
  const { basis } = people.said;
  const absent = basis.filter(({ manifest }) => !links.some(({ hash }) => hash === manifest));
  if (absent.length > 0 || people.isRepeated) {
    const why = people.isRepeated
      ? "an account was listed twice"
      : `${absent[0]?.directory} comes from run ${absent[0]?.run}, which is not here`;
    return addNote(check, "people", PEOPLE_FILE, `Its counts were not checked: ${why}.`);
  }
  if (people.ways.size > 1)
    addFault(check, "people", PEOPLE_FILE, "It joins sweeps whose accounts got their keys in different ways.");
  comparePeople(check, people);
}

/** @param {Check} check @param {PeopleCheck} people */
function comparePeople(check, people) {
  const { said, notJoined, counts, isChanged } = people;
  const found = countPeople(people);
  /** @param {string} what @param {number | undefined} expected @param {number | undefined} joined */
  const compare = (what, expected = 0, joined = 0) => {
    if (expected !== joined)
      addFault(
        check,
        "people",
        PEOPLE_FILE,
        `It says ${expected} ${what}. Joined again from the rows, they are ${joined}.`,
      );
  };
  for (const { directory, accounts } of said.basis)
    compare(`accounts of ${directory}`, accounts, counts.get(directory));
  compare("accounts that are not joined", said.notJoined.count, notJoined);
  compare("people", said.people, found.people);
  compare("people in several directories", said.inSeveralDirectories, found.inSeveral);
  compare("people who are ambiguous", said.coverage.ambiguous, found.coverage.get("ambiguous"));
  if (isChanged)
    addNote(
      check,
      "people",
      PEOPLE_FILE,
      "Accounts were changed, and the ledger alone has what they were then: how people are covered was not checked.",
    );
  else
    for (const [coverage, count] of Object.entries(said.coverage))
      compare(`people covered ${coverage}`, count, found.coverage.get(coverage));
}

/** @param {PeopleCheck} check */
function countPeople(check) {
  /** @type {Map<number, PersonAccount[]>} */
  const byPerson = new Map();
  for (const [index, account] of check.accounts.entries()) {
    const own = byPerson.get(personOf(check, index));
    if (own) own.push(account);
    else byPerson.set(personOf(check, index), [account]);
  }
  /** @type {Map<string, number>} */
  const coverage = new Map();
  let inSeveral = 0;
  for (const accounts of byPerson.values()) {
    increase(coverage, coverageOf(accounts), 1);
    if (new Set(accounts.map(({ directory }) => directory)).size > 1) inSeveral++;
  }
  return { people: byPerson.size, inSeveral, coverage };
}

/** @param {PersonAccount[]} accounts of one person */
function coverageOf(accounts) {
  const own = accounts.filter(({ further }) => !further).map(({ directory }) => directory);
  const numbers = new Set(accounts.flatMap(({ number }) => number ?? []));
  if (new Set(own).size < own.length || numbers.size > 1) return "ambiguous";
  const ways = new Set(accounts.flatMap(({ way }) => way ?? []));
  if (ways.size === 0) return "disabled";
  if (ways.size > 1) return ways.has("covered") ? "somewhere" : "nowhere";
  if (ways.has("unrequired")) return "out-of-scope";
  return ways.has("covered") ? "everywhere" : "nowhere";
}

// ---------------------------------------------------------------- A period: what its report says of each sweep, by the manifests

const PERIOD_FILE = "report/period.json";
const SAID_COUNTS = /** @type {const} */ (["verdicts", "after", "changes"]);

/** An archive of a period must say what each sweep came to. @param {Check} check @param {Pack | undefined} pack */
function startPeriod(check, pack) {
  if (!pack?.period) return;
  check.isPeriod = true;
  const read = readWholeFile(check.folder, PERIOD_FILE);
  const said = "problem" in read ? undefined : parseJson(read.value);
  if (!isSaidPeriod(said)) return addFault(check, "form", PERIOD_FILE, "It does not say what each sweep came to.");
  if (said.from !== pack.period.from || said.to !== pack.period.to)
    addFault(check, "period", PERIOD_FILE, "It is of other days than the signed list of the archive says.");
  check.period = { said, manifests: new Map() };
}

/** @param {any} value @returns {value is SaidPeriod} */
const isSaidPeriod = (value) =>
  isObject(value) &&
  [value.from, value.to, value.begins, value.ends].every(isText) &&
  [value.sweeps, value.hours, value.allowed, value.gaps, value.directories].every(Array.isArray) &&
  value.sweeps.every(isSaidSweep) &&
  value.hours.every((/** @type {any} */ one) => isObject(one) && isText(one.manifest) && isCounts(one.changes)) &&
  value.allowed.every((/** @type {any} */ one) => isObject(one) && isText(one.directory) && isCount(one.allowedMs)) &&
  value.gaps.every((/** @type {any} */ one) => isObject(one) && [one.directory, one.from, one.to].every(isText)) &&
  value.directories.every((/** @type {any} */ one) => isObject(one) && isText(one.directory));

/** @param {any} value */
const isSaidSweep = (value) =>
  isObject(value) &&
  [value.run, value.directory, value.evidence, value.startedAt].every(isText) &&
  [value.manifest, value.endedAt].every(isTextOrMissing) &&
  isCount(value.read) &&
  [value.verdicts, value.after, value.changes].every(isCounts);

/** @param {Check} check */
function checkPeriod(check) {
  if (!check.period) return;
  const { said, manifests } = check.period;
  for (const sweep of said.sweeps) checkSaidSweep(check, manifests, sweep);
  for (const { run, manifest: hash, changes } of said.hours) {
    const manifest = manifests.get(hash);
    if (!manifest) addFault(check, "period", PERIOD_FILE, `It tells of ${run}, whose manifest is not here.`);
    else compareSaid(check, run, "changes", changes, manifest.changes);
  }
  checkNoneLeftOut(check, check.period);
  for (const span of said.directories) checkSaidGaps(check, check.period, span);
}

/** @param {Check} check @param {Map<string, Manifest>} manifests @param {SaidSweep} sweep */
function checkSaidSweep(check, manifests, sweep) {
  const { run, directory, evidence, manifest: hash = "" } = sweep;
  const name = `run ${run} of ${directory}`;
  if (evidence !== "sealed") {
    if (hash !== "")
      addNote(
        check,
        "period",
        PERIOD_FILE,
        `The evidence of ${name} is ${evidence}: its counts are the ledger's, and were not checked.`,
      );
    return;
  }
  const manifest = manifests.get(hash);
  if (!manifest) return addFault(check, "period", PERIOD_FILE, `It tells of ${name}, whose manifest is not here.`);
  if (manifest.id !== directory || (manifest.recovers ?? manifest.run) !== run)
    return addFault(check, "period", PERIOD_FILE, `It gives ${name} the manifest of another one.`);
  // What a dead run had finished: that manifest counts no account.
  if (manifest.recovers !== undefined) return;
  for (const kind of SAID_COUNTS) compareSaid(check, name, kind, sweep[kind], manifest[kind] ?? {});
  compareSaid(check, name, "accounts", { read: sweep.read }, { read: manifest.read ?? 0 });
  if (sweep.isWhole !== (manifest.plan !== undefined))
    addFault(
      check,
      "period",
      PERIOD_FILE,
      `It says that ${name} ${sweep.isWhole ? "read everybody" : "did not read everybody"}. Its manifest says otherwise.`,
    );
}

/** @param {Check} check @param {string} name @param {string} kind @param {Counts} said @param {Counts} found */
function compareSaid(check, name, kind, said, found) {
  for (const key of new Set([...Object.keys(said), ...Object.keys(found)]))
    if ((said[key] ?? 0) !== (found[key] ?? 0))
      addFault(
        check,
        "period",
        PERIOD_FILE,
        `It says ${said[key] ?? 0} ${key} (${kind}) of ${name}. The manifest says ${found[key] ?? 0}.`,
      );
}

/** Every sweep of the archive is told of, and every hour of the period with changes. @param {Check} check @param {PeriodCheck} period */
function checkNoneLeftOut(check, { said, manifests }) {
  const told = new Set([...said.sweeps, ...said.hours].map(({ manifest }) => manifest));
  for (const [hash, { kind, run, id, hour, recovers, changes }] of manifests) {
    const at = Date.parse(`${hour}:00:00Z`);
    const isOutside = kind === "events" && (at < Date.parse(said.begins) || at >= Date.parse(said.ends));
    const isEmpty =
      kind === "events" && Object.entries(changes).every(([key, count]) => key === "planned" || count === 0);
    if (!told.has(hash) && recovers === undefined && !isOutside && !isEmpty)
      addFault(check, "period", PERIOD_FILE, `It leaves out ${run} of ${id}, whose manifest is here.`);
  }
}

/** Where more time than allowed lies between two sweeps that read everybody, a gap must be named. @param {Check} check @param {PeriodCheck} period @param {SaidPeriod["directories"][number]} span */
function checkSaidGaps(check, { said, manifests }, { directory, came, left }) {
  const allowedMs = said.allowed.find((one) => one.directory === directory)?.allowedMs ?? 0;
  const [begins, ends] = [Date.parse(came ?? said.begins), Date.parse(left ?? said.ends)];
  const ended = said.sweeps
    .filter((sweep) => sweep.directory === directory && sweep.isWhole)
    .map((sweep) => Date.parse(manifests.get(sweep.manifest ?? "")?.endedAt ?? sweep.endedAt ?? sweep.startedAt))
    .filter((at) => at > begins && at < ends)
    .sort((a, b) => a - b);
  const points = [begins, ...ended, ends];
  for (const [index, to] of points.slice(1).entries()) {
    const from = points[index] ?? begins;
    const isNamed = said.gaps.some(
      (gap) => gap.directory === directory && Date.parse(gap.from) <= from && Date.parse(gap.to) >= to,
    );
    if (to - from > allowedMs && !isNamed)
      addFault(
        check,
        "period",
        PERIOD_FILE,
        `It names no gap of ${directory} from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}.`,
      );
  }
}

// ---------------------------------------------------------------- The newest manifests, and what should be there

/** @param {Check} check @param {Chain[]} chains */
function checkExpectedHeads(check, chains) {
  const hashes = new Set(chains.flatMap(({ order }) => order.map(({ hash }) => hash)));
  for (const head of check.heads)
    if (!hashes.has(head))
      addFault(check, "missing-head", "runs", `No run has the expected head ${head}: it was taken away, or replaced.`);
  for (const { directory, order } of chains) {
    const newer = runsAfterHead(check, order);
    if (newer === order.length)
      addNote(check, "not anchored", directory, "No head of it was expected: newer runs may be missing.");
    else if (newer > 0) addNote(check, "not anchored", directory, `${newer} runs are newer than the expected head.`);
  }
}

/**
 * How many runs came after the newest expected head. It is all of them if none is expected.
 * @param {Check} check @param {Link[]} order
 */
const runsAfterHead = (check, order) =>
  order.length - 1 - order.findLastIndex(({ hash }) => check.heads.includes(hash));

/**
 * The newest policies say which directories there must be.
 * @param {Check} check @param {Chain[]} chains @param {Pack | undefined} pack @returns {string[]} those that are not there
 */
function checkDirectories(check, chains, pack) {
  const newest = chains.flatMap(({ order }) => order.at(-1) ?? []);
  const named = newest.flatMap(({ policy }) => check.policies.get(`policies/${policy}.json`) ?? []);
  const absent = [...new Set(named)].filter((id) => !chains.some(({ directory }) => directory === id));
  for (const id of absent)
    if (pack?.withoutEvidence.includes(id))
      addNote(check, "absent", id, "The signed list of the archive says that the run left nothing of this directory.");
    else addFault(check, "missing-directory", id, "The policy names it. Nothing of it is here.");
  return absent;
}

/** @param {Check} check @param {Chain[]} chains */
function noteNewestSweeps(check, chains) {
  for (const { order } of chains) {
    const sweep = order.findLast(({ kind }) => kind === "sweep");
    if (sweep?.status && sweep.status !== "completed")
      addNote(check, "incomplete", manifestName(sweep), `The newest sweep ended as ${sweep.status}.`);
  }
}

// ---------------------------------------------------------------- The answer

/**
 * @param {{ check: Check, chains: Chain[], absent: string[], pack: Pack | undefined }} found
 * @returns {Result}
 */
function makeResult({ check, chains, absent, pack }) {
  const summaries = chains.flatMap((chain) => summarizeChain(check, chain));
  return {
    verified: check.faults.length === 0,
    anchored: summaries.length > 0 && summaries.every(({ anchored }) => anchored),
    partial: check.notes.some(({ code }) => code === "partial"),
    absent,
    chains: summaries,
    faults: check.faults,
    notes: check.notes,
    signers: [...check.signers].map(([key, label]) => ({ key, label })),
    ...check.totals,
    ...(pack ? { pack: packedOf(pack) } : {}),
  };
}

/** @param {Pack} pack @returns {NonNullable<Result["pack"]>} */
const packedOf = ({ run, files, period }) => ({ run, files: files.length, ...(period ? { period } : {}) });

/** @param {Check} check @param {Chain} chain @returns {ChainSummary[]} */
function summarizeChain(check, { directory, order }) {
  const newest = order.at(-1);
  if (!newest) return [];
  const { run, hash } = newest;
  return [{ directory, runs: order.length, head: { run, hash }, anchored: runsAfterHead(check, order) === 0 }];
}

/**
 * Shows every character that could act on a terminal, or hide, by its number. Nothing of the evidence is printed without it.
 * @template T @param {T} value @returns {T}
 */
function printable(value) {
  if (typeof value === "string") return /** @type {T} */ (printableText(value));
  if (Array.isArray(value)) return /** @type {T} */ (value.map(printable));
  if (!isObject(value)) return value;
  return /** @type {T} */ (Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, printable(inner)])));
}

/** @param {string} text */
const printableText = (text) =>
  text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/**
 * The answer for people. The first line is the answer in short.
 * @param {Result} result @returns {string[]}
 */
export function describe(result) {
  const { chains, faults, notes, signers, manifests, files, rows, pack } = result;
  const labels = [...new Set(signers.map(({ label }) => label))].join(", ") || "nobody known";
  return [
    `${describeVerdict(result)}: ${manifests} manifests, ${files} files, ${rows} rows; signed by: ${labels}`,
    ...faults.map(({ code, where, text }) => `  FAULT ${code}  ${where}: ${text}`),
    ...(pack ? [`  archive of ${describePacked(pack)}: its signed list names ${pack.files} files`] : []),
    ...chains.map(
      ({ directory, runs, head }) => `  ${directory}: ${runs} runs in a chain, head ${head.hash} (run ${head.run})`,
    ),
    ...signers.map(({ key, label }) => `  key ${key} (${label})`),
    ...notes.map(({ code, where, text }) => `  note ${code}  ${where}: ${text}`),
  ];
}

/** @param {NonNullable<Result["pack"]>} pack */
const describePacked = ({ run, period }) => (period ? `${period.from} to ${period.to}` : `run ${run}`);

/** @param {Result} result */
function describeVerdict({ verified, anchored, partial, absent }) {
  if (!verified) return "NOT VERIFIED";
  const limits = [
    ...(anchored ? [] : ["head not anchored"]),
    ...(partial ? ["earlier runs not included"] : []),
    ...(absent.length > 0 ? [`nothing here of ${absent.join(", ")}`] : []),
  ];
  return ["VERIFIED", ...limits].join(", ");
}

// ---------------------------------------------------------------- The program

const USAGE =
  "node verify.mjs FOLDER --key PUBLIC_KEY.pem --expect-key FINGERPRINT --expect-head HASH [--from RUN] [--pack] [--json]";

/** @param {string[]} args */
function readArguments(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: "string", multiple: true, default: [] },
      "expect-key": { type: "string", multiple: true, default: [] },
      "expect-head": { type: "string", multiple: true, default: [] },
      from: { type: "string" },
      pack: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) throw new TypeError("Name one folder.");
  if (!lstatSync(realpathSync(folder)).isDirectory()) throw new TypeError(`${folder} is not a folder.`);
  if (values.key.length === 0) throw new TypeError("Name the public key with --key.");
  /** @type {Question} */
  const question = {
    folder,
    keys: values.key.map((file) => readFileSync(file, "utf8")),
    keyFiles: values.key,
    expectedKeys: readFingerprints(values["expect-key"]),
    heads: values["expect-head"].flatMap((text) => text.split(",")),
    pack: values.pack,
    ...(values.from === undefined ? {} : { from: values.from }),
  };
  return { question, json: values.json };
}

/** @param {string[]} args @returns {Promise<number>} the exit code */
async function main(args) {
  try {
    const { question, json } = readArguments(args);
    const result = await verify(question);
    console.log(json ? JSON.stringify(result, null, 2) : describe(result).join("\n"));
    return result.verified ? 0 : 3;
  } catch (error) {
    console.error(`${printableText(error instanceof Error ? error.message : String(error))}\n${USAGE}`);
    return 2;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2));
