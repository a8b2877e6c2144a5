/** What a person may rely on of `plan`, `approve` and `reject`: the command that is shown works, and what is not allowed changes nothing. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const LIMITED = `rules:
  - name: everyone
    match: all
    require: enabled
limits:
  changesPerRun: { count: 1, percent: 100 }
`;

const approvalOf = (self: boolean) =>
  `approval: { approvers: [${JSON.stringify(userInfo().username)}], self: ${self} }\n`;

/** Two people with a device and without MFA: one more than a run may change. */
async function inLimitedWorkspace(self: boolean, work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = await openWorkspace({ accounts: 40, mfaEnabledShare: 1 });
  const { pingone } = workspace;
  try {
    workspace.write("policy.yaml", policyOf([directoryOf("workforce", pingone)], LIMITED + approvalOf(self)));
    const people = Array.from({ length: 40 }, (_, index) => pingone.account(index)).filter(({ enabled }) => enabled);
    for (const { id } of people.slice(0, 2))
      pingone.change(id, { mfaEnabled: false, devices: [{ type: "TOTP", status: "ACTIVE" }] });
    await work(workspace);
  } finally {
    await workspace.close();
  }
}

const changesOf = ({ pingone }: Workspace) => pingone.counts()["PUT mfaEnabled"] ?? 0;

/** The command as it is shown, to be run. */
function shownCommand(stdout: string): string[] {
  const [, command] = /npm run -s warden -- (approve .*)/.exec(stdout) ?? [];
  assert.ok(command, stdout);
  return command.split(" ");
}

test("a plan over a limit is shown with the command that approves it, and that command makes its changes", () =>
  inLimitedWorkspace(true, async (workspace) => {
    const swept = await workspace.run("sweep", "--mode", "enforce");
    assert.equal(swept.code, 3, swept.stderr);
    assert.equal(changesOf(workspace), 0);
    const command = shownCommand(swept.stdout);

    const shown = await workspace.run("plan");
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /waiting\n[\s\S]*rule everyone: 2 planned, 2 to make/);
    assert.match((await workspace.run("status")).stdout, /a plan of 2 changes waits until /);

    const wrong = await workspace.run(...command.map((word) => (/^[0-9a-f]{64}$/.test(word) ? "0".repeat(64) : word)));
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, /ERR_APPROVAL_HASH/);
    assert.equal(changesOf(workspace), 0);

    const applied = await workspace.run(...command, "--note", "agreed with the service desk", "--json");
    assert.equal(applied.code, 0, applied.stdout + applied.stderr);
    const report = JSON.parse(applied.stdout);
    assert.deepEqual([report.status, report.plan.status], ["completed", "applied"]);
    assert.deepEqual([report.directories[0].changes.enforced, changesOf(workspace)], [2, 2]);

    const [, run = ""] = command;
    const { directories, decisions } = JSON.parse((await workspace.run("plan", run, "--json")).stdout);
    assert.deepEqual([directories[0].plan.status, directories[0].plan.appliedBy], ["applied", report.run]);
    assert.equal(directories[0].plan.decision.note, "agreed with the service desk");
    assert.deepEqual(
      decisions.map(({ action, refused }: Record<string, string>) => [action, refused === undefined]),
      [
        ["approve", false],
        ["approve", true],
      ],
    );

    const today = new Date().toISOString().slice(0, "YYYY-MM-DD".length);
    const period = await workspace.run("report", "--from", today, "--out", "period", "--pack", "period.zip", "--json");
    assert.equal(period.code, 0, period.stderr);
    const told = JSON.parse(period.stdout);
    assert.deepEqual([told.changes.enforced, told.changes.approved, told.gaps], [2, 2, []]);
    const changes = readFileSync(join(workspace.folder, "period/changes.csv"), "utf8");
    const [approver, note] = [userInfo().username, "agreed with the service desk"];
    assert.equal(changes.split(`,person,${approver}`).length - 1, 2, changes);
    const page = readFileSync(told.page, "utf8");
    for (const said of [note, approver, "Who was not allowed to decide", "is yet to come"])
      assert.ok(page.includes(said), said);
    assert.ok(existsSync(told.pack.file));

    const twice = await workspace.run(...command);
    assert.equal(twice.code, 2, twice.stderr);
    assert.match(twice.stderr, /ERR_APPROVAL_STATE/);
  }));

test("who started a run does not approve its plan, and may give it up; a plan that is given up is over", () =>
  inLimitedWorkspace(false, async (workspace) => {
    const swept = await workspace.run("sweep", "--mode", "enforce");
    const command = shownCommand(swept.stdout);
    const [, run = ""] = command;
    const own = await workspace.run(...command);
    assert.equal(own.code, 2, own.stderr);
    assert.match(own.stderr, /started this run, so somebody else must decide.*ERR_APPROVAL_DENIED/);

    const rejected = await workspace.run("reject", run, "--reason", "not before the audit");
    assert.equal(rejected.code, 0, rejected.stderr);
    assert.match(rejected.stdout, /the plan of run .* is rejected/);
    assert.match((await workspace.run("plan", run)).stdout, /rejected, decided by .*not before the audit/);
    assert.equal((await workspace.run(...command)).code, 2);
    assert.equal((await workspace.run("reject", "01J00000000000000000000000", "--reason", "x")).code, 2);
    assert.equal(changesOf(workspace), 0);
  }));
