/** How MFA is switched on, and put back: one documented call, whose answer must confirm it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";
import { start } from "./environment.ts";

describe("a change", () => {
  test("is exactly the one documented call", async (context) => {
    const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 0 });
    const person = await subject(0);
    await directory.enforce?.(person, never);
    const puts = pingone.calls.filter(({ method }) => method === "PUT");
    assert.deepEqual(
      puts.map(({ route, user, body }) => ({ route, user, body })),
      [{ route: "mfaEnabled", user: person.id, body: { mfaEnabled: true } }],
    );
    assert.equal(pingone.find(person.id)?.mfaEnabled, true);
  });

  for (const fault of [
    { kind: "wrong-user" },
    { kind: "echo-off" },
    { kind: "drop", field: "_links" },
    { kind: "drop", field: "mfaEnabled" },
  ] satisfies Fault[]) {
    test(`whose answer does not confirm it (${JSON.stringify(fault)}) is not called sent`, async (context) => {
      const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 0 });
      const person = await subject(0);
      pingone.setFault({ ...fault, on: "mfaEnabled" });
      await assert.rejects(async () => directory.enforce?.(person, never), { code: "ERR_VENDOR_FORMAT" });
      assert.equal(pingone.counts()["PUT mfaEnabled"], 1);
    });
  }

  test("without permission names the role that is missing", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.setFault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 403 });
    await assert.rejects(async () => directory.enforce?.(person, never), {
      code: "ERR_VENDOR_DENIED",
      message: /Identity Data Admin/,
    });
  });
});

describe("a change that is put back", () => {
  const OFF = { active: true, enabled: false };

  test("is the same call with the value from before, and leaves the devices alone", async (context) => {
    const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 1 });
    const person = await subject(0);
    const { devices } = pingone.account(0);
    assert.equal(directory.whyNotReverted?.(person, OFF), undefined);
    assert.equal(await directory.revert?.(person, OFF, never), "sent");
    assert.deepEqual(
      pingone.calls
        .filter(({ method, route }) => method !== "GET" && route !== "token")
        .map(({ method, route, user, body }) => ({ method, route, user, body })),
      [{ method: "PUT", route: "mfaEnabled", user: person.id, body: { mfaEnabled: false } }],
    );
    assert.equal(pingone.find(person.id)?.mfaEnabled, false);
    assert.deepEqual(pingone.account(0).devices, devices);
  });

  for (const before of [{}, { enabled: null }, { enabled: true }, { enabled: "false" }]) {
    test(`of which ${JSON.stringify(before)} is on record is refused without a call`, async (context) => {
      const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 1 });
      const person = await subject(0);
      const why = "it is not on record that MFA was off before";
      assert.equal(directory.whyNotReverted?.(person, before), why);
      assert.deepEqual(await directory.revert?.(person, before, never), { outcome: "refused", why });
      assert.equal(pingone.counts()["PUT mfaEnabled"], undefined);
    });
  }

  for (const fault of [
    { kind: "wrong-user" },
    { kind: "echo-on" },
    { kind: "drop", field: "mfaEnabled" },
  ] satisfies Fault[]) {
    test(`whose answer does not confirm it (${JSON.stringify(fault)}) is not called sent`, async (context) => {
      const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 1 });
      const person = await subject(0);
      pingone.setFault({ ...fault, on: "mfaEnabled" });
      await assert.rejects(async () => directory.revert?.(person, OFF, never), { code: "ERR_VENDOR_FORMAT" });
      assert.equal(pingone.counts()["PUT mfaEnabled"], 1);
    });
  }
});
