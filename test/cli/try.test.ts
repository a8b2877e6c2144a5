/** What a person may rely on of `try`: no vendor is asked, what is not on record is no proof, and a policy that lowers security stands out. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { unzipSync } from "fflate";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const ACCOUNTS = 40;
const OFF = 3;

let workspace: Workspace;
let calls = 0;
before(async () => {
  workspace = await openWorkspace({ accounts: ACCOUNTS, mfaEnabledShare: 1 });
  const { pingone } = workspace;
  for (let i = 0; i < ACCOUNTS; i++) pingone.change(pingone.account(i).id, { enabled: true, mfaEnabled: i >= OFF });
  assert.equal((await workspace.run("sweep", "--json")).code, 1);
  calls = pingone.calls.length;
});
after(async () => {
  // None of the commands below has asked the vendor for anything.
  assert.equal(workspace.pingone.calls.length, calls);
  await workspace.close();
});

const rules = (text: string) => `rules:\n${text}limits:\n  changesPerRun: { count: 500, percent: 100 }\n`;
const everyone = (more: string) => rules(`  - name: everyone\n    match: all\n${more}`);

/** Writes the other policy, and tries it. */
async function tryPolicy(rest: string, ...args: string[]) {
  workspace.write("other.yaml", policyOf([directoryOf("workforce", workspace.pingone)], rest));
  return workspace.run("try", "other.yaml", ...args);
}
const tryAsJson = async (rest: string, ...args: string[]) => {
  const { code, stdout, stderr } = await tryPolicy(rest, "--json", ...args);
  assert.notEqual(stdout, "", stderr);
  return { code, found: JSON.parse(stdout) };
};
test("the policy of the run changes nothing", async () => {
  const { code, stdout, stderr } = await workspace.run("try");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /Nobody is judged otherwise, and nobody else would be changed/);
  assert.match(stdout, /it is the policy that the run was judged by/);
});

test("as Markdown it names nobody unless asked, and is nothing beside JSON", async () => {
  const [alone, named, both] = await Promise.all(
    [
      ["--format", "markdown"],
      ["--format", "markdown", "--accounts", "1"],
      ["--format", "markdown", "--json"],
    ].map((args) => tryPolicy(OTHER, ...args)),
  );
  assert.deepEqual([alone?.code, named?.code, both?.code], [4, 4, 2]);
  assert.match(alone?.stdout ?? "", /^<!-- mfa-warden:try -->\n### mfa-warden: this policy lowers security\n/);
  assert.doesNotMatch(alone?.stdout ?? "@", /@/);
  assert.match(named?.stdout ?? "", /@example\.com/);
});

const OTHER = everyone("    require: registered\n    enforce: never\n");

test("a policy that lowers security says so first, and fails unless it is asked not to", async () => {
  const [shown, machine, asked, nothing, named] = await Promise.all(
    [[], ["--json"], ["--fail-on", "changes,violating"], ["--fail-on", "nothing"], ["--accounts", "0"]].map((args) =>
      tryPolicy(OTHER, ...args),
    ),
  );
  assert.deepEqual([shown?.code, machine?.code, asked?.code, nothing?.code], [4, 4, 0, 0]);
  assert.match(
    shown?.stdout ?? "",
    /^Judged: what run \S+ read from .*\n\nThis policy lowers security:\n {2}rule everyone never changes an account any more\n {2}3 accounts: would be changed by a sweep before/,
  );
  assert.match(
    shown?.stdout ?? "",
    /Not recorded: of 37 accounts the run had no reason to record their devices \(37\)/,
  );
  assert.match(shown?.stdout ?? "", /everyone +40 +37 → 0 +3 +0 +0 → 37 +0 +3 → 0/);
  assert.match(shown?.stdout ?? "", /@example\.com/);
  assert.doesNotMatch(named?.stdout ?? "@", /@/);
  const { findings, effects } = JSON.parse(machine?.stdout ?? "");
  assert.deepEqual(findings, ["lower", "unknown"]);
  assert.deepEqual([effects.unknown.count, effects.unknown.first.length], [ACCOUNTS - OFF, 10]);
});

test("a pack or a copy of the evidence is enough: no ledger, no secret, no vendor", async () => {
  assert.equal((await workspace.run("report", "--pack", "pack.zip")).code, 0);
  const at = join(workspace.folder, "artifact");
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(join(workspace.folder, "pack.zip"))))) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), bytes);
  }
  cpSync(join(workspace.folder, ".mfa-warden/evidence"), join(workspace.folder, "copy/evidence"), { recursive: true });
  const nowhere = ["--state", "nowhere"];
  const known = await tryAsJson(OTHER);
  const others = await Promise.all(
    ["artifact", "copy", "./copy/evidence"].map((folder) => tryAsJson(OTHER, "--against", folder, ...nowhere)),
  );
  for (const other of others) assert.deepEqual(other, known);
  const { run } = known.found;
  const named = await Promise.all([
    workspace.run("try", "--against", "copy", "--run", run, ...nowhere),
    workspace.run("try", "--against", run),
  ]);
  assert.deepEqual(
    named.map(({ code }) => code),
    [0, 0],
  );
});

test("evidence that is not as it was written makes no answer", async () => {
  const from = join(workspace.folder, "copy/evidence");
  const altered = join(workspace.folder, "altered/evidence");
  cpSync(from, altered, { recursive: true });
  const [run = ""] = readdirSync(join(altered, "runs"));
  const folder = join(altered, "runs", run, "workforce");
  writeFileSync(join(folder, "page-00000-00000.ndjson.gz"), "{}");
  const page = await workspace.run("try", "--against", "altered");
  assert.deepEqual([page.code, page.stdout], [3, ""]);
  assert.match(page.stderr, /page-00000-00000\.ndjson\.gz is not the one that was written.*ERR_EVIDENCE_ALTERED/);
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const outside = { ...manifest.parts[0].pages[0], key: "../../../policy.yaml" };
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({ ...manifest, parts: [{ ...manifest.parts[0], pages: [outside] }] }),
  );
  assert.match(
    (await workspace.run("try", "--against", "altered")).stderr,
    /lacks the evidence file \.\.\/.*ERR_EVIDENCE_UNAVAILABLE/,
  );
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, parts: "none" }));
  assert.match(
    (await workspace.run("try", "--against", "altered")).stderr,
    /manifest\.json is not of the form.*ERR_EVIDENCE_ALTERED/,
  );
});

test("what is wrong with the question is said with exit code 2", async () => {
  const asked: [string[], RegExp][] = [
    [["nowhere.yaml"], /policy file \S+nowhere\.yaml cannot be read.*ERR_POLICY_MISSING/],
    [["--against", "01NEVER"], /There is no run 01NEVER.*ERR_RUN_UNKNOWN/],
    [["--against", "./never"], /There is no folder \S+never; --against takes a run, latest, or a folder/],
    [["--against", "policy.yaml"], /policy\.yaml is a file; unpack an archive first/],
    [["--run", "01NEVER"], /--run is for a folder with evidence/],
    [["--against", "copy", "--run", "01NEVER"], /holds no manifest of run 01NEVER.*ERR_RUN_UNKNOWN/],
    [["--against", "sim"], /There is no run sim/],
    [["--fail-on", "doubt"], /It takes lower, changes, violating, unknown/],
    [["--on", "2026-02-30"], /"2026-02-30" is no day/],
    [["--state", "nowhere"], /Nothing is recorded in \S+nowhere yet/],
  ];
  const ended = await Promise.all(asked.map(([args]) => workspace.run("try", ...args)));
  for (const [i, { code, stdout, stderr }] of ended.entries()) {
    assert.deepEqual([code, stdout], [2, ""], `${asked[i]?.[0].join(" ")}\n${stderr}`);
    assert.match(stderr, asked[i]?.[1] ?? /never/);
  }
});
