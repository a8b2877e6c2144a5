/** What the commands show of MFA server profiles and of accounts whose credentials the organisation holds. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { type Strata, startStrata } from "../../simulators/strata/index.ts";
import { startVmware, type Vmware } from "../../simulators/vmware-csp/index.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { warden } from "./workspace.ts";

const OPS = "ops@example.com";
const folder = mkdtempSync(join(tmpdir(), "warden-vendors-"));
const run = (...args: string[]) => warden(folder, ...args);
let strata: Strata;
let vmware: Vmware;

before(async () => {
  strata = await startStrata({ profiles: 2 });
  vmware = await startVmware({ users: 2, principals: [{ username: OPS }] });
  const { organization, endpoints, credentials } = vmware;
  const profiles = strataDirectory(strata, 3);
  const directories = [
    { id: "cloud", vendor: "vmware-csp", mode: "enforce", organization, principals: [OPS], endpoints },
    { id: "firewalls", vendor: "strata", mode: "enforce", ...profiles.settings },
  ];
  const listed = directories.map((directory) => `  - ${JSON.stringify(directory)}\n`).join("");
  const rules = "rules: [{ name: everyone, match: all, require: enabled }]\n";
  writeFileSync(join(folder, "policy.yaml"), `version: 1\ndirectories:\n${listed}${rules}`);
  const secrets = { cloud: credentials, firewalls: profiles.secret };
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(secrets), { mode: 0o600 });
  assert.equal((await run("sweep")).code, 1);
});
after(async () => {
  await (await joinStack(join(folder, ".mfa-warden"), AbortSignal.timeout(10_000))).stop();
  await Promise.all([strata.close(), vmware.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Switches the account's MFA on and off again by the vendor's own API, which writes both into its log. */
async function switchTwice(): Promise<void> {
  const { apiToken, password } = vmware.credentials.principals[OPS] ?? assert.fail("no principal");
  const api = `${vmware.endpoints.api}/csp/gateway`;
  const exchange = await fetch(`${api}/am/api/auth/api-tokens/authorize`, {
    method: "POST",
    body: new URLSearchParams({ api_token: apiToken }),
  });
  const { access_token } = JSON.parse(await exchange.text());
  const headers = { "csp-auth-token": access_token, "content-type": "application/json" };
  for (const turnedOn of [true, false]) {
    const body = JSON.stringify({ password, turnedOn });
    const answer = await fetch(`${api}/iam/vmwid/api/principal/mfa`, { method: "PATCH", headers, body });
    assert.equal(answer.status, 200);
  }
}

test("explain tells of a profile what it is judged by, and what a sweep would do", async () => {
  const { code, stdout } = await run("explain", `firewalls/Mobile Users/${strata.wish(2).name}`);
  assert.equal(code, 0);
  assert.match(stdout, /verdict +violating \(profile\)/);
  assert.match(stdout, /last written +never by mfa-warden/);
  assert.match(stdout, /Write it as the policy wants it.*push it live/);
  assert.doesNotMatch(stdout, /population/);
});

test("what status shows of a profile is enough to name it", async () => {
  const { stdout } = await run("status", "--json");
  const [{ open }] = JSON.parse(stdout).directories.filter(({ id }: { id: string }) => id === "firewalls");
  const [{ id, username }] = open;
  const { code, stdout: explained, stderr } = await run("explain", `firewalls/${username}`);
  assert.equal(code, 0, stderr);
  assert.ok(explained.includes(`firewalls/${id}`), explained);
});

test("explain names an account whose credentials the organisation holds, and warns", async () => {
  const { stdout } = await run("explain", `cloud/${OPS}`);
  assert.match(stdout, /custodial/);
  assert.match(stdout, /caution +.*passcode/);
});

test("history sets the vendor's own log between what was recorded, if it is told how to ask", async () => {
  await switchTwice();
  const without = await run("history", `cloud/${OPS}`);
  assert.doesNotMatch(without.stdout, /the vendor:/);
  const { code, stdout } = await run("history", `cloud/${OPS}`, "--policy", "policy.yaml");
  assert.equal(code, 0);
  assert.match(stdout, /first seen: violating[\s\S]*the vendor: /);
  const json = await run("history", `cloud/${OPS}`, "--policy", "policy.yaml", "--json");
  assert.equal(JSON.parse(json.stdout).vendorEvents.length, 2);
});

test("history says where a vendor has no log, or it cannot be read, and shows the rest", async () => {
  const profile = await run("history", `firewalls/Mobile Users/${strata.wish(2).name}`, "--policy", "policy.yaml");
  assert.match(profile.stderr, /keeps no log/);
  assert.match(profile.stdout, /first seen: violating \(profile\)/);
  vmware.setFault({ kind: "html" });
  const broken = await run("history", `cloud/${OPS}`, "--policy", "policy.yaml");
  vmware.clearFaults();
  assert.match(broken.stderr, /log could not be read and is not shown: .*ERR_VENDOR_FORMAT/);
  assert.match(broken.stdout, /first seen: violating/);
});
