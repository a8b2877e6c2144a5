/** How per-user MFA is enforced, read back and put back, and when nothing is sent. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { EntraSettings } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";
import { listAll, MEMBER, openEntra, start } from "./tenant.ts";

/** Somebody whose per-user MFA is disabled, in a directory that may change it. */
async function startOff(context: TestContext, simulated: Partial<EntraSettings> = {}) {
  const { entra, directory } = await start(context, simulated, { perUserMfa: true });
  const { id } = entra.user(0);
  entra.change(id, { ...MEMBER, perUserMfaState: "disabled", methods: [] });
  const subject = (await directory.read(id, never)) ?? assert.fail("nobody there");
  return { entra, directory, id, subject };
}

const patches = (calls: readonly { method: string; body?: unknown; path: string }[]) =>
  calls.filter(({ method }) => method === "PATCH");

describe("a directory without perUserMfa", () => {
  test("can only be observed, whatever its mode", async (context) => {
    const { directory } = await start(context);
    const { enforce, revert, caution, enrolsAtSignIn } = directory;
    assert.deepEqual([enforce, revert, caution, enrolsAtSignIn], [undefined, undefined, undefined, undefined]);
  });
});

describe("a change", () => {
  test("enforces per-user MFA by the beta API, and shows when it is read back", async (context) => {
    const { entra, directory, id, subject } = await startOff(context);
    assert.deepEqual(subject.facts.enabled, { known: true, value: false });
    assert.equal(await directory.enforce?.(subject, never), "sent");
    const [patch, ...more] = patches(entra.calls);
    assert.deepEqual(
      [patch?.path, patch?.body, more],
      [`/beta/users/${id}/authentication/requirements`, { perUserMfaState: "enforced" }, []],
    );
    const back = await directory.readBack?.(subject, never);
    assert.deepEqual(back?.facts.enabled, { known: true, value: true });
    assert.deepEqual(back?.facts.devices, subject.facts.devices);
    assert.equal(back?.switchNeedsDevice, true);
    assert.equal(directory.enrolsAtSignIn, true);
  });

  test("that had no effect does not show", async (context) => {
    const { entra, directory, subject } = await startOff(context);
    entra.setFault({ kind: "no-effect", on: "requirements", method: "PATCH" });
    assert.equal(await directory.enforce?.(subject, never), "sent");
    assert.deepEqual((await directory.readBack?.(subject, never))?.facts.enabled, { known: true, value: false });
  });

  test("of somebody who was deleted meanwhile is read back as nobody", async (context) => {
    const { entra, directory, id, subject } = await startOff(context);
    entra.leave(id);
    assert.equal(await directory.readBack?.(subject, never), undefined);
    assert.equal(await directory.read(id, never), undefined);
    await assert.rejects(async () => directory.enforce?.(subject, never), { code: "ERR_VENDOR_NOT_FOUND" });
  });

  test("is refused while nobody can tell the synchronisation's accounts", async (context) => {
    const permissions = ["User.Read.All", "Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"];
    const { entra, directory, subject } = await startOff(context, { permissions });
    const answer = await directory.enforce?.(subject, never);
    assert.ok(typeof answer === "object" && answer.outcome === "refused");
    assert.match(answer.why, /^which accounts synchronise this tenant is not known \(ERR_VENDOR_DENIED/);
    assert.equal(patches(entra.calls).length, 0);
  });

  test("without the permission names it, and where to look", async (context) => {
    const { directory, subject } = await startOff(context, {
      permissions: ["User.Read.All", "Policy.Read.All", "RoleManagement.Read.Directory"],
    });
    await assert.rejects(async () => directory.enforce?.(subject, never), {
      code: "ERR_VENDOR_DENIED",
      message: /docs\/entra\.md/,
    });
  });

  test("is sent again after 429, and never twice to two effects", async (context) => {
    const { entra, directory, id, subject } = await startOff(context);
    entra.setFault({ kind: "limited", retryAfter: 0, on: "requirements", method: "PATCH", times: 1 });
    assert.equal(await directory.enforce?.(subject, never), "sent");
    assert.equal(patches(entra.calls).length, 2);
    assert.equal(entra.find(id)?.perUserMfaState, "enforced");
  });
});

describe("an undoing", () => {
  test("sets disabled again, which is what it was", async (context) => {
    const { entra, directory, id, subject } = await startOff(context);
    await directory.enforce?.(subject, never);
    assert.equal(await directory.revert?.(subject, { enabled: false }, never), "sent");
    assert.equal(entra.find(id)?.perUserMfaState, "disabled");
  });

  test("of what is not on record sends nothing", async (context) => {
    const { entra, directory, subject } = await startOff(context);
    for (const before of [{}, { enabled: true }, { enabled: null }]) {
      const answer = await directory.revert?.(subject, before, never);
      assert.ok(typeof answer === "object" && answer.outcome === "refused");
      assert.equal(directory.whyNotReverted?.(subject, before), answer.why);
    }
    assert.equal(patches(entra.calls).length, 0);
  });

  test("cannot take away more than was given: somebody whose state was enabled is in no plan", async (context) => {
    const { entra, directory } = await start(context, {}, { perUserMfa: true });
    const { id } = entra.user(0);
    entra.change(id, { ...MEMBER, perUserMfaState: "enabled", methods: ["mobilePhone"] });
    const subject = (await listAll(directory)).find((one) => one.id === id);
    assert.deepEqual(subject?.facts.enabled, { known: true, value: true });
  });
});

describe("a caution", () => {
  const asking = [{ state: "enabled", grantControls: { builtInControls: ["mfa"] } }];
  for (const [what, simulated, isWarned] of [
    ["nothing else asks for MFA", {}, false],
    ["security defaults are on", { securityDefaults: true }, true],
    ["Conditional Access asks for MFA", { policies: asking }, true],
    ["nobody can tell", { permissions: ["User.Read.All", "Policy.ReadWrite.AuthenticationMethod"] }, true],
  ] as const) {
    test(`is ${isWarned ? "" : "not "}given where ${what}`, async (context) => {
      const { directory, subject } = await startOff(context, simulated as Partial<EntraSettings>);
      const caution = directory.caution?.(subject);
      if (isWarned) assert.match(caution ?? "", /Microsoft advises against per-user MFA/);
      else assert.equal(caution, undefined);
    });
  }

  test("calls nobody", async (context) => {
    const { entra, subject } = await startOff(context);
    const directory = openEntra(entra, { settings: { perUserMfa: true } });
    const before = entra.calls.length;
    assert.equal(directory.caution?.(subject), undefined);
    assert.equal(entra.calls.length, before);
  });
});
