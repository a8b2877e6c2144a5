/** What `doctor` says of a tenant: each permission by a call of its own, and what to do about it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startEntra } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";
import { openEntra, start } from "./tenant.ts";

const ALL = [
  "User.Read.All",
  "GroupMember.Read.All",
  "AuditLog.Read.All",
  "Policy.Read.All",
  "RoleManagement.Read.Directory",
  "Policy.ReadWrite.AuthenticationMethod",
];

describe("doctor", () => {
  test("passes everything where all is granted, and changes nothing", async (context) => {
    const { entra, directory } = await start(context, {}, { perUserMfa: true });
    const checks = await directory.check(never);
    assert.deepEqual(
      checks.map(({ name, result }) => [name, result]),
      [
        ["reach", "passed"],
        ["token", "passed"],
        ["read users", "passed"],
        ["count users", "passed"],
        ["read registered methods", "passed"],
        ["read per-user MFA", "passed"],
        ["read Conditional Access", "passed"],
        ["tell synchronisation accounts", "passed"],
        ["see all accounts", "passed"],
        ["read the audit log", "passed"],
        ["change per-user MFA", "passed"],
        ["clock", "passed"],
      ],
    );
    assert.ok(entra.calls.every(({ method, route }) => method === "GET" || route === "token" || route === "batch"));
  });

  const lacking: [permission: string, failed: string[]][] = [
    ["AuditLog.Read.All", ["read registered methods", "read the audit log"]],
    ["RoleManagement.Read.Directory", ["tell synchronisation accounts"]],
    ["Policy.ReadWrite.AuthenticationMethod", ["change per-user MFA"]],
  ];
  for (const [permission, failed] of lacking) {
    test(`names what is missing without ${permission}`, async (context) => {
      const permissions = ALL.filter((name) => name !== permission);
      const { directory } = await start(context, { permissions }, { perUserMfa: true });
      const checks = await directory.check(never);
      assert.deepEqual(
        checks.filter(({ result }) => result === "failed").map(({ name }) => name),
        failed,
      );
    });
  }

  test("only warns of what matters to changes alone, where nobody is changed", async (context) => {
    const { directory } = await start(context, {
      permissions: ["User.Read.All", "AuditLog.Read.All", "Policy.Read.All"],
    });
    const checks = await directory.check(never);
    assert.deepEqual(
      checks.filter(({ result }) => result !== "passed").map(({ name, result }) => [name, result]),
      [
        ["tell synchronisation accounts", "warning"],
        ["change per-user MFA", "cannot be tested"],
      ],
    );
  });

  test("says that the report takes a licence", async (context) => {
    const { directory } = await start(context, { premium: false });
    const check = (await directory.check(never)).find(({ name }) => name === "read registered methods");
    assert.equal(check?.result, "failed");
    assert.match(
      check?.detail ?? "",
      /takes a licence of Entra ID P1 or P2.*Authentication_RequestFromNonPremiumTenant/s,
    );
  });

  test("warns where something else asks for MFA too", async (context) => {
    const { directory } = await start(context, { securityDefaults: true }, { perUserMfa: true });
    const check = (await directory.check(never)).find(({ name }) => name === "change per-user MFA");
    assert.equal(check?.result, "warning");
    assert.match(check?.detail ?? "", /Microsoft advises against both/);
  });

  test("ends with the token where the client is refused, and with reach where nobody answers", async (context) => {
    const entra = await startEntra({ users: 10 });
    const secret = { ...entra.credentials, clientSecret: "another" };
    const refused = await openEntra(entra, { secret }).check(never);
    assert.deepEqual(
      refused.map(({ name, result }) => [name, result]),
      [
        ["reach", "passed"],
        ["token", "failed"],
      ],
    );
    await entra.close();
    const [reach, ...more] = await openEntra(entra)
      .check(AbortSignal.timeout(20_000))
      .catch(() => []);
    assert.deepEqual([reach?.name, reach?.result, more.length], ["reach", "failed", 0]);
    context.diagnostic("nobody is left");
  });
});
