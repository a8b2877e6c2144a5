/** What a person may rely on of `accept`: it vouches for a population that shrank or grew, and for nothing else. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openWorkspace, type Workspace } from "./workspace.ts";

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 120, mfaEnabledShare: 1 });
});
after(() => workspace.close());

test("accept makes a population that shrank the baseline, and nothing else", async () => {
  const whole = JSON.parse((await workspace.run("sweep", "--json")).stdout);
  const complete = await workspace.run("accept", whole.run, "--reason", "why not");
  assert.equal(complete.code, 2);
  assert.match(complete.stderr, /nothing that is incomplete/);

  workspace.pingone.setFault({ kind: "halved" });
  const shrunk = JSON.parse((await workspace.run("sweep", "--json")).stdout);
  assert.equal(shrunk.status, "incomplete");
  assert.equal(shrunk.directories[0].problems[0].code, "ERR_READ_SHRUNK");

  const accepted = await workspace.run("accept", shrunk.run, "--reason", "a division was sold");
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /the 60 accounts of run .* are the baseline now/);
  const after = await workspace.run("sweep", "--json");
  assert.equal(JSON.parse(after.stdout).status, "completed", after.stdout);
});

test("accept refuses what nobody can vouch for", async () => {
  workspace.pingone.clearFaults();
  workspace.pingone.setFault({ kind: "miscount-populations", by: 500 });
  const short = JSON.parse((await workspace.run("sweep", "--json")).stdout);
  const refused = await workspace.run("accept", short.run, "--reason", "no");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /ERR_READ_SHORT, which cannot be accepted/);
});
