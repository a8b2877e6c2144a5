/** What a person may rely on of `warden` alone: ten lines at most, nothing that is not known said as good, and the next command. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace, warden } from "./workspace.ts";

const linesOf = (stdout: string): string[] => stdout.trimEnd().split("\n");
/** What stands behind `warden` in the last line. */
const nextOf = (stdout: string): string | undefined =>
  /^next +npm run -s warden -- (.+?) {2}/.exec(linesOf(stdout).at(-1) ?? "")?.[1];

test("in an empty folder it says how to begin", async () => {
  const folder = mkdtempSync(join(tmpdir(), "warden-empty-"));
  try {
    const { code, stdout, stderr } = await warden(folder);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /warden -- demo [\s\S]*warden -- init /);
    assert.ok(linesOf(stdout).length <= 10);
    const json = JSON.parse((await warden(folder, "--json")).stdout);
    assert.deepEqual([json.policy, json.state, json.next.command], [null, null, "init"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a word that is no command is still told as one, and help is still help", async () => {
  const unknown = await warden(tmpdir(), "swep");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /unknown command 'swep'.*see `--help`/);
  const option = await warden(tmpdir(), "--bogus");
  assert.equal(option.code, 2);
  assert.match(option.stderr, /unknown option '--bogus'; see `--help`/);
  const help = await warden(tmpdir(), "--help");
  assert.match(help.stdout, /^Usage: warden/);
  assert.doesNotMatch(help.stdout, /overview/);
});

describe("in a workspace", () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1 });
    for (const number of [0, 1, 2])
      workspace.pingone.change(workspace.pingone.account(number).id, {
        enabled: true,
        mfaEnabled: false,
        devices: [{ type: "TOTP", status: "ACTIVE" }],
      });
  });
  after(() => workspace.close());

  test("each state has its next command, from the first day to the report", async () => {
    const fresh = await workspace.run();
    assert.equal(fresh.code, 0, fresh.stderr);
    assert.match(fresh.stdout, /workforce {2}never swept/);
    assert.equal(nextOf(fresh.stdout), "doctor");

    const { run } = JSON.parse((await workspace.run("sweep", "--json")).stdout);
    const planned = await workspace.run();
    assert.match(
      planned.stdout,
      /workforce {2}completed .* ago: \d+ of \d+ accounts proven \(9.*, 3 violating, 0 unknown/,
    );
    assert.match(planned.stdout, /waiting +3 changes wait for approval in workforce/);
    assert.match(planned.stdout, /changes +allowed/);
    assert.equal(nextOf(planned.stdout), `plan ${run}`);

    await workspace.run("sweep", "--mode", "enforce");
    const done = await workspace.run();
    assert.match(done.stdout, /\(100 %\), 0 violating, 0 unknown/);
    assert.equal(nextOf(done.stdout), "report");
    assert.ok(linesOf(done.stdout).length <= 10);
  });

  test("a kill switch that is off stands there, and how to put it on", async () => {
    await workspace.run("switch", "off", "--reason", "drill");
    const { stdout } = await workspace.run();
    assert.match(stdout, /changes +halted: drill/);
    assert.equal(nextOf(stdout), "switch on --reason …");
    await workspace.run("switch", "on", "--reason", "over");
  });

  test("a sweep that did not read everybody is never a good line, and no share is told", async () => {
    workspace.pingone.setFault({ kind: "miscount", by: 5 });
    await workspace.run("sweep");
    const { stdout } = await workspace.run();
    assert.match(stdout, /workforce {2}incomplete .*: \d+ of at least \d+ accounts proven, 0 violating, 0 unknown\n/);
    assert.equal(nextOf(stdout), "doctor --directory workforce");
    workspace.pingone.clearFaults();
    await workspace.run("sweep");
    assert.equal(nextOf((await workspace.run()).stdout), "report");
  });

  test("what a sweep found by another policy is not told as proven, nor is who still has time", async () => {
    const stricter = EVERYONE.replace("require: enabled", "require: registered");
    workspace.write("policy.yaml", policyOf([directoryOf("workforce", workspace.pingone)], stricter));
    const changed = await workspace.run();
    assert.equal(nextOf(changed.stdout), "sweep");
    assert.match(changed.stdout, /the policy has changed since the last sweep of workforce/);
    await workspace.run("sweep");
    const { stdout } = await workspace.run();
    assert.match(stdout, /0 violating, 0 unknown, \d+ pending/);
    assert.equal(nextOf(stdout), "report");
    assert.doesNotMatch(stdout, /everybody is proven/);
    assert.match(stdout, /accounts are not proven yet, or exempt/);
    workspace.write("policy.yaml", policyOf([directoryOf("workforce", workspace.pingone)]));
    await workspace.run("sweep");
    assert.match((await workspace.run()).stdout, /everybody is proven/);
  });

  test("many directories are cut, those that were never swept first, and who is left out is counted", async () => {
    const many = Array.from({ length: 8 }, (_, n) =>
      directoryOf(n === 0 ? "workforce" : `more-${n}`, workspace.pingone),
    );
    workspace.write("many.yaml", policyOf(many));
    const { stdout } = await workspace.run("--json");
    assert.deepEqual(JSON.parse(stdout).neverSwept, []);
    workspace.write("policy.yaml", policyOf(many));
    const text = (await workspace.run()).stdout;
    assert.ok(linesOf(text).length <= 10, text);
    assert.match(text, /more-1 {2}never swept[\s\S]*and 5 more; `status` shows all/);
    assert.equal(nextOf(text), "sweep");
  });

  test("a policy with errors is counted, and doctor named", async () => {
    workspace.write("policy.yaml", "version: 1\nrules: 7\n");
    const { code, stdout } = await workspace.run();
    assert.equal(code, 0);
    assert.match(stdout, /policy\.yaml: (one error|\d errors)/);
    assert.equal(nextOf(stdout), "doctor");
  });
});
