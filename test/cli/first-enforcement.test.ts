/** What a person may rely on before accounts are changed for the first time: a terminal asks, once; a script is never kept waiting. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NO_TERMINAL, wardenOnTerminal } from "./terminal.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const ENFORCE = ["sweep", "--mode", "enforce"];

describe("the first enforcement", { skip: NO_TERMINAL }, () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1 });
    switchOff(0);
    switchOff(1);
  });
  after(() => workspace.close());

  const switchOff = (number: number) =>
    workspace.pingone.change(workspace.pingone.account(number).id, {
      enabled: true,
      mfaEnabled: false,
      devices: [{ type: "TOTP", status: "ACTIVE" }],
    });
  const changed = () => workspace.pingone.counts()["PUT mfaEnabled"] ?? 0;

  test("says before the first sweep that nobody knows how many accounts, and any answer but yes changes nothing", async () => {
    const terminal = wardenOnTerminal(workspace.folder, ...ENFORCE);
    await terminal.answer(/workforce: no sweep has looked yet[\s\S]*Type yes to go on: $/, "y");
    assert.equal(await terminal.ended, 3, terminal.said());
    assert.match(terminal.said(), /Nothing was read and nothing changed[\s\S]*ERR_ABORTED/);
    assert.match((await workspace.run("status")).stdout, /No run yet/);
  });

  test("says by the last plan how many accounts and where, ends on Ctrl-C, and goes on by yes", async () => {
    await workspace.run("sweep");
    const stopped = wardenOnTerminal(workspace.folder, ...ENFORCE);
    await stopped.see(/workforce: 2 of 60 accounts, by the last sweep[\s\S]*Type yes to go on: $/);
    stopped.interrupt();
    assert.notEqual(await stopped.ended, 0);
    assert.equal(changed(), 0);

    const terminal = wardenOnTerminal(workspace.folder, ...ENFORCE);
    await terminal.answer(/Type yes to go on: $/, "yes");
    assert.equal(await terminal.ended, 0, terminal.said());
    assert.equal(changed(), 2);
  });

  test("is asked once, and in mode plan never", async () => {
    for (const args of [["sweep"], ENFORCE]) {
      const terminal = wardenOnTerminal(workspace.folder, ...args);
      assert.equal(await terminal.ended, 0, terminal.said());
      assert.doesNotMatch(terminal.said(), /Type yes/);
    }
  });
});

describe("runs that changed nothing", { skip: NO_TERMINAL }, () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await openWorkspace({ accounts: 20, mfaEnabledShare: 1 });
  });
  after(() => workspace.close());

  test("while the policy only observed, or that failed, are no first enforcement", async () => {
    const enforcing = policyOf([directoryOf("workforce", workspace.pingone)]);
    workspace.write("policy.yaml", enforcing.replace("mode: enforce", "mode: observe"));
    assert.match((await workspace.run(...ENFORCE)).stdout, /20 of 20 accounts read/);
    workspace.write("policy.yaml", enforcing);
    workspace.pingone.setFault({ kind: "miscount", by: 5 });
    assert.equal((await workspace.run(...ENFORCE)).code, 3);
    workspace.pingone.clearFaults();
    const terminal = wardenOnTerminal(workspace.folder, ...ENFORCE);
    await terminal.answer(/for the first time in:[\s\S]*workforce[\s\S]*Type yes to go on: $/, "no");
    assert.equal(await terminal.ended, 3, terminal.said());
  });
});

describe("nothing is asked", () => {
  let workspace: Workspace;
  before(async () => {
    workspace = await openWorkspace({ accounts: 20, mfaEnabledShare: 1 });
  });
  after(() => workspace.close());

  test("with --yes", { skip: NO_TERMINAL }, async () => {
    const terminal = wardenOnTerminal(workspace.folder, "switch", "off", "--reason", "still", "--json");
    assert.equal(await terminal.ended, 0);
    const sweep = wardenOnTerminal(workspace.folder, ...ENFORCE, "--yes");
    assert.notEqual(await sweep.ended, null);
    assert.match(sweep.said(), /20 of 20 accounts read/);
  });

  test("where there is no terminal", async () => {
    const { stderr, stdout } = await workspace.run(...ENFORCE);
    assert.match(stdout, /20 of 20 accounts read/);
    assert.doesNotMatch(stderr, /Type yes/);
  });
});
