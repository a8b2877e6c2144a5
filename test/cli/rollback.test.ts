/** What a person may rely on of `rollback`: it plans, names what it leaves out, and the command that it shows puts back what was changed. */
import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { test } from "node:test";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];
const NAME = userInfo().username;

interface Swept {
  readonly workspace: Workspace;
  readonly run: string;
  /** Ids of the three whose MFA the sweep has switched on. */
  readonly changed: readonly string[];
}

async function afterSweep(work: (swept: Swept) => Promise<void>): Promise<void> {
  const workspace = await openWorkspace({ accounts: 40, mfaEnabledShare: 1 });
  const { pingone } = workspace;
  try {
    const approval = `approval: { approvers: [${JSON.stringify(NAME)}], self: true }\n`;
    workspace.write("policy.yaml", policyOf([directoryOf("workforce", pingone)], EVERYONE + approval));
    const people = Array.from({ length: 40 }, (_, index) => pingone.account(index)).filter(({ enabled }) => enabled);
    const changed = people.slice(0, 3).map(({ id }) => id);
    for (const id of changed) pingone.change(id, { mfaEnabled: false, devices: DEVICES });
    const swept = await workspace.run("sweep", "--mode", "enforce", "--json");
    assert.equal(swept.code, 0, swept.stdout + swept.stderr);
    await work({ workspace, run: JSON.parse(swept.stdout).run, changed });
  } finally {
    await workspace.close();
  }
}

const isOn = ({ workspace, changed }: Swept) => changed.map((id) => workspace.pingone.find(id)?.mfaEnabled);

test("a run is undone: planned with what is left out, approved by the command that is shown, and told in the history", () =>
  afterSweep(async (swept) => {
    const { workspace, run, changed } = swept;
    const [first = "", , third = ""] = changed;
    workspace.pingone.change(third, { username: "somebody.else@example.com" });
    const planned = await workspace.run("rollback", run, "--secrets", "secrets.json");
    assert.equal(planned.code, 1, "one of them cannot be put back");
    assert.deepEqual(isOn(swept), [true, true, true]);
    assert.equal(planned.stdout.match(new RegExp(`switch MFA off, as it was before run ${run}`, "g"))?.length, 2);
    assert.match(planned.stdout, /refused: its user name has changed since/);
    assert.match(planned.stdout, /Nothing was put back yet: that takes an approval/);
    assert.match(planned.stdout, /left alone for 24 hours/);

    const status = await workspace.run("status");
    assert.match(
      status.stdout,
      new RegExp(`a plan to put back 2 changes that run ${run} made in workforce waits until`),
    );
    assert.match(status.stdout, /plan \(undo\)/);

    const [, command] = /npm run -s warden -- (approve .*)/.exec(planned.stdout) ?? [];
    assert.ok(command, planned.stdout);
    assert.match(command, / --policy \S+ --secrets \S+secrets\.json /);
    const applied = await workspace.run(...command.split(" "));
    assert.equal(applied.code, 1, "they are violating again");
    assert.match(applied.stdout, /2 planned: 2 reverted/);
    assert.deepEqual(isOn(swept), [false, false, true]);

    const history = await workspace.run("history", `workforce/${first}`);
    assert.match(history.stdout, new RegExp(`reverted .*before run ${run}, as ${NAME}\\S* approved`));
    const explained = await workspace.run("explain", `workforce/${first}`);
    assert.match(explained.stdout, /put back as it was on .* left alone until/);

    const shown = await workspace.run("plan", command.split(" ")[1] ?? "");
    assert.match(shown.stdout, new RegExp(`It puts back what run ${run} changed`));
  }));

test("one account is chosen by its name, and whatever cannot be undone is an error that changes nothing", () =>
  afterSweep(async (swept) => {
    const { workspace, run, changed } = swept;
    const name = workspace.pingone.find(changed[1] ?? "")?.username ?? "";
    const json = await workspace.run("rollback", run, "--account", `workforce/${name}`, "--json");
    assert.equal(json.code, 0, json.stderr);
    const { undoes, plan, directories } = JSON.parse(json.stdout);
    assert.deepEqual([undoes, plan.status, directories[0].plan.changes.length], [run, "waiting", 1]);
    const [change] = directories[0].plan.changes;
    assert.deepEqual([change.id, change.revert.run, change.revert.to.enabled], [changed[1], run, false]);

    const planRun = JSON.parse(json.stdout).run;
    for (const [args, expected] of [
      [["nobody"], /ERR_RUN_UNKNOWN/],
      [[planRun], /switched nothing on, so there is nothing to undo.*ERR_INPUT_INVALID/],
      [[run, "--account", "workforce/nobody"], /did not change workforce\/nobody/],
      [[run, "--account", "nobody"], /not of the form DIRECTORY\/ACCOUNT/],
      [[run, "--directory", "elsewhere"], /has no directory elsewhere/],
      [["event:e-1"], /There is no run event:e-1.*put back by the hour, UTC, like `rollback events-/],
      [["events-2026-11-28T05"], /Say with --directory or --account in which directory/],
      [["events-2026-11-28T05", "--directory", "workforce"], /switched nothing on, so there is nothing to undo/],
    ] as const) {
      const refused = await workspace.run("rollback", ...args);
      assert.equal(refused.code, 2, refused.stdout);
      assert.match(refused.stderr, expected);
    }
    assert.deepEqual(isOn(swept), [true, true, true]);
  }));
