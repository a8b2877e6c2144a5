/** How a principal's MFA is switched off again where a person has approved it: with the same care for passwords and tokens. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Subject } from "../../../lib/model/index.ts";
import {
  type Fault,
  startVmware,
  type VmwareCredentials,
  type VmwareSettings,
} from "../../../simulators/vmware-csp/index.ts";
import { NO_FACTS, never } from "../tenant.ts";

const OPS = "ops@example.com";
const OFF = { active: true, enabled: false };
const SUBJECT: Subject = { id: OPS, username: OPS, facts: NO_FACTS };

interface Setting extends VmwareSettings {
  readonly policy?: unknown[];
  readonly secret?: (all: VmwareCredentials) => unknown;
}

/** One principal whose MFA is on. */
async function start(context: TestContext, setting: Setting = {}) {
  const { policy = [OPS], secret = (all) => all, ...settings } = setting;
  const vmware = await startVmware({ users: 1, principals: [{ username: OPS, turnedOn: true }], ...settings });
  context.after(() => vmware.close());
  const directory = openDirectory("vmware-csp", {
    id: "cloud",
    secret: secret(vmware.credentials),
    secretVersion: "7",
    fetch,
    clock: Date.now,
    settings: { principals: policy, endpoints: vmware.endpoints },
  });
  const { revert = assert.fail("nothing can be put back"), whyNotReverted = assert.fail("nobody can say why") } =
    directory;
  const patches = () => vmware.calls.filter(({ method }) => method === "PATCH");
  return { vmware, directory, revert, whyNotReverted, patches };
}

const withoutSeed = ({ principals, reader }: VmwareCredentials) => ({
  principals: Object.fromEntries(
    Object.entries(principals).map(([name, { apiToken, password }]) => [name, { apiToken, password }]),
  ),
  reader,
});

test("is one call with the account's own password, in its own log; its device stays", async (context) => {
  const { vmware, directory, revert, whyNotReverted, patches } = await start(context);
  assert.equal(whyNotReverted(SUBJECT, OFF), undefined);
  assert.equal(await revert(SUBJECT, OFF, never), "sent");
  assert.equal(patches().length, 1);
  const { turnedOn, activated } = vmware.principal(OPS);
  assert.deepEqual([turnedOn, activated], [false, true]);
  const read = await directory.read(OPS, never);
  assert.deepEqual(read?.facts.enabled, { known: true, value: false });
  const log = await directory.log?.(OPS, new Date(0), new Date(Date.now() + 1_000), never);
  assert.equal(log?.[0]?.action, "MFA_DISABLE");
});

test("of one that is off already writes nothing", async (context) => {
  const { vmware, revert, patches } = await start(context);
  vmware.change(OPS, { turnedOn: false });
  assert.equal(await revert(SUBJECT, OFF, never), "sent");
  assert.equal(patches().length, 0);
});

const NOT_REVERTED: readonly [what: string, before: object, setting: Setting, why: RegExp][] = [
  ["nothing is on record of before", {}, {}, /not on record that MFA was off before/],
  ["MFA was on before", { enabled: true }, {}, /not on record that MFA was off before/],
  [
    "its secret has no seed",
    OFF,
    { secret: withoutSeed, policy: [{ username: OPS, allowTokenLoss: true }] },
    /no totpSeed.*of no use without a passcode/,
  ],
  ["it is no principal any more", OFF, { policy: ["other@example.com"] }, /does not name it as a principal/],
  ["its credentials are gone", OFF, { secret: ({ reader }) => ({ principals: {}, reader }) }, /not in the directory's/],
];

for (const [what, before, setting, why] of NOT_REVERTED)
  test(`cannot be done where ${what}, which is known beforehand and without a call`, async (context) => {
    const { vmware, revert, whyNotReverted } = await start(context, setting);
    assert.match(whyNotReverted(SUBJECT, before) ?? "", why);
    const sent = await revert(SUBJECT, before, never);
    assert.ok(typeof sent === "object" && sent.outcome === "refused" && why.test(sent.why));
    assert.equal(vmware.calls.length, 0);
  });

test("of somebody else's token is refused before any password is sent", async (context) => {
  const { vmware, revert, patches } = await start(context);
  vmware.setFault({ kind: "wrong-user", on: "status" });
  const sent = await revert(SUBJECT, OFF, never);
  assert.ok(typeof sent === "object" && sent.outcome === "refused" && /somebody else's API token/.test(sent.why));
  assert.equal(patches().length, 0);
});

test("with a wrong password fails as such, and sends it once", async (context) => {
  const { vmware, revert, patches } = await start(context, {
    secret: ({ principals, reader }) => ({
      principals: Object.fromEntries(
        Object.entries(principals).map(([name, entry]) => [name, { ...entry, password: "not-the-password" }]),
      ),
      reader,
    }),
  });
  await assert.rejects(revert(SUBJECT, OFF, never), { code: "ERR_VENDOR_PASSWORD" });
  assert.deepEqual([patches().length, vmware.principal(OPS).turnedOn], [1, true]);
});

for (const fault of [{ kind: "reset" }, { kind: "cut" }, { kind: "error", status: 503 }] satisfies Fault[])
  test(`after a ${fault.kind} is not sent again`, async (context) => {
    const { vmware, revert, patches } = await start(context);
    vmware.setFault({ ...fault, on: "switch" });
    await assert.rejects(revert(SUBJECT, OFF, never));
    assert.equal(patches().length, 1);
  });

test("after 409 looks again, and tries once more where it is still on", async (context) => {
  const { vmware, revert, patches } = await start(context);
  vmware.setFault({ kind: "error", status: 409, on: "switch", nth: 1 });
  assert.equal(await revert(SUBJECT, OFF, never), "sent");
  assert.deepEqual([patches().length, vmware.principal(OPS).turnedOn], [2, false]);
});
