/** What a newcomer with a tenant may rely on: wrong answers are told at once, the vendor is asked, and the policy fits what it says. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { NO_TERMINAL, wardenOnTerminal } from "./terminal.ts";
import { warden, wardenWith } from "./workspace.ts";

let pingone: PingOne;
let folder: string;
const parent = mkdtempSync(join(tmpdir(), "warden-tenant-"));
before(async () => {
  pingone = await startPingOne({ accounts: 230, mfaEnabledShare: 1 });
});
after(async () => {
  await pingone.close();
  rmSync(parent, { recursive: true, force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(parent, "init-"));
});

const flags = () => [
  ...["--environment", pingone.environment, "--region", "com"],
  ...["--endpoints", `{ api: "${pingone.endpoints.api}", auth: "${pingone.endpoints.auth}" }`],
];
const init = (...args: string[]) => warden(folder, "init", ...flags(), ...args);
const writeSecret = (secret: object = pingone.credentials) =>
  writeFileSync(join(folder, "secrets.json"), JSON.stringify({ workforce: secret }), { mode: 0o600 });
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const idOf = (kind: "populations" | "groups", name: string) => pingone[kind].find((one) => one.name === name)?.id;

test("init writes a policy that fits the tenant, and three commands that work as they are printed", async (t) => {
  writeSecret();
  const { code, stdout, stderr } = await init("--administrators", "Administrators", "--mode", "enforce");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^The credential works: 230 accounts\.\nWrote \S+\/policy\.yaml\.$/m);
  const policy = read("policy.yaml");
  assert.match(
    policy,
    new RegExp(
      `match: \\{ populations: \\[workforce/${idOf("populations", "Administrators")}\\] \\} +# Administrators`,
    ),
  );
  assert.match(policy, /changesPerRun: \{ count: 23, percent: 10 \} +# of 230 accounts when this was written/);
  assert.equal(read(".gitignore"), "secrets.json\n.mfa-warden/\n");
  assert.equal(existsSync(join(folder, "secrets.example.json")), false);
  const commands = [...stdout.matchAll(/^ {2}npm run -s warden -- (\w+)$/gm)].map(([, command = ""]) => command);
  assert.deepEqual(commands, ["doctor", "sweep", "report"]);
  t.after(async () => (await joinStack(join(folder, ".mfa-warden"), AbortSignal.timeout(10_000))).stop());
  for (const command of commands) {
    const result = await warden(folder, command);
    assert.ok(result.code < 2, `${command}: ${result.stdout}${result.stderr}`);
  }
});

test("a group may be chosen by its id, and the secret may come from a variable", async () => {
  const [group] = pingone.groups;
  assert.ok(group);
  const env = { MFA_WARDEN_SECRET_WORKFORCE: JSON.stringify(pingone.credentials) };
  const result = await wardenWith({ folder, env }, "init", ...flags(), "--service", group.id);
  assert.equal(result.code, 0, result.stderr);
  assert.match(
    read("policy.yaml"),
    new RegExp(`groups: \\[workforce/${group.id}\\] \\} +# ${group.name}\\n    require: none`),
  );
});

test("what the vendor does not accept or does not have is said, and nothing is written", async () => {
  writeSecret({ ...pingone.credentials, clientSecret: "s3cr3t-but-wrong" });
  const refused = await init();
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /The credential does not work: token: .*Nothing was written; --offline writes/s);
  assert.doesNotMatch(refused.stdout + refused.stderr, /s3cr3t/);
  writeSecret();
  const unknown = await init("--administrators", "Admins");
  assert.equal(unknown.code, 2);
  assert.match(
    unknown.stderr,
    /--administrators: there is no group or population Admins\. There are: .*Administrators/,
  );
  assert.deepEqual([existsSync(join(folder, "policy.yaml")), existsSync(join(folder, ".gitignore"))], [false, false]);
  const calls = pingone.calls.length;
  const offline = await init("--offline");
  assert.equal(offline.code, 0, offline.stderr);
  assert.equal(pingone.calls.length, calls);
});

test("a .gitignore that is there keeps its lines, and gets what it lacks", async () => {
  writeFileSync(join(folder, ".gitignore"), "node_modules\n/.mfa-warden");
  assert.equal((await init("--yes")).code, 0);
  assert.equal(read(".gitignore"), "node_modules\n/.mfa-warden\nsecrets.json\n");
});

test("on a terminal each wrong answer is told at once, the secret is typed unseen, and what there is can be chosen by number", {
  skip: NO_TERMINAL,
}, async (context) => {
  const endpoints = `{ api: "${pingone.endpoints.api}", auth: "${pingone.endpoints.auth}" }`;
  const terminal = wardenOnTerminal(folder, "init", "--endpoints", endpoints, "--region", "com");
  context.after(() => terminal.child.kill());
  const { answer } = terminal;
  await answer(/Your name for the directory \[workforce\]: $/, "Work Force");
  await answer(/must be lower-case letters[\s\S]*Your name for the directory/, "staff");
  await answer(/Vendor \(.*\[pingone\]: $/, "pingtwo");
  await answer(/pingtwo[\s\S]*Vendor \(/, "");
  await answer(/Environment id/, "here");
  await answer(/environment[\s\S]*Environment id/, pingone.environment);
  await answer(/Mode/, "");
  await answer(/clientId: $/, pingone.credentials.clientId);
  await answer(/clientSecret: $/, "s3cr3t-but-wrong");
  await answer(/It does not work: token[\s\S]*clientId: $/, pingone.credentials.clientId);
  assert.doesNotMatch(terminal.said(), /s3cr3t/);
  await answer(/clientSecret: $/, pingone.credentials.clientSecret);
  await answer(/population Administrators \(\d+ accounts\)[\s\S]*Administrators, who need a device.*: $/, "99");
  await answer(/It must be a number from 1 to \d+/, "3");
  await answer(/no person signs in with.*: $/, "");
  const code = await terminal.ended;
  assert.equal(code, 0, terminal.said());
  assert.match(terminal.said(), /The credential works: 230 accounts/);
  assert.doesNotMatch(terminal.said(), new RegExp(pingone.credentials.clientSecret));
  assert.match(read("policy.yaml"), new RegExp(`populations: \\[staff/${pingone.populations[2]?.id}\\]`));
  assert.deepEqual(JSON.parse(read("secrets.json")), { staff: pingone.credentials });
  assert.equal(statSync(join(folder, "secrets.json")).mode & 0o777, 0o600);
});
