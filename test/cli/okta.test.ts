/** What a new user may rely on with the simulated Okta: `simulate` in one terminal, and all commands in another, by its own policy and by the example. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { joinStack } from "../../cli/state/stack.ts";
import type { Running } from "../processes.ts";
import { start } from "./server.ts";
import { warden, wardenWith } from "./workspace.ts";

const EXAMPLE = new URL("../../examples/okta.yaml", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "warden-okta-"));
const secrets = ["--secrets", "sim/secrets.json"];
let simulate: Running;
let org: string;

before(async () => {
  simulate = start(folder, "simulate", "--accounts", "250", "--out", "sim");
  const line = await simulate.line(/an Okta org with 20 people at/);
  org = /at (http:\S+?)\.$/.exec(line)?.[1] ?? "";
  await simulate.line(/Ctrl-C ends it/);
});
after(async () => {
  await simulate.end("SIGKILL");
  for (const state of ["state", "example", "people"])
    await (await joinStack(join(folder, state), AbortSignal.timeout(10_000))).stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @param state its folder */
const run = (state: string, policy: string, ...args: string[]) =>
  warden(folder, ...args, "--policy", policy, ...secrets, "--state", state);

test("the example fits the simulated org, but for its address", async () => {
  const text = readFileSync(EXAMPLE, "utf8").replace("https://acme.okta.com", org);
  writeFileSync(join(folder, "okta.yaml"), text);
  const doctor = await run("example", "okta.yaml", "doctor");
  assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
  assert.match(doctor.stdout, /acme +protected accounts +passed +All 3 /);
  assert.match(doctor.stdout, /acme +membership asks for a second factor +passed/);

  const sweep = await run("example", "okta.yaml", "sweep", "--json");
  const [{ status, read, notes }] = JSON.parse(sweep.stdout).directories;
  assert.deepEqual([status, read], ["completed", 20]);
  assert.doesNotMatch(JSON.stringify(notes), /breakGlass|does not exist/);
  const explain = await run("example", "okta.yaml", "explain", "acme/break-glass-1@example.com", "--json");
  assert.match(explain.stdout, /"verdict": ?"compliant"/);
  assert.match(explain.stdout, /"caveat": ?"network"/);
  const told = await run("example", "okta.yaml", "explain", "acme/break-glass-1@example.com");
  assert.match(told.stdout.replace(/\s+/g, " "), /From another network, more or fewer devices may show/);
});

test("by the policy that simulate writes: people are put into the group, and taken out again when a person approves it", async () => {
  const here = (...args: string[]) => run("state", "sim/policy.yaml", ...args);
  const swept = await here("sweep", "--directory", "acme", "--mode", "enforce", "--json");
  const report = JSON.parse(swept.stdout);
  const { changes } = report.directories[0];
  assert.equal(changes.enforced, 3, swept.stdout);
  const planned = await here("rollback", report.run, "--directory", "acme");
  assert.match(planned.stdout, /Nothing was put back yet/);
  const [, command] = /npm run -s warden -- (approve .*)/.exec(planned.stdout) ?? [];
  assert.ok(command, planned.stdout);
  const applied = await warden(folder, ...command.split(" "));
  assert.match(applied.stdout, /3 planned: 3 reverted/);
});

test("init asks the org whether the credential works, and lets a group of it be chosen by its name", async () => {
  const secret = JSON.stringify(JSON.parse(readFileSync(join(folder, "sim/secrets.json"), "utf8")).acme);
  const init = (...args: string[]) =>
    wardenWith({ folder, env: { MFA_WARDEN_SECRET_NEW: secret } }, "init", ...args, "--id", "new", "--vendor", "okta");
  const answers = ["--org", org, "--enrolmentGroup", "00g1a2b3c4d5e6f7g8h9"];
  const chosen = await init(...answers, "--out", "new.yaml", "--service", "Robots");
  assert.equal(chosen.code, 0, chosen.stderr);
  assert.match(chosen.stdout, /^The credential works/m);
  const policy = readFileSync(join(folder, "new.yaml"), "utf8");
  assert.match(policy, /groups: \[new\/00g2b3c4d5e6f7g8h9i0\] \} +# Robots\n {4}require: none/);
  const unknown = await init(...answers, "--out", "other.yaml", "--service", "Robot");
  assert.match(unknown.stderr, /--service: there is no group or population Robot\. There are: .*Everyone/);
});

test("a person is found by the e-mail address of the profile, which is stored as a digest alone", async () => {
  const email = "jane.private@example.org";
  const patch = { email, employeeNumber: "E-4711" };
  const body = JSON.stringify({ id: "00u3c4d5e6f7g8h9i0j1", patch });
  assert.equal((await fetch(`${org}/_simulator/change`, { method: "POST", body })).status, 200);
  const swept = await run("people", "sim/policy.yaml", "sweep", "--directory", "acme", "--json");
  assert.equal(JSON.parse(swept.stdout).directories[0].status, "completed", swept.stderr);
  const { people } = JSON.parse((await run("people", "sim/policy.yaml", "explain", email, "--json")).stdout);
  assert.deepEqual(
    people.map(({ accounts }: { accounts: { username: string }[] }) => accounts.map(({ username }) => username)),
    [["jane@example.com"]],
  );
  const files = filesIn(join(folder, "people"));
  assert.ok(files.length > 5);
  for (const content of files)
    for (const personal of [email, "E-4711"]) assert.ok(!content.includes(personal), "stored as it is");
});

/** What each file holds, decompressed. */
const filesIn = (root: string): Buffer[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    .map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes));
