/** Messages where people work, from a laptop: a channel of Slack and one of Teams, told by sweeps, and checked by doctor. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Chat, startSlack, startTeams } from "../notice/chats.ts";
import { directoryOf, openWorkspace, policyOf, type Workspace } from "./workspace.ts";

const RULES = `rules: [{ name: everyone, match: all, require: enabled }]
limits: { changesPerRun: { count: 2, percent: 100 } }
notify:
  receivers:
    iam-slack: { by: slack }
    iam-teams: { by: teams, secret: teams-address }
  plan: { to: [iam-slack, iam-teams], link: "https://wiki.example.com/{run}" }
`;
let workspace: Workspace;
let slack: Chat;
let teams: Chat;
before(async () => {
  workspace = await openWorkspace({ accounts: 10, mfaEnabledShare: 0 });
  [slack, teams] = await Promise.all([startSlack(), startTeams()]);
  const { pingone, write } = workspace;
  write("policy.yaml", policyOf([directoryOf("workforce", pingone)], RULES));
  write("secrets.json", {
    workforce: pingone.credentials,
    "iam-slack": { url: slack.url },
    "teams-address": { url: teams.url },
  });
});
after(() => Promise.all([workspace.close(), slack.close(), teams.close()]));

const sweep = () => workspace.run("sweep", "--mode", "enforce", "--json");

test("doctor asks Slack without a message, says that it cannot ask Teams, and sends a test only if told to", async () => {
  const checked = JSON.parse((await workspace.run("doctor", "--json")).stdout);
  const resultOf = (name: string) => checked.checks.find((check: { name: string }) => check.name === name)?.result;
  assert.deepEqual([resultOf("receiver iam-slack"), resultOf("receiver iam-teams")], ["passed", "cannot be tested"]);
  assert.deepEqual([slack.bodies, teams.bodies], [["{}"], []]);
  const thorough = await workspace.run("doctor", "--thorough");
  assert.match(thorough.stdout, /receiver iam-teams\s+passed/);
  for (const { bodies } of [slack, teams]) assert.match(bodies.at(-1) ?? "", /MFA: test message/);
});

test("a sweep whose plan waits tells both channels, in their own form", async () => {
  const { plan, run } = JSON.parse((await sweep()).stdout);
  assert.equal(plan.status, "waiting");
  for (const { bodies, offences } of [slack, teams]) {
    assert.deepEqual(offences, []);
    assert.ok(bodies.at(-1)?.includes(`approve ${run} --plan ${plan.hash}`));
  }
  assert.match((await workspace.run("plan", run)).stdout, /the approvers were told, by slack/);
});

test("whoever could not be told is named, the run goes on, and no address is anywhere", async () => {
  slack.answerWith({ status: 410, body: "channel_is_archived" });
  const swept = await sweep();
  const { run, status, directories } = JSON.parse(swept.stdout);
  assert.equal(status, "awaiting-approval");
  const [note] = directories[0].problems.filter(({ code }: { code: string }) => code === "ERR_NOTICE_FAILED");
  assert.match(note.message, /The receiver iam-slack says that its channel is archived/);
  const shown = await workspace.run("plan", run);
  assert.match(shown.stdout, /the approvers were not told, by iam-slack \(ERR_NOTICE_UNAVAILABLE\)/);
  for (const text of [swept.stdout, swept.stderr, shown.stdout]) assert.ok(!text.includes("hidden-key"));
});
