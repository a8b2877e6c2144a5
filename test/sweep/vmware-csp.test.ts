/** A sweep over VMware Cloud Services from start to end: principals changed, everybody else unproven, nothing locked or lost. */

import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import { readSweepManifest } from "../../lib/evidence/index.ts";
import type { DirectoryRecord, Mode } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { formatsWith, writeReport } from "../../lib/report/index.ts";
import {
  startVmware,
  type Vmware,
  type VmwareCredentials,
  type VmwareSettings,
} from "../../simulators/vmware-csp/index.ts";
import { compile, EVERYONE, startWorld, type World } from "../world.ts";

const [OPS, GLASS, NEW] = ["ops@example.com", "break-glass@example.com", "new@example.com"];
const principals = [{ username: OPS }, { username: GLASS, turnedOn: true }, { username: NEW, activated: false }];

let world: World;
let vmware: Vmware;
beforeEach(async () => {
  world = await startWorld({ accounts: 10 });
});
afterEach(async () => {
  await Promise.all([world.close(), vmware.close()]);
});

const start = async (settings: VmwareSettings = {}) => {
  vmware = await startVmware({ principals, users: 6, now: () => Date.now() + world.time.ahead, ...settings });
};

interface Order {
  mode?: Mode;
  rules?: string;
  credentials?: VmwareCredentials;
  version?: string;
}

/** One sweep. The next one comes when the passcodes of this one are over. */
async function sweep({ mode = "enforce", rules = EVERYONE, ...secret }: Order = {}) {
  const { credentials = vmware.credentials, version = "1" } = secret;
  const policy = compile(`version: 1
directories:
  - id: cloud
    vendor: vmware-csp
    organization: ${vmware.organization}
    principals: [${principals.map(({ username }) => username).join(", ")}]
    mode: enforce
    endpoints: { api: "${vmware.endpoints.api}" }
${rules}`);
  const secrets = { read: async () => ({ value: credentials, version }) };
  const open = opener(policy, secrets, fetch, () => Date.now() + world.time.ahead);
  const policyHash = hashPolicy(policy);
  await world.ledger.setDeployedPolicy(policyHash);
  const report = await world.sweep(mode, rules, { policy, policyHash, open });
  world.time.ahead += 60_000;
  return report;
}

async function lastOf(id: string) {
  const { state, events } = await world.ledger.readHistory("cloud", id);
  assert.ok(state);
  return { state, outcome: events.map(({ outcome, why }) => ({ outcome, why })).find(({ outcome }) => outcome) };
}

const patches = () => vmware.counts()["PATCH switch"] ?? 0;
const some = (counts: DirectoryRecord["verdicts"] | DirectoryRecord["changes"]) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

test("puts what the organisation requires on record as facts of the directory, and takes it for nobody's proof", async () => {
  await start({ requires: { isMfaRequired: true, enforceUserApiTokenMfa: false } });
  const { run, only } = await sweep({ mode: "plan" });
  assert.deepEqual(
    only.facts?.map(({ name, value }) => [name, value]),
    [
      ["isMfaRequired", true],
      ["enforceUserApiTokenMfa", false],
    ],
  );
  assert.equal(only.verdicts.unknown, 6);
  const manifest = await readSweepManifest(world.evidence, run, "cloud", only.manifest);
  assert.deepEqual(manifest.facts, only.facts);
  const files = new Map<string, string>();
  const store = async (file: string, _: string, body: AsyncIterable<Uint8Array>) => {
    files.set(file, (await buffer(body)).toString());
  };
  const prepare = () => ({ formats: formatsWith({}), store });
  const ports = { ledger: world.ledger, evidence: world.evidence, clock: Date.now };
  await writeReport(ports, { run, prepare }, AbortSignal.timeout(30_000));
  assert.match(files.get("report.html") ?? "", /The organisation requires MFA of its users\..*isMfaRequired/);
  assert.match(files.get("population.jsonl")?.split("\n")[0] ?? "", /"name":"isMfaRequired","value":true/);
});

test("turns a principal on, keeps its token in use, and lists everybody else as unknown", async () => {
  await start();
  const planned = await sweep({ mode: "plan" });
  assert.equal(patches(), 0);
  assert.match(JSON.stringify(planned.only.problems), /API token of ops@example.com is exchanged only with a passcode/);

  const { only } = await sweep();
  assert.deepEqual([only.read, some(only.verdicts)], [9, { compliant: 1, violating: 2, unknown: 6 }]);
  assert.deepEqual(some(only.changes), { planned: 2, enforced: 1, "needs-user": 1 });
  assert.deepEqual(some(only.after), { compliant: 2, violating: 1, unknown: 6 });
  assert.equal(vmware.principal(OPS).turnedOn, true);
  assert.equal(patches(), 1);
  const other = vmware.members().find(({ username }) => !principals.some((one) => one.username === username));
  const { state } = await lastOf(other?.userId ?? "");
  assert.match(state.judgement.why, /nobody read another user's MFA state/);

  const again = await sweep();
  assert.deepEqual(some(again.only.verdicts), { compliant: 2, violating: 1, unknown: 6 });
  assert.equal(patches(), 1);
});

test("sends a wrong password once, and not again until the secret has a new version", async () => {
  await start();
  const { credentials } = vmware;
  const entry = credentials.principals[OPS];
  assert.ok(entry);
  const wrong = { ...credentials, principals: { ...credentials.principals, [OPS]: { ...entry, password: "wrong" } } };
  for (let n = 0; n < 3; n += 1) {
    const { only } = await sweep({ credentials: wrong });
    assert.equal(only.changes.enforced, 0);
  }
  assert.equal(patches(), 1);
  assert.deepEqual([vmware.principal(OPS).wrongPasswords, vmware.principal(OPS).locked], [1, false]);
  const { only } = await sweep({ version: "2" });
  assert.deepEqual([patches(), only.changes.enforced, vmware.principal(OPS).turnedOn], [2, 1, true]);
});

test("puts the switch back where the API token would be lost, and says so", async () => {
  await start({
    before: ({ route }) => {
      // Instead of half a minute's wait for the next passcode.
      if (route === "token" && patches() > 0) world.time.ahead += 30_000;
    },
  });
  vmware.setFault({ kind: "refuse-passcode", user: OPS });
  const { only } = await sweep();
  assert.deepEqual([only.changes.enforced, only.changes.failed], [0, 1]);
  assert.deepEqual([patches(), vmware.principal(OPS).turnedOn], [2, false]);
  const { outcome, state } = await lastOf(OPS);
  assert.match(outcome?.why ?? "", /switched off again/);
  assert.equal(state.judgement.verdict, "violating");
});

test("leaves MFA on, unverified, where a fault hides whether the API token can still be used", async () => {
  await start({
    before: ({ route }) => {
      // Instead of half a minute's wait for the next passcode.
      if (route === "token" && patches() > 0) world.time.ahead += 30_000;
    },
  });
  // The account's first exchange is the one before the change.
  for (const nth of [3, 4]) vmware.setFault({ kind: "error", status: 503, on: "token", user: OPS, nth });
  const { only } = await sweep();
  assert.deepEqual(some(only.changes), { planned: 2, unverified: 1, "needs-user": 1 });
  assert.deepEqual([patches(), vmware.principal(OPS).turnedOn], [1, true]);
  const { outcome } = await lastOf(OPS);
  assert.match(outcome?.why ?? "", /whether the account can be used is not known \(ERR_VENDOR_UNAVAILABLE\)/);
  assert.equal((await sweep()).only.changes.planned, 1);
  assert.equal(patches(), 1);
});

test("does not take a change that did nothing for one", async () => {
  await start();
  vmware.setFault({ kind: "no-effect" });
  const { only } = await sweep();
  assert.deepEqual(some(only.changes), { planned: 2, unverified: 1, "needs-user": 1 });
  assert.equal(only.after.compliant, 1);
});

test("is incomplete when the listing is short, and changes nobody", async () => {
  await start({ pageSize: 3 });
  vmware.setFault({ kind: "lost-page", on: "users", nth: 2 });
  const { only } = await sweep();
  assert.equal(only.status, "incomplete");
  assert.ok(only.problems.some(({ code }) => code === "ERR_READ_SHORT"));
  assert.equal(patches(), 0);
});

test("does not call it enforced when the device is gone by the time it shows", async () => {
  await start({
    before: ({ method, route }) => {
      if (route === "status" && method === "GET" && patches() > 0) vmware.change(OPS, { activated: false });
    },
  });
  const { only } = await sweep();
  assert.deepEqual(some(only.changes), { planned: 2, unverified: 1, "needs-user": 1 });
  assert.match((await lastOf(OPS)).outcome?.why ?? "", /no device that makes it a protection/);
  assert.equal(only.after.compliant, 1);
});

test("a principal whose session the vendor refuses stops no other principal", async () => {
  const names = Array.from({ length: 12 }, (_, n) => `p${n}@example.com`);
  vmware = await startVmware({
    principals: names.map((username) => ({ username })),
    users: 0,
    now: () => Date.now() + world.time.ahead,
  });
  vmware.setFault({ kind: "error", status: 401, on: "switch", user: "p0@example.com" });
  const policy = compile(`version: 1
directories:
  - ${JSON.stringify({ id: "cloud", vendor: "vmware-csp", principals: names, mode: "enforce", endpoints: vmware.endpoints })}
${EVERYONE}`);
  const secret = { value: vmware.credentials, version: "1" };
  const open = opener(policy, { read: async () => secret }, fetch, () => Date.now() + world.time.ahead);
  const { only } = await world.sweep("enforce", EVERYONE, { policy, policyHash: hashPolicy(policy), open });
  assert.deepEqual([only.changes.enforced, only.changes.failed, only.changes.refused], [11, 1, 0]);
});
