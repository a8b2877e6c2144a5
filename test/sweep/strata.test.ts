/** What becomes of MFA server profiles in a whole sweep: written, pushed live, proved, and left alone the next time. */

import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import type { DirectoryRecord, Mode } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { type Strata, type StrataSettings, startStrata } from "../../simulators/strata/index.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { compile, EVERYONE, startWorld, type World } from "../world.ts";

let world: World;
before(async () => {
  world = await startWorld({ accounts: 10 });
});
after(() => world.close());
let tenants = 0;

const COLLEAGUE = "colleague@example.com";

interface Tenant {
  /** Of the directory. */
  readonly id: string;
  readonly strata: Strata;
  /** What the sweep finds its secret under; a test may set it. */
  readonly secret: { version: string };
  sweep(mode?: Mode): ReturnType<World["sweep"]>;
  verdicts(): Promise<Record<string, string | undefined>>;
}

/** A tenant with one profile of each kind, the first `wishes` of them wanted. */
async function start(
  context: TestContext,
  { wishes = 1, ...more }: { wishes?: number; push?: boolean; adopt?: boolean; location?: object } = {},
  settings: StrataSettings = {},
): Promise<Tenant> {
  const clock = () => Date.now() + world.time.ahead;
  const strata = await startStrata({
    before: ({ route }) => {
      // Instead of the ten seconds that must lie between two looks at the jobs.
      if (route === "jobs") world.time.ahead += 10_000;
    },
    now: clock,
    ...settings,
  });
  context.after(() => strata.close());
  tenants += 1;
  const id = `firewalls-${tenants}`;
  // A push that is over at once: the wait for one that is not is real time.
  strata.setPushBehavior({ looks: 0, children: 0 });
  const own = strataDirectory(strata, wishes);
  const directory = { id, vendor: "strata", mode: "enforce", ...own.settings, ...more };
  const policy = compile(`version: 1\ndirectories: [${JSON.stringify(directory)}]\n${EVERYONE}`);
  const secret = { version: "v1" };
  const secrets = { read: async () => ({ value: own.secret, version: secret.version }) };
  return {
    id,
    strata,
    secret,
    sweep: (mode = "enforce") =>
      world.sweep(mode, EVERYONE, {
        policy,
        policyHash: hashPolicy(policy),
        open: opener(policy, secrets, fetch, clock),
      }),
    verdicts: async () => {
      const subjects = strata.candidate().map(({ name }) => `Mobile Users/${name}`);
      const states = await world.ledger.readStates(id, subjects, true);
      return Object.fromEntries(
        [...states].map(([subject, { judgement }]) => [subject.split("/")[1], judgement.verdict]),
      );
    },
  };
}

const writes = ({ strata }: Tenant) =>
  strata.calls
    .filter(({ method, route }) => method !== "GET" && route !== "token")
    .map(({ method, route }) => `${method} ${route}`);
const running = ({ strata }: Tenant, name: string) => strata.running().find((profile) => profile.name === name);

test("a missing profile is made and one that differs is repaired; both are pushed live, and nobody else's change is", async (context) => {
  const tenant = await start(context, { wishes: 5, adopt: true });
  const { strata } = tenant;
  strata.setPushBehavior({ children: 2 });
  strata.authenticationProfiles.push({
    name: "more",
    folder: "Mobile Users",
    multi_factor_auth: { mfa_enable: true, factors: ["duo-4"] },
  });
  strata.edit("okta-1", { mfa_cert_profile: "another" }, COLLEAGUE);
  strata.edit("unnamed", {}, COLLEAGUE);
  const planned = await tenant.sweep("plan");
  assert.deepEqual([planned.only.changes.planned, writes(tenant)], [5, []]);

  const { only, status } = await tenant.sweep();
  assert.equal(status, "completed");
  assert.deepEqual([only.changes.planned, only.changes.enforced, only.changes.staged], [5, 5, 0]);
  assert.deepEqual(writes(tenant).toSorted(), ["POST push", "POST servers", ...Array(4).fill("PUT server")]);
  assert.equal(running(tenant, "okta-1")?.mfa_cert_profile, strata.wish(1).certificateProfile);
  assert.equal(running(tenant, "duo-4")?.mfa_vendor_type?.duo_security_v2?.duo_secret_key, strata.keys.duo_secret_key);
  assert.equal(running(tenant, "unnamed"), undefined);
  assert.deepEqual(
    strata.pending().map(({ name }) => name),
    ["unnamed"],
  );
  assert.deepEqual([only.after.compliant, only.after["out-of-scope"]], [5, 1]);

  const again = await tenant.sweep();
  assert.deepEqual([again.status, again.only.changes.planned, again.only.verdicts.compliant], ["completed", 0, 5]);
  assert.equal(writes(tenant).length, 6);
});

for (const [title, left] of [
  ["empty", 0],
  ["shrunk", 1],
] as const)
  test(`a listing that is suddenly ${title} is no reason to make profiles, however often it comes`, async (context) => {
    const tenant = await start(context, { wishes: 4, adopt: true });
    const { strata } = tenant;
    assert.equal((await tenant.sweep()).status, "completed");
    const before = writes(tenant).length;
    for (const { name } of strata.candidate().slice(left)) strata.remove(name);
    for (const _ of ["once", "twice"]) {
      const { only, status } = await tenant.sweep();
      assert.equal(status, "incomplete");
      const codes = only.problems.map(({ code }) => code);
      assert.deepEqual(codes, ["ERR_READ_TOTAL", "ERR_READ_SHRUNK"]);
      assert.deepEqual([only.read, only.listed], [4, left]);
    }
    assert.equal(writes(tenant).length, before);
    const [{ run, listed = 0, read }] = (await tenant.sweep()).directories as [DirectoryRecord];
    await world.ledger.acceptBaseline(tenant.id, { run, read, listed }, { by: "tester", how: "test" }, "cleaned up");
    assert.equal((await tenant.sweep()).only.changes.enforced, 4 - left);
  });

test("a listing that leaves out what it counts is no reason to make profiles", async (context) => {
  const tenant = await start(context, { wishes: 4, adopt: true });
  tenant.strata.remove(tenant.strata.wish(3).name);
  tenant.strata.setFault({ kind: "miscount", by: 1, on: "servers" });
  const { only, status } = await tenant.sweep();
  assert.equal(status, "incomplete");
  assert.ok(only.problems.some(({ code }) => code === "ERR_READ_SHORT"));
  assert.deepEqual(writes(tenant), []);
});

test("profiles are made where nothing was ever listed, and one that somebody removed is made again", async (context) => {
  const tenant = await start(context, { wishes: 2, adopt: true }, { profiles: 0 });
  const first = await tenant.sweep();
  assert.deepEqual([first.status, first.only.changes.enforced], ["completed", 2]);
  tenant.strata.remove(tenant.strata.wish(0).name);
  const next = await tenant.sweep();
  assert.deepEqual([next.status, next.only.changes.enforced], ["completed", 1]);
});

test("what nobody here ever wrote, or nothing names, is not compliant", async (context) => {
  const stranger = await start(context);
  const unknown = await stranger.sweep();
  assert.deepEqual([unknown.only.verdicts.unknown, unknown.only.verdicts.compliant], [1, 0]);
  assert.deepEqual(writes(stranger), []);

  const unused = await start(context, { adopt: true });
  unused.strata.authenticationProfiles.length = 0;
  const { only } = await unused.sweep();
  assert.deepEqual([only.changes.enforced, only.after.pending, only.after.compliant], [1, 1, 0]);
});

for (const [title, settings] of [
  ["push: false", { push: false }],
  ["the folder All", { location: { folder: "All" } }],
] as const)
  test(`with ${title} it stays staged: nothing is pushed, and nothing is compliant`, async (context) => {
    const location = "location" in settings ? settings.location : { folder: "Mobile Users" };
    const tenant = await start(context, { adopt: true, ...settings }, { location });
    const { only } = await tenant.sweep();
    assert.deepEqual([only.changes.staged, only.changes.enforced, only.after.compliant], [1, 0, 0]);
    assert.deepEqual(writes(tenant), ["PUT server"]);
    const again = await tenant.sweep();
    assert.deepEqual([again.only.verdicts.pending, again.only.changes.planned], [1, 0]);
  });

for (const [title, course] of [
  ["the job fails", { end: "FIN/FAIL" }],
  ["a job that came of it fails", { children: 1, childEnd: "PUSHFAIL/FAIL" }],
] as const)
  test(`where ${title} the run is incomplete, and the next sweep finishes it`, async (context) => {
    const tenant = await start(context, { adopt: true });
    tenant.strata.edit("duo-0", { mfa_cert_profile: "another" });
    tenant.strata.setPushBehavior(course);
    const { only, status } = await tenant.sweep();
    assert.equal(status, "incomplete");
    assert.deepEqual([only.changes.staged, only.changes.enforced, only.after.compliant], [1, 0, 0]);
    assert.ok(only.problems.some(({ code }) => code === "ERR_PUBLISH_FAILED"));
    const { clientId } = tenant.strata.credentials;
    assert.deepEqual(
      tenant.strata.pending().map(({ name, admin }) => [name, admin]),
      [["duo-0", clientId]],
    );
    tenant.strata.setPushBehavior({ end: "FIN/OK", children: 0 });
    const next = await tenant.sweep();
    assert.deepEqual([next.status, next.only.changes.enforced, next.only.after.compliant], ["completed", 1, 1]);
    assert.deepEqual(tenant.strata.pending(), []);
  });

test("a rotated secret is written again and pushed, though nothing of it can be seen", async (context) => {
  const tenant = await start(context, { adopt: true });
  await tenant.sweep();
  assert.equal((await tenant.verdicts())["duo-0"], "compliant");
  tenant.secret.version = "v2";
  tenant.strata.setFault({ kind: "error", status: 400, on: "server", method: "PUT" });
  const refused = await tenant.sweep();
  assert.deepEqual([refused.only.changes.failed, refused.only.changes.enforced], [1, 0]);
  assert.equal((await tenant.verdicts())["duo-0"], "violating");
  tenant.strata.clearFaults();
  const { only } = await tenant.sweep();
  assert.deepEqual([only.verdicts.violating, only.changes.enforced, only.after.compliant], [1, 1, 1]);
  assert.deepEqual(writes(tenant), ["PUT server", "POST push", "PUT server", "PUT server", "POST push"]);
});

function putIn(strata: Strata, name: string, secrets: object): void {
  const { mfa_vendor_type = {} } = strata.candidate().find((profile) => profile.name === name) ?? {};
  Object.assign(Object.values(mfa_vendor_type)[0] ?? {}, secrets);
  strata.edit(name, { mfa_vendor_type }, COLLEAGUE);
}

test("a profile that holds somebody else's credential is not compliant: what is readable is repaired, a mask is unknown", async (context) => {
  const tenant = await start(context, { wishes: 3, adopt: true });
  const { strata } = tenant;
  assert.equal((await tenant.sweep()).only.after.compliant, 3);
  assert.equal((await tenant.sweep()).only.verdicts.compliant, 3);
  putIn(strata, "duo-0", { duo_secret_key: "somebody-elses-secret" });
  putIn(strata, "ping-2", { ping_token: "somebody-elses-token" });
  const { only } = await tenant.sweep();
  assert.deepEqual([only.verdicts.unknown, only.verdicts.violating, only.changes.enforced], [1, 1, 1]);
  const { judgement } = (await world.ledger.readHistory(tenant.id, "Mobile Users/duo-0")).state ?? assert.fail();
  assert.match(judgement.why, /may be somebody else's; give the secret a new version/);
  tenant.secret.version = "v2";
  const mended = await tenant.sweep();
  assert.deepEqual([mended.only.after.compliant, (await tenant.sweep()).only.verdicts.compliant], [3, 3]);
});

test("where each reading shows a secret otherwise, the verdict says that masks prove nothing", async (context) => {
  const tenant = await start(context, { adopt: true }, { freshMasks: true });
  assert.equal((await tenant.sweep()).only.after.compliant, 1);
  assert.equal((await tenant.sweep()).only.verdicts.compliant, 1);
  const { judgement } = (await world.ledger.readHistory(tenant.id, "Mobile Users/duo-0")).state ?? assert.fail();
  assert.match(judgement.why, /masks prove nothing/);
});

test("a change that the vendor takes and forgets is not believed", async (context) => {
  const tenant = await start(context, { adopt: true });
  tenant.strata.edit("duo-0", { mfa_cert_profile: "another" });
  tenant.strata.setFault({ kind: "lost-update" });
  const { only } = await tenant.sweep();
  assert.deepEqual([only.changes.unverified, only.changes.enforced, only.after.compliant], [1, 0, 0]);
  assert.deepEqual(writes(tenant), ["PUT server"]);
});
