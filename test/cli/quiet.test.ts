/** What a person may rely on at the end of a sweep: one line with the coverage, in which what was not read stands first; with --quiet alone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NO_TERMINAL, wardenOnTerminal } from "./terminal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

const PROVEN = /^\d+ of \d+ accounts proven \(\d.*%\), 1 violating, 0 unknown\n$/;

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 60, mfaEnabledShare: 1 });
  workspace.pingone.change(workspace.pingone.account(0).id, {
    enabled: true,
    mfaEnabled: false,
    devices: [{ type: "TOTP", status: "ACTIVE" }],
  });
});
after(() => workspace.close());

test("a sweep closes with the coverage, and with --quiet that is all", async () => {
  const told = await workspace.run("sweep");
  assert.match(
    told.stdout,
    /\nhead .*\n\d+ of \d+ accounts proven \(.*%\), 1 violating, 0 unknown\nNothing was changed/,
  );
  const quiet = await workspace.run("sweep", "--quiet");
  assert.equal(quiet.code, 1);
  assert.match(quiet.stdout, PROVEN);
  assert.equal(quiet.stderr, "");
});

test("what was not read stands first, with its errors, and no share", async () => {
  workspace.pingone.setFault({ kind: "miscount", by: 5 });
  const { code, stdout, stderr } = await workspace.run("sweep", "--quiet");
  workspace.pingone.clearFaults();
  assert.equal(code, 3);
  assert.match(stdout, /^incomplete: workforce not read whole; \d+ of at least \d+ accounts proven, 1 violating/);
  assert.match(stderr, /^workforce: .*\(ERR_READ_SHORT\)\n$/);
  assert.doesNotMatch(stderr, /BREAK_GLASS/);
});

test("on a terminal no line is wider than it, and without colours nothing is painted", {
  skip: NO_TERMINAL,
}, async () => {
  const terminal = wardenOnTerminal(workspace.folder, "sweep", "--quiet");
  assert.equal(await terminal.ended, 1, terminal.said());
  for (const line of terminal.said().split("\r\n")) assert.ok(line.length <= 80, line);
});
