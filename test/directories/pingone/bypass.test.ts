/** How a bypass of MFA is read: it undoes what a device proves, so nothing but a clear answer says that there is none. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fact, MfaBypass } from "../../../lib/model/index.ts";
import type { Fault } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";
import { start, type World } from "./environment.ts";

/** The bypass of the first account. */
async function bypassOf({ directory, subject }: World): Promise<Fact<MfaBypass> | undefined> {
  const [found] = (await directory.complete?.([await subject(0)], ["bypass"], never)) ?? [];
  return found?.facts.bypass;
}

describe("a bypass", () => {
  test("is told with its end; one that is over is none", async (context) => {
    const world = await start(context);
    const { id } = await world.subject(0);
    assert.deepEqual(await bypassOf(world), { known: true, value: { active: false } });
    world.pingone.change(id, { bypassUntil: "2026-11-20T12:00:01.000Z" });
    assert.deepEqual(await bypassOf(world), {
      known: true,
      value: { active: true, until: "2026-11-20T12:00:01.000Z" },
    });
    world.pingone.change(id, { bypassUntil: "2026-11-20T12:00:00.000Z" });
    assert.deepEqual(await bypassOf(world), { known: true, value: { active: false } });
  });

  const until = "2026-11-21T00:00:00.000Z";
  const answers: readonly [canBypassMFA: unknown, bypassMFAEnabledUntil: unknown, MfaBypass | string][] = [
    [null, null, { active: false }],
    ["", "", { active: false }],
    [false, undefined, { active: false }],
    [true, undefined, { active: true }],
    [undefined, until, { active: true, until }],
    [true, "2026-11-20T11:59:59.000Z", { active: false }],
    ["yes", undefined, "PingOne answered without a readable canBypassMFA"],
    [true, "tomorrow", "PingOne answered without a readable bypassMFAEnabledUntil"],
  ];
  for (const [canBypassMFA, bypassMFAEnabledUntil, expected] of answers) {
    test(`with ${JSON.stringify({ canBypassMFA, bypassMFAEnabledUntil })} is ${JSON.stringify(expected)}`, async (context) => {
      const world = await start(context);
      for (const [field, value] of Object.entries({ canBypassMFA, bypassMFAEnabledUntil }))
        world.pingone.setFault({ kind: "user-field", on: "bypassMFA", field, value });
      const fact = typeof expected === "string" ? { known: false, why: expected } : { known: true, value: expected };
      assert.deepEqual(await bypassOf(world), fact);
    });
  }

  const troubles: readonly Fault[] = [
    { kind: "wrong-user", method: "GET" },
    { kind: "error", status: 403 },
    { kind: "error", status: 404 },
    { kind: "html" },
  ];
  for (const trouble of troubles) {
    test(`that cannot be read (${JSON.stringify(trouble)}) is unknown, with the reason`, async (context) => {
      const world = await start(context);
      world.pingone.setFault({ ...trouble, on: "bypassMFA" });
      const fact = await bypassOf(world);
      assert.equal(fact?.known, false);
      assert.match(JSON.stringify(fact), /ERR_VENDOR_|another account/);
    });
  }
});
