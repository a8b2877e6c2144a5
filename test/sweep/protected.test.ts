/** A protection that binds nobody, or that nobody can check, stops changes: the account that it means may be among those to change. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../simulators/pingone/index.ts";
import { EVERYONE } from "../world.ts";
import { ACCOUNTS, changeCalls, codesOf, inKnownWorld, problemsOf, targetOf } from "./known-world.ts";

const NOBODY = "00000000-0000-4000-8000-000000000000";
const glass = (id: string, username?: string) => `
rules:
  - { name: glass, match: { accounts: [{ id: workforce/${id}${username ? `, username: ${username}` : ""} }] }, require: enabled, enforce: never }
  - { name: everyone, match: all, require: enabled }
`;

const dayIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const exempt = (id: string, from: string, until: string) =>
  `${EVERYONE}\nexemptions: [{ account: { id: workforce/${id} }, reason: x, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: ${from}, until: ${until} }]`;

for (const [what, yaml] of [
  ["a rule that says enforce: never", glass(NOBODY)],
  ["an exemption in force", exempt(NOBODY, dayIn(-1), dayIn(30))],
] as const)
  test(`${what} names an account that does not exist: read and judged, nothing changed, and said why`, () =>
    inKnownWorld(async (world) => {
      const { only } = await world.sweep("enforce", yaml);
      assert.deepEqual([only.status, codesOf(only)], ["incomplete", ["ERR_RULE_UNPROTECTED"]]);
      assert.match(problemsOf(only)[0]?.message ?? "", new RegExp(`workforce/${NOBODY}.*correct the id`));
      assert.deepEqual([only.read, only.verdicts.violating, changeCalls(world).length], [ACCOUNTS, 1, 0]);
    }));

test("an exemption that is over, or not yet in force, stops nothing", () =>
  inKnownWorld(async (world) => {
    const { only } = await world.sweep("enforce", exempt(NOBODY, dayIn(1), dayIn(2)));
    assert.deepEqual([only.status, only.changes.enforced], ["completed", 1]);
  }));

for (const fault of [
  { kind: "error", on: "user", status: 403 },
  { kind: "limited", on: "user", retryAfter: 900 },
] as const satisfies Fault[])
  test(`a protected account that cannot be read (${fault.kind}) stops changes too`, () =>
    inKnownWorld(async (world) => {
      const { id } = world.vendor.account(2);
      world.vendor.setFault({ ...fault, user: id });
      const { only } = await world.sweep("enforce", glass(id));
      assert.deepEqual([only.status, codesOf(only)], ["incomplete", ["ERR_RULE_UNPROTECTED"]]);
      assert.deepEqual([only.read, changeCalls(world).length], [ACCOUNTS, 0]);
    }));

test("an account that a rule only names, and that may not be read, fails no sweep", () =>
  inKnownWorld(async (world) => {
    const { id } = world.vendor.account(2);
    world.vendor.setFault({ kind: "error", on: "user", status: 403, user: id });
    const { only } = await world.sweep("enforce", glass(id).replace(", enforce: never", ""));
    assert.deepEqual([only.status, only.changes.enforced], ["completed", 1]);
  }));

test("an account whose user name only looks like that of a protected one is changed, with a caution", () =>
  inKnownWorld(async (world) => {
    world.vendor.change(world.vendor.account(2).id, { username: "break.glass@example.com" });
    world.vendor.change(targetOf(world), { username: "Bréak-glass@example.com" });
    const { only } = await world.sweep("enforce", glass(world.vendor.account(2).id, "break.glass@example.com"));
    assert.deepEqual([only.status, codesOf(only), only.changes.enforced], ["completed", ["ERR_PLAN_CAUTION"], 1]);
    assert.match(
      problemsOf(only)[0]?.message ?? "",
      /looks like "break.glass@example.com", which rule "glass" protects/,
    );
  }));
