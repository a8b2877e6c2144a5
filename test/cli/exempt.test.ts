/** What a person may rely on of `exempt`: every exemption with its owner and its end, and what they cost. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { directoryOf, EVERYONE, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const dayIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 10, mfaEnabledShare: 1 });
  for (let i = 0; i < 10; i++)
    workspace.pingone.change(workspace.pingone.account(i).id, { enabled: true, mfaEnabled: i > 2 });
});
after(() => workspace.close());

const exemption = (
  number: number,
  from: number,
  until: number,
) => `  - account: { id: workforce/${workspace.pingone.account(number).id} }
    reason: Key on order
    ticket: SEC-${number}
    approvedBy: ciso@example.com
    control: Office network only
    owner: iam@example.com
    from: ${dayIn(from)}
    until: ${dayIn(until)}
`;
const writePolicy = (exemptions: string) =>
  workspace.write(
    "policy.yaml",
    policyOf([directoryOf("workforce", workspace.pingone)], `${EVERYONE}exemptions:\n${exemptions}`),
  );

test("lists each with owner, end and days left, before anything is recorded too", async () => {
  writePolicy(exemption(0, -20, 5) + exemption(1, -20, 40) + exemption(2, -20, -1));
  const { code, stdout, stderr } = await workspace.run("exempt", "--json");
  assert.equal(code, 0, stderr);
  const { exemptions, coverage } = JSON.parse(stdout);
  assert.deepEqual(coverage, []);
  assert.deepEqual(
    exemptions.map(({ owner, state, daysLeft, ticket }: Record<string, unknown>) => [owner, state, daysLeft, ticket]),
    [
      ["iam@example.com", "in force", 6, "SEC-0"],
      ["iam@example.com", "in force", 41, "SEC-1"],
      ["iam@example.com", "ended", 0, "SEC-2"],
    ],
  );
});

test("says what they cost, by directory and by rule; the sweep announces what ends, and enforces what has ended", async () => {
  workspace.pingone.change(workspace.pingone.account(2).id, { devices: [{ type: "TOTP", status: "ACTIVE" }] });
  const swept = await workspace.run("sweep", "--mode", "enforce", "--json");
  const [record] = JSON.parse(swept.stdout).directories;
  const note = record.notes.find(({ code }: { code: string }) => code === "NOTE_EXEMPTION_ENDS");
  assert.match(note?.message ?? "", /^1 exemptions of workforce end within 14 days.*\(owner iam@example.com\)\.$/);
  assert.deepEqual([record.verdicts.exempt, record.changes.enforced], [2, 1]);
  assert.equal(workspace.pingone.account(2).mfaEnabled, true);
  assert.match((await workspace.run("status")).stdout, /1 exemptions of workforce end within 14 days/);

  const { stdout } = await workspace.run("exempt", "--json");
  const [cost] = JSON.parse(stdout).coverage;
  assert.deepEqual(cost, {
    directory: "workforce",
    run: cost.run,
    inScope: 10,
    exempt: 2,
    percent: 20,
    byRule: [{ rule: "everyone", exempt: 2, percent: 20 }],
  });
  const shown = await workspace.run("exempt");
  assert.match(
    shown.stdout,
    /iam@example\.com[\s\S]*workforce: 2 of 10 accounts in scope are exempt \(20 %\)[\s\S]*by rule everyone: 2 \(20 %\)/,
  );
});
