/** What a person may rely on of the commands that look at one account or at what is recorded, and of the kill switch. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { User } from "../../simulators/pingone-people.ts";
import { type Desk, openDesk } from "./terminal.ts";

let desk: Desk;
let jane: User;

before(async () => {
  desk = await openDesk({ accounts: 120, mfaEnabledShare: 1 });
  jane = desk.pingone.account(0);
  desk.pingone.change(jane.id, {
    enabled: true,
    mfaEnabled: false,
    username: "jane@example.com",
    devices: [{ type: "TOTP", status: "ACTIVE" }],
  });
});
after(() => desk.close());

test("doctor passes where everything is there", async () => {
  const { code, stdout, stderr } = await desk.run("doctor");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /workforce +token +passed/);
  assert.match(stdout, /workforce +switch MFA on +cannot be tested/);
});

test("explain says how an account is judged and what a sweep would do, and changes nothing", async () => {
  const { code, stdout, stderr } = await desk.run("explain", "workforce/jane@example.com");
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(jane.id));
  assert.match(stdout, /enabled +false/);
  assert.match(stdout, /devices +totp/);
  assert.match(stdout, /verdict +violating \(enabled\)/);
  assert.match(stdout, /a sweep would +Switch MFA on/);
  assert.equal(desk.pingone.find(jane.id)?.mfaEnabled, false);

  const byId = JSON.parse((await desk.run("explain", `workforce/${jane.id}`, "--json")).stdout);
  assert.equal(byId.verdict, "violating (enabled)");
  assert.equal(byId.subject.username, "jane@example.com");

  const nobody = await desk.run("explain", "workforce/nobody@example.com");
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /no account with the id or the exact user name nobody@example\.com/);
});

test("one directory's switch is not forgotten when all others are on", async () => {
  await desk.run("sweep");
  assert.equal((await desk.run("switch", "off", "--reason", "audit", "--directory", "workforce")).code, 0);
  const on = await desk.run("switch", "on", "--reason", "over");
  assert.match(on.stdout, /Still halted: workforce; `switch on --directory workforce --reason …` allows it\./);
  const { stdout } = await desk.run("status");
  assert.match(stdout, /changes: halted for workforce: audit/);
  assert.doesNotMatch(stdout, /changes: allowed$/m);
  const last = await desk.run("switch", "on", "--reason", "over", "--directory", "workforce");
  assert.match(last.stdout, /Changes to workforce of \.mfa-warden are allowed/);
});

test("the switch halts changes, on record, until it is on again", async () => {
  assert.match(
    (await desk.run("switch", "off", "--reason", "incident 7")).stdout,
    /all directories of \.mfa-warden are halted: incident 7/,
  );
  const halted = await desk.run("sweep", "--mode", "enforce");
  assert.equal(halted.code, 1, halted.stderr);
  assert.match(halted.stdout, /1 planned.*1 refused/);
  assert.equal(desk.pingone.find(jane.id)?.mfaEnabled, false);
  assert.match((await desk.run("explain", `workforce/${jane.id}`)).stdout, /changes are halted: incident 7/);
  assert.match((await desk.run("status")).stdout, /changes: halted: incident 7/);

  const typo = await desk.run("switch", "off", "--reason", "x", "--directory", "workfroce");
  assert.equal(typo.code, 2);
  assert.match(typo.stderr, /the switch was not moved/);

  assert.match((await desk.run("switch", "on", "--reason", "over")).stdout, /allowed/);
  const enforced = await desk.run("sweep", "--mode", "enforce");
  assert.equal(enforced.code, 0, enforced.stderr);
  assert.equal(desk.pingone.find(jane.id)?.mfaEnabled, true);
});

test("history tells what happened to an account, by its id and by its name", async () => {
  const byName = await desk.run("history", "workforce/jane@example.com");
  assert.equal(byName.code, 0, byName.stderr);
  assert.match(byName.stdout, /first seen: violating \(enabled\)[\s\S]*refused[\s\S]*enforced/);
  const { events } = JSON.parse((await desk.run("history", `workforce/${jane.id}`, "--json")).stdout);
  assert.deepEqual(
    events.map(({ kind, outcome }: Record<string, string>) => outcome ?? kind),
    ["verdict", "refused", "enforced"],
  );
  assert.equal((await desk.run("history", "workforce/nobody")).code, 2);
});

test("status lists the runs and what is known now", async () => {
  const { code, stdout, stderr } = await desk.run("status");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /enforce +completed +workforce/);
  assert.match(stdout, /changes: allowed/);
});
