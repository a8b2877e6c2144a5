/** What somebody who stands anywhere in a workspace may rely on: its own policy and records are used and named, and nobody else's. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { findWorkspace } from "../../cli/workspace.ts";
import { openWorkspace, type Workspace, warden, wardenWith } from "./workspace.ts";

const NOBODY = 65_534;
let workspace: Workspace;
let below: string;
before(async () => {
  workspace = await openWorkspace({ accounts: 20, mfaEnabledShare: 1 });
  below = join(workspace.folder, "deep", "down");
  mkdirSync(below, { recursive: true });
});
beforeEach(() => chmodSync(workspace.folder, 0o700));
after(() => workspace.close());

const foundAbove = () =>
  `Found above this folder: policy ${workspace.folder}/policy.yaml, secrets ${workspace.folder}/secrets.json, state ${workspace.folder}/.mfa-warden.`;

test("commands below a workspace work on its policy, secrets and state, and say so first", async () => {
  const { code, stdout, stderr } = await warden(below, "sweep", "--mode", "enforce");
  assert.equal(code, 0, stderr);
  assert.equal(stderr.split("\n")[0], foundAbove());
  assert.match(stdout, /20 of 20 accounts read/);
  assert.ok(!existsSync(join(below, ".mfa-warden")));
  const status = await warden(below, "status");
  assert.match(status.stdout, /completed/);
  assert.equal(status.stderr, `Found above this folder: state ${workspace.folder}/.mfa-warden.\n`);
  assert.match((await warden(below, "verify")).stdout, /^VERIFIED/);
});

test("the kill switch below a workspace names the records that it halts", async () => {
  const { stdout, stderr } = await warden(below, "switch", "off", "--reason", "drill");
  assert.match(stderr, new RegExp(`state ${workspace.folder}/.mfa-warden\\.`));
  assert.match(stdout, new RegExp(`all directories of ${workspace.folder}/.mfa-warden are halted`));
  assert.equal((await warden(below, "switch", "on", "--reason", "drill")).code, 0);
});

test("who stands in the workspace, or names the files, is told nothing", async () => {
  assert.equal((await workspace.run("status")).stderr, "");
  assert.equal((await warden(below, "status", "--state", "../../.mfa-warden")).stderr, "");
  const env = {
    MFA_WARDEN_STATE: "../../.mfa-warden",
    MFA_WARDEN_POLICY: "../../policy.yaml",
    MFA_WARDEN_SECRETS_FILE: "../../secrets.json",
  };
  const { code, stdout, stderr } = await wardenWith({ folder: below, env }, "doctor");
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stderr, "");
});

test("a variable goes before what was found, an option before the variable, and an empty one is none", async () => {
  const env = { MFA_WARDEN_STATE: "elsewhere" };
  assert.match(
    (await wardenWith({ folder: below, env }, "status")).stdout,
    /Nothing is recorded in \S+\/deep\/down\/elsewhere/,
  );
  const named = await wardenWith({ folder: below, env }, "status", "--state", "named");
  assert.match(named.stdout, /Nothing is recorded in \S+\/deep\/down\/named/);
  const empty = await wardenWith({ folder: below, env: { MFA_WARDEN_STATE: "" } }, "status");
  assert.match(empty.stdout, /completed/);
});

test("init adds a directory to the workspace's policy, and begins another workspace where it is not told to", async () => {
  const { pingone } = workspace;
  const flags = ["--id", "staff", "--environment", pingone.environment, "--offline"];
  const endpoints = `{ api: "${pingone.endpoints.api}", auth: "${pingone.endpoints.auth}" }`;
  const added = await warden(below, "init", "--add", ...flags, "--endpoints", endpoints);
  assert.equal(added.code, 0, added.stderr);
  assert.equal(added.stderr, `Found above this folder: policy ${workspace.folder}/policy.yaml.\n`);
  assert.match(readFileSync(join(workspace.folder, "policy.yaml"), "utf8"), /id: "staff"/);
  const fresh = join(workspace.folder, "fresh");
  mkdirSync(fresh);
  assert.equal((await warden(fresh, "init", ...flags)).code, 0);
  assert.ok(existsSync(join(fresh, "policy.yaml")));
});

test("the nearest workspace is taken whole: a policy is not used with the records of another", async () => {
  const inner = join(workspace.folder, "inner");
  mkdirSync(join(inner, "below"), { recursive: true });
  workspace.write("inner/policy.yaml", "version: 1\n");
  const { code, stderr } = await warden(join(inner, "below"), "sweep");
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`policy ${inner}/policy.yaml, state ${inner}/.mfa-warden`));
  // A demo's folder makes no workspace.
  mkdirSync(join(below, ".mfa-warden", "demo"), { recursive: true });
  assert.equal(findWorkspace(below, "/"), workspace.folder);
  mkdirSync(join(below, ".mfa-warden", "ledger"));
  assert.equal(findWorkspace(below, "/"), below);
});

test("nothing is found above the home folder, nor where a stranger could have put it", async () => {
  const inside = join(workspace.folder, "home", "project");
  mkdirSync(inside, { recursive: true });
  assert.equal(findWorkspace(inside, "/"), workspace.folder);
  assert.equal(findWorkspace(inside, join(workspace.folder, "home")), inside);
  assert.equal(findWorkspace(inside, workspace.folder), workspace.folder);
  chmodSync(workspace.folder, 0o777);
  assert.equal(findWorkspace(inside, "/"), inside);
  chmodSync(workspace.folder, 0o700);
  if (process.getuid?.() === 0) {
    chownSync(workspace.folder, NOBODY, NOBODY);
    assert.equal(findWorkspace(inside, "/"), inside);
    chownSync(workspace.folder, 0, 0);
  }
  const env = { HOME: join(workspace.folder, "home") };
  const { code, stderr } = await wardenWith({ folder: inside, env }, "sweep");
  assert.equal(code, 2);
  assert.match(stderr, new RegExp(`The policy file ${inside}/policy.yaml cannot be read`));
});
