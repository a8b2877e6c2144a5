/** What a person may rely on of `hold`: it stops changes of one account, is shown wherever that account is, and cannot last. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorkspace, type Workspace } from "./workspace.ts";

const DEVICE = { type: "TOTP", status: "ACTIVE" };
const OFF = 3;
let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 10, mfaEnabledShare: 1 });
  for (let i = 0; i < 10; i++)
    workspace.pingone.change(workspace.pingone.account(i).id, {
      enabled: true,
      mfaEnabled: i !== OFF,
      devices: [DEVICE],
    });
});
after(() => workspace.close());

test("nothing can be held that nothing is recorded of", async () => {
  const held = await workspace.run("hold", "workforce/nobody@example.com", "--hours", "1", "--reason", "x");
  assert.deepEqual([held.code, /ERR_INPUT_INVALID/.test(held.stderr)], [2, true]);
});

test("holds by user name, shows it, and ends it", async () => {
  assert.equal((await workspace.run("sweep")).code, 1);
  const { id, username } = workspace.pingone.account(OFF);
  const held = await workspace.run("hold", `workforce/${username}`, "--hours", "3", "--reason", "INC-9", "--json");
  assert.equal(held.code, 0, held.stderr);
  const { hold } = JSON.parse(held.stdout);
  assert.deepEqual([hold.id, hold.reason, Date.parse(hold.until) - Date.parse(hold.at)], [id, "INC-9", 3 * 3_600_000]);

  const swept = await workspace.run("sweep", "--mode", "enforce", "--json");
  assert.equal(JSON.parse(swept.stdout).directories[0].changes.refused, 1);
  const status = await workspace.run("status");
  assert.match(status.stdout, new RegExp(`held until ${hold.until}.*workforce/${id}.*INC-9`));
  assert.deepEqual(JSON.parse((await workspace.run("status", "--json")).stdout).directories[0].holds, [hold]);
  assert.match((await workspace.run("explain", `workforce/${id}`)).stdout, /it is held until .*INC-9/);

  const ended = await workspace.run("hold", `workforce/${id}`, "--end");
  assert.equal(ended.code, 0, ended.stderr);
  const history = await workspace.run("history", `workforce/${id}`);
  assert.match(history.stdout, /held until[\s\S]*INC-9[\s\S]*hold ended/);
  assert.equal((await workspace.run("sweep", "--mode", "enforce")).code, 0);
  assert.equal((await workspace.run("hold", `workforce/${id}`, "--end")).code, 2);
});

test("refuses what is no hold, and does nothing", async () => {
  const { id } = workspace.pingone.account(OFF);
  for (const options of [
    ["--hours", "73", "--reason", "x"],
    ["--hours", "0", "--reason", "x"],
    ["--hours", "1.5", "--reason", "x"],
    ["--hours", "-1", "--reason", "x"],
    ["--hours", "5"],
    ["--reason", "x"],
    ["--end", "--hours", "5"],
    [],
  ]) {
    const { code, stderr } = await workspace.run("hold", `workforce/${id}`, ...options);
    assert.deepEqual([options, code, /ERR_INPUT_INVALID/.test(stderr)], [options, 2, true]);
  }
  assert.deepEqual(JSON.parse((await workspace.run("status", "--json")).stdout).directories[0].holds, []);
});
