/** What an auditor is told of an evidence folder that somebody tampered with: each kind of it by its name. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import type { SweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { Signer } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { describe as tell, verify } from "../../verify/verify.mjs";
import { type Audited, audited, signal } from "../evidence/folder.ts";
import { runNode } from "../processes.ts";
import { compile, directoryYaml, EVERYONE, startWorld } from "../world.ts";
import { faultCodes as codes, editManifest, forgeManifest, runFolder } from "./tamper.ts";

let whole: Audited;
before(async () => {
  whole = await audited();
});
after(() => whole.close());

const other = generateKeyPairSync("ed25519");
const pemOf = (key: { export(options: { type: "spki"; format: "pem" }): string | Buffer }) =>
  String(key.export({ type: "spki", format: "pem" }));

const place = (folder: string, run: number) => runFolder(whole, folder, run);
const check = (folder: string, more: { heads?: string[]; from?: string; keys?: string[] } = {}) =>
  verify({ folder, keys: [whole.key], ...more });

/** @param run in the chain, from 0 */
const edit = (folder: string, run: number, change: (manifest: SweepManifest) => object): void =>
  editManifest(join(place(folder, run), "manifest.json"), change);
const forge = (folder: string, run: number, change: (manifest: SweepManifest) => object): Promise<void> =>
  forgeManifest(whole, join(place(folder, run), "manifest.json"), change);

test("evidence as it was written is verified, and counts what is there", async () => {
  const result = await check(whole.copy(), { heads: [whole.head] });
  assert.deepEqual(result.faults, []);
  assert.equal(result.verified, true);
  assert.equal(result.anchored, true);
  assert.deepEqual([result.manifests, result.rows], [4, 90]);
  assert.deepEqual(
    result.chains.map(({ directory, runs, head }) => ({ directory, runs, ...head })),
    [{ directory: "workforce", runs: 4, run: whole.runs.at(-1), hash: whole.head }],
  );
  assert.match(tell(result)[0] ?? "", /^VERIFIED: 4 manifests/);
});

test("a laptop's key is called self-signed, and a head that nobody wrote down is called not anchored", async () => {
  const result = await check(whole.copy());
  assert.equal(result.verified, true);
  assert.equal(result.anchored, false);
  assert.deepEqual(result.notes.map(({ code }) => code).sort(), ["not anchored", "self-signed"]);
  assert.match(tell(result)[0] ?? "", /^VERIFIED, head not anchored: .*self-signed/);
});

interface Tampering {
  readonly says: string;
  readonly does: (folder: string) => unknown;
  readonly found: readonly string[];
  readonly where: RegExp;
  readonly more?: () => { heads?: string[]; from?: string; keys?: string[] };
}

const PAGE = "page-00000-00001.ndjson.gz";

const withoutLastPage = ({ parts }: SweepManifest) => ({
  parts: parts.map(({ pages, ids }) => ({ ids, pages: pages.slice(0, -1) })),
});
const withPagesOutside = ({ parts: [part] }: SweepManifest) => ({
  parts: [{ ids: part?.ids, pages: part?.pages.map((page) => ({ ...page, key: "runs/../../../etc/passwd" })) }],
});

const TAMPERINGS: readonly Tampering[] = [
  {
    says: "an altered page",
    does(folder) {
      const path = join(place(folder, 0), PAGE);
      const text = gunzipSync(readFileSync(path)).toString().replaceAll('"violating"', '"compliant"');
      writeFileSync(path, gzipSync(text));
    },
    found: ["altered"],
    where: /page-00000-00001/,
  },
  {
    says: "one bit of a digest file",
    does(folder) {
      const path = join(place(folder, 2), "ids-00000.bin");
      const bytes = readFileSync(path);
      bytes[3] = (bytes[3] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
    found: ["altered"],
    where: /ids-00000/,
  },
  {
    says: "an altered policy",
    does(folder) {
      const [name = ""] = readdirSync(join(folder, "policies"));
      writeFileSync(join(folder, "policies", name), "{}");
    },
    found: ["altered"],
    where: /^policies\//,
  },
  {
    says: "an altered change log of an hour of events",
    does: (folder) => writeFileSync(join(place(folder, 1), "changes-00000.ndjson.gz"), gzipSync("")),
    found: ["altered"],
    where: /events-.*changes-00000/,
  },
  {
    says: "a missing page",
    does: (folder) => rmSync(join(place(folder, 2), PAGE)),
    found: ["missing-file"],
    where: /page-00000-00001/,
  },
  {
    says: "a page with the bytes of another page",
    does: (folder) => copyFileSync(join(place(folder, 0), "page-00000-00000.ndjson.gz"), join(place(folder, 0), PAGE)),
    found: ["altered"],
    where: /page-00000-00001/,
  },
  {
    says: "a missing run in the middle",
    does: (folder) => rmSync(join(folder, "runs", whole.runs[2] ?? ""), { recursive: true }),
    found: ["missing-run"],
    where: /manifest\.json/,
  },
  {
    says: "a missing hour of events",
    does: (folder) => rmSync(join(folder, "runs", whole.runs[1] ?? ""), { recursive: true }),
    found: ["missing-run"],
    where: /manifest\.json/,
  },
  {
    says: "a missing first run",
    does: (folder) => rmSync(join(folder, "runs", whole.runs[0] ?? ""), { recursive: true }),
    found: ["missing-run"],
    where: /manifest\.json/,
  },
  {
    says: "a missing last run, where its head was written down",
    does: (folder) => rmSync(join(folder, "runs", whole.runs[3] ?? ""), { recursive: true }),
    found: ["missing-head"],
    where: /runs/,
    more: () => ({ heads: [whole.head] }),
  },
  {
    says: "two runs in each other's place",
    does(folder) {
      renameSync(place(folder, 0), join(folder, "aside"));
      renameSync(place(folder, 2), place(folder, 0));
      renameSync(join(folder, "aside"), place(folder, 2));
    },
    found: ["reordered"],
    where: /manifest\.json/,
  },
  {
    says: "a run that names another one before it",
    does: (folder) => edit(folder, 3, () => ({ previous: null })),
    found: ["signature"],
    where: /manifest\.json/,
  },
  {
    says: "a changed count",
    does: (folder) => edit(folder, 0, () => ({ read: 29 })),
    found: ["altered", "signature"],
    where: /manifest\.json/,
  },
  {
    says: "a changed verdict count",
    does: (folder) => edit(folder, 0, () => ({ verdicts: { compliant: 30 } })),
    found: ["altered", "signature"],
    where: /manifest\.json/,
  },
  {
    says: "a changed verdict count, signed by the very key",
    does: (folder) => forge(folder, 0, () => ({ verdicts: { compliant: 30 } })),
    found: ["altered", "count"],
    where: /manifest\.json/,
  },
  {
    says: "a changed count of changes",
    does: (folder) => edit(folder, 0, () => ({ changes: { planned: 0 } })),
    found: ["altered", "signature"],
    where: /manifest\.json/,
  },
  {
    says: "a changed count of changes, signed by the very key",
    does: (folder) => forge(folder, 0, () => ({ changes: { planned: 0 } })),
    found: ["altered", "count"],
    where: /manifest\.json/,
  },
  {
    says: "a page that is no longer named",
    does: (folder) => edit(folder, 3, withoutLastPage),
    found: ["signature"],
    where: /manifest\.json/,
  },
  {
    says: "a page that is no longer named, signed by the very key",
    does: (folder) => forge(folder, 3, withoutLastPage),
    found: ["count", "root"],
    where: /manifest\.json/,
  },
  {
    says: "a key that is not the one that signed",
    does: () => {},
    found: ["wrong-key"],
    where: /manifest\.json/,
    more: () => ({ keys: [pemOf(other.publicKey)] }),
  },
  {
    says: "a manifest signed again by somebody else",
    does: (folder) => resign(folder, 3, () => ({})),
    found: ["wrong-key"],
    where: /manifest\.json/,
  },
  {
    says: "a manifest that somebody else signed in the name of the key",
    does(folder) {
      const path = join(place(folder, 3), "manifest.json.sig");
      const signature = JSON.parse(readFileSync(path, "utf8"));
      const bytes = readFileSync(join(place(folder, 3), "manifest.json"));
      const forged = sign(null, bytes, other.privateKey).toString("base64");
      writeFileSync(path, JSON.stringify({ ...signature, signature: forged }));
    },
    found: ["signature"],
    where: /manifest\.json/,
  },
  {
    says: "a label that is better than the key",
    does(folder) {
      const path = join(place(folder, 3), "manifest.json.sig");
      writeFileSync(path, readFileSync(path, "utf8").replace("self-signed", "aws-kms"));
    },
    found: ["signature"],
    where: /manifest\.json\.sig/,
  },
  {
    says: "an unsigned manifest",
    does: (folder) => rmSync(join(place(folder, 2), "manifest.json.sig")),
    found: ["unsigned"],
    where: /manifest\.json/,
  },
  {
    says: "a half-written manifest",
    does(folder) {
      const path = join(place(folder, 3), "manifest.json");
      writeFileSync(path, readFileSync(path).subarray(0, 400));
    },
    found: ["form"],
    where: /manifest\.json/,
  },
  {
    says: "a manifest of an older form",
    does: (folder) => edit(folder, 3, () => ({ version: 1 })),
    found: ["form"],
    where: /manifest\.json/,
  },
  {
    says: "a manifest that names a file outside",
    does: (folder) => edit(folder, 3, withPagesOutside),
    found: ["signature"],
    where: /manifest\.json/,
  },
  {
    says: "a manifest that names a file outside, signed by the very key",
    does: (folder) => forge(folder, 3, withPagesOutside),
    found: ["form", "root"],
    where: /passwd/,
  },
  {
    says: "a changed count, signed by the very key",
    does: (folder) => forge(folder, 3, ({ read }) => ({ read: read - 1 })),
    found: ["count"],
    where: /manifest\.json/,
  },
  {
    says: "an account less in the root, signed by the very key",
    does: (folder) => forge(folder, 3, () => ({ root: createHash("sha256").digest("hex") })),
    found: ["root"],
    where: /manifest\.json/,
  },
  {
    says: "a label that is better than the key, signed by the very key",
    does: (folder) => forge(folder, 3, ({ signer }) => ({ signer: { ...signer, label: "aws-kms" } })),
    found: ["wrong-label"],
    where: /manifest\.json/,
  },
  {
    says: "a policy file that is not the one of the policy's hash, signed by the very key",
    does(folder) {
      const other = createHash("sha256").update("{}").digest("hex");
      return forge(folder, 3, ({ policyFile }) => ({ policyFile: { ...policyFile, sha256: other } }));
    },
    found: ["policy", "root"],
    where: /^policies\//,
  },
  {
    says: "an hour that follows a later hour, signed by the very key",
    does: async (folder) => {
      const next = join(folder, "runs", "events-2020-01-01T00", "workforce");
      cpSync(place(folder, 1), next, { recursive: true });
      const previous = { run: whole.runs[3], hash: whole.head };
      await forgeManifest(whole, join(next, "manifest.json"), () => ({
        run: "events-2020-01-01T00",
        hour: "2020-01-01T00",
        previous,
      }));
    },
    found: ["form", "reordered"],
    where: /events-2020/,
  },
  {
    says: "two runs that go on from the same one, signed by the very key",
    does(folder) {
      const [first, events] = [0, 1].map((run) => readFileSync(join(place(folder, run), "manifest.json")));
      assert.ok(first && events);
      const previous = { run: whole.runs[0], hash: createHash("sha256").update(first).digest("hex") };
      return forge(folder, 2, () => ({ previous }));
    },
    found: ["altered"],
    where: /manifest\.json/,
  },
  {
    says: "a folder in a page's place",
    does: (folder) => inItsPlace(join(place(folder, 2), PAGE)),
    found: ["altered"],
    where: /page-00000-00001/,
  },
  {
    says: "a folder in a signature's place",
    does: (folder) => inItsPlace(join(place(folder, 2), "manifest.json.sig")),
    found: ["signature"],
    where: /manifest\.json\.sig/,
  },
  {
    says: "a folder in a manifest's place",
    does: (folder) => inItsPlace(join(place(folder, 3), "manifest.json")),
    found: ["form"],
    where: /manifest\.json/,
  },
  {
    says: "a file in the place of all runs",
    does(folder) {
      rmSync(join(folder, "runs"), { recursive: true });
      writeFileSync(join(folder, "runs"), "");
    },
    found: ["empty"],
    where: /runs/,
  },
  {
    says: "no evidence at all",
    does: (folder) => rmSync(join(folder, "runs"), { recursive: true }),
    found: ["empty"],
    where: /runs/,
  },
];

function inItsPlace(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

/** As somebody does who has the folder and makes a key of his own. */
function resign(folder: string, run: number, change: () => object): void {
  const fingerprint = createHash("sha256")
    .update(other.publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  const signer = { label: "self-signed", algorithm: "ed25519", key: fingerprint };
  edit(folder, run, () => ({ ...change(), signer }));
  const signature = sign(null, readFileSync(join(place(folder, run), "manifest.json")), other.privateKey);
  const beside = { version: 1, ...signer, signature: signature.toString("base64") };
  writeFileSync(join(place(folder, run), "manifest.json.sig"), JSON.stringify(beside));
}

describe("it is named, and the folder is not verified, when there is", () => {
  for (const { says, does, found, where, more } of TAMPERINGS)
    test(says, async () => {
      const folder = whole.copy();
      await does(folder);
      const result = await check(folder, more?.());
      assert.equal(result.verified, false);
      assert.deepEqual(codes(result), found, tell(result).join("\n"));
      assert.ok(
        result.faults.some((fault) => where.test(fault.where)),
        tell(result).join("\n"),
      );
      assert.match(tell(result)[0] ?? "", /^NOT VERIFIED/);
    });
});

test("a missing last run cannot be seen from the folder alone, and the answer says so", async () => {
  const folder = whole.copy();
  rmSync(join(folder, "runs", whole.runs[3] ?? ""), { recursive: true });
  const result = await check(folder);
  assert.equal(result.verified, true);
  assert.equal(result.anchored, false);
  assert.match(tell(result)[0] ?? "", /head not anchored/);
});

test("a head that was written down before the newest run says how far it reaches", async () => {
  const folder = whole.copy();
  const older = createHash("sha256")
    .update(readFileSync(join(place(folder, 2), "manifest.json")))
    .digest("hex");
  const result = await check(folder, { heads: [older] });
  assert.deepEqual([result.verified, result.anchored], [true, false]);
  assert.match(result.notes.map(({ text }) => text).join(), /1 runs are newer/);
});

test("files that no manifest names are listed, and prove nothing", async () => {
  const folder = whole.copy();
  copyFileSync(join(place(folder, 0), PAGE), join(place(folder, 0), "page-00009-00000.ndjson.gz"));
  writeFileSync(join(folder, "\u001b[2Jhello"), "");
  const result = await check(folder);
  assert.equal(result.verified, true);
  const unnamed = result.notes.filter(({ code }) => code === "unnamed");
  assert.match(unnamed.map(({ text }) => text).join(), /page-00009-00000/);
  assert.equal(unnamed.length, 2);
  assert.ok(!tell(result).join("\n").includes("\u001b"));
});

test("a part of the chain is verified from a run that is named, and only with its name", async () => {
  const folder = whole.copy();
  for (const run of whole.runs.slice(0, 3)) rmSync(join(folder, "runs", run), { recursive: true });
  assert.deepEqual(codes(await check(folder)), ["missing-run"]);
  const from = await check(folder, { from: whole.runs[3] ?? "" });
  assert.equal(from.verified, true);
  assert.match(from.notes.map(({ text }) => text).join(), /chain before run .* is not included/);
  assert.match(tell(from)[0] ?? "", /^VERIFIED, head not anchored, earlier runs not included: /);
  assert.deepEqual(codes(await check(folder, { from: whole.runs[0] ?? "" })), ["missing-run"]);
});

test("with a named run, the sweep before may be missing, but no hour of events", async () => {
  const folder = whole.copy();
  const from = whole.runs[2] ?? "";
  rmSync(join(folder, "runs", whole.runs[0] ?? ""), { recursive: true });
  assert.deepEqual(codes(await check(folder, { from })), []);
  rmSync(join(folder, "runs", whole.runs[1] ?? ""), { recursive: true });
  assert.deepEqual(codes(await check(folder, { from })), ["missing-run"]);
});

test("a directory of the newest policy of which nothing is there is a fault, also where all heads are known", async (context) => {
  const base = mkdtempSync(join(tmpdir(), "warden-absent-"));
  const world = await startWorld({ accounts: 5 });
  context.after(async () => {
    await world.close();
    rmSync(base, { recursive: true, force: true });
  });
  const both = [directoryYaml(world.vendor), directoryYaml(world.vendor, "partners")].join("");
  const policy = compile(`version: 1\ndirectories:${both}\n${EVERYONE}`);
  const more = { evidence: folderEvidence(base), policy, policyHash: hashPolicy(policy) };
  const { run, only } = await world.sweep("plan", EVERYONE, more);
  rmSync(join(base, "runs", run, "partners"), { recursive: true });
  const question = { folder: base, keys: [await world.signer.publicKey(signal)], heads: [only.manifest ?? ""] };
  const result = await verify(question);
  assert.deepEqual([result.verified, result.anchored, result.absent], [false, true, ["partners"]]);
  assert.deepEqual(
    result.faults.map(({ code, where }) => [code, where]),
    [["missing-directory", "partners"]],
  );
  assert.match(tell(result)[0] ?? "", /^NOT VERIFIED: /);
});

test("a newest sweep that did not read everybody, and runs without anybody, are told", async (context) => {
  const base = mkdtempSync(join(tmpdir(), "warden-short-"));
  const world = await startWorld({ accounts: 5 });
  context.after(async () => {
    await world.close();
    rmSync(base, { recursive: true, force: true });
  });
  world.vendor.setFault({ kind: "error", status: 403, on: "users" });
  const { only } = await world.sweep("plan", EVERYONE, { evidence: folderEvidence(base) });
  assert.notEqual(only.status, "completed");
  const { verified, notes } = await verify({ folder: base, keys: [await world.signer.publicKey(signal)] });
  assert.equal(verified, true);
  for (const code of ["incomplete", "no rows"])
    assert.ok(
      notes.some((note) => note.code === code),
      code,
    );
});

test("what a P-256 key of KMS signed is verified, and a chain that two keys signed by both of them", async (context) => {
  const base = mkdtempSync(join(tmpdir(), "warden-kms-"));
  const world = await startWorld({ accounts: 5 });
  context.after(async () => {
    await world.close();
    rmSync(base, { recursive: true, force: true });
  });
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const signer: Signer = {
    ...{ label: "aws-kms", algorithm: "ecdsa-p256-sha256" },
    publicKey: async () => pemOf(pair.publicKey),
    sign: async (bytes) => sign("sha256", bytes, pair.privateKey),
  };
  const evidence = folderEvidence(base);
  await world.sweep("plan", EVERYONE, { evidence });
  const { only } = await world.sweep("plan", EVERYONE, { evidence, signer });
  const keys = [await world.signer.publicKey(signal), pemOf(pair.publicKey)];
  const heads = [only.manifest ?? ""];
  const result = await verify({ folder: base, keys, heads });
  assert.deepEqual([result.faults, result.anchored], [[], true]);
  assert.deepEqual(result.signers.map(({ label }) => label).sort(), ["aws-kms", "self-signed"]);
  assert.deepEqual(codes(await verify({ folder: base, keys: keys.slice(1), heads })), ["wrong-key"]);
  const path = join(base, "runs", only.run, "workforce", "manifest.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"tester"', '"nobody"'));
  assert.deepEqual(codes(await verify({ folder: base, keys })), ["signature"]);
});

const program = fileURLToPath(new URL("../../verify/verify.mjs", import.meta.url));
const run = (...args: string[]) => runNode([program, ...args]);

test("the file runs by itself: 0 verified, 3 not, 2 called wrongly", async () => {
  const folder = whole.copy();
  const key = join(folder, "..", "key.pem");
  writeFileSync(key, whole.key);
  const good = await run(folder, "--key", key, "--expect-head", whole.head, "--json");
  assert.equal(good.code, 0);
  assert.equal(JSON.parse(good.stdout).anchored, true);
  rmSync(join(place(folder, 1), "manifest.json"));
  const bad = await run(folder, "--key", key);
  assert.equal(bad.code, 3);
  assert.match(bad.stdout, /^NOT VERIFIED[\s\S]*FAULT missing-run/);
  assert.equal((await run(folder)).code, 2);
  assert.equal((await run("/nowhere/at/all", "--key", key)).code, 2);
});

test("it needs nothing but what Node brings along", () => {
  const source = readFileSync(program, "utf8");
  const imports = [...source.matchAll(/^import .* from "(.*)";$/gm)].map(([, of]) => of);
  assert.ok(imports.length > 3);
  assert.deepEqual(
    imports.filter((of) => !of?.startsWith("node:")),
    [],
  );
});
