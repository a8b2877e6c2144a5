/** The facts that cost a call for each account, and what one account's trouble does to the others. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_ASKED } from "../../../lib/model/index.ts";
import type { Fault } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";
import { start } from "./environment.ts";

describe("facts that cost a call", () => {
  const kinds = [
    ["SMS", "sms"],
    ["VOICE", "voice"],
    ["EMAIL", "email"],
    ["TOTP", "totp"],
    ["OATH_TOKEN", "totp"],
    ["MOBILE", "push"],
    ["FIDO2", "fido2"],
    ["PLATFORM", "fido2"],
    ["SECURITY_KEY", "fido2"],
    ["WHATSAPP", "unknown"],
    ["__proto__", "unknown"],
  ];
  test("devices read as methods; a kind nobody knows is unknown", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.change(person.id, { devices: kinds.map(([type = ""]) => ({ type, status: "ACTIVE" })) });
    const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
    const methods = found?.facts.devices.known ? found.facts.devices.value.map(({ method }) => method) : [];
    assert.deepEqual(
      methods,
      kinds.map(([, method]) => method),
    );
    assert.deepEqual(found?.facts.groups, NOT_ASKED);
  });

  test("a device counts when it is active, and neither blocked nor locked", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    const active = { type: "TOTP", status: "ACTIVE" };
    pingone.change(person.id, {
      devices: [
        active,
        { ...active, status: "ACTIVATION_REQUIRED" },
        { ...active, block: { status: "BLOCKED" } },
        { ...active, lock: { status: "LOCKED" } },
      ],
    });
    const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
    const usable = found?.facts.devices.known ? found.facts.devices.value.map((device) => device.usable) : [];
    assert.deepEqual(usable, [true, false, false, false]);
  });

  for (const odd of [
    { status: "SUSPENDED" },
    { status: "ACTIVE", block: { status: "MAYBE" } },
    { status: "ACTIVE", lock: { status: "" } },
  ]) {
    test(`a device with ${JSON.stringify(odd)} leaves devices unknown`, async (context) => {
      const { pingone, directory, subject } = await start(context);
      const person = await subject(0);
      pingone.change(person.id, { devices: [{ type: "TOTP", ...odd }] });
      const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
      assert.equal(found?.facts.devices.known, false);
    });
  }

  const troubles: Fault[] = [
    { kind: "error", status: 404 },
    { kind: "error", status: 403 },
    { kind: "limited", retryAfter: 60 },
    { kind: "truncate" },
    { kind: "drop", field: "_embedded" },
  ];
  for (const trouble of troubles) {
    test(`one account's trouble (${JSON.stringify(trouble)}) leaves only its fact unknown`, async (context) => {
      const { pingone, directory } = await start(context);
      const { subjects } = await directory.page(undefined, never);
      pingone.setFault({ ...trouble, on: "devices", user: subjects[4]?.id ?? "" });
      const found = (await directory.complete?.(subjects, ["devices", "groups"], never)) ?? [];
      assert.deepEqual(
        found.map(({ id }) => id),
        subjects.map(({ id }) => id),
      );
      const lacking = found.filter(({ facts }) => !facts.devices.known);
      assert.deepEqual(
        lacking.map(({ id }) => id),
        [subjects[4]?.id],
      );
      assert.match(JSON.stringify(lacking[0]?.facts.devices), /ERR_VENDOR_/);
      assert.ok(found.every(({ facts }) => facts.groups.known));
    });
  }

  test("a vendor that fails for everybody ends them all, without asking for each", async (context) => {
    const { pingone, directory } = await start(context, { accounts: 60, pageSize: 60 });
    const { subjects } = await directory.page(undefined, never);
    pingone.setFault({ kind: "limited", retryAfter: 60, on: "devices" });
    await assert.rejects(async () => directory.complete?.(subjects, ["devices"], never), {
      code: "ERR_VENDOR_THROTTLED",
    });
    assert.ok(pingone.calls.filter(({ route }) => route === "devices").length < subjects.length);
  });

  test("a credential that is refused ends them all", async (context) => {
    const { pingone, directory } = await start(context);
    const { subjects } = await directory.page(undefined, never);
    pingone.setFault({ kind: "expire-token", on: "devices" });
    await assert.rejects(async () => directory.complete?.(subjects, ["devices"], never), { code: "ERR_VENDOR_AUTH" });
  });
});
