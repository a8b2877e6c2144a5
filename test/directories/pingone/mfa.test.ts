/** How MFA is switched on: one documented call, whose answer must confirm it. */

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
