/** What a person may rely on of `sweep --account`: it changes this one account as a sweep would, and nothing takes it for a sweep. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const PEOPLE = 4;
let workspace: Workspace;
let ids: string[];

before(async () => {
  workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1 });
  ids = Array.from({ length: PEOPLE }, (_, number) => workspace.pingone.account(number).id);
  for (const [number, id] of ids.entries())
    workspace.pingone.change(id, {
      enabled: true,
      mfaEnabled: false,
      username: `person${number}@example.com`,
      devices: [{ type: "TOTP", status: "ACTIVE" }],
    });
});
after(() => workspace.close());

const isOn = (number: number) => workspace.pingone.find(ids[number] ?? "")?.mfaEnabled;

test("in mode plan it is explained, and nothing is changed or recorded", async () => {
  const { code, stdout, stderr } = await workspace.run("sweep", "--account", "person0@example.com");
  assert.equal(code, 1, stderr);
  assert.match(
    stdout,
    /verdict +violating \(enabled\)[\s\S]*a sweep would +Switch MFA on[\s\S]*one account and no sweep/,
  );
  assert.equal(isOn(0), false);
  assert.match((await workspace.run("status")).stdout, /Nothing is recorded/);
});

test("before the first sweep it is changed alone, and everything still says that nobody was swept", async () => {
  const enforced = await workspace.run("sweep", "--mode", "enforce", "--account", "workforce/person0@example.com");
  assert.equal(enforced.code, 0, enforced.stdout + enforced.stderr);
  assert.match(enforced.stdout, /compliant \(enabled\)[\s\S]*change: enforced[\s\S]*one account and no sweep/);
  assert.deepEqual([isOn(0), isOn(1), workspace.pingone.counts()["PUT mfaEnabled"]], [true, false, 1]);

  assert.match((await workspace.run()).stdout, /workforce {2}never swept/);
  assert.match((await workspace.run("status")).stdout, /No run yet/);
  assert.equal((await workspace.run("report")).code, 2);
  assert.match((await workspace.run("history", `workforce/${ids[0]}`)).stdout, /enforced/);
});

test("after a sweep the last run, its report and its evidence stay those of the sweep", async () => {
  const { run } = JSON.parse((await workspace.run("sweep", "--json")).stdout);
  const one = await workspace.run("sweep", "--mode", "enforce", "--account", ids[1] ?? "", "--json");
  assert.equal(one.code, 0, one.stderr);
  const { event, ...said } = JSON.parse(one.stdout);
  assert.ok(event);
  assert.deepEqual(
    { ...said, why: "" },
    {
      mode: "enforce",
      isSweep: false,
      directory: "workforce",
      id: ids[1],
      username: "person1@example.com",
      did: "changed",
      outcome: "enforced",
      why: "",
      verdict: "compliant (enabled)",
      rule: "everyone",
    },
  );
  const { runs, directories } = JSON.parse((await workspace.run("status", "--json")).stdout);
  assert.deepEqual(
    runs.map((known: { run: string }) => known.run),
    [run],
  );
  assert.deepEqual([directories[0].run, directories[0].after.violating], [run, 3]);
  assert.match((await workspace.run("verify")).stdout, /^VERIFIED/);
});

test("the kill switch, and the mode of its directory, hold for one account as for all", async () => {
  const enforce = ["sweep", "--mode", "enforce", "--account", ids[2] ?? ""];
  await workspace.run("switch", "off", "--reason", "drill");
  const halted = await workspace.run(...enforce);
  assert.equal(halted.code, 1, halted.stderr);
  assert.match(halted.stdout, /change: refused: .*drill/);
  await workspace.run("switch", "on", "--reason", "over");
  workspace.write(
    "observe.yaml",
    policyOf([directoryOf("workforce", workspace.pingone).replace("mode: enforce", "mode: observe")]),
  );
  const observed = await workspace.run(...enforce, "--policy", "observe.yaml");
  assert.equal(observed.code, 1, observed.stderr);
  assert.match(observed.stdout, /change: none made; `explain` says why/);
  assert.equal(isOn(2), false);
});

test("an account that is not there, or of no one directory, is wrong input", async () => {
  const nobody = await workspace.run("sweep", "--account", "nobody@example.com");
  assert.equal(nobody.code, 2);
  assert.match(nobody.stderr, /no account with the id or the exact user name nobody@example\.com/);
  const two = ["workforce", "more"].map((id) => directoryOf(id, workspace.pingone));
  workspace.write("two.yaml", policyOf(two));
  const which = await workspace.run("sweep", "--account", "person2@example.com", "--policy", "two.yaml");
  assert.equal(which.code, 2);
  assert.match(which.stderr, /--account DIRECTORY\/ACCOUNT; the policy has workforce, more\./);
});
