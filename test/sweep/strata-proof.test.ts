/** What a sweep takes for proof of a profile: its secrets as far as they can be seen, and the time it has waited for a person. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Strata } from "../../simulators/strata/index.ts";
import { COLLEAGUE, inStrataWorld, startTenant, writes } from "./strata-tenant.ts";

const world = inStrataWorld();

for (const [title, settings] of [
  ["staged", { push: false }],
  ["unused", {}],
] as const)
  test(`a profile that stays ${title} is pending for 14 days, then violating, and writing it again is no remedy`, async (context) => {
    const tenant = await startTenant(context, { adopt: true, ...settings });
    if (title === "unused") tenant.strata.authenticationProfiles.length = 0;
    assert.equal((await tenant.sweep()).only.after.pending, 1);
    const before = writes(tenant).length;
    world.time().ahead += 13 * 86_400_000;
    assert.equal((await tenant.sweep()).only.verdicts.pending, 1);
    world.time().ahead += 2 * 86_400_000;
    for (const _ of ["once", "twice"]) {
      const { only } = await tenant.sweep();
      assert.deepEqual([only.verdicts.violating, only.changes.planned], [1, 0]);
    }
    assert.equal(writes(tenant).length, before);
  });

function putIn(strata: Strata, name: string, secrets: object): void {
  const { mfa_vendor_type = {} } = strata.candidate().find((profile) => profile.name === name) ?? {};
  Object.assign(Object.values(mfa_vendor_type)[0] ?? {}, secrets);
  strata.edit(name, { mfa_vendor_type }, COLLEAGUE);
}

test("a profile that holds somebody else's credential is not compliant: what is readable is repaired, a mask is unknown", async (context) => {
  const tenant = await startTenant(context, { wishes: 3, adopt: true });
  const { strata } = tenant;
  assert.equal((await tenant.sweep()).only.after.compliant, 3);
  assert.equal((await tenant.sweep()).only.verdicts.compliant, 3);
  putIn(strata, "duo-0", { duo_secret_key: "somebody-elses-secret" });
  putIn(strata, "ping-2", { ping_token: "somebody-elses-token" });
  const { only } = await tenant.sweep();
  assert.deepEqual([only.verdicts.unknown, only.verdicts.violating, only.changes.enforced], [1, 1, 1]);
  const { judgement } = (await world.ledger().readHistory(tenant.id, "Mobile Users/duo-0")).state ?? assert.fail();
  assert.match(judgement.why, /may be somebody else's; give the secret a new version/);
  tenant.secret.version = "v2";
  const corrected = await tenant.sweep();
  assert.deepEqual([corrected.only.after.compliant, (await tenant.sweep()).only.verdicts.compliant], [3, 3]);
});

test("where each reading shows a secret otherwise, the verdict says that masks prove nothing", async (context) => {
  const tenant = await startTenant(context, { adopt: true }, { freshMasks: true });
  assert.equal((await tenant.sweep()).only.after.compliant, 1);
  assert.equal((await tenant.sweep()).only.verdicts.compliant, 1);
  const { judgement } = (await world.ledger().readHistory(tenant.id, "Mobile Users/duo-0")).state ?? assert.fail();
  assert.match(judgement.why, /masks prove nothing/);
});
