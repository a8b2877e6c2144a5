/** What becomes of MFA server profiles in a whole sweep: written, pushed live, proved, and left alone the next time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { COLLEAGUE, inStrataWorld, running, startTenant, writes } from "./strata-tenant.ts";

inStrataWorld();

test("a missing profile is made and one that differs is repaired; both are pushed live, and nobody else's change is", async (context) => {
  const tenant = await startTenant(context, { wishes: 5, adopt: true });
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

test("what nobody here ever wrote, or nothing names, is not compliant", async (context) => {
  const stranger = await startTenant(context);
  const unknown = await stranger.sweep();
  assert.deepEqual([unknown.only.verdicts.unknown, unknown.only.verdicts.compliant], [1, 0]);
  assert.deepEqual(writes(stranger), []);

  const unused = await startTenant(context, { adopt: true });
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
    const tenant = await startTenant(context, { adopt: true, ...settings }, { location });
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
    const tenant = await startTenant(context, { adopt: true });
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
  const tenant = await startTenant(context, { adopt: true });
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

test("a change that the vendor takes and forgets is not believed", async (context) => {
  const tenant = await startTenant(context, { adopt: true });
  tenant.strata.edit("duo-0", { mfa_cert_profile: "another" });
  tenant.strata.setFault({ kind: "lost-update" });
  const { only } = await tenant.sweep();
  assert.deepEqual([only.changes.unverified, only.changes.enforced, only.after.compliant], [1, 0, 0]);
  assert.deepEqual(writes(tenant), ["PUT server"]);
});
