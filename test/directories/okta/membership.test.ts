/** Nobody is put into a group that binds nobody: what must be proved before, what a change does, and how it is put back. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Okta, policyOf } from "../../../simulators/okta/index.ts";
import { changesIn, never } from "../tenant.ts";
import { listAll, someone, start } from "./org.ts";

const enrollmentOf = ({ policies }: Okta) => policies[0] ?? assert.fail();
const settingsOf = (okta: Okta) => enrollmentOf(okta).document.settings as { authenticators: object[] };
const required = (enroll: object) => ({
  authenticators: [{ key: "okta_verify", enroll: { self: "REQUIRED", ...enroll } }],
});
const withRule = (okta: Okta, rule: object) => Object.assign(enrollmentOf(okta).rules[0] ?? {}, rule);

/** Ways in which membership of the group would protect nobody. */
const UNBOUND: readonly (readonly [what: string, spoil: (okta: Okta) => void, why: RegExp])[] = [
  [
    "the policy is off",
    (okta) => Object.assign(enrollmentOf(okta).document, { status: "INACTIVE" }),
    /no authenticator enrollment policy/,
  ],
  [
    "it is for another group",
    (okta) => Object.assign(enrollmentOf(okta).document, { conditions: {} }),
    /no authenticator enrollment policy/,
  ],
  [
    "it only offers factors",
    (okta) => Object.assign(settingsOf(okta), required({ self: "OPTIONAL" })),
    /requires no second factor/,
  ],
  [
    "it requires e-mail, a password and a question alone",
    (okta) =>
      Object.assign(settingsOf(okta), {
        authenticators: ["okta_email", "okta_password", "security_question"].map((key) => ({
          key,
          enroll: { self: "REQUIRED" },
        })),
      }),
    /requires no second factor/,
  ],
  [
    "it may be put off",
    (okta) => Object.assign(settingsOf(okta), required({ gracePeriod: { type: "BY_SKIP_COUNT" } })),
    /grace period/,
  ],
  ["its rule never asks", (okta) => withRule(okta, { actions: { enroll: { self: "NEVER" } } }), /does not ask/],
  [
    "its rule is for one network",
    (okta) => withRule(okta, { conditions: { network: { connection: "ZONE" } } }),
    /under some conditions/,
  ],
  [
    "its rule leaves people out",
    (okta) => withRule(okta, { conditions: { people: { users: { exclude: ["00u1"] } } } }),
    /under some conditions/,
  ],
  [
    "another policy comes first",
    (okta) => {
      const conditions = { people: { groups: { include: [okta.known.admins.id] } } };
      okta.policies.push(policyOf("MFA_ENROLL", "first", { priority: 0, conditions, settings: {} }, []));
    },
    /comes before/,
  ],
  ["no sign-on policy asks", (okta) => okta.policies.splice(3, 1), /no sign-on policy asks/],
];

describe("a person is put into the enrolment group", () => {
  test("and is to register then, and taken out again by an approved undoing", async (context) => {
    const world = await start(context);
    const { okta, directory } = world;
    const id = someone(world);
    const before = (await directory.read(id, never)) ?? assert.fail();
    assert.equal(await directory.enforce?.(before, never), "sent");
    assert.deepEqual(okta.find(id)?.groups, [okta.known.enrolment.id]);
    assert.deepEqual((await directory.read(id, never))?.facts.enabled, { known: true, value: true });
    const listed = (await listAll(directory)).find((subject) => subject.id === id);
    assert.deepEqual(listed?.facts.enabled, { known: true, value: true });
    assert.equal(await directory.revert?.(before, { enabled: false }, never), "sent");
    assert.deepEqual(okta.find(id)?.groups, []);
  });

  test("but is not taken out where nobody here put it in", async (context) => {
    const world = await start(context);
    const subject = (await world.directory.read(someone(world), never)) ?? assert.fail();
    const result = await world.directory.revert?.(subject, { enabled: true }, never);
    assert.ok(typeof result === "object" && result.outcome === "refused");
    assert.deepEqual(changesIn(world.okta.calls), []);
  });

  for (const [what, spoil, why] of UNBOUND)
    test(`but not when ${what}: nobody is called protected by it, and doctor says so`, async (context) => {
      const world = await start(context);
      const { okta, directory } = world;
      spoil(okta);
      const subject = (await directory.read(someone(world), never)) ?? assert.fail();
      const result = await directory.enforce?.(subject, never);
      assert.ok(typeof result === "object" && result.outcome === "refused");
      assert.match(result.why, why);
      assert.deepEqual(changesIn(okta.calls), []);
      assert.ok((await listAll(directory)).every(({ facts }) => facts.enabled.known && !facts.enabled.value));
      const check = (await directory.check(never)).find(({ name }) => name === "membership asks for a second factor");
      assert.equal(check?.result, "failed");
      assert.match(check.detail, why);
    });

  test("but not when policies cannot be read: then it is unknown who must register", async (context) => {
    const world = await start(context, { scopes: ["okta.users.read", "okta.groups.read", "okta.groups.manage"] });
    const { okta, directory } = world;
    const subject = (await directory.read(someone(world), never)) ?? assert.fail();
    assert.ok(!subject.facts.enabled.known);
    assert.match(subject.facts.enabled.why, /okta\.policies\.read/);
    const result = await directory.enforce?.(subject, never);
    assert.ok(typeof result === "object" && result.outcome === "refused");
    assert.deepEqual(changesIn(okta.calls), []);
  });

  test("but not into a group whose members come from elsewhere", async (context) => {
    const world = await start(context);
    world.okta.known.enrolment.type = "APP_GROUP";
    const subject = (await world.directory.read(someone(world), never)) ?? assert.fail();
    const result = await world.directory.enforce?.(subject, never);
    assert.ok(typeof result === "object" && result.outcome === "refused");
    assert.match(result.why, /members come from elsewhere/);
  });
});

describe("what the org says of itself", () => {
  test("says that factors depend on the network that they are asked from", async (context) => {
    const { directory } = await start(context);
    const facts = (await directory.facts?.(never)) ?? [];
    assert.match(facts.find(({ name }) => name === "factorsShown")?.meaning ?? "", /network/);
    assert.equal(facts.find(({ name }) => name === "enrolmentPolicy")?.value, true);
  });

  for (const [roles, extent] of [
    [["READ_ONLY_ADMIN"], "whole"],
    [["USER_ADMIN"], "unknown"],
    [["CUSTOM"], "unknown"],
    [["REPORT_ADMIN"], "limited"],
    [[], "limited"],
  ] as const)
    test(`by the roles ${roles.join(", ") || "of nobody"} its listing is ${extent}`, async (context) => {
      const { directory } = await start(context, { roles: [...roles] });
      assert.equal((await directory.coverage?.(never))?.extent, extent);
    });
});
