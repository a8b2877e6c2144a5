/** What the realm's sign-in asks for: a second factor that it does not ask for protects nobody, whoever has registered it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Subject } from "../../../lib/model/index.ts";
import { createFlow, type FlowRow } from "../../../simulators/keycloak/index.ts";
import { never } from "../tenant.ts";
import { browserFlow, conditional, start, type World } from "./realm.ts";

/** Everybody whom the directory calls protected, by what they have registered. */
async function enabledWith(world: World, rows: FlowRow[], types: readonly string[]): Promise<Subject> {
  const { keycloak, directory } = world;
  const { id } = keycloak.account(0);
  keycloak.change(id, {
    enabled: true,
    requiredActions: [],
    credentials: types.map((type, n) => ({ id: `${n}`, type, createdDate: 0 })),
  });
  keycloak.settings.flows.set("browser", createFlow(rows));
  const listed = await world.subject(0);
  const [completed] = (await directory.complete?.([listed], ["enabled", "devices"], never)) ?? [];
  return completed ?? assert.fail("it completes nobody");
}

const otp = ["otp"];
const key = ["webauthn"];
const both = ["otp", "webauthn"];
const passkey = ["webauthn-passwordless"];

describe("an account with second factors is protected where the sign-in asks for one of them", () => {
  const cases: readonly (readonly [
    what: string,
    rows: FlowRow[],
    types: readonly string[],
    enabled: boolean | RegExp,
  ])[] = [
    ["a new realm, one-time password", browserFlow(...conditional("auth-otp-form")), otp, true],
    ["a new realm, security key", browserFlow(...conditional("auth-otp-form")), key, false],
    ["a new realm, nothing", browserFlow(...conditional("auth-otp-form")), [], false],
    [
      "a new realm, recovery codes alone",
      browserFlow(...conditional("auth-otp-form")),
      ["recovery-authn-codes"],
      false,
    ],
    ["a new realm, a type that nobody knows", browserFlow(...conditional("auth-otp-form")), ["sms"], false],
    [
      "both are asked for, security key",
      browserFlow(...conditional("auth-otp-form", "webauthn-authenticator")),
      key,
      true,
    ],
    [
      "both are asked for, passkey",
      browserFlow(...conditional("auth-otp-form", "webauthn-authenticator")),
      passkey,
      false,
    ],
    [
      "security keys alone are asked for, one-time password",
      browserFlow(...conditional("webauthn-authenticator")),
      otp,
      false,
    ],
    [
      "recovery codes count beside another",
      browserFlow(...conditional("auth-otp-form", "auth-recovery-authn-code-form")),
      otp,
      true,
    ],
    ["it is required of everybody", browserFlow([1, "REQUIRED", "auth-otp-form"]), otp, true],
    ["no second step", browserFlow(), otp, /asks nobody for a second factor/],
    [
      "the second step is switched off",
      browserFlow([1, "DISABLED", "flow 2FA"], [2, "REQUIRED", "auth-otp-form"]),
      otp,
      /asks nobody/,
    ],
    [
      "a condition is missing",
      browserFlow([1, "CONDITIONAL", "flow 2FA"], [2, "REQUIRED", "auth-otp-form"]),
      otp,
      /asks nobody/,
    ],
    [
      "an alternative beside what is required is not run",
      browserFlow([1, "ALTERNATIVE", "auth-otp-form"]),
      otp,
      /asks nobody/,
    ],
    [
      "recovery codes alone are asked for",
      browserFlow(...conditional("auth-recovery-authn-code-form")),
      otp,
      /asks nobody/,
    ],
    [
      "a role decides",
      browserFlow(
        [1, "CONDITIONAL", "flow 2FA"],
        [2, "REQUIRED", "conditional-user-role"],
        [2, "REQUIRED", "auth-otp-form"],
      ),
      otp,
      /depends on "conditional-user-role"/,
    ],
    [
      "a header decides",
      browserFlow([1, "REQUIRED", "auth-conditional-otp-form"]),
      otp,
      /does not know "auth-conditional-otp-form"/,
    ],
    [
      "somebody's own second step",
      browserFlow([1, "REQUIRED", "sms-\nauthenticator"]),
      otp,
      /does not know "sms-\?authenticator"/,
    ],
    [
      "somebody's own step beside ours",
      browserFlow([1, "REQUIRED", "captcha"], ...conditional("auth-otp-form")),
      otp,
      true,
    ],
    [
      "a trusted device in place of it",
      browserFlow(...conditional("auth-otp-form", "trusted-device")),
      otp,
      /does not know "trusted-device"/,
    ],
    [
      "another way in with a password alone",
      [...browserFlow(...conditional("auth-otp-form")), [0, "ALTERNATIVE", "auth-spnego"]],
      otp,
      /asks nobody/,
    ],
    [
      "another way in by a passkey",
      [...browserFlow(...conditional("auth-otp-form")), [0, "ALTERNATIVE", "webauthn-authenticator-passwordless"]],
      otp,
      true,
    ],
    [
      "another way in that asks for something else",
      [
        ...browserFlow(...conditional("auth-otp-form", "webauthn-authenticator")),
        [0, "ALTERNATIVE", "flow others"],
        [1, "REQUIRED", "auth-username-password-form"],
        [1, "REQUIRED", "webauthn-authenticator"],
      ],
      otp,
      false,
    ],
    [
      "only who has both is asked",
      browserFlow(
        [1, "CONDITIONAL", "flow 2FA"],
        [2, "REQUIRED", "conditional-user-configured"],
        [2, "REQUIRED", "auth-otp-form"],
        [2, "REQUIRED", "webauthn-authenticator"],
      ),
      both,
      /several things registered/,
    ],
  ];
  for (const [what, rows, types, enabled] of cases) {
    test(what, async (context) => {
      const { facts } = await enabledWith(await start(context), rows, types);
      if (typeof enabled === "boolean") {
        assert.deepEqual(facts.enabled, { known: true, value: enabled });
        assert.equal(facts.devices.known && facts.devices.value.some(({ usable }) => usable), enabled);
      } else {
        assert.ok(!facts.enabled.known);
        assert.match(facts.enabled.why, enabled);
      }
    });
  }

  test("a condition on the credential used matters only for its settings", async (context) => {
    const world = await start(context);
    const rows = browserFlow(...conditional("auth-otp-form"), [2, "REQUIRED", "conditional-credential", "condition"]);
    world.keycloak.settings.configs.set("condition", { credentials: "webauthn-passwordless" });
    assert.deepEqual((await enabledWith(world, rows, otp)).facts.enabled, { known: true, value: true });
  });

  test("a condition that leaves out who signs in with a password is none that protects", async (context) => {
    const world = await start(context);
    const rows = browserFlow(...conditional("auth-otp-form"), [2, "REQUIRED", "conditional-credential", "condition"]);
    world.keycloak.settings.configs.set("condition", { credentials: "password##webauthn-passwordless" });
    const { enabled } = (await enabledWith(world, rows, otp)).facts;
    assert.match(enabled.known ? "" : enabled.why, /depends on "conditional-credential"/);
  });

  test("what may not be read is not known, and nothing is compliant on it", async (context) => {
    const { directory, subject } = await start(context, { roles: ["view-users", "manage-users"] });
    const { enabled } = (await subject(0)).facts;
    assert.match(enabled.known ? "" : enabled.why, /what the realm asks for at sign-in cannot be read/);
    const [fact] = (await directory.facts?.(never)) ?? [];
    assert.equal(fact?.value, null);
  });

  test("a flow that is bound in place of the usual one is the one that counts", async (context) => {
    const { keycloak, subject } = await start(context, { otpShare: 1 });
    keycloak.settings.flows.set("no second step", createFlow(browserFlow()));
    keycloak.settings.browserFlow = "no second step";
    const { enabled } = (await subject(0)).facts;
    assert.match(enabled.known ? "" : enabled.why, /"no second step" of the realm asks nobody/);
  });
});
