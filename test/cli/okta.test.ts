/** What a new user may rely on with the simulated Okta: `simulate` in one terminal, and all commands in another, by its own policy and by the example. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import type { Running } from "../processes.ts";
import { start } from "./server.ts";
import { warden } from "./workspace.ts";

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
  for (const state of ["state", "example"])
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
