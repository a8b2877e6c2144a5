/** What a person at a terminal gets: heads to write down, a verdict on the evidence, and an archive that checks itself. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { node, packed } from "./archive.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

let workspace: Workspace;
let first: { run: string; head: string };
let second: { run: string; head: string };

async function sweep(mode: string): Promise<{ run: string; head: string }> {
  const { stdout } = await workspace.run("sweep", "--mode", mode, "--json");
  const { run, directories } = JSON.parse(stdout);
  return { run, head: directories[0].head };
}

before(async () => {
  workspace = await openWorkspace({ accounts: 25, pageSize: 10, mfaEnabledShare: 0.6 });
  first = await sweep("enforce");
  second = await sweep("plan");
});
after(() => workspace.close());

test("a sweep prints the head of its chain, and verify takes it", async () => {
  assert.match(second.head, /^[0-9a-f]{64}$/);
  const { stdout, code } = await workspace.run("verify", "--expect-head", second.head);
  assert.equal(code, 0);
  assert.match(stdout, /^VERIFIED: 2 manifests, .*self-signed/);
  const bare = await workspace.run("verify");
  assert.equal(bare.code, 0);
  assert.match(bare.stdout, /^VERIFIED, head not anchored/);
});

test("the head stands under what a person reads of a sweep", async () => {
  const { stdout } = await workspace.run("sweep");
  assert.match(stdout, /head +[0-9a-f]{64} +workforce/);
});

test("a head that is not there ends as 3 and is named, also in JSON", async () => {
  const { stdout, code } = await workspace.run("verify", "--expect-head", "0".repeat(64), "--json");
  assert.equal(code, 3);
  const { verified, faults } = JSON.parse(stdout);
  assert.deepEqual([verified, faults[0].code], [false, "missing-head"]);
});

test("a key with another fingerprint than the expected one is not accepted", async () => {
  const fingerprint = JSON.parse((await workspace.run("verify", "--json")).stdout).signers[0].key;
  const typed = fingerprint.toUpperCase().replace(/..(?=.)/g, "$&:");
  assert.equal((await workspace.run("verify", "--expect-key", typed)).code, 0);
  const { code, stdout } = await workspace.run("verify", "--expect-key", "0".repeat(64));
  assert.equal(code, 3);
  assert.match(stdout, /FAULT unexpected-key/);
});

test("what cannot be checked is said, and ends as 2", async () => {
  workspace.write("junk.pem", "no key");
  for (const [args, what] of [
    [["--evidence", "nowhere"], /no evidence folder \/\S+\/nowhere/],
    [["--key", "junk.pem"], /junk\.pem is not a public key/],
    [["--key", "missing.pem"], /There is no public key \/\S+\/missing\.pem: nothing was signed/],
    [["--expect-key", "abc"], /--expect-key: abc is not a fingerprint/],
    [["--aws"], /aws s3 sync/],
  ] as const) {
    const { code, stderr, stdout } = await workspace.run("verify", ...args);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, what);
  }
});

test("a packed run holds what an auditor needs, and verifies by what is in it", async (context) => {
  const { made, files, at, folder } = await packed(workspace, second.run);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  assert.deepEqual([made.heads, made.manifests], [[second.head], 1]);
  for (const name of [
    "README.txt",
    "verify.mjs",
    "public-key.pem",
    "exceptions.json",
    "controls.json",
    "changes.jsonl",
    "pack-manifest.json",
    "pack-manifest.json.sig",
  ])
    assert.ok(files.includes(name), name);
  assert.ok(files.includes("report/report.html"));
  assert.ok(files.some((name) => /^evidence\/policies\/[0-9a-f]{64}\.json$/.test(name)));
  assert.ok(!files.some((name) => name.includes(first.run)));

  const command = /node (verify\.mjs .*)$/m.exec(readFileSync(join(at, "README.txt"), "utf8"))?.[1] ?? "";
  const args = command.replace("FINGERPRINT", made.fingerprint).replace("HEADS", second.head).split(" ");
  const { code, stdout } = await node(at, ...args);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^VERIFIED, earlier runs not included: 1 manifests/);
  assert.match(stdout, /chain before run .* is not included/);
  // Without --from the gap is a fault: nobody is to overlook it.
  assert.equal((await node(at, "verify.mjs", "evidence", "--key", "public-key.pem")).code, 3);
});

test("a packed run that was altered is not verified", async (context) => {
  const { at, folder } = await packed(workspace, first.run);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const place = join(at, "evidence/runs", first.run, "workforce");
  const page = readdirSync(place).find((name) => name.startsWith("page-")) ?? "";
  writeFileSync(join(place, page), "");
  const { code, stdout } = await node(at, "verify.mjs", "evidence", "--key", "public-key.pem");
  assert.equal(code, 3);
  assert.match(stdout, /FAULT altered .*page-/);
});

test("evidence that was altered is not packed", async () => {
  const place = join(workspace.folder, ".mfa-warden/evidence/runs", first.run, "workforce");
  const page = join(place, readdirSync(place).find((name) => name.startsWith("ids-")) ?? "");
  const bytes = readFileSync(page);
  writeFileSync(page, bytes.toReversed());
  await assert.rejects(packed(workspace, first.run), { code: /^ERR_EVIDENCE_(ALTERED|UNAVAILABLE)$/ });
  writeFileSync(page, bytes);
});
