/** What is known of an account by what Entra says of it, and what stays unknown. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { vendors } from "../../../lib/directories/index.ts";
import type { Subject } from "../../../lib/model/index.ts";
import { decide, type Policy } from "../../../lib/policy/index.ts";
import { parsePolicy } from "../../../lib/policy-file/index.ts";
import type { Entra, EntraSettings } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";
import { listAll, MEMBER, noon, start } from "./tenant.ts";

const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));

/** One account as the listing shows it. */
async function listed(
  context: TestContext,
  patch: Parameters<Entra["change"]>[1],
  { simulated = {}, settings = {} }: { simulated?: Partial<EntraSettings>; settings?: object } = {},
): Promise<Subject> {
  const { entra, directory } = await start(context, simulated, settings);
  const { id } = entra.user(0);
  entra.change(id, { ...MEMBER, ...patch });
  return (await listAll(directory)).find((subject) => subject.id === id) ?? assert.fail("not listed");
}

function policyFor(requirement: string): Policy {
  const text = `version: 1
directories: [{ id: office, vendor: entra, tenant: 9d2f6a01-3b4c-4d5e-8f60-718293a4b5c6 }]
rules: [{ name: everyone, match: all, require: ${requirement} }]`;
  const parsed = parsePolicy(text, SETTINGS, "policy.yaml");
  return "policy" in parsed ? parsed.policy : assert.fail(JSON.stringify(parsed.errors));
}

/** The verdict and its reason on somebody whose time to enrol is over. */
function judged(subject: Subject, requirement = "enabled"): string {
  const past = { firstSeenAt: "2020-01-01T00:00:00Z", enabledSince: "2020-01-01T00:00:00Z" };
  const { verdict, why } = decide(subject, "office", policyFor(requirement), past, noon);
  return `${verdict}: ${why}`;
}

const ASKING = [{ state: "enabled", grantControls: { operator: "OR", builtInControls: ["mfa"] }, conditions: {} }];
const PHONE = ["mobilePhone"];

describe("per-user MFA", () => {
  test("enforced, with a method, is compliant", async (context) => {
    const subject = await listed(context, { perUserMfaState: "enforced", methods: PHONE });
    assert.match(judged(subject), /^compliant/);
    assert.match(judged(subject, "phishing-resistant"), /^violating: No usable FIDO2 device/);
  });

  test("enforced, without a method, asks for one and proves nothing", async (context) => {
    const subject = await listed(context, { perUserMfaState: "enforced", methods: [] });
    assert.match(judged(subject), /^violating: No usable device/);
    const justSeen = { firstSeenAt: "2026-11-20T00:00:00Z", enabledSince: "2026-11-20T00:00:00Z" };
    assert.equal(decide(subject, "office", policyFor("enabled"), justSeen, noon).verdict, "pending");
  });

  test("enabled is never compliant, since legacy protocols take the password alone", async (context) => {
    const subject = await listed(context, { perUserMfaState: "enabled", methods: PHONE });
    assert.deepEqual(subject.facts.enabled, { known: true, value: true });
    assert.match(judged(subject), /^violating: MFA may be bypassed/);
  });

  test("disabled is off where nothing else asks for MFA", async (context) => {
    const subject = await listed(context, { perUserMfaState: "disabled", methods: PHONE });
    assert.match(judged(subject), /^violating: MFA is off/);
  });

  for (const state of [undefined, null, "", "required", 1]) {
    test(`that reads ${JSON.stringify(state)} proves nothing, neither way`, async (context) => {
      const { entra, directory } = await start(context);
      entra.change(entra.all()[0]?.id ?? "", { ...MEMBER, methods: PHONE });
      entra.setFault({ kind: "row-field", on: "users", index: 0, field: "perUserMfaState", value: state });
      const [subject] = (await directory.page(undefined, never)).subjects;
      assert.ok(subject && !subject.facts.enabled.known);
      assert.match(judged(subject), /^unknown/);
    });
  }
});

describe("in a tenant that asks for MFA in another way", () => {
  const cases: [what: string, simulated: Partial<EntraSettings>][] = [
    ["by security defaults", { securityDefaults: true }],
    ["by Conditional Access", { policies: ASKING }],
    [
      "by an authentication strength",
      { policies: [{ state: "enabled", grantControls: { authenticationStrength: { id: "x" } } }] },
    ],
    [
      "by a custom control",
      { policies: [{ state: "enabled", grantControls: { customAuthenticationFactors: ["Duo"] } }] },
    ],
    [
      "by a control that nobody knows",
      { policies: [{ state: "enabled", grantControls: { builtInControls: ["block", "unknownFutureValue"] } }] },
    ],
    ["by a policy in a state that nobody knows", { policies: [{ ...ASKING[0], state: "simulating" }] }],
    [
      "or cannot be read",
      { permissions: ["User.Read.All", "AuditLog.Read.All", "Policy.ReadWrite.AuthenticationMethod"] },
    ],
  ];
  for (const [what, simulated] of cases) {
    test(`${what}, who is disabled is unknown; without a method, violating`, async (context) => {
      const registered = await listed(context, { perUserMfaState: "disabled", methods: PHONE }, { simulated });
      assert.match(
        judged(registered),
        /^unknown: .*per-user MFA is disabled, and security defaults or Conditional Access/,
      );
      const bare = await listed(context, { perUserMfaState: "disabled", methods: [] }, { simulated });
      assert.match(judged(bare), /^violating: No usable device/);
    });

    test(`${what}, who is disabled is violating where the policy goes by per-user MFA`, async (context) => {
      const settings = { perUserMfa: true };
      const subject = await listed(context, { perUserMfaState: "disabled", methods: PHONE }, { simulated, settings });
      assert.match(judged(subject), /^violating: MFA is off/);
    });

    test(`${what}, nobody is compliant because of that`, async (context) => {
      for (const perUserMfaState of ["disabled", "enabled"]) {
        const subject = await listed(context, { perUserMfaState, methods: PHONE }, { simulated });
        assert.doesNotMatch(judged(subject), /^compliant/);
      }
    });
  }

  const quiet = [
    { state: "disabled", grantControls: { builtInControls: ["mfa"] } },
    { state: "enabledForReportingButNotEnforced", grantControls: { builtInControls: ["mfa"] } },
    { state: "enabled", grantControls: { builtInControls: ["block"] } },
    { state: "enabled", grantControls: { builtInControls: ["compliantDevice", "domainJoinedDevice"] } },
    { state: "enabled", grantControls: null, sessionControls: {} },
  ];
  test("policies that are off, only report, block or do without controls ask nobody", async (context) => {
    const subject = await listed(
      context,
      { perUserMfaState: "disabled", methods: PHONE },
      { simulated: { policies: quiet } },
    );
    assert.match(judged(subject), /^violating: MFA is off/);
  });
});

describe("registered methods", () => {
  const cases: [methods: string[], devices: string[]][] = [
    [["mobilePhone"], ["sms"]],
    [
      ["alternateMobilePhone", "officePhone"],
      ["voice", "voice"],
    ],
    [
      ["microsoftAuthenticatorPush", "softwareOneTimePasscode", "hardwareOneTimePasscode"],
      ["push", "totp", "totp"],
    ],
    [["microsoftAuthenticatorPasswordless"], ["push"]],
    [["fido2SecurityKey"], ["fido2"]],
    [
      ["passKeyDeviceBound", "passKeyDeviceBoundAuthenticator", "passKeyDeviceBoundWindowsHello", "passKeySynced"],
      ["fido2", "fido2", "fido2", "fido2"],
    ],
    [
      ["windowsHelloForBusiness", "macOsSecureEnclaveKey"],
      ["fido2", "fido2"],
    ],
    [["email", "securityQuestion", "appPassword"], []],
    [["mobilePhone", "temporaryAccessPass", "qrCode"], ["sms"]],
    [[], []],
  ];
  for (const [methods, devices] of cases) {
    test(`${methods.join(", ") || "none"}: ${devices.join(", ") || "no device"}`, async (context) => {
      const { facts } = await listed(context, { methods });
      assert.deepEqual(
        facts.devices.known && facts.devices.value.map(({ method, usable }) => [method, usable]),
        devices.map((method) => [method, true]),
      );
    });
  }

  test("that nobody knows prove nothing and block nothing", async (context) => {
    const alone = await listed(context, { perUserMfaState: "enforced", methods: ["externalAuthMethod"] });
    assert.match(judged(alone), /^unknown: Only one device of kind externalAuthMethod/);
    const beside = await listed(context, { perUserMfaState: "enforced", methods: ["retinaScan", "mobilePhone"] });
    assert.match(judged(beside), /^compliant/);
    assert.match(judged(beside, "phishing-resistant"), /^unknown: .*of kind retinaScan/);
  });

  test("that the tenant's policy does not allow are of no use", async (context) => {
    const subject = await listed(context, { perUserMfaState: "enforced", methods: PHONE, isMfaCapable: false });
    assert.match(judged(subject), /^violating: No usable device/);
    const key = { methods: ["fido2SecurityKey", "mobilePhone"], isPasswordlessCapable: false };
    const withKey = await listed(context, { perUserMfaState: "enforced", ...key });
    assert.match(judged(withKey), /^compliant/);
    assert.match(judged(withKey, "phishing-resistant"), /^violating/);
  });

  test("a passkey beside the Authenticator's passwordless sign-in is not proved to be allowed", async (context) => {
    const methods = ["fido2SecurityKey", "microsoftAuthenticatorPasswordless"];
    const subject = await listed(context, { perUserMfaState: "enforced", methods });
    assert.match(judged(subject), /^compliant/);
    assert.match(judged(subject, "phishing-resistant"), /^unknown/);
  });

  test("that the report counts and does not name are unknown", async (context) => {
    const subject = await listed(context, { perUserMfaState: "enforced", methods: ["email"], isMfaCapable: true });
    assert.match(judged(subject), /^unknown: Only one device that the report does not name/);
  });

  for (const [field, value] of [
    ["methodsRegistered", undefined],
    ["methodsRegistered", null],
    ["methodsRegistered", "mobilePhone"],
    ["methodsRegistered", [7]],
    ["isMfaCapable", undefined],
    ["isMfaCapable", "true"],
  ] as const) {
    test(`whose ${field} is ${JSON.stringify(value)} are not known, and not none`, async (context) => {
      const { entra, directory } = await start(context);
      entra.change(entra.all()[0]?.id ?? "", MEMBER);
      entra.setFault({ kind: "row-field", on: "registrations", index: 0, field, value });
      const [subject] = (await directory.page(undefined, never)).subjects;
      assert.deepEqual(subject?.facts.devices, {
        known: false,
        why: `Entra's registration report has no readable ${field} of this account`,
      });
    });
  }
});

describe("a guest", () => {
  const guests = [
    ["by its type", { userType: "Guest", creationType: null }],
    ["by invitation, as a member", { userType: "Member", creationType: "Invitation" }],
  ] as const;
  for (const [what, kind] of guests) {
    test(`${what} is unknown with nothing registered here, and is not planned for`, async (context) => {
      const settings = { perUserMfa: true };
      const subject = await listed(context, { ...kind, perUserMfaState: "disabled", methods: [] }, { settings });
      assert.match(judged(subject), /^unknown: .*home tenant/);
      assert.equal(subject.facts.enabled.known, false);
    });

    test(`${what} is judged like anybody with a method registered here`, async (context) => {
      const on = await listed(context, { ...kind, perUserMfaState: "enforced", methods: PHONE });
      assert.match(judged(on), /^compliant/);
      const off = await listed(context, { ...kind, perUserMfaState: "disabled", methods: PHONE });
      assert.match(judged(off), /^violating/);
    });

    test(`${what} is asked here, and still unknown, where the state is enforced`, async (context) => {
      const subject = await listed(context, { ...kind, perUserMfaState: "enforced", methods: [] });
      assert.match(judged(subject), /^unknown: .*home tenant/);
    });
  }

  test("is the same when it is read by itself", async (context) => {
    const { entra, directory } = await start(context);
    const { id } = entra.user(0);
    entra.change(id, { accountEnabled: true, userType: "Guest", perUserMfaState: "disabled", methods: [] });
    const inList = (await listAll(directory)).find((subject) => subject.id === id);
    assert.deepEqual((await directory.read(id, never))?.facts, inList?.facts);
  });

  test("that was once a member without a type is none", async (context) => {
    const subject = await listed(context, { userType: null, perUserMfaState: "enforced", methods: PHONE });
    assert.match(judged(subject), /^compliant/);
  });
});

describe("other accounts", () => {
  test("a shared mailbox's, which nobody can sign in with, is out of scope", async (context) => {
    assert.match(judged(await listed(context, { accountEnabled: false, methods: [] })), /^out-of-scope/);
  });

  test("Microsoft's synchronisation is told by its role, never by its name", async (context) => {
    const { entra, directory } = await start(context);
    const [named, real] = [entra.user(0).id, entra.user(1).id];
    entra.change(named, { userPrincipalName: "Sync_DC01_0123456789ab@contoso.onmicrosoft.com" });
    entra.setSynchronisers([real.toUpperCase()]);
    const subjects = await listAll(directory);
    const marked = subjects.filter(({ serviceAccount }) => serviceAccount).map(({ id }) => id);
    assert.deepEqual(marked, [real]);
  });
});
