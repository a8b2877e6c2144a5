/** What a person may rely on of notices on a laptop: they are private files, and every command that shows an account shows them. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const OFF = 3;
let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 10, mfaEnabledShare: 1 });
  const { pingone, write } = workspace;
  for (let i = 0; i < 10; i++)
    pingone.change(pingone.account(i).id, {
      enabled: true,
      mfaEnabled: i !== OFF,
      devices: [{ type: "TOTP", status: "ACTIVE" }],
    });
  const rules = EVERYONE.replace("require: enabled", "require: enabled\n    notify: { before: 7d }");
  const notices = 'notices: { by: folder, enrol: "https://enrol.example.com" }\n';
  write("policy.yaml", policyOf([directoryOf("workforce", pingone)], rules + notices));
});
after(() => workspace.close());

const folderOf = () => join(workspace.folder, ".mfa-warden", "notices");

test("a sweep that only plans writes no notice", async () => {
  assert.equal((await workspace.run("sweep")).code, 1);
  assert.equal(existsSync(folderOf()), false);
});

test("a sweep in mode enforce writes each notice once, for its owner's eyes alone, and changes nobody yet", async () => {
  for (let i = 0; i < 2; i++) {
    const swept = await workspace.run("sweep", "--mode", "enforce", "--json");
    const [directory] = JSON.parse(swept.stdout).directories;
    assert.deepEqual([directory.status, directory.changes.refused, directory.changes.enforced], ["completed", 1, 0]);
  }
  const [file, ...more] = readdirSync(folderOf());
  assert.ok(file);
  assert.equal(more.length, 0);
  assert.equal(statSync(join(folderOf(), file)).mode & 0o777, 0o600);
  const { username, email, id } = workspace.pingone.account(OFF);
  const notice = JSON.parse(readFileSync(join(folderOf(), file), "utf8"));
  assert.deepEqual(notice.account, { id, username, email });
});

test("history, explain and the report say when the person was told, and for when", async () => {
  const { id } = workspace.pingone.account(OFF);
  const name = `workforce/${id}`;
  assert.match((await workspace.run("history", name)).stdout, /told beforehand, by folder[\s\S]*the change is due on/);
  const [told] = JSON.parse((await workspace.run("history", name, "--json")).stdout).state.notices;
  assert.deepEqual([told.kind, told.status], ["first", "sent"]);
  assert.match(
    (await workspace.run("explain", name)).stdout,
    /first notice sent at[\s\S]*change nothing: told on .*, due on/,
  );
  const reported = await workspace.run("report", "--out", join(workspace.folder, "report"));
  assert.ok(reported.code === 0 || reported.code === 1, reported.stderr);
  const lines = readFileSync(join(workspace.folder, "report", "population.jsonl"), "utf8")
    .trim()
    .split("\n");
  const row = lines.map((line) => JSON.parse(line)).find((line) => line.id === id);
  assert.deepEqual([row.outcome, row.notice.due, row.notice.last.status], ["refused", told.due, "sent"]);
});
