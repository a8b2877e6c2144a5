/** What a person may rely on of the commands that look at one account or at what is recorded, and of the kill switch. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { User } from "../../simulators/pingone/index.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

let workspace: Workspace;
let jane: User;

before(async () => {
  workspace = await openWorkspace({ accounts: 120, mfaEnabledShare: 1 });
  jane = workspace.pingone.account(0);
  workspace.pingone.change(jane.id, {
    enabled: true,
    mfaEnabled: false,
    username: "jane@example.com",
    devices: [{ type: "TOTP", status: "ACTIVE" }],
  });
});
after(() => workspace.close());

test("doctor passes where everything is there", async () => {
  const { code, stdout, stderr } = await workspace.run("doctor");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /workforce +token +passed/);
  assert.match(stdout, /workforce +switch MFA on +cannot be tested/);
});

test("explain says how an account is judged and what a sweep would do, and changes nothing", async () => {
  const { code, stdout, stderr } = await workspace.run("explain", "workforce/jane@example.com");
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(jane.id));
  assert.match(stdout, /enabled +false/);
  assert.match(stdout, /devices +totp/);
  assert.match(stdout, /bypass +none/);
  assert.match(stdout, /verdict +violating \(enabled\)/);
  assert.match(stdout, /a sweep would +Switch MFA on/);
  assert.equal(workspace.pingone.find(jane.id)?.mfaEnabled, false);

  const byId = JSON.parse((await workspace.run("explain", `workforce/${jane.id}`, "--json")).stdout);
  assert.equal(byId.verdict, "violating (enabled)");
  assert.equal(byId.subject.username, "jane@example.com");

  const nobody = await workspace.run("explain", "workforce/nobody@example.com");
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /no account with the id or the exact user name nobody@example\.com/);
});

test("explain says until when an account may sign in without MFA", async () => {
  const person = workspace.pingone.account(1);
  workspace.pingone.change(person.id, { bypassUntil: "2999-01-01T00:00:00.000Z" });
  const { stdout } = await workspace.run("explain", `workforce/${person.id}`);
  assert.match(stdout, /bypass +until 2999-01-01T00:00:00\.000Z/);
});

test("doctor and explain say that a protected account does not exist, and that nothing is changed for it", async () => {
  const nobody = "00000000-0000-4000-8000-000000000000";
  const glass = `rules:
  - { name: glass, match: { accounts: [{ id: workforce/${nobody} }] }, require: enabled, enforce: never }
  - { name: everyone, match: all, require: enabled }
`;
  workspace.write("glass.yaml", policyOf([directoryOf("workforce", workspace.pingone)], glass));
  const doctor = await workspace.run("doctor", "--policy", "glass.yaml");
  assert.equal(doctor.code, 3, doctor.stderr);
  assert.match(doctor.stdout, new RegExp(`protected accounts +failed[^]*workforce/${nobody}[^]*does not[^]*exist`));
  const { code, stdout, stderr } = await workspace.run("explain", `workforce/${jane.id}`, "--policy", "glass.yaml");
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`a sweep would +Report it, and change nothing: .*workforce/${nobody}`));
  const { code: byName } = await workspace.run("explain", `workforce/${nobody}`, "--policy", "glass.yaml");
  assert.equal(byName, 2);
});

test("one directory's switch is not forgotten when all others are on", async () => {
  await workspace.run("sweep");
  assert.equal((await workspace.run("switch", "off", "--reason", "audit", "--directory", "workforce")).code, 0);
  const on = await workspace.run("switch", "on", "--reason", "over");
  assert.match(on.stdout, /Still halted: workforce; `switch on --directory workforce --reason …` allows it\./);
  const { stdout } = await workspace.run("status");
  assert.match(stdout, /changes: halted for workforce: audit/);
  assert.doesNotMatch(stdout, /changes: allowed$/m);
  const last = await workspace.run("switch", "on", "--reason", "over", "--directory", "workforce");
  assert.match(last.stdout, /Changes to workforce of \/\S+\/\.mfa-warden are allowed/);
});

test("the switch halts changes, on record, until it is on again", async () => {
  assert.match(
    (await workspace.run("switch", "off", "--reason", "incident 7")).stdout,
    /all directories of \/\S+\/\.mfa-warden are halted: incident 7/,
  );
  const halted = await workspace.run("sweep", "--mode", "enforce");
  assert.equal(halted.code, 3, halted.stderr);
  assert.match(halted.stdout, /halted[\s\S]*1 planned.*1 refused[\s\S]*ERR_CHANGES_HALTED/);
  assert.equal(workspace.pingone.find(jane.id)?.mfaEnabled, false);
  assert.match((await workspace.run("explain", `workforce/${jane.id}`)).stdout, /changes are halted: incident 7/);
  assert.match((await workspace.run("status")).stdout, /changes: halted: incident 7/);

  const typo = await workspace.run("switch", "off", "--reason", "x", "--directory", "workfroce");
  assert.equal(typo.code, 2);
  assert.match(typo.stderr, /the switch was not moved/);

  assert.match((await workspace.run("switch", "on", "--reason", "over")).stdout, /allowed/);
  const enforced = await workspace.run("sweep", "--mode", "enforce");
  assert.equal(enforced.code, 0, enforced.stderr);
  assert.equal(workspace.pingone.find(jane.id)?.mfaEnabled, true);
});

test("history tells what happened to an account, by its id and by its name", async () => {
  const byName = await workspace.run("history", "workforce/jane@example.com");
  assert.equal(byName.code, 0, byName.stderr);
  assert.match(byName.stdout, /first seen: violating \(enabled\)[\s\S]*refused[\s\S]*enforced/);
  const { events } = JSON.parse((await workspace.run("history", `workforce/${jane.id}`, "--json")).stdout);
  assert.deepEqual(
    events.map(({ kind, outcome }: Record<string, string>) => outcome ?? kind),
    ["verdict", "refused", "enforced"],
  );
  assert.equal((await workspace.run("history", "workforce/nobody")).code, 2);
});

const today = () => new Date().toISOString().slice(0, 10);

test("history says on which sweep its newest line rests, and how old that is", async () => {
  const { runs } = JSON.parse((await workspace.run("status", "--json")).stdout);
  const { stdout } = await workspace.run("history", "workforce/jane@example.com");
  assert.match(stdout, new RegExp(`newest line is of run ${runs[0].run} and was less than an hour old`));
  assert.match(
    stdout,
    new RegExp(`workforce: rests on run ${runs[0].run}, which ended at \\S+ and was less than an hour old`),
  );
  const { rests } = JSON.parse((await workspace.run("history", `workforce/${jane.id}`, "--json")).stdout);
  assert.deepEqual([rests.run, rests.passedOver, rests.ageSeconds < 3_600], [runs[0].run, [], true]);
});

test("history as of a day is how somebody stood then, and on which sweep that rests", async () => {
  const { runs } = JSON.parse((await workspace.run("status", "--json")).stdout);
  const { code, stdout, stderr } = await workspace.run("history", "workforce/jane@example.com", "--as-of", today());
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^jane@example\.com .*as of \d{4}-\d\d-\d\d, until \S+\ncompliant \(enabled\) +since /);
  assert.match(stdout, new RegExp(`rests on run ${runs[0].run}`));
  const said = JSON.parse(
    (await workspace.run("history", `workforce/${jane.id}`, "--as-of", today(), "--json")).stdout,
  );
  assert.deepEqual(
    [said.day, said.id, said.departed, said.last.verdict, said.rests.run],
    [today(), jane.id, false, "compliant", runs[0].run],
  );

  const asked: [string, RegExp][] = [
    ["2020-01-01", /No complete sweep of workforce ended before the end of 2020-01-01.*ERR_RUN_UNKNOWN/],
    ["2999-01-01", /2999-01-01 has not begun yet/],
    ["2026-02-30", /is no day/],
  ];
  for (const [day, says] of asked) {
    const refused = await workspace.run("history", `workforce/${jane.id}`, "--as-of", day);
    assert.deepEqual([refused.code, refused.stdout], [2, ""]);
    assert.match(refused.stderr, says);
  }
  const both = await workspace.run("history", `workforce/${jane.id}`, "--as-of", today(), "--policy", "policy.yaml");
  assert.equal(both.code, 2);
});

test("history of somebody who is gone says so, also as of a day, and of a hostile name too", async () => {
  const gone = workspace.pingone.account(5);
  workspace.pingone.change(gone.id, { username: "\u202eevil\u001b[2J" });
  await workspace.run("sweep");
  workspace.pingone.leave(gone.id);
  await workspace.run("sweep");
  const { code, stdout } = await workspace.run("history", `workforce/${gone.id}`, "--as-of", today());
  assert.equal(code, 0);
  assert.match(stdout, /\ndeparted, since \S+: /);
  for (const sign of ["\u202e", "\u001b"]) assert.ok(!stdout.includes(sign));
});

test("history by id needs no evidence, and says what it cannot tell without", async () => {
  const { runs } = JSON.parse((await workspace.run("status", "--json")).stdout);
  const manifest = join(workspace.folder, ".mfa-warden/evidence/runs", runs[0].run, "workforce/manifest.json");
  const text = readFileSync(manifest);
  writeFileSync(manifest, "{}");
  const { code, stdout, stderr } = await workspace.run("history", `workforce/${jane.id}`);
  writeFileSync(manifest, text);
  assert.equal(code, 0);
  assert.match(stdout, /enforced/);
  assert.match(stderr, /The sweep behind these lines cannot be named: .*ERR_EVIDENCE_\w+/);
});

test("status lists the runs and what is known now", async () => {
  const { code, stdout, stderr } = await workspace.run("status");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /enforce +completed +workforce/);
  assert.match(stdout, /changes: allowed/);
});
