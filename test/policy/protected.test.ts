/** Whom the policy protects, how a name that only looks like a protected one is told, and which exemptions are about to end or have ended. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { knownFact } from "../../lib/model/index.ts";
import {
  breakGlassAccounts,
  decide,
  endedExemptions,
  endingExemptions,
  isBreakGlass,
  isNamedByRule,
  lookAlikeCaution,
  protectedAccounts,
} from "../../lib/policy/index.ts";
import { account, policyOf } from "./samples.ts";

const NOW = Date.parse("2026-11-15T12:00:00Z");
const DAY_MS = 86_400_000;

const exemption = (id: string, days: string) =>
  `{ account: { id: ${id}, username: ${id.split("/")[1]}@example.com }, reason: Ordered, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, ${days} }`;
const POLICY = policyOf(`rules:
  - { name: kept, match: { accounts: [{ id: workforce/R1, username: robot@example.com }, { id: partners/r2 }] }, require: enabled, enforce: never, reason: For a test }
  - { name: changed, match: { accounts: [{ id: workforce/c1, username: changed@example.com }] }, require: enabled }
  - { name: rest, match: all, require: enabled }
breakGlass: [{ id: workforce/BG, username: root@example.com }, { id: partners/bg2, username: other@example.com }]
exemptions:
  - ${exemption("workforce/E1", "from: 2026-11-01, until: 2026-11-20")}
  - ${exemption("workforce/e2", "from: 2026-09-01, until: 2026-10-31")}
  - ${exemption("partners/e3", "from: 2026-11-01, until: 2026-11-20")}
`);

describe("protected accounts", () => {
  test("are those of this directory that breakGlass, a rule that never enforces, or an exemption in force names", () => {
    assert.deepEqual(protectedAccounts(POLICY, "workforce", NOW), [
      { id: "bg", username: "root@example.com", by: "breakGlass" },
      { id: "r1", username: "robot@example.com", by: 'rule "kept"' },
      { id: "e1", username: "E1@example.com", by: "exemption workforce/E1@2026-11-01" },
    ]);
    assert.deepEqual(breakGlassAccounts(POLICY, "partners"), [{ id: "bg2", username: "other@example.com" }]);
  });

  test("are none where nothing is named", () => {
    const policy = policyOf("rules: [{ name: r, match: all, require: enabled, enforce: never, reason: For a test }]\n");
    assert.deepEqual(protectedAccounts(policy, "workforce", NOW), []);
    assert.deepEqual(breakGlassAccounts(policy, "workforce"), []);
  });

  test("are named once each, by what comes first", () => {
    const twice = policyOf(`rules:
  - { name: one, match: { accounts: [{ id: workforce/a, username: a@example.com }] }, require: enabled, enforce: never, reason: For a test }
  - { name: two, match: { accounts: [{ id: workforce/A, username: a@example.com }, { id: workforce/b }] }, require: enabled, enforce: never, reason: For a test }
  - { name: rest, match: all, require: enabled }
`);
    const found = protectedAccounts(twice, "workforce", NOW).map(({ id, by }) => [id, by]);
    assert.deepEqual(found, [
      ["a", 'rule "one"'],
      ["b", 'rule "two"'],
    ]);
  });

  test("are known by id in whatever case", () => {
    assert.deepEqual(
      ["bg", "BG", "r1", "bg2"].map((id) => isBreakGlass(POLICY, "workforce", id)),
      [true, true, false, false],
    );
    assert.deepEqual(
      ["R1", "r1", "c1", "r2", "e1"].map((id) => isNamedByRule(POLICY, "workforce", id)),
      [true, true, true, false, false],
    );
  });

  for (const [what, id, username, expected] of [
    [
      "accents and separators apart",
      "x",
      "Róot@example-com",
      /looks like "root@example\.com", which breakGlass protects with another id/,
    ],
    ["of a rule", "x", "ro-bot@example.com", /"robot@example\.com", which rule "kept" protects/],
    ["the protected account itself", "bG", "root@example.com", undefined],
    ["another name", "x", "jane@example.com", undefined],
    ["of an exemption that is over", "x", "e-2@example.com", undefined],
  ] as const)
    test(`a look-alike is told: ${what}`, () => {
      const caution = lookAlikeCaution(POLICY, "workforce", { id, username }, NOW);
      if (expected === undefined) assert.equal(caution, undefined);
      else assert.match(caution ?? "", expected);
    });

  test("a break-glass account with another user name is unknown, and so is its user name with another id", () => {
    const judged = (id: string, username: string) =>
      decide(
        account({ enabled: knownFact(false) }, { id, username }),
        "workforce",
        POLICY,
        { firstSeenAt: "2026-02-01T00:00:00Z" },
        NOW,
      );
    const renamed = judged("bg", "joan@example.com");
    assert.deepEqual([renamed.verdict, renamed.nameChanged], ["unknown", true]);
    assert.match(renamed.why, /^breakGlass names this account by its id, and its user name is no longer/);
    const mistyped = judged("bg9", "root@example.com");
    assert.deepEqual([mistyped.verdict, mistyped.nameChanged], ["unknown", true]);
    assert.match(mistyped.why, /^breakGlass gives this account's user name with another id/);
    assert.match(judged("e9", "e1@example.com").why, /^An exemption gives this account's user name/);
    assert.equal(judged("BG", "ROOT@example.com").verdict, "violating");
    assert.equal(judged("u1", "jane@example.com").verdict, "violating");
  });
});

describe("exemptions by their end", () => {
  const policy = policyOf(`rules: [{ name: r, match: all, require: enabled }]
exemptions:
  - ${exemption("workforce/late", "from: 2026-11-01, until: 2026-11-20")}
  - ${exemption("workforce/soon", "from: 2026-11-01, until: 2026-11-16")}
  - ${exemption("workforce/over", "from: 2026-10-01, until: 2026-11-14")}
  - ${exemption("workforce/past", "from: 2026-10-01, until: 2026-11-01")}
  - ${exemption("workforce/next", "from: 2026-11-16, until: 2026-11-17")}
  - ${exemption("partners/else", "from: 2026-11-01, until: 2026-11-16")}
  - ${exemption("partners/gone", "from: 2026-10-01, until: 2026-11-14")}
`);
  const accountsOf = (found: readonly { readonly account: string }[]) => found.map(({ account }) => account);
  const at = (time: string) => Date.parse(time);

  test("ending: of this directory, in force, the first to end first, within 14 days unless said otherwise", () => {
    const ending = (time: string, beforeMs?: number) =>
      accountsOf(endingExemptions(policy, "workforce", at(time), beforeMs));
    assert.deepEqual(ending("2026-11-15T12:00:00Z"), ["soon", "late"]);
    assert.deepEqual(ending("2026-11-03T00:00:00Z"), ["over", "soon"]);
    assert.deepEqual(ending("2026-11-02T23:59:59.999Z"), ["over"]);
    assert.deepEqual(ending("2026-11-16T00:00:00Z", DAY_MS), ["soon"]);
    assert.deepEqual(ending("2026-11-17T00:00:00Z", 4 * DAY_MS), ["next", "late"]);
  });

  test("ended: of this directory, from the moment of the end for less than 30 days, the first to end first", () => {
    const ended = (time: string) => accountsOf(endedExemptions(policy, "workforce", at(time)));
    assert.deepEqual(ended("2026-11-15T12:00:00Z"), ["past", "over"]);
    assert.deepEqual(ended("2026-11-14T23:59:59.999Z"), ["past"]);
    assert.deepEqual(ended("2026-11-15T00:00:00Z"), ["past", "over"]);
    assert.deepEqual(ended("2026-12-01T23:59:59.999Z"), ["past", "over", "soon", "next", "late"]);
    assert.deepEqual(ended("2026-12-02T00:00:00Z"), ["over", "soon", "next", "late"]);
  });
});
