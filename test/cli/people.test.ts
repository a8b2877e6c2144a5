/** What a person at the terminal may rely on with `people`: the report counts persons, and `explain` shows all accounts of one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const PEOPLE = `people: { by: [email], exceptions: people.yaml }\n`;
let workspace: Workspace;
let partners: PingOne;

before(async () => {
  workspace = await openWorkspace({ accounts: 6 });
  partners = await startPingOne({ accounts: 6 });
  const { pingone, write } = workspace;
  for (let index = 0; index < 6; index++) {
    const same = { email: `p${index}@example.com`, enabled: true, mfaEnabled: true };
    pingone.change(pingone.account(index).id, { ...same, username: `w${index}` });
    partners.change(partners.account(index).id, { ...same, username: `p${index}` });
  }
  partners.change(partners.account(0).id, { mfaEnabled: false });
  const directories = [directoryOf("workforce", pingone), directoryOf("partners", partners)];
  write("policy.yaml", policyOf(directories, EVERYONE + PEOPLE));
  write(
    "people.yaml",
    `version: 1\nexceptions:\n  - alone: true\n    accounts: [{ id: workforce/${pingone.account(5).id} }]\n`,
  );
  write("secrets.json", {
    workforce: pingone.credentials,
    partners: partners.credentials,
    people: { key: "a key of this deployment, 32 letters" },
  });
});
after(async () => {
  await partners.close();
  await workspace.close();
});

test("before any sweep nobody is known, and the sentence says how to name one account", async () => {
  const { code, stderr } = await workspace.run("explain", "p0@example.com");
  assert.equal(code, 2);
  assert.match(stderr, /Nothing is recorded/);
});

test("explain shows a person's weakest way in and all accounts, by user name or by address", async () => {
  const swept = await workspace.run("sweep", "--mode", "plan", "--json");
  assert.equal(swept.code, 1, swept.stderr);
  const { run } = JSON.parse(swept.stdout);
  for (const name of ["P0@Example.com", "w0", "p0"]) {
    const { code, stdout } = await workspace.run("explain", name, "--json");
    const { people, basis } = JSON.parse(stdout);
    assert.equal(code, 0);
    const accounts = people.map((person: { accounts: { directory: string; verdict: string }[] }) =>
      person.accounts.map(({ directory, verdict }) => [directory, verdict]),
    );
    assert.deepEqual(accounts, [
      [
        ["partners", "violating"],
        ["workforce", "compliant"],
      ],
    ]);
    assert.equal(people[0].coverage, "somewhere");
    assert.deepEqual(
      basis.map((one: { run: string }) => one.run),
      [run, run],
    );
  }
  const { stdout } = await workspace.run("explain", "w0");
  assert.match(stdout, /covered somewhere \(of 2 accounts\)/);
  assert.match(stdout, /weakest way in: partners\//);
  assert.doesNotMatch(stdout, /p0@example\.com/);
});

test("whom an exception makes a person of their own has one account, and who is not there is nobody", async () => {
  const alone = JSON.parse((await workspace.run("explain", "w5", "--json")).stdout);
  assert.equal(alone.people[0].accounts.length, 1);
  const { code, stderr } = await workspace.run("explain", "nobody@example.com");
  assert.equal(code, 2);
  assert.match(stderr, /Nobody is known by nobody@example\.com in the newest whole sweeps \(workforce, partners\)/);
});

test("the report counts people, at the terminal, in JSON and in a file of its own", async () => {
  const { stdout } = await workspace.run("report", "--json");
  const { people, place, files } = JSON.parse(stdout);
  assert.deepEqual([people.people, people.inSeveralDirectories, people.openInSeveral], [7, 5, 1]);
  assert.ok(files.includes("people.json"));
  const file = JSON.parse(readFileSync(join(place, "people.json"), "utf8"));
  assert.deepEqual([file.complete, file.coverage.everywhere, file.coverage.somewhere], [true, 6, 1]);
  assert.match(
    (await workspace.run("report")).stdout,
    /people +7, 5 of them in several directories: 6 covered everywhere, 1 somewhere/,
  );
});

test("status counts people when it is asked to", async () => {
  const { people } = JSON.parse((await workspace.run("status", "--people", "--json")).stdout);
  assert.deepEqual([people.people, people.coverage.somewhere, people.missing], [7, 1, []]);
  assert.match((await workspace.run("status", "--people")).stdout, /people +7, 5 of them in several directories/);
});

test("explain of one account does not print the address that it is joined by", async () => {
  const id = workspace.pingone.account(1).id;
  const { stdout } = await workspace.run("explain", `workforce/${id}`, "--json");
  assert.doesNotMatch(stdout, /p1@example\.com|personKeys/);
});

test("doctor says whether the key is there", async () => {
  const checkOf = async () => {
    const { checks } = JSON.parse((await workspace.run("doctor", "--json")).stdout);
    return checks.find(({ name }: { name: string }) => name === "key of people").result;
  };
  assert.equal(await checkOf(), "passed");
  const { pingone, write } = workspace;
  write("secrets.json", { workforce: pingone.credentials, partners: partners.credentials, people: { key: "short" } });
  assert.equal(await checkOf(), "failed");
});
