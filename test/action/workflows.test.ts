/** The example workflows and the action do what they say: their steps run in an empty folder, against a simulated vendor and a stand-in for gh. */
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { directoryOf, policyOf } from "../cli/workspace.ts";
import { ROOT, type Runner, readAction, readJobs, readWorkflow, runStep } from "./workflow.ts";

const NIGHTLY = "examples/github/nightly.yml";
const POLICY = "examples/github/policy.yml";
const ACTION = "action/action.yml";

let pingone: PingOne;
let place = "";
let runner: Runner;
before(async () => {
  pingone = await startPingOne({ accounts: 20, mfaEnabledShare: 1 });
  const { id } = pingone.account(0);
  pingone.change(id, { enabled: true, mfaEnabled: false });
  place = mkdtempSync(join(tmpdir(), "warden-action-"));
  const [folder, bin] = [join(place, "repository"), join(place, "bin")];
  for (const made of [folder, bin, join(place, "temp"), join(place, "artifact")]) mkdirSync(made);
  symlinkSync(ROOT, join(folder, ".mfa-warden-code"));
  writeFileSync(join(folder, "policy.yaml"), policyOf([directoryOf("workforce", pingone)]));
  program(bin, "npm", `echo "$@" >> ${place}/npm.log`);
  // What the workflow asks of GitHub: the last nightly run, its artifact, and the comments of the pull request.
  program(
    bin,
    "gh",
    `echo "$@" >> ${place}/gh.log
case "$1 $2" in
  "run list") echo 4711 ;;
  "run download") mkdir -p "$7" && cp -r ${place}/artifact/. "$7" ;;
  *) if [ "$2" = --paginate ]; then cat ${place}/comments; else cp "$6" ${place}/posted.json; fi ;;
esac`,
  );
  writeFileSync(join(place, "comments"), "");
  runner = {
    folder,
    bin,
    contexts: {
      "github.token": "token",
      "github.repository": "owner/policy",
      "github.action_path": join(ROOT, "action"),
      "github.event.pull_request.number": "7",
      "secrets.MFA_WARDEN_SECRETS_JSON": JSON.stringify({ workforce: pingone.credentials }),
      "inputs.policy": "policy.yaml",
      "inputs.against": join(place, "temp/evidence"),
      "inputs.fail-on": "lower,changes,unknown,guards",
      "inputs.accounts": "0",
    },
  };
});
after(async () => {
  await pingone.close();
  const state = join(runner.folder, ".mfa-warden");
  if (existsSync(join(state, "stack.json"))) await (await joinStack(state, AbortSignal.timeout(10_000))).stop();
  rmSync(place, { recursive: true, force: true });
});

function program(bin: string, name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`);
  chmodSync(join(bin, name), 0o700);
}

/** The steps of the job with a shell part; each must end well, but for those of `ends`. */
async function runJob(file: string, ends: Readonly<Record<string, number>> = {}): Promise<void> {
  const [job] = Object.values(readWorkflow(file).jobs);
  let contexts = runner.contexts;
  for (const step of job?.steps ?? []) {
    if (step.uses?.includes("/action@")) contexts = { ...contexts, ...(await runAction(step.id ?? "")) };
    if (step.run === undefined) continue;
    const { code, output } = await runStep(step, job?.env ?? {}, { ...runner, contexts });
    assert.equal(code, ends[step.name ?? ""] ?? 0, `${step.name}: ${output}`);
  }
}

/** Its outputs, as the contexts of the steps after it. */
async function runAction(id: string): Promise<Record<string, string>> {
  const made: Record<string, string> = {};
  for (const step of readAction(ACTION)) {
    const { code, output, outputs } = await runStep(step, {}, runner);
    assert.equal(code, 0, output);
    for (const [name, value] of Object.entries(outputs)) made[`steps.${id}.outputs.${name}`] = value;
  }
  return made;
}

const posted = (): string => JSON.parse(readFileSync(join(place, "posted.json"), "utf8")).body;
const asked = () => readFileSync(join(place, "gh.log"), "utf8");

test("the nightly workflow sweeps, changes nobody, and leaves evidence, report and findings", async () => {
  await runJob(NIGHTLY);
  assert.ok(!pingone.calls.some(({ method }) => method === "PUT"));
  const { runs } = JSON.parse(readFileSync(join(place, "temp/report/findings.sarif"), "utf8"));
  assert.equal(runs[0].results.length, 1);
  assert.equal(runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, "policy.yaml");
  cpSync(join(runner.folder, ".mfa-warden/evidence"), join(place, "artifact"), { recursive: true });
});

test("a pull request that changes nothing passes, with a comment, and asks no vendor", async () => {
  const calls = pingone.calls.length;
  await runJob(POLICY);
  assert.match(posted(), /^<!-- mfa-warden:try -->\n[\s\S]*Nobody is judged otherwise/);
  assert.match(asked(), /^api --method POST repos\/owner\/policy\/issues\/7\/comments/m);
  assert.equal(pingone.calls.length, calls);
});

test("a pull request that lowers security fails, after it has replaced its comment, and names nobody", async () => {
  const lower = policyOf([directoryOf("workforce", pingone)]).replace(
    "require: enabled",
    "require: none\n    reason: too hard",
  );
  writeFileSync(join(runner.folder, "policy.yaml"), lower);
  writeFileSync(join(place, "comments"), "99\n");
  await runJob(POLICY, { "Fail where the policy needs somebody's eyes": 4 });
  assert.match(posted(), /this policy lowers security/);
  assert.doesNotMatch(posted(), /@/);
  assert.match(asked(), /^api --method PATCH repos\/owner\/policy\/issues\/comments\/99/m);
});

test("a policy that is wrong fails the action, without a comment", async () => {
  writeFileSync(join(runner.folder, "policy.yaml"), "version: 2\n");
  const step = readAction(ACTION).find(({ id }) => id === "try");
  assert.ok(step);
  const { code, output } = await runStep(step, {}, runner);
  assert.equal(code, 2, output);
  assert.match(output, /ERR_POLICY_INVALID/);
});

test("the shell recipe and GitLab's jobs end as try does", async () => {
  const lower = policyOf([directoryOf("workforce", pingone)]).replace(
    "require: enabled",
    "require: none\n    reason: too hard",
  );
  writeFileSync(join(runner.folder, "policy.yaml"), lower);
  program(runner.bin, "curl", "touch evidence.zip");
  program(runner.bin, "unzip", `mkdir -p nightly/.mfa-warden && cp -r ${place}/artifact nightly/.mfa-warden/evidence`);
  writeFileSync(join(place, "secrets.json"), JSON.stringify({ workforce: pingone.credentials }), { mode: 0o600 });
  const env = {
    CI_JOB_TOKEN: "token",
    ARTIFACT: "https://gitlab.example/artifact",
    MFA_WARDEN_SECRETS_JSON: join(place, "secrets.json"),
  };
  const { nightly, policy } = readJobs("examples/gitlab/policy.gitlab-ci.yml");
  for (const run of policy.slice(0, -1)) assert.equal((await runStep({ run, env }, {}, runner)).code, 0);
  const last = await runStep({ run: policy.at(-1), env }, {}, runner);
  assert.equal(last.code, 4, last.output);
  assert.match(last.output, /this policy lowers security/);
  const recipe = `WARDEN="node .mfa-warden-code/cli/warden.ts" bash ${join(ROOT, "examples/shell/try.sh")} policy.yaml nightly`;
  assert.equal((await runStep({ run: recipe, env: {} }, {}, runner)).code, 4);
  for (const run of nightly) {
    const { code, output } = await runStep({ run, env }, {}, runner);
    assert.equal(code, 0, output);
  }
  assert.ok(existsSync(join(runner.folder, "report/junit.xml")));
});

test("the workflows take no more rights than they need, and actions of others only by their commit", () => {
  assert.deepEqual(readWorkflow(POLICY).permissions, { contents: "read", actions: "read", "pull-requests": "write" });
  assert.deepEqual(readWorkflow(NIGHTLY).permissions, { contents: "read", "security-events": "write" });
  for (const file of [POLICY, NIGHTLY]) {
    const steps = Object.values(readWorkflow(file).jobs).flatMap((job) => job.steps);
    for (const { uses, run = "" } of steps) {
      if (uses !== undefined) assert.match(uses, /@([0-9a-f]{40}|COMMIT)$/);
      // What somebody else may write never becomes a part of a script.
      assert.doesNotMatch(run, /\$\{\{/);
    }
  }
  const text = readFileSync(join(ROOT, POLICY), "utf8");
  assert.doesNotMatch(text, /pull_request_target|secrets\./);
});
