/** What is said of an Okta user: whether it can sign in, what it has registered, and whether it must register. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { newFactor } from "../../../simulators/okta/index.ts";
import { never } from "../tenant.ts";
import { listAll, openOn, someone, start, type World } from "./org.ts";

const ACTIVE_BY_STATUS: readonly (readonly [status: string, active: boolean])[] = [
  ["ACTIVE", true],
  ["PROVISIONED", true],
  ["PASSWORD_EXPIRED", true],
  ["RECOVERY", true],
  ["LOCKED_OUT", true],
  ["STAGED", false],
  ["SUSPENDED", false],
  ["DEPROVISIONED", false],
];

async function devicesOf({ okta, directory }: World, types: readonly (readonly [type: string, status?: string])[]) {
  const id = someone({ okta, directory });
  okta.change(id, { factors: types.map(([type, status]) => newFactor(type, type, status)) });
  const subject = await directory.read(id, never);
  assert.ok(subject);
  const [completed] = (await directory.complete?.([subject], ["devices"], never)) ?? [];
  return completed?.facts.devices;
}

describe("the accounts of an Okta org", () => {
  for (const [status, active] of ACTIVE_BY_STATUS)
    test(`somebody who is ${status} ${active ? "can" : "cannot"} sign in`, async (context) => {
      const { okta, directory } = await start(context);
      okta.change(okta.user(3).id, { status });
      const read = await directory.read(okta.user(3).id, never);
      assert.deepEqual(read?.facts.active, { known: true, value: active });
      const isListed = (await listAll(directory)).some(({ id }) => id === okta.user(3).id);
      assert.equal(isListed, status !== "DEPROVISIONED");
    });

  test("a status that nobody knows leaves unknown whether the person can sign in", async (context) => {
    const { okta, directory } = await start(context);
    okta.change(okta.user(3).id, { status: "PAUSED" });
    assert.equal((await directory.read(okta.user(3).id, never))?.facts.active.known, false);
  });

  test("only an active factor is usable, and one that nobody knows proves nothing", async (context) => {
    const devices = await devicesOf(await start(context), [
      ["push"],
      ["webauthn"],
      ["token:software:totp", "PENDING_ACTIVATION"],
      ["sms", "INACTIVE"],
      ["call", "EXPIRED"],
      ["u2f", "MELTED"],
      ["retina"],
    ]);
    assert.deepEqual(devices, {
      known: true,
      caveat: "network",
      value: [
        { method: "push", usable: true },
        { method: "fido2", usable: true },
        { method: "totp", usable: false },
        { method: "sms", usable: false },
        { method: "voice", usable: false },
        { method: "unknown", usable: false, unknownValue: "with status MELTED" },
        { method: "unknown", usable: false, unknownValue: "of type retina" },
      ],
    });
  });

  test("a security question is no device", async (context) => {
    assert.deepEqual(await devicesOf(await start(context), [["question"]]), {
      known: true,
      value: [],
      caveat: "network",
    });
  });

  test("one person's refusal is not everybody's", async (context) => {
    const { okta, directory } = await start(context);
    const subjects = await listAll(directory);
    const user = subjects[5]?.id ?? "";
    okta.setFault({ kind: "error", status: 403, on: "factors", user });
    const completed = (await directory.complete?.(subjects, ["devices"], never)) ?? [];
    const unknown = completed.filter(({ facts }) => !facts.devices.known);
    assert.deepEqual(
      unknown.map(({ id, facts }) => [id, facts.devices.known ? "" : facts.devices.why.slice(0, 17)]),
      [[user, "ERR_VENDOR_DENIED"]],
    );
  });

  test("who is in the enrolment group is listed once for everybody", async (context) => {
    const { okta, directory } = await start(context);
    const inGroup = (await listAll(directory)).filter(({ facts }) => facts.enabled.known && facts.enabled.value);
    const members = Array.from({ length: 20 }, (_, index) => okta.user(index)).filter(({ groups }) =>
      groups.includes(okta.known.enrolment.id),
    );
    assert.deepEqual(
      inGroup.map(({ id }) => id),
      members.map(({ id }) => id),
    );
    assert.equal(okta.counts()["GET members"], Math.ceil(members.length / 8));
  });

  test("a factor outside the group does not show that anybody is asked for it", async (context) => {
    const world = await start(context);
    const id = someone(world);
    world.okta.register(id, "webauthn");
    const read = await world.directory.read(id, never);
    assert.deepEqual(read?.facts.enabled, { known: true, value: false });
    assert.equal(read?.switchNeedsDevice, true);
  });
});

describe("the listing of an Okta org", () => {
  for (const [what, fault, code] of [
    ["goes to another host", { kind: "foreign-next", origin: "https://evil.example" }, "ERR_VENDOR_ORIGIN"],
    ["has expired", { kind: "expired-link" }, "ERR_VENDOR_REJECTED"],
  ] as const)
    test(`is not whole when its next link ${what}`, async (context) => {
      const { okta, directory } = await start(context);
      okta.setFault({ ...fault, on: "users" });
      await assert.rejects(listAll(directory), { code });
    });

  test("is read with a person's API token, whose account is then our own", async (context) => {
    const { okta, directory } = await start(context);
    const byToken = openOn(okta, { apiToken: okta.apiToken });
    assert.equal((await listAll(byToken)).length, 20);
    assert.deepEqual(await byToken.ownAccounts?.(never), [okta.user(0).id]);
    assert.equal(directory.ownAccounts, undefined);
  });

  test("is read with a key as JSON Web Key, too", async (context) => {
    const { okta } = await start(context);
    const { createPrivateKey } = await import("node:crypto");
    const privateKey = createPrivateKey(okta.credentials.privateKey).export({ format: "jwk" });
    assert.equal((await listAll(openOn(okta, { ...okta.credentials, privateKey }))).length, 20);
  });
});
