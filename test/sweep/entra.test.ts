/** Sweeps over an Entra tenant: what is changed, what stays unknown, and that no listing is ever taken for whole that is not. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { exitCode } from "../../cli/terminal/summary.ts";
import { opener } from "../../functions/compose-ports.ts";
import type { Mode } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { type EntraSettings, startEntra } from "../../simulators/entra/index.ts";
import { compile, EVERYONE, startWorld, type World } from "../world.ts";

let world: World;
let tenants = 0;
before(async () => {
  world = await startWorld({ accounts: 10 });
});
after(() => world.close());

const clock = () => Date.now() + world.time.ahead;

async function startTenant(context: TestContext, simulated: Partial<EntraSettings> = {}, more: object = {}) {
  const entra = await startEntra({ users: 40, pageSize: 20, now: clock, limitsReports: false, ...simulated });
  context.after(() => entra.close());
  tenants += 1;
  const id = `office-${tenants}`;
  const { tenant, endpoints, credentials } = entra;
  const directory = { id, vendor: "entra", mode: "enforce", tenant, endpoints, perUserMfa: true, ...more };
  const policy = compile(`version: 1\ndirectories: [${JSON.stringify(directory)}]\n${EVERYONE}`);
  const secrets = { read: async () => ({ value: credentials, version: "1" }) };
  const sweep = (mode: Mode = "enforce") =>
    world.sweep(mode, EVERYONE, {
      policy,
      policyHash: hashPolicy(policy),
      open: opener(policy, secrets, fetch, clock),
    });
  const verdictOf = async (user: string) => (await world.ledger.readStates(id, [user], true)).get(user);
  return { entra, sweep, verdictOf };
}

const patches = ({ calls }: { calls: readonly { method: string }[] }) =>
  calls.filter(({ method }) => method === "PATCH").length;

describe("a sweep that enforces", () => {
  test("asks everybody who is disabled, and calls nobody compliant who has no method", async (context) => {
    const { entra, sweep, verdictOf } = await startTenant(context);
    for (const { id, userType } of entra.all()) if (userType === "Guest") entra.leave(id);
    const off = entra
      .all()
      .filter(({ accountEnabled, perUserMfaState }) => accountEnabled && perUserMfaState === "disabled")
      .map(({ id }) => id);
    const { only } = await sweep();
    assert.deepEqual([only.status, only.changes.planned, only.changes.enforced], ["completed", off.length, off.length]);
    assert.equal(patches(entra), off.length);
    const strong = ["microsoftAuthenticatorPush", "mobilePhone", "fido2SecurityKey", "windowsHelloForBusiness"];
    for (const id of off) {
      assert.equal(entra.find(id)?.perUserMfaState, "enforced");
      const isRegistered = entra.find(id)?.methods.some((method) => strong.includes(method));
      assert.equal((await verdictOf(id))?.judgement.verdict, isRegistered ? "compliant" : "pending");
    }
    const again = await sweep();
    assert.equal(again.only.changes.planned, 0);
    assert.equal(patches(entra), off.length);
  });

  test("changes nobody without perUserMfa, whatever the mode", async (context) => {
    const { entra, sweep } = await startTenant(context, {}, { perUserMfa: false });
    const { only } = await sweep();
    assert.deepEqual([only.status, only.changes.planned, patches(entra)], ["completed", 0, 0]);
    assert.ok(only.verdicts.violating > 0);
  });

  test("leaves Microsoft's synchronisation alone", async (context) => {
    const { entra, sweep } = await startTenant(context);
    const { id } = entra.user(0);
    entra.change(id, { accountEnabled: true, userType: "Member", creationType: null, perUserMfaState: "disabled" });
    entra.setSynchronisers([id]);
    const { only } = await sweep();
    assert.equal(only.changes.refused, 1);
    assert.equal(entra.find(id)?.perUserMfaState, "disabled");
  });
});

describe("a listing that is not whole", () => {
  for (const [what, fault] of [
    ["whose link expires in the middle", { kind: "expired-link", on: "users" }],
    ["whose report's link expires in the middle", { kind: "expired-link", on: "registrations" }],
    ["that lacks a page", { kind: "lost-page", on: "users", nth: 2 }],
    ["whose next page is on another host", { kind: "foreign-next", on: "users", origin: "https://evil.example" }],
  ] as const) {
    test(`${what} makes the directory incomplete, and nothing is changed`, async (context) => {
      const { entra, sweep } = await startTenant(context, { users: 80 });
      entra.setFault(fault);
      const report = await sweep();
      assert.equal(report.only.status, "incomplete");
      assert.equal(patches(entra), 0);
      assert.equal(exitCode(report), 3);
    });
  }
});

describe("a tenant without a premium licence", () => {
  test("has nobody compliant, and of nobody it is said that there is no device", async (context) => {
    const { entra, sweep, verdictOf } = await startTenant(context, { premium: false }, { perUserMfa: false });
    const { only } = await sweep("plan");
    assert.deepEqual([only.status, only.verdicts.compliant, only.verdicts.pending], ["completed", 0, 0]);
    const on = entra.all().find((user) => user.perUserMfaState === "enforced" && user.accountEnabled);
    const { judgement } = (await verdictOf(on?.id ?? "")) ?? assert.fail("nobody is enforced");
    assert.equal(judgement.verdict, "unknown");
    assert.match(judgement.why, /licence of Entra ID P1 or P2/);
  });
});

describe("somebody who was deleted", () => {
  test("has departed, although the account can be restored, and is there again when it is", async (context) => {
    const { entra, sweep, verdictOf } = await startTenant(context);
    const { id } = entra.user(3);
    await sweep("plan");
    entra.leave(id);
    const { only } = await sweep("plan");
    assert.deepEqual([only.status, only.departed], ["completed", 1]);
    assert.equal((await verdictOf(id))?.departed, "confirmed");
    entra.restore(id);
    assert.equal((await sweep("plan")).only.status, "completed");
    assert.equal((await verdictOf(id))?.departed, undefined);
  });
});

describe("what stands beside the verdicts", () => {
  test("are security defaults and Conditional Access", async (context) => {
    const policies = [{ state: "enabled", grantControls: { builtInControls: ["mfa"] } }];
    const { sweep } = await startTenant(context, { policies });
    const { only } = await sweep("plan");
    assert.deepEqual(
      only.facts?.map(({ name, value }) => [name, value]),
      [
        ["securityDefaults", false],
        ["conditionalAccess", true],
      ],
    );
    assert.ok(only.problems.some(({ code }) => code === "ERR_PLAN_CAUTION"));
  });
});

describe("an unchanged sweep", () => {
  test("takes two calls a page and three more", async (context) => {
    const { entra, sweep } = await startTenant(context, { users: 100 }, { perUserMfa: false });
    await sweep("plan");
    const before = entra.calls.length;
    const { only } = await sweep("plan");
    assert.equal(only.read, 100);
    const calls = entra.calls.slice(before);
    assert.ok(calls.length <= 2 * 5 + 3, calls.map(({ method, route }) => `${method} ${route}`).join(", "));
  });
});
