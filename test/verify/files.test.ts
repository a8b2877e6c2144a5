/** Whatever a folder holds, the verifier opens regular files within it alone, needs little memory, and prints no control character. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { merkleRoot } from "../../lib/evidence/merkle.ts";
import { describe as tell, verify } from "../../verify/verify.mjs";
import { type Audited, audited } from "../evidence/folder.ts";
import { runNode } from "../processes.ts";
import { editManifest, faultCodes, forgeManifest, runFolder } from "./tamper.ts";

const PROGRAM = fileURLToPath(new URL("../../verify/verify.mjs", import.meta.url));
const PAGE = "page-00000-00001.ndjson.gz";
const MIB = 2 ** 20;

let whole: Audited;
before(async () => {
  whole = await audited();
});
after(() => whole.close());

const check = (folder: string) => verify({ folder, keys: [whole.key] });

/** Moves something out of the folder and leaves a link to it. */
function linkAway(folder: string, path: string): void {
  const elsewhere = `${folder}-elsewhere`;
  renameSync(path, elsewhere);
  symlinkSync(elsewhere, path);
}

describe("a link or a device is not followed, and is a fault", () => {
  const cases: readonly [string, (folder: string) => void, readonly string[]][] = [
    ["a link in a page's place", (folder) => linkAway(folder, join(runFolder(whole, folder, 2), PAGE)), ["altered"]],
    [
      "a link in a manifest's place",
      (folder) => linkAway(folder, join(runFolder(whole, folder, 2), "manifest.json")),
      ["form", "missing-run"],
    ],
    [
      "a link in a signature's place",
      (folder) => linkAway(folder, join(runFolder(whole, folder, 2), "manifest.json.sig")),
      ["signature"],
    ],
    [
      "a link in the place of a run's folder",
      (folder) => linkAway(folder, runFolder(whole, folder, 2)),
      ["missing-run"],
    ],
    ["a link in the place of all policies", (folder) => linkAway(folder, join(folder, "policies")), ["altered"]],
    ["a link in the place of all runs", (folder) => linkAway(folder, join(folder, "runs")), ["empty"]],
    [
      "a pipe in a page's place",
      (folder) => {
        const page = join(runFolder(whole, folder, 2), PAGE);
        rmSync(page);
        execFileSync("sh", ["-c", `mkfifo "$0"`, page]);
      },
      ["altered"],
    ],
    [
      "a page that is larger than any page",
      (folder) => writeFileSync(join(runFolder(whole, folder, 2), PAGE), Buffer.alloc(65 * MIB)),
      ["altered"],
    ],
  ];
  for (const [says, tamper, found] of cases)
    test(says, async () => {
      const folder = whole.copy();
      tamper(folder);
      const result = await check(folder);
      assert.deepEqual(faultCodes(result), found, tell(result).join("\n"));
    });
});

test("nothing that a manifest names is opened when its signature is not good", async () => {
  const folder = whole.copy();
  const before = await check(folder);
  editManifest(join(runFolder(whole, folder, 3), "manifest.json"), () => ({}));
  writeFileSync(join(runFolder(whole, folder, 3), "manifest.json"), " ", { flag: "a" });
  writeFileSync(join(runFolder(whole, folder, 3), PAGE), "not what was written");
  const result = await check(folder);
  assert.deepEqual(faultCodes(result), ["signature"]);
  assert.equal(before.rows - result.rows, 30);
  assert.ok(result.files < before.files);
});

/** Puts a page in the place of all pages of the newest run, and signs that. */
async function replacePages(folder: string, packed: Buffer, rows: number): Promise<void> {
  const place = runFolder(whole, folder, 3);
  writeFileSync(join(place, PAGE), packed);
  const ids = Buffer.alloc(rows * 8);
  writeFileSync(join(place, "ids-00000.bin"), ids);
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  await forgeManifest(whole, join(place, "manifest.json"), ({ run, policyFile, changeLog }) => {
    const key = (name: string) => `runs/${run}/workforce/${name}`;
    const page = { key: key(PAGE), sha256: hash(packed), count: rows };
    const digests = { key: key("ids-00000.bin"), sha256: hash(ids), count: rows };
    const root = merkleRoot([policyFile, page, digests, ...changeLog]);
    return { parts: [{ pages: [page], ids: digests }], read: rows, verdicts: { compliant: rows }, root };
  });
}

/** Packed pieces that follow each other unpack as one file. */
function repeatPacked(text: string, times: number): Buffer {
  const piece = gzipSync(text);
  return Buffer.concat(Array.from({ length: times }, () => piece));
}

/** Runs the verifier by itself, and answers how much memory it had at most. */
async function measure(folder: string): Promise<{ verified: boolean; faults: string[]; peakBytes: number }> {
  const script = `
      const { verify } = await import(process.argv[2]);
      const { verified, faults } = await verify({ folder: process.argv[1], keys: [process.argv[3]] });
      const peakBytes = process.resourceUsage().maxRSS * 1024;
      console.log(JSON.stringify({ verified, faults: faults.map(({ code }) => code), peakBytes }));`;
  const args = ["--input-type=module", "-e", script, folder, PROGRAM, whole.key];
  const { code, stdout, stderr } = await runNode(args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test("rows are counted as they are unpacked: a page of 600 MiB needs no more memory than a small one", async () => {
  const folder = whole.copy();
  const row = `${JSON.stringify({ verdict: "compliant", why: "x".repeat(4_000) })}\n`;
  const rows = Math.ceil(MIB / row.length);
  const packed = repeatPacked(row.repeat(rows), 600);
  await replacePages(folder, packed, rows * 600);
  const { verified, faults, peakBytes } = await measure(folder);
  assert.deepEqual([verified, faults], [true, []]);
  assert.ok(peakBytes < 300 * MIB, `${Math.round(peakBytes / MIB)} MiB`);
});

test("a page that is one endless line is a fault, and is not unpacked to its end", async () => {
  const folder = whole.copy();
  const packed = repeatPacked("x".repeat(MIB), 600);
  await replacePages(folder, packed, 1);
  const { faults, peakBytes } = await measure(folder);
  assert.deepEqual(faults, ["count"]);
  assert.ok(peakBytes < 300 * MIB, `${Math.round(peakBytes / MIB)} MiB`);
});

const run = (...args: string[]) => runNode([PROGRAM, ...args]);

test("neither the text nor the JSON holds a control character, whatever the evidence is called", async () => {
  const folder = whole.copy();
  const key = `${folder}.pem`;
  writeFileSync(key, whole.key);
  // An escape, a C1 control, a right-to-left override, DEL, a line break.
  const evil = "a\u001b[2J\u009b1m\u202e\u007f\nVERIFIED";
  const moved = join(folder, "runs", evil, evil);
  mkdirSync(join(folder, "runs", evil));
  cpSync(runFolder(whole, folder, 3), moved, { recursive: true });
  await forgeManifest(whole, join(moved, "manifest.json"), () => ({ run: evil, id: evil, status: evil }));
  const second = join(folder, "runs", "second", "workforce");
  cpSync(runFolder(whole, folder, 3), second, { recursive: true });
  writeFileSync(
    join(second, "manifest.json.sig"),
    JSON.stringify({ key: evil, label: evil, algorithm: evil, signature: evil }),
  );
  writeFileSync(join(folder, evil), "");
  for (const args of [[], ["--json"]]) {
    const { code, stdout } = await run(folder, "--key", key, "--from", evil, ...args);
    assert.equal(code, 3);
    assert.match(stdout, /^[\x20-\x7e\n]+$/);
    assert.match(stdout, /u\{1b\}/);
    assert.doesNotMatch(stdout, /^VERIFIED/m);
  }
  const wrong = await run(folder, "--key", key, `--${evil}`);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^[\x20-\x7e\n]+$/);
});

test("the JSON of a result holds no control character either where another program prints it", async () => {
  const folder = whole.copy();
  writeFileSync(join(folder, "\u009b\u202e"), readFileSync(join(runFolder(whole, folder, 0), "manifest.json")));
  assert.match(JSON.stringify(await check(folder)), /^[\x20-\x7e]+$/);
});
