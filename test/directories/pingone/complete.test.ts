/** The facts that cost a call for each account, and what one account's trouble does to the others. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_ASKED } from "../../../lib/model/index.ts";
import type { Fault } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";
import { start, type World } from "./environment.ts";

describe("facts that cost a call", () => {
  const read = async ({ pingone, directory, subject }: World, devices: readonly object[]) => {
    const person = await subject(0);
    pingone.change(person.id, { devices: devices.map((device) => ({ type: "TOTP", status: "ACTIVE", ...device })) });
    const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
    assert.deepEqual(found?.facts.groups, NOT_ASKED);
    return found?.facts.devices.known ? found.facts.devices.value : assert.fail("the devices are unknown");
  };

  const kinds = [
    ["SMS", "sms"],
    ["VOICE", "voice"],
    ["EMAIL", "email"],
    ["WHATSAPP", "whatsapp"],
    ["TOTP", "totp"],
    ["OATH_TOKEN", "totp"],
    ["MOBILE", "push"],
    ["PINGID_DESKTOP_GEN2", "desktop"],
    ["FIDO2", "fido2"],
    ["PLATFORM", "fido2"],
    ["SECURITY_KEY", "fido2"],
  ];
  test("every documented kind of device is a method", async (context) => {
    const devices = await read(
      await start(context),
      kinds.map(([type]) => ({ type })),
    );
    assert.deepEqual(
      devices,
      kinds.map(([, method]) => ({ method, usable: true })),
    );
  });

  const states: readonly [object, boolean][] = [
    [{ status: "ACTIVE" }, true],
    [{ status: "ACTIVATION_REQUIRED" }, false],
    [{ block: { status: "UNBLOCKED" } }, true],
    [{ block: { status: "BLOCKED" } }, false],
    [{ block: null }, true],
    [{ lock: { status: "UNLOCKED" } }, true],
    [{ lock: { status: "LOCKED" } }, false],
    [{ lock: { status: "LOCKED", expiresAt: null } }, false],
    [{ lock: { status: "LOCKED", expiresAt: "soon" } }, false],
    [{ lock: { status: "LOCKED", expiresAt: "2026-11-20T12:00:01.000Z" } }, false],
    [{ lock: { status: "LOCKED", expiresAt: "2026-11-20T12:00:00.000Z" } }, true],
    [{ lock: null }, true],
  ];
  for (const [state, usable] of states) {
    test(`a device with ${JSON.stringify(state)} is ${usable ? "" : "not "}usable`, async (context) => {
      assert.deepEqual(await read(await start(context), [state]), [{ method: "totp", usable }]);
    });
  }

  const odd: readonly [object, string][] = [
    [{ type: "WATCH" }, "of kind WATCH"],
    [{ type: "__proto__" }, "of kind __proto__"],
    [{ type: "a\nb" }, "of kind a?b"],
    [{ type: null }, "without a readable kind"],
    [{ status: "PAUSED" }, "with status PAUSED"],
    [{ status: 7 }, "without a readable status"],
    [{ block: { status: "MAYBE" } }, "with block status MAYBE"],
    [{ block: "yes" }, "without a readable block status"],
    [{ lock: { status: "" } }, "without a readable lock status"],
  ];
  for (const [cell, unknownValue] of odd) {
    test(`a device with ${JSON.stringify(cell)} is unknown, and no other is`, async (context) => {
      assert.deepEqual(await read(await start(context), [cell, {}]), [
        { method: "unknown", usable: true, unknownValue },
        { method: "totp", usable: true },
      ]);
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
