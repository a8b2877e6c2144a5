#!/usr/bin/env node
/**
 * Checks an evidence folder of mfa-warden, offline, with nothing but Node 20 or later:
 *
 *     node verify.mjs FOLDER --key PUBLIC_KEY.pem [--key …] [--expect-head HASH[,HASH…]] [--from RUN] [--json]
 *
 * It reads this one file's own copy of the rules and shares no code with what wrote the evidence. What it checks:
 *
 * 1. Every manifest is signed by the key you gave it (`checkSignature`).
 * 2. Every file that a manifest names is there, has its SHA-256, and holds as many rows, digests or changes as the manifest says;
 *    rows by verdict and changes by outcome add up to the manifest's own counts (`checkFiles`, `checkCounts`).
 * 3. All of these together have the manifest's Merkle root (`merkleRoot`, RFC 9162 section 2.1.1).
 * 4. Every manifest of a directory names the one before it by its hash, without a gap and in the order of time (`checkChain`).
 * 5. The newest one is the one that somebody outside wrote down, if you say which that was (`checkHeads`).
 *
 * Get the public key, or its fingerprint, from somebody you trust and not from where the evidence lies. Exit: 0 verified, 3 not,
 * 2 called wrongly.
 */
import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { gunzip } from "node:zlib";

/**
 * @typedef {{ key: string, sha256: string, count: number }} Stored
 * @typedef {{ [name: string]: number }} Counts
 * @typedef {{
 *   version: number, kind: "sweep" | "events", run: string, id: string, hour?: string, endedAt?: string, status?: string,
 *   policy: string, policyFile: Stored, parts?: { pages: Stored[], ids: Stored }[], changeLog: Stored[],
 *   read?: number, duplicates?: number, verdicts?: Counts, changes: Counts, root: string,
 *   previous: { run: string, hash: string } | null, signer: { label: string, algorithm: string, key: string },
 * }} Manifest
 * @typedef {Pick<Manifest, "kind" | "run" | "previous" | "hour" | "endedAt" | "status" | "policy"> &
 *   { directory: string, hash: string }} Link
 *   what is kept of a manifest to check the chain
 * @typedef {{ code: string, where: string, text: string }} Finding
 *   `code`: empty, form, unsigned, wrong-key, signature, altered, missing-file, root, count, missing-run, missing-head, reordered
 * @typedef {{ directory: string, runs: number, head: { run: string, hash: string }, anchored: boolean }} Chain
 * @typedef {{
 *   verified: boolean, anchored: boolean, partial: boolean, absent: string[], chains: Chain[], faults: Finding[], notes: Finding[],
 *   signers: { key: string, label: string }[], manifests: number, files: number, rows: number, bytes: number,
 * }} Result `verified`: there is no fault. `notes`: what an auditor should know all the same. `partial`: what came before `from`
 *   is not here. `absent`: directories that the newest policies name, and of which nothing is here
 * @typedef {{ folder: string, keys: readonly string[], heads?: readonly string[], from?: string }} Question
 *   `keys`: public keys as PEM; `heads`: hashes written down elsewhere; `from`: the chain may begin later, but holds this run
 */

const VERSION = 2;
/** Two clocks of one system may differ by so much. */
const CLOCK_SLACK_MS = 60_000;
/** Files read at once: each is a few MiB at most. */
const AT_ONCE = 8;
const MOST_UNPACKED = 512 * 1024 * 1024;
/** Unpacking in larger pieces is twice as fast. */
const CHUNK = 1024 * 1024;
const DIGEST_BYTES = 8;
const UNNAMED = "No manifest names this: it proves nothing.";

const unpack = promisify(gunzip);
/** @param {Uint8Array[]} parts */
const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};
/** @param {Uint8Array} bytes */
const hex = (bytes) => sha256(bytes).toString("hex");

/**
 * The whole check.
 * @param {Question} question @returns {Promise<Result>}
 */
export async function verify({ folder, keys, heads = [], from }) {
  const known = new Map(keys.map(readKey));
  /** @type {Finding[]} */
  const faults = [];
  /** @type {Finding[]} */
  const notes = [];
  const seen = { manifests: 0, files: 0, rows: 0, bytes: 0, policies: new Map(), signers: new Map() };
  /** @type {Check} */
  const check = {
    folder,
    known,
    seen,
    fault: (code, where, text) => void faults.push({ code, where, text }),
    note: (code, where, text) => void notes.push({ code, where, text }),
  };
  /** @type {Link[]} */
  const links = [];
  for (const { run, directory } of runsIn(check)) {
    const link = await checkRun(check, run, directory);
    if (link) links.push(link);
  }
  noteUnnamedPolicies(check);
  if (seen.manifests === 0) check.fault("empty", "runs", "There is no manifest here: nothing is proved by nothing.");
  const orders = [...groupBy(links)].map(([directory, some]) => ({
    directory,
    ...checkChain(check, directory, some, from),
  }));
  const chains = checkHeads(check, orders, heads);
  const absent = noteAbsent(check, orders);
  if (seen.manifests > 0 && seen.rows === 0)
    check.note("no rows", "runs", "Not one account is in these runs: they prove nothing of anybody.");
  const { policies: _, signers, ...sums } = seen;
  for (const [key, label] of signers)
    if (label === "self-signed")
      check.note(
        "self-signed",
        key,
        "A key on somebody's own machine signed this: its owner could have written it all.",
      );
    else
      check.note("label", key, `The manifests call this key ${label}: only whoever gave you the key can confirm that.`);
  return {
    verified: faults.length === 0,
    anchored: chains.length > 0 && chains.every((chain) => chain.anchored),
    partial: notes.some(({ code }) => code === "partial"),
    absent,
    chains,
    faults,
    notes,
    signers: [...signers].map(([key, label]) => ({ key, label })),
    ...sums,
  };
}

/**
 * @typedef {{
 *   folder: string, known: Map<string, import("node:crypto").KeyObject>,
 *   seen: {
 *     manifests: number, files: number, rows: number, bytes: number, policies: Map<string, string[]>, signers: Map<string, string>,
 *   },
 *   fault: (code: string, where: string, text: string) => void, note: (code: string, where: string, text: string) => void,
 * }} Check
 */

/** @param {Link[]} links */
function groupBy(links) {
  /** @type {Map<string, Link[]>} */
  const groups = new Map();
  for (const link of links) {
    const group = groups.get(link.directory);
    if (group) group.push(link);
    else groups.set(link.directory, [link]);
  }
  return groups;
}

/**
 * Every folder `runs/<run>/<directory>`.
 * @param {Check} check
 */
function* runsIn({ folder, note }) {
  for (const entry of entriesOf(join(folder, "runs"))) {
    if (!entry.isDirectory()) note("unnamed", `runs/${entry.name}`, UNNAMED);
    else
      for (const inner of entriesOf(join(folder, "runs", entry.name)))
        if (inner.isDirectory()) yield { run: entry.name, directory: inner.name };
        else note("unnamed", `runs/${entry.name}/${inner.name}`, UNNAMED);
  }
}

/** @param {string} path */
const entriesOf = (path) =>
  existsSync(path) && statSync(path).isDirectory()
    ? readdirSync(path, { withFileTypes: true })
        .filter(({ name }) => !name.startsWith("."))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    : [];

/** `undefined` where no file can be read: a folder of that name, or more than can be held. @param {string} path */
function bytesOf(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

// ------------------------------------------------------------------------------------------------ one run of one directory

/** @param {Check} check @param {string} run @param {string} directory @returns {Promise<Link | undefined>} */
async function checkRun(check, run, directory) {
  const base = `runs/${run}/${directory}`;
  const place = `${base}/manifest.json`;
  const present = new Set(entriesOf(join(check.folder, base)).map(({ name }) => `${base}/${name}`));
  if (!present.has(place)) {
    check.note("unfinished", base, "There is no manifest here: the run died, or somebody took the manifest away.");
    return undefined;
  }
  const bytes = bytesOf(join(check.folder, place)) ?? Buffer.alloc(0);
  const hash = hex(bytes);
  check.seen.manifests++;
  check.seen.bytes += bytes.length;
  const manifest = parseManifest(bytes);
  if (!manifest) {
    check.fault("form", place, `This is not a manifest of version ${VERSION}: it is damaged, or another program's.`);
    return undefined;
  }
  checkSignature(check, place, bytes, manifest);
  if (manifest.run === run && manifest.id === directory) await checkFiles(check, base, manifest, present);
  else
    check.fault(
      "reordered",
      place,
      `This is the manifest of run ${manifest.run} of ${manifest.id}, and lies elsewhere.`,
    );
  const { kind, previous, policy, hour, endedAt, status } = manifest;
  return {
    ...{ directory, run, kind, previous, policy, hash },
    ...(hour ? { hour } : {}),
    ...(endedAt ? { endedAt } : {}),
    ...(status ? { status } : {}),
  };
}

/**
 * Enough of its form for what follows; an array or a number in the wrong place makes it no manifest.
 * @param {Uint8Array} bytes @returns {Manifest | undefined}
 */
function parseManifest(bytes) {
  try {
    const it = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const files = filesOf(it).flatMap(({ stored }) => stored);
    const whole =
      it.version === VERSION &&
      ["sweep", "events"].includes(it.kind) &&
      [it.run, it.id, it.policy, it.root, it.signer.key, it.signer.label].every((text) => typeof text === "string") &&
      (it.previous === null || (typeof it.previous.hash === "string" && typeof it.previous.run === "string")) &&
      files.every(({ key, sha256, count }) => typeof key === "string" && typeof sha256 === "string" && count >= 0) &&
      typeof it.changes === "object" &&
      (it.kind === "events" ? typeof it.hour === "string" : Array.isArray(it.parts) && typeof it.read === "number");
    return whole ? it : undefined;
  } catch {
    return undefined;
  }
}

/**
 * In the order in which they are the leaves of the tree.
 * @param {Manifest} manifest @returns {{ kind: "policy" | "page" | "ids" | "changes", stored: Stored }[]}
 */
const filesOf = ({ policyFile, parts = [], changeLog }) => [
  { kind: "policy", stored: policyFile },
  ...parts.flatMap(({ pages, ids }) => [
    ...pages.map((stored) => ({ kind: /** @type {const} */ ("page"), stored })),
    { kind: /** @type {const} */ ("ids"), stored: ids },
  ]),
  ...changeLog.map((stored) => ({ kind: /** @type {const} */ ("changes"), stored })),
];

/** @param {Check} check @param {string} place @param {Uint8Array} bytes @param {Manifest} manifest */
function checkSignature({ folder, known, seen, fault }, place, bytes, { signer }) {
  const beside = `${place}.sig`;
  if (!existsSync(join(folder, beside))) return fault("unsigned", place, "Nobody signed this manifest.");
  const { key, label, signature } = parseSignature(bytesOf(join(folder, beside)) ?? Buffer.alloc(0));
  if (key !== signer.key || label !== signer.label)
    return fault("signature", beside, `It says that ${key} (${label}) signed, and the manifest says ${signer.key}.`);
  const open = known.get(signer.key);
  if (!open) return fault("wrong-key", place, `The key ${signer.key} signed this, which is none of those given.`);
  seen.signers.set(signer.key, signer.label);
  const proof = Buffer.from(signature, "base64");
  // Ed25519 hashes by itself; ECDSA signs the SHA-256, and its signature is DER.
  const ed25519 = open.asymmetricKeyType === "ed25519";
  if (
    signer.algorithm !== (ed25519 ? "ed25519" : "ecdsa-p256-sha256") ||
    !verifySignature(ed25519 ? null : "sha256", bytes, open, proof)
  )
    fault("signature", place, "The signature is not of this manifest: it was altered after it was signed.");
}

/** @param {Uint8Array} bytes */
function parseSignature(bytes) {
  try {
    const { key, label, signature } = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return { key: String(key), label: String(label), signature: String(signature) };
  } catch {
    return { key: "nobody", label: "unreadable", signature: "" };
  }
}

/** @param {Check} check @param {string} base @param {Manifest} manifest @param {Set<string>} present */
async function checkFiles(check, base, manifest, present) {
  const files = filesOf(manifest);
  if (merkleRoot(files.map(({ stored }) => stored)) !== manifest.root)
    check.fault("root", `${base}/manifest.json`, "Its root is not that of the files it names.");
  /** @type {Tally} */
  const tally = { rows: 0, ids: 0, verdicts: {}, changes: { planned: 0 }, whole: true };
  const queue = files.values();
  const lane = async () => {
    for (const file of queue) await checkFile(check, base, manifest, file, tally);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (tally.whole) checkCounts(check, base, manifest, tally);
  for (const key of ["manifest.json", "manifest.json.sig"]) present.delete(`${base}/${key}`);
  for (const { stored } of files) present.delete(stored.key);
  if (present.size > 0)
    check.note(
      "unnamed",
      base,
      `No manifest names ${[...present].join(", ")}: a step that was begun again may leave such files.`,
    );
}

/** @typedef {{ rows: number, ids: number, verdicts: Counts, changes: Counts, whole: boolean }} Tally what the files hold */

/** What files may be called: no name leads out of the folder. */
const NAMES = {
  policy: /^policies\/[0-9a-f]{64}\.json$/,
  page: /^page-\d+-\d+\.ndjson\.gz$/,
  ids: /^ids-\d+\.bin$/,
  changes: /^changes-\d+\.ndjson\.gz$/,
};

/**
 * @param {Check} check
 * @param {string} base
 * @param {Manifest} manifest
 * @param {{ kind: "policy" | "page" | "ids" | "changes", stored: Stored }} file
 * @param {Tally} tally
 */
async function checkFile({ folder, seen, fault }, base, manifest, { kind, stored }, tally) {
  const { key, count } = stored;
  /** @param {string} code @param {string} text */
  const refuse = (code, text) => {
    tally.whole = false;
    fault(code, key, text);
  };
  const own =
    kind === "policy"
      ? key === `policies/${manifest.policy}.json` && NAMES.policy.test(key)
      : key.startsWith(`${base}/`) && NAMES[kind].test(key.slice(base.length + 1));
  if (!own) return refuse("form", "The manifest names a file that is not its own.");
  if (!existsSync(join(folder, key)))
    return refuse("missing-file", "The manifest names this file, and it is not there.");
  const bytes = bytesOf(join(folder, key));
  if (!bytes) return refuse("altered", "It cannot be read, and is not the file that was written.");
  seen.files++;
  seen.bytes += bytes.length;
  if (hex(bytes) !== stored.sha256) return refuse("altered", "It is not the file that was written.");
  const found =
    kind === "policy"
      ? 1
      : kind === "ids"
        ? bytes.length / DIGEST_BYTES
        : await readLines(kind, bytes, tally).catch(() => Number.NaN);
  if (kind === "policy") seen.policies.set(key, directoriesOf(bytes));
  if (kind === "ids") tally.ids += found;
  if (kind === "page") tally.rows += found;
  if (kind === "page") seen.rows += found;
  if (found !== count) refuse("count", `It holds ${found}, and the manifest says ${count}.`);
}

/** Of a policy: the ids of its directories. @param {Uint8Array} bytes @returns {string[]} */
function directoriesOf(bytes) {
  try {
    /** @type {{ directories: { id: string }[] }} */
    const { directories } = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return directories.map(({ id }) => String(id));
  } catch {
    return [];
  }
}

/**
 * Counts the lines of a page or a change file, and what they say.
 * @param {"page" | "changes"} kind @param {Uint8Array} bytes @param {Tally} tally
 */
async function readLines(kind, bytes, tally) {
  const packed = await unpack(bytes, { maxOutputLength: MOST_UNPACKED, chunkSize: CHUNK });
  if (kind === "page") return countRows(packed, tally.verdicts);
  const lines = packed.toString("utf8").split("\n").slice(0, -1);
  tally.changes.planned = (tally.changes.planned ?? 0) + lines.length;
  for (const line of lines) {
    const { outcome } = JSON.parse(line);
    if (typeof outcome === "string") tally.changes[outcome] = (tally.changes[outcome] ?? 0) + 1;
  }
  return lines.length;
}

/** A row's own verdict: within any text of it, such as a user name, JSON writes a quote as \\". */
const MARK = Buffer.from('"verdict":"');
const LINE_BREAK = 0x0a;
const VERDICTS = ["compliant", "pending", "violating", "grace", "exempt", "unknown", "out-of-scope"].map((name) => ({
  name,
  bytes: Buffer.from(`${name}"`),
}));

/** The verdict that begins there; none for any other word. @param {Buffer} lines @param {number} from */
function verdictAt(lines, from) {
  const fits = (/** @type {Buffer} */ bytes) => {
    let i = 0;
    while (i < bytes.length && lines[from + i] === bytes[i]) i++;
    return i === bytes.length;
  };
  return VERDICTS.find(({ bytes }) => fits(bytes))?.name;
}

/**
 * Without parsing a million rows, or making text of them: every line must hold one verdict.
 * @param {Buffer} lines @param {Counts} verdicts
 */
function countRows(lines, verdicts) {
  let rows = 0;
  for (let start = 0; start < lines.length; rows++) {
    const mark = lines.indexOf(MARK, start);
    const end = lines.indexOf(LINE_BREAK, start);
    if (mark < 0 || end < mark) return Number.NaN;
    const verdict = verdictAt(lines, mark + MARK.length);
    if (verdict === undefined) return Number.NaN;
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    start = end + 1;
  }
  return rows;
}

/**
 * The manifest's own counts against what its files hold. An account that the vendor listed again has a row each time and is
 * counted once.
 * @param {Check} check @param {string} base @param {Manifest} manifest @param {Tally} tally
 */
function checkCounts({ fault }, base, { kind, read = 0, duplicates = 0, verdicts = {}, changes }, tally) {
  /** @param {string} what @param {number} said @param {number} found */
  const refuse = (what, said, found) =>
    fault("count", `${base}/manifest.json`, `It says ${said} ${what}, and its files hold ${found}.`);
  for (const outcome of new Set([...Object.keys(changes), ...Object.keys(tally.changes)]))
    if ((changes[outcome] ?? 0) !== (tally.changes[outcome] ?? 0))
      refuse(`changes ${outcome}`, changes[outcome] ?? 0, tally.changes[outcome] ?? 0);
  if (kind === "events") return;
  if (tally.rows - duplicates !== read) refuse(`accounts, ${duplicates} of them twice,`, read, tally.rows);
  if (tally.ids !== tally.rows) refuse("rows by their digests", tally.ids, tally.rows);
  let twice = 0;
  for (const verdict of new Set([...Object.keys(verdicts), ...Object.keys(tally.verdicts)])) {
    const more = (tally.verdicts[verdict] ?? 0) - (verdicts[verdict] ?? 0);
    if (more < 0 || more > duplicates)
      refuse(`accounts ${verdict}`, verdicts[verdict] ?? 0, tally.verdicts[verdict] ?? 0);
    twice += more;
  }
  if (twice !== duplicates) refuse("rows of accounts listed again", duplicates, twice);
}

/**
 * RFC 9162, section 2.1.1. A leaf is SHA-256 of a zero byte and the JSON array [key, sha256, count]; a node that of a one
 * byte and its two halves.
 * @param {Stored[]} files
 */
function merkleRoot(files) {
  const leaves = files.map(({ key, sha256: hash, count }) =>
    sha256(Buffer.of(0), Buffer.from(JSON.stringify([key, hash, count]))),
  );
  /** @param {number} from @param {number} to @returns {Buffer} */
  const tree = (from, to) => {
    if (to - from === 1) return leaves[from] ?? sha256();
    let half = 1;
    while (half * 2 < to - from) half *= 2;
    return sha256(Buffer.of(1), tree(from, from + half), tree(from + half, to));
  };
  return (leaves.length === 0 ? sha256() : tree(0, leaves.length)).toString("hex");
}

/** @param {Check} check */
function noteUnnamedPolicies({ folder, seen, note }) {
  for (const { name } of entriesOf(join(folder, "policies")))
    if (!seen.policies.has(`policies/${name}`)) note("unnamed", `policies/${name}`, UNNAMED);
  for (const { name } of entriesOf(folder)) if (name !== "runs" && name !== "policies") note("unnamed", name, UNNAMED);
}

// ------------------------------------------------------------------------------------------------ the chain of a directory

/**
 * Puts a directory's manifests in the order in which they name each other. Several may name the same one before them: a run
 * that died at its very end leaves a manifest that nothing goes on from. Only one of them may be gone on from.
 * @param {Check} check @param {string} directory @param {Link[]} links @param {string | undefined} from
 * @returns {{ order: Link[], aside: Link[] }}
 */
function checkChain({ fault, note }, directory, links, from) {
  const byHash = new Map(links.map((link) => [link.hash, link]));
  /** @type {Map<string, Link[]>} */
  const after = new Map();
  for (const link of links) {
    const before = link.previous?.hash ?? "";
    after.set(before, [...(after.get(before) ?? []), link]);
  }
  /** @type {Link[]} */
  const aside = [];
  /** @param {Link[]} rivals */
  const choose = (rivals) => {
    const going = rivals.filter(({ hash }) => after.has(hash));
    for (const link of going.slice(1))
      fault(
        "reordered",
        nameOf(link),
        `It and run ${going[0]?.run} both say that they come after the same run, and others follow both.`,
      );
    const chosen = going[0] ?? rivals.toSorted((a, b) => timeOf(a) - timeOf(b)).at(-1);
    for (const link of rivals) if (link !== chosen && !going.includes(link)) aside.push(link);
    return chosen;
  };
  const starts = [...after.keys()].filter((hash) => !byHash.has(hash));
  const segments = starts.map((start) => follow(after, start, choose));
  for (const [i, [first]] of segments.entries()) {
    if (!first?.previous) continue;
    const { run, hash } = first.previous;
    const gap = `Run ${run} with the hash ${hash}, which run ${first.run} says came before it, is not here`;
    if (from !== undefined && segments.length === 1 && segments[i]?.some((link) => link.run === from))
      note(
        "partial",
        nameOf(first),
        `${gap}: the chain before run ${first.run} is not included, and nothing is said of it.`,
      );
    else if (links.some((link) => link.run === run))
      fault("altered", nameOf(first), `${gap}: the one of this name is another.`);
    else fault("missing-run", nameOf(first), `${gap}.`);
  }
  const order = segments.toSorted((a, b) => timeOf(a[0]) - timeOf(b[0])).flat();
  if (from !== undefined && !order.some(({ run }) => run === from))
    fault("missing-run", directory, `Run ${from} is not here.`);
  for (const link of aside)
    note(
      "aside",
      nameOf(link),
      "No run goes on from it: it died at its end, and the next run followed the one before.",
    );
  checkTimes(fault, order);
  return { order, aside };
}

/** @param {Map<string, Link[]>} after @param {string} start @param {(rivals: Link[]) => Link | undefined} choose */
function follow(after, start, choose) {
  /** @type {Link[]} */
  const order = [];
  for (let rivals = after.get(start); rivals; ) {
    const next = choose(rivals);
    if (!next) break;
    order.push(next);
    rivals = after.get(next.hash);
  }
  return order;
}

/** @param {Link | undefined} link */
const timeOf = (link) => Date.parse(link?.endedAt ?? `${link?.hour}:00Z`) || 0;
/** @param {Link} link */
const nameOf = ({ run, directory }) => `runs/${run}/${directory}/manifest.json`;

/**
 * Sweeps end one after the other, and hours are sealed one after the other.
 * @param {Check["fault"]} fault @param {Link[]} order
 */
function checkTimes(fault, order) {
  for (const kind of ["sweep", "events"]) {
    const same = order.filter((link) => link.kind === kind);
    for (const [i, link] of same.entries()) {
      const before = same[i - 1];
      const slack = kind === "sweep" ? CLOCK_SLACK_MS : -1;
      if (before && timeOf(link) + slack < timeOf(before))
        fault("reordered", nameOf(link), `It comes after run ${before.run}, and its time is earlier.`);
    }
  }
}

/**
 * @param {Check} check
 * @param {{ directory: string, order: Link[], aside: Link[] }[]} chains
 * @param {readonly string[]} heads
 * @returns {Chain[]}
 */
function checkHeads({ fault, note }, chains, heads) {
  const all = chains.flatMap(({ order }) => order.map(({ hash }) => hash));
  for (const head of heads)
    if (!all.includes(head))
      fault(
        "missing-head",
        "runs",
        `No run has the expected head ${head}: the newest run was taken away, or another put in its place.`,
      );
  return chains.flatMap(({ directory, order }) => {
    const last = order.at(-1);
    if (!last) return [];
    const known = order.findLastIndex(({ hash }) => heads.includes(hash));
    const newer = order.length - 1 - known;
    if (known < 0)
      note(
        "not anchored",
        directory,
        "Head not anchored: whether newer runs were taken away cannot be seen from this folder.",
      );
    else if (newer > 0)
      note(
        "not anchored",
        directory,
        `${newer} runs are newer than the expected head: whether still newer ones were taken away cannot be seen.`,
      );
    const { run, hash } = last;
    return [{ directory, runs: order.length, head: { run, hash }, anchored: known >= 0 && newer === 0 }];
  });
}

/**
 * What was never here cannot be seen, but the newest policies say which directories there should be. And the newest sweep of one
 * that is here may not have read everybody.
 * @param {Check} check @param {{ directory: string, order: Link[] }[]} chains
 */
function noteAbsent({ seen, note }, chains) {
  const newest = chains.flatMap(({ order }) => order.at(-1) ?? []);
  const named = newest.flatMap(({ policy }) => seen.policies.get(`policies/${policy}.json`) ?? []);
  const absent = [...new Set(named)].filter((id) => !chains.some(({ directory }) => directory === id));
  for (const id of absent)
    note(
      "absent",
      id,
      "The newest policy names this directory, and nothing of it is here: taken away, or never swept.",
    );
  for (const { order } of chains) {
    const sweep = order.findLast(({ kind }) => kind === "sweep");
    if (sweep?.status && sweep.status !== "completed")
      note("incomplete", nameOf(sweep), `This newest sweep ended as ${sweep.status}: it does not tell everything.`);
  }
  return absent;
}

// ------------------------------------------------------------------------------------------------ keys, and being a program

/** @param {string} pem @returns {[string, import("node:crypto").KeyObject]} fingerprint and key */
export function readKey(pem) {
  const key = createPublicKey(pem);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== "ed25519" && curve !== "prime256v1") throw new TypeError("neither Ed25519 nor P-256");
  return [hex(key.export({ type: "spki", format: "der" })), key];
}

/** What would act on a terminal, or hide, is shown by its number. @param {string} text */
const safe = (text) => text.replace(/[^\x20-\x7e]/g, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);

/**
 * For people; the first line is the answer.
 * @param {Result} result @returns {string[]}
 */
export function describe({ verified, anchored, partial, absent, chains, faults, notes, signers, ...sums }) {
  const { manifests, files, rows } = sums;
  const but = [
    ...(anchored ? [] : ["head not anchored"]),
    ...(partial ? ["earlier runs not included"] : []),
    ...(absent.length > 0 ? [`nothing here of ${absent.join(", ")}`] : []),
  ];
  const answer = verified ? ["VERIFIED", ...but].join(", ") : "NOT VERIFIED";
  const labels = [...new Set(signers.map(({ label }) => label))].join(", ") || "nobody known";
  return [
    `${answer}: ${manifests} manifests, ${files} files, ${rows} rows; signed by: ${labels}`,
    ...faults.map(({ code, where, text }) => `  FAULT ${code}  ${where}: ${text}`),
    ...chains.map(
      ({ directory, runs, head }) => `  ${directory}: ${runs} runs in a chain, head ${head.hash} (run ${head.run})`,
    ),
    ...signers.map(({ key, label }) => `  key ${key} (${label})`),
    ...notes.map(({ code, where, text }) => `  note ${code}  ${where}: ${text}`),
  ].map(safe);
}

/** @param {string} text */
const usage = (text) => {
  console.error(
    `${safe(text)}\nnode verify.mjs FOLDER --key PUBLIC_KEY.pem [--expect-head HASH[,HASH…]] [--from RUN] [--json]`,
  );
  return 2;
};

/** @param {string[]} args */
async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: "string", multiple: true, default: [] },
      "expect-head": { type: "string", multiple: true, default: [] },
      from: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) return usage("Name one folder.");
  if (!statSync(folder).isDirectory()) return usage(`${folder} is no folder.`);
  if (values.key.length === 0) return usage("Name the public key with --key.");
  const keys = values.key.map((file) => readFileSync(file, "utf8"));
  const heads = values["expect-head"].flatMap((text) => text.split(","));
  const { from } = values;
  const result = await verify({ folder, keys, heads, ...(from === undefined ? {} : { from }) });
  console.log(values.json ? JSON.stringify(result, null, 2) : describe(result).join("\n"));
  return result.verified ? 0 : 3;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      process.exitCode = usage(error.message);
    },
  );
