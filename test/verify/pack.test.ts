/** Every file of an archive is in a list that its signer signed: what was altered, taken out or put in is named, and the archive fails. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { describe as tell, verify } from "../../verify/verify.mjs";
import { type Archive, node, packed } from "../cli/archive.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "../cli/workspace.ts";
import { faultCodes } from "./tamper.ts";

let workspace: Workspace;
let archive: Archive;
let run: string;
let copies = 0;

before(async () => {
  workspace = await openWorkspace({ accounts: 12, mfaEnabledShare: 0.6 });
  await workspace.run("sweep", "--mode", "enforce");
  run = JSON.parse((await workspace.run("sweep", "--json")).stdout).run;
  archive = await packed(workspace, run);
});
after(async () => {
  await workspace.close();
  rmSync(archive.folder, { recursive: true, force: true });
});

function copy(): string {
  const folder = join(archive.folder, `copy-${copies++}`);
  cpSync(archive.at, folder, { recursive: true });
  return folder;
}

const check = (folder: string) =>
  verify({
    folder,
    keys: [readFileSync(join(archive.at, "public-key.pem"), "utf8")],
    expectedKeys: [archive.made.fingerprint],
    heads: archive.made.heads,
    from: run,
    pack: true,
  });

test("an archive as it was packed is verified, with every file in the signed list", async () => {
  const folder = copy();
  const result = await check(folder);
  assert.deepEqual(result.faults, []);
  assert.deepEqual([result.anchored, result.partial], [true, true]);
  assert.deepEqual(result.pack, { run, files: archive.files.length - 2 });
  assert.match(tell(result)[0] ?? "", /^VERIFIED, earlier runs not included: 1 manifests/);
});

const csv = () => readdirSync(join(archive.at, "report")).find((name) => name.endsWith(".csv")) ?? "";
const other = generateKeyPairSync("ed25519");

/** Signs the list of files again, with a key of one's own that is named as such. */
function resign(folder: string): void {
  const key = createHash("sha256")
    .update(other.publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  const path = join(folder, "pack-manifest.json");
  const signer = { label: "self-signed", algorithm: "ed25519", key };
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), signer }));
  const signature = sign(null, readFileSync(path), other.privateKey).toString("base64");
  writeFileSync(`${path}.sig`, JSON.stringify({ version: 1, ...signer, signature }));
  writeFileSync(join(folder, "public-key.pem"), other.publicKey.export({ type: "spki", format: "pem" }));
}

interface Tampering {
  readonly says: string;
  readonly does: (folder: string) => void;
  readonly found: readonly string[];
  readonly where: RegExp;
}

const TAMPERINGS: readonly Tampering[] = [
  {
    says: "an altered page of the report",
    does: (folder) => appendFileSync(join(folder, "report/report.html"), " "),
    found: ["altered"],
    where: /^report\/report\.html$/,
  },
  {
    says: "an altered table",
    does: (folder) => writeFileSync(join(folder, "report", csv()), ""),
    found: ["altered"],
    where: /\.csv$/,
  },
  {
    says: "an altered register of exceptions",
    does: (folder) => writeFileSync(join(folder, "exceptions.json"), "[{}]"),
    found: ["altered"],
    where: /^exceptions\.json$/,
  },
  {
    says: "an altered change log",
    does: (folder) => writeFileSync(join(folder, "changes.jsonl"), "{}"),
    found: ["altered"],
    where: /^changes\.jsonl$/,
  },
  {
    says: "a missing table",
    does: (folder) => rmSync(join(folder, "report", csv())),
    found: ["missing-file"],
    where: /\.csv$/,
  },
  {
    says: "an extra file beside the report",
    does: (folder) => writeFileSync(join(folder, "report/summary.html"), "all is well"),
    found: ["extra-file"],
    where: /^report\/summary\.html$/,
  },
  {
    says: "a hidden file in the evidence",
    does: (folder) => writeFileSync(join(folder, "evidence/.note"), ""),
    found: ["extra-file"],
    where: /^evidence\/\.note$/,
  },
  {
    says: "a link in the report's place",
    does(folder) {
      renameSync(join(folder, "report"), `${folder}-report`);
      symlinkSync(`${folder}-report`, join(folder, "report"));
    },
    found: ["altered", "extra-file"],
    where: /^report/,
  },
  {
    says: "a whole directory of evidence that is missing",
    does: (folder) => rmSync(join(folder, "evidence/runs"), { recursive: true }),
    found: ["empty", "missing-file", "missing-head"],
    where: /manifest\.json/,
  },
  {
    says: "no list of files",
    does(folder) {
      rmSync(join(folder, "pack-manifest.json"));
      rmSync(join(folder, "pack-manifest.json.sig"));
    },
    found: ["missing-file"],
    where: /^pack-manifest\.json$/,
  },
  {
    says: "an archive that is made to look like a folder of evidence",
    does(folder) {
      for (const name of ["runs", "policies"]) renameSync(join(folder, "evidence", name), join(folder, name));
      rmSync(join(folder, "pack-manifest.json"));
      rmSync(join(folder, "pack-manifest.json.sig"));
      writeFileSync(join(folder, "report/report.html"), "all is well");
    },
    found: ["empty", "missing-file", "missing-head"],
    where: /^pack-manifest\.json$/,
  },
  {
    says: "a list without a signature",
    does: (folder) => rmSync(join(folder, "pack-manifest.json.sig")),
    found: ["unsigned"],
    where: /^pack-manifest\.json$/,
  },
  {
    says: "a file taken out of the list",
    does(folder) {
      const path = join(folder, "pack-manifest.json");
      const pack = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify({ ...pack, files: pack.files.slice(1) }));
    },
    found: ["signature"],
    where: /^pack-manifest\.json$/,
  },
  {
    says: "a list that somebody else signed",
    does: resign,
    found: ["wrong-key"],
    where: /^pack-manifest\.json$/,
  },
  {
    says: "the manifest of a run in the list's place",
    does(folder) {
      const [directory = ""] = readdirSync(join(folder, "evidence/runs", run));
      for (const end of ["", ".sig"])
        cpSync(
          join(folder, "evidence/runs", run, directory, `manifest.json${end}`),
          join(folder, `pack-manifest.json${end}`),
        );
    },
    found: ["form"],
    where: /^pack-manifest\.json$/,
  },
];

describe("it is named, and the archive is not verified, when there is", () => {
  for (const { says, does, found, where } of TAMPERINGS)
    test(says, async () => {
      const folder = copy();
      does(folder);
      const result = await check(folder);
      assert.equal(result.verified, false);
      assert.deepEqual(faultCodes(result), found, tell(result).join("\n"));
      assert.ok(
        result.faults.some((fault) => where.test(fault.where)),
        tell(result).join("\n"),
      );
    });
});

test("a key that the archive brought itself is a fault, unless its fingerprint came by another way", async () => {
  const folder = copy();
  const more = ["--from", run, "--expect-head", archive.made.heads.join(",")];
  const alone = await node(folder, "verify.mjs", ".", "--pack", "--key", "public-key.pem", ...more);
  assert.equal(alone.code, 3);
  assert.match(alone.stdout, /FAULT own-key {2}public-key\.pem/);
  const args = [
    "verify.mjs",
    ".",
    "--pack",
    "--key",
    "public-key.pem",
    "--expect-key",
    archive.made.fingerprint,
    ...more,
  ];
  assert.equal((await node(folder, ...args)).code, 0);
  resign(folder);
  const forged = await node(folder, ...args);
  assert.equal(forged.code, 3);
  assert.match(forged.stdout, /FAULT unexpected-key/);
});

test("an archive is recognised without --pack, and one of an older version is verified as before", async () => {
  const folder = copy();
  const key = `${folder}.pem`;
  cpSync(join(folder, "public-key.pem"), key);
  const more = ["--key", key, "--from", run, "--expect-head", archive.made.heads.join(",")];
  writeFileSync(join(folder, "report/report.html"), "");
  assert.match((await node(folder, "verify.mjs", ".", ...more)).stdout, /FAULT altered {2}report\/report\.html/);
  for (const end of ["", ".sig"]) rmSync(join(folder, `pack-manifest.json${end}`));
  const { code, stdout } = await node(folder, "verify.mjs", "evidence", ...more);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^VERIFIED, earlier runs not included: /);
});

test("a directory of the policy of which the run left nothing is a fault, unless the signed list says so", async (context) => {
  workspace.write("policy.yaml", policyOf(["workforce", "partners"].map((id) => directoryOf(id, workspace.pingone))));
  const part = JSON.parse((await workspace.run("sweep", "--directory", "workforce", "--json")).stdout).run;
  const { at, folder, made } = await packed(workspace, part);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const keys = [readFileSync(join(at, "public-key.pem"), "utf8")];
  const question = { keys, heads: made.heads, from: part };
  const whole = await verify({ ...question, folder: at });
  assert.deepEqual([whole.faults, whole.absent], [[], ["partners"]]);
  assert.match(tell(whole)[0] ?? "", /^VERIFIED, earlier runs not included, nothing here of partners: /);
  assert.deepEqual(faultCodes(await verify({ ...question, folder: join(at, "evidence") })), ["missing-directory"]);
});

test("the verifier's own SHA-256 stands in the documentation and in the archive's README", () => {
  const program = readFileSync(fileURLToPath(new URL("../../verify/verify.mjs", import.meta.url)));
  const hash = createHash("sha256").update(program).digest("hex");
  const docs = readFileSync(fileURLToPath(new URL("../../docs/evidence.md", import.meta.url)), "utf8");
  assert.ok(docs.includes(hash), `docs/evidence.md must say that the SHA-256 of verify/verify.mjs is ${hash}`);
  assert.ok(readFileSync(join(archive.at, "README.txt"), "utf8").includes(hash));
});
