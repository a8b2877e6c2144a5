/** What every verdict follows from, line by line, and what a sweep may ask and keep. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type Device,
  type Fact,
  type Facts,
  type Judgement,
  knownFact,
  type MfaBypass,
  NOT_ASKED,
  type Subject,
  type SubjectHistory,
  unknownFact,
} from "../../lib/model/index.ts";
import { bindingRule, decide, factsToFetch } from "../../lib/policy/decide.ts";
import { namedScopes } from "../../lib/policy/named.ts";
import { factsOnRecord } from "../../lib/policy/recorded-facts.ts";
import type { Policy } from "../../lib/policy/schema.ts";
import { account, policyOf } from "./samples.ts";

const NOW = Date.parse("2026-11-15T12:00:00Z");
const PAST: SubjectHistory = { firstSeenAt: "2026-02-01T00:00:00Z" };
const sms: Device = { method: "sms", usable: true };
const fido2: Device = { method: "fido2", usable: true };
const strange: Device = { method: "unknown", usable: true };
const blocked = (device: Device): Device => ({ ...device, usable: false });

const rule = (keys: string) => policyOf(`rules: [{ name: r, match: all, ${keys} }]\n`);
const matching = (match: string, require = "enabled") =>
  policyOf(`rules:
  - { name: first, match: ${match}, require: ${require}, reason: For a test }
  - { name: rest, match: all, require: phishing-resistant }
`);
const exempted = (keys: string, require = "enabled") =>
  policyOf(`rules: [{ name: r, match: all, require: ${require} }]
exemptions: [{ account: { id: workforce/u1, username: Jane@Example.com }, reason: Ordered, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, ${keys} }]
`);
const NOVEMBER = "from: 2026-11-01, until: 2026-11-15";
const off = knownFact(false);
const on = knownFact(true);
const lost = unknownFact("not sent");

const judged = (subject: Subject, policy: Policy, past = PAST, now = NOW): Judgement =>
  decide(subject, "workforce", policy, past, now);
const verdict = (subject: Subject, policy: Policy, past = PAST, now = NOW) =>
  judged(subject, policy, past, now).verdict;

describe("the verdict on one account", () => {
  test("1: disabled is out of scope, whatever else holds", () => {
    const subject = account({ active: off, enabled: off, population: lost });
    assert.equal(verdict(subject, matching("{ populations: [workforce/p1] }")), "out-of-scope");
  });

  test("2: unknown when it is not known whether it is active", () => {
    const { verdict, why } = judged(account({ active: lost }), rule("require: enabled"));
    assert.equal(verdict, "unknown");
    assert.match(why, /active is not known: not sent/);
  });

  for (const [match, facts] of [
    ["{ populations: [workforce/p1] }", { population: lost }],
    ["{ groups: [workforce/g1] }", { groups: lost }],
    ["{ groups: [workforce/g1], usernames: ['*@example.com'] }", { groups: NOT_ASKED }],
    ["{ groups: [workforce/g1], populations: [workforce/p1] }", { groups: knownFact(["g1"]), population: lost }],
    ["{ groups: [workforce/g1], populations: [workforce/p1] }", { groups: lost }],
  ] as const)
    test(`2: unknown when ${JSON.stringify(facts)} would choose ${match}`, () => {
      assert.equal(verdict(account(facts), matching(match)), "unknown");
    });

  test("an unknown fact does not matter when another key of its rule does not match", () => {
    const policy = matching("{ groups: [workforce/g1], populations: [workforce/p2] }", "none");
    assert.equal(judged(account({ groups: lost, enabled: off }), policy).rule, "rest");
  });

  test("3: unknown when no rule matches, also when the only one is about another directory", () => {
    const policy = policyOf("rules: [{ name: r, match: { populations: [partners/p1] }, require: none, reason: x }]\n");
    assert.deepEqual(judged(account(), policy), { verdict: "unknown", why: "No rule matches this account." });
    assert.equal(decide(account(), "partners", policy, PAST, NOW).verdict, "out-of-scope");
  });

  test("4: out of scope when nothing is required", () => {
    const { verdict, requirement } = judged(account({ enabled: lost }), rule("require: none, reason: Robots"));
    assert.deepEqual([verdict, requirement], ["out-of-scope", "none"]);
  });

  for (const [require, enabled, devices, expected] of [
    ["enabled", on, NOT_ASKED, "compliant"],
    ["enabled", lost, knownFact([fido2]), "unknown"],
    ["enabled", off, knownFact([fido2]), "violating"],
    ["registered", on, knownFact([sms]), "compliant"],
    ["registered", on, knownFact([strange]), "unknown"],
    ["registered", on, knownFact([blocked(strange)]), "pending"],
    ["registered", on, knownFact([sms, strange]), "compliant"],
    ["registered", off, knownFact([strange]), "violating"],
    ["registered", on, NOT_ASKED, "unknown"],
    ["registered", on, lost, "unknown"],
    ["registered", lost, knownFact([sms]), "unknown"],
    ["registered", lost, knownFact([blocked(sms)]), "violating"],
    ["registered", off, lost, "violating"],
    ["registered", off, knownFact([sms]), "violating"],
    ["phishing-resistant", on, knownFact([sms, fido2]), "compliant"],
    ["phishing-resistant", on, knownFact([sms]), "violating"],
    ["phishing-resistant", on, knownFact([sms, blocked(fido2)]), "violating"],
    ["phishing-resistant", on, knownFact([sms, strange]), "unknown"],
    ["phishing-resistant", on, knownFact([sms, blocked(strange)]), "violating"],
    ["phishing-resistant", on, lost, "unknown"],
    ["phishing-resistant", off, knownFact([strange]), "violating"],
    ["phishing-resistant", lost, knownFact([fido2]), "unknown"],
    ["phishing-resistant", lost, knownFact([sms]), "violating"],
  ] as const)
    test(`5, 6, 10: ${require} with enabled ${JSON.stringify(enabled)}, devices ${JSON.stringify(devices)}`, () => {
      assert.equal(verdict(account({ enabled, devices }), rule(`require: ${require}`)), expected);
    });

  test("6: what this version does not know of a device is told as the vendor wrote it", () => {
    const watch: Device = { ...strange, unknownValue: "of kind WATCH" };
    const paused: Device = { ...strange, unknownValue: "with status PAUSED" };
    const why = (require: string, ...devices: Device[]) =>
      judged(account({ devices: knownFact(devices) }), rule(`require: ${require}`)).why;
    assert.equal(
      why("registered", watch, blocked(sms)),
      "Only one device of kind WATCH, which this version does not know, may be usable.",
    );
    assert.equal(
      why("registered", watch, paused, paused),
      "Only 3 devices of kind WATCH, with status PAUSED, which this version does not know, may be usable.",
    );
    assert.equal(
      why("phishing-resistant", sms, watch),
      "No FIDO2 device is known, but one device of kind WATCH, which this version does not know, may be one.",
    );
  });

  const bypass = knownFact({ active: true, until: "2026-11-20T00:00:00.000Z" });
  const none = knownFact({ active: false });
  for (const [require, facts, expected, why] of [
    ["enabled", { bypass }, "compliant", /./],
    ["registered", { bypass: none }, "compliant", /./],
    ["registered", { bypass }, "violating", /^MFA may be bypassed until 2026-11-20T00:00:00\.000Z\.$/],
    ["registered", { bypass: knownFact({ active: true }) }, "violating", /^MFA may be bypassed\.$/],
    ["phishing-resistant", { bypass }, "violating", /bypassed until/],
    ["registered", { bypass: lost }, "unknown", /^Whether MFA may be bypassed is not known: not sent\.$/],
    ["registered", { bypass: NOT_ASKED }, "unknown", /bypassed is not known/],
    ["phishing-resistant", { bypass: lost }, "unknown", /bypassed is not known/],
    ["registered", { bypass, enabled: off }, "violating", /^MFA is off/],
    ["registered", { bypass, devices: knownFact([]) }, "pending", /device/],
  ] as const)
    test(`5, 6, 10: ${require} with ${JSON.stringify(facts)} is ${expected}`, () => {
      const found = judged(account({ devices: knownFact([fido2]), ...facts }), rule(`require: ${require}`));
      assert.equal(found.verdict, expected);
      assert.match(found.why, why);
    });

  test("a bypass is asked for where devices prove something, and goes on record while it lasts", () => {
    const wanted = (require: string, facts: Partial<Facts>) =>
      factsToFetch(account({ bypass: NOT_ASKED, ...facts }), "workforce", rule(`require: ${require}`));
    assert.deepEqual(wanted("enabled", {}), []);
    assert.deepEqual(wanted("registered", {}), ["devices", "bypass"]);
    assert.deepEqual(wanted("registered", { devices: knownFact([sms]) }), ["bypass"]);
    assert.deepEqual(wanted("registered", { enabled: off }), []);
    const policy = rule("require: registered");
    const onRecord = (fact: Fact<MfaBypass>) => {
      const subject = account({ devices: knownFact([sms]), bypass: fact });
      return factsOnRecord(subject, judged(subject, policy), "workforce", policy).bypass;
    };
    assert.deepEqual([bypass, none, lost].map(onRecord), ["2026-11-20T00:00:00.000Z", undefined, null]);
  });

  test("5: an exemption that is not needed is named", () => {
    const { verdict, exemption, exemptionNeedless } = judged(account(), exempted(NOVEMBER));
    assert.deepEqual([verdict, exemption, exemptionNeedless], ["compliant", "workforce/u1@2026-11-01", true]);
  });

  test("6: an exemption hides what is not known only if it says so", () => {
    const subject = account({ enabled: lost });
    assert.equal(verdict(subject, exempted(NOVEMBER)), "unknown");
    assert.equal(verdict(subject, exempted(`${NOVEMBER}, covers: [unknown]`)), "exempt");
  });

  test("7: exempt from the first to the end of the last day", () => {
    const policy = exempted(NOVEMBER);
    const at = (time: string) => verdict(account({ enabled: off }), policy, PAST, Date.parse(time));
    assert.equal(at("2026-10-31T23:59:59.999Z"), "violating");
    assert.equal(at("2026-11-01T00:00:00Z"), "exempt");
    assert.equal(at("2026-11-15T23:59:59.999Z"), "exempt");
    assert.equal(at("2026-11-16T00:00:00Z"), "violating");
    assert.equal(judged(account({ enabled: off }), policy).until, "2026-11-16T00:00:00.000Z");
  });

  for (const [keys, createdAt, expected, until] of [
    ["grace: 7d", knownFact("2026-11-10T00:00:00Z"), "grace", "2026-11-17T00:00:00.000Z"],
    ["grace: 36h", knownFact("2026-11-14T00:00:00Z"), "violating", undefined],
    ["grace: 36h", knownFact("2026-11-14T00:00:00.001Z"), "grace", "2026-11-15T12:00:00.001Z"],
    ["grace: 7d", knownFact("2026-01-01T00:00:00Z"), "violating", undefined],
    ["grace: 7d, from: 2026-11-12", knownFact("2026-01-01T00:00:00Z"), "grace", "2026-11-19T00:00:00.000Z"],
    ["grace: 7d, from: 2026-11-12", knownFact("2026-11-14T00:00:00Z"), "grace", "2026-11-21T00:00:00.000Z"],
    ["from: 2026-11-16", knownFact("2026-01-01T00:00:00Z"), "grace", "2026-11-16T00:00:00.000Z"],
    ["from: 2026-11-15", knownFact("2026-11-15T00:00:00Z"), "violating", undefined],
    ["grace: 300d", lost, "grace", "2026-11-28T00:00:00.000Z"],
    ["grace: 300d", knownFact("yesterday"), "grace", "2026-11-28T00:00:00.000Z"],
    ["grace: 7d", knownFact("2099-01-01T00:00:00Z"), "violating", undefined],
  ] as const)
    test(`8: ${expected} with ${keys}, created ${JSON.stringify(createdAt)}`, () => {
      const judgement = judged(account({ enabled: off, createdAt }), rule(`require: enabled, ${keys}`));
      assert.deepEqual([judgement.verdict, judgement.until], [expected, until]);
    });

  test("8: grace is for what is disproved, not for what is unknown", () => {
    assert.equal(verdict(account({ enabled: lost }), rule("require: enabled, from: 2027-01-01")), "unknown");
  });

  test("8: dates that nobody can read give no grace", () => {
    const subject = account({ enabled: off, createdAt: lost });
    assert.equal(verdict(subject, rule("require: enabled, grace: 9d"), { firstSeenAt: "?" }), "violating");
  });

  for (const [devices, enabledSince, expected, until] of [
    [[], undefined, "pending", "2026-11-29T12:00:00.000Z"],
    [[blocked(fido2)], "2026-11-10T00:00:00Z", "pending", "2026-11-24T00:00:00.000Z"],
    [[], "2026-11-01T12:00:00Z", "violating", undefined],
    [[], "nonsense", "violating", undefined],
    [[sms], undefined, "violating", undefined],
  ] as const)
    test(`9: ${expected} with devices ${JSON.stringify(devices)}, on since ${enabledSince}`, () => {
      const past = enabledSince === undefined ? PAST : { ...PAST, enabledSince };
      const judgement = judged(account({ devices: knownFact(devices) }), rule("require: phishing-resistant"), past);
      assert.deepEqual([judgement.verdict, judgement.until], [expected, until]);
    });

  test("9: the rule sets the time to enrol; a switch that is off or unknown gives none", () => {
    const policy = rule("require: registered, enrolWithin: 1h");
    const since = (enabledSince: string) => ({ ...PAST, enabledSince });
    assert.equal(verdict(account({ devices: knownFact([]) }), policy, since("2026-11-15T11:30:00Z")), "pending");
    assert.equal(verdict(account({ devices: knownFact([]) }), policy, since("2026-11-15T11:00:00Z")), "violating");
    assert.equal(verdict(account({ devices: knownFact([]), enabled: off }), policy), "violating");
    assert.equal(verdict(account({ devices: knownFact([]), enabled: lost }), policy), "violating");
  });

  test("an account named by id whose user name no longer fits is unknown and marked", () => {
    const policy = matching("{ accounts: [{ id: workforce/u1, username: bob@example.com }] }", "none");
    const { verdict, nameChanged } = judged(account(), policy);
    assert.deepEqual([verdict, nameChanged], ["unknown", true]);
    assert.equal(judged(account({}, { username: "BOB@example.COM" }), policy).verdict, "out-of-scope");
    assert.equal(judged(account({}, { id: "u2" }), policy).rule, "rest");
  });

  test("so is one of an exemption in force, even when it complies, but not of one that is over", () => {
    const renamed = account({}, { username: "joan@example.com" });
    const judgement = judged(renamed, exempted(NOVEMBER));
    assert.deepEqual([judgement.verdict, judgement.nameChanged], ["unknown", true]);
    assert.equal(verdict(renamed, exempted("from: 2026-09-01, until: 2026-09-30")), "compliant");
  });

  test("an account with a user name that a rule gives with another id is unknown and marked, whatever rule would bind it", () => {
    const policy = matching("{ accounts: [{ id: workforce/mistyped, username: jane@example.com }] }", "none");
    const { verdict, nameChanged, why } = judged(account({ enabled: off }), policy);
    assert.deepEqual([verdict, nameChanged], ["unknown", true]);
    assert.match(why, /Rule "first" gives this account's user name with another id/);
    assert.equal(judged(account({}, { username: "joan@example.com" }), policy).rule, "rest");
  });

  test("so is one that an exemption in force gives with another id, but not one that is over", () => {
    const other = account({ enabled: off }, { id: "u2", username: "jane@example.com" });
    assert.deepEqual([judged(other, exempted(NOVEMBER)).verdict], ["unknown"]);
    assert.equal(verdict(other, exempted("from: 2026-09-01, until: 2026-09-30")), "violating");
  });

  test("a user name given with two ids is that of both", () => {
    const both =
      "{ accounts: [{ id: workforce/u1, username: jane@example.com }, { id: workforce/u2, username: jane@example.com }] }";
    for (const id of ["u1", "u2"]) assert.equal(judged(account({}, { id }), matching(both)).rule, "first");
    assert.equal(judged(account({}, { id: "u3" }), matching(both)).verdict, "unknown");
  });

  for (const [what, name] of [
    ["a final sigma for an inner one", "ΟΔΥΣΣΕΥΣ"],
    ["the other small sigma", "οδυσσευσ"],
    ["blanks behind it", "οδυσσευς  "],
    ["a no-break space before it", "\u00a0οδυσσευς"],
    ["a zero-width space in it", "οδυσ\u200bσευς"],
    ["a soft hyphen in it", "οδυσ\u00adσευς"],
    ["a mark of direction behind it", "οδυσσευς\u200e"],
    ["a byte order mark before it", "\ufeffοδυσσευς"],
  ] as const)
    test(`a user name with ${what} is the same name in rules, globs and exemptions`, () => {
      const subject = account({ enabled: off }, { username: name });
      const named = matching('{ accounts: [{ id: workforce/u1, username: "οδυσσευς" }] }', "none");
      assert.equal(verdict(subject, named), "out-of-scope");
      assert.equal(judged(subject, matching('{ usernames: ["οδυσ*ευς"] }')).rule, "first");
      const exempt = policyOf(`rules: [{ name: r, match: all, require: enabled }]
exemptions: [{ account: { id: workforce/u1, username: "οδυσσευς" }, reason: Ordered, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, ${NOVEMBER} }]
`);
      assert.equal(verdict(subject, exempt), "exempt");
    });

  test("a rule for whole directories binds who is in one of them", () => {
    const policy = matching("{ directories: [partners] }", "none");
    assert.equal(judged(account(), policy).rule, "rest");
    assert.equal(decide(account(), "partners", policy, PAST, NOW).verdict, "out-of-scope");
    const both = matching('{ directories: [workforce, partners], usernames: ["jane*"] }');
    assert.equal(judged(account(), both).rule, "first");
    assert.equal(judged(account({}, { username: "joe" }), both).rule, "rest");
  });

  test("no sentence holds a user name", () => {
    const policies = [
      exempted(NOVEMBER),
      rule("require: registered"),
      matching("{ accounts: [{ id: workforce/u1, username: bob@example.com }] }"),
    ];
    for (const policy of policies)
      for (const enabled of [on, off, lost])
        assert.doesNotMatch(judged(account({ enabled }), policy).why, /jane|bob|example\.com/i);
  });

  for (const [glob, username, matches] of [
    ["*-adm@example.com", "Jane-ADM@example.com", true],
    ["*-adm@example.com", "jane-adm@example.com.evil", false],
    ["*-adm@example.com", "-adm@example.com", true],
    ["a*b*c", "axbxbc", true],
    ["a*b*c", "acb", false],
    ["ab*ba", "aba", false],
    ["*a*a*", "a", false],
    ["j.ne", "jane", false],
    ["cafe\u0301*", "CAFÉ-1", true],
    ["caf\u00e9*", "cafe\u0301-1", true],
    ["jane", "jane\n", false],
  ] as const)
    test(`the glob ${JSON.stringify(glob)} ${matches ? "matches" : "does not match"} ${JSON.stringify(username)}`, () => {
      const { rule } = judged(account({}, { username }), matching(`{ usernames: [${JSON.stringify(glob)}] }`));
      assert.equal(rule, matches ? "first" : "rest");
    });

  test("keys must all match, of each list one value", () => {
    const policy = matching(
      "{ populations: [workforce/p1, workforce/p2, partners/p3], groups: [workforce/g1, workforce/g2] }",
    );
    const rule = (population: string, groups: string[]) =>
      judged(account({ population: knownFact(population), groups: knownFact(groups) }), policy).rule;
    assert.equal(rule("p2", ["g0", "g2"]), "first");
    assert.equal(rule("p2", ["g0"]), "rest");
    assert.equal(rule("p3", ["g2"]), "rest");
  });

  test("an id like a name of Object.prototype is an id like others", () => {
    const policy = matching("{ accounts: [{ id: workforce/__proto__ }] }", "none");
    assert.equal(judged(account({}, { id: "__proto__" }), policy).rule, "first");
    assert.equal(judged(account({}, { id: "constructor" }), policy).rule, "rest");
  });
});

describe("the facts that are still to be asked for", () => {
  const ask = (subject: Subject, policy: Policy) => factsToFetch(subject, "workforce", policy);

  test("groups where the first rule that is not decided depends on them, then what that rule requires", () => {
    const policy = matching("{ groups: [workforce/g1] }", "registered");
    assert.deepEqual(ask(account(), policy), ["groups"]);
    assert.deepEqual(ask(account({ groups: knownFact(["g1"]) }), policy), ["devices"]);
    assert.deepEqual(ask(account({ groups: lost }), policy), []);
    assert.deepEqual(ask(account(), matching("{ groups: [partners/g1] }", "registered")), ["devices"]);
  });

  test("when it was created, where grace decides already, though the switch was not asked for either", () => {
    const bare = account({ enabled: NOT_ASKED, devices: knownFact([]), createdAt: NOT_ASKED });
    assert.deepEqual(ask(bare, rule("require: registered, grace: 7d")), ["enabled", "createdAt"]);
    assert.deepEqual(ask(bare, rule("require: registered")), ["enabled"]);
  });

  test("devices only where they matter", () => {
    assert.deepEqual(ask(account(), rule("require: enabled")), []);
    assert.deepEqual(ask(account(), rule("require: registered")), ["devices"]);
    assert.deepEqual(ask(account({ enabled: lost }), rule("require: registered")), ["devices"]);
    assert.deepEqual(ask(account({ enabled: off }), rule("require: registered")), []);
    assert.deepEqual(ask(account({ devices: lost }), rule("require: registered")), []);
    assert.deepEqual(ask(account({ active: off }), rule("require: registered")), []);
    assert.deepEqual(ask(account(), rule("require: none, reason: x")), []);
  });

  test("only what was not asked, and only as the constant says so", () => {
    assert.deepEqual(ask(account({ enabled: NOT_ASKED }), rule("require: registered")), ["enabled", "devices"]);
    assert.deepEqual(ask(account({ devices: unknownFact("not asked") }), rule("require: registered")), []);
    assert.deepEqual(ask(account({ active: NOT_ASKED }), rule("require: enabled")), ["active"]);
    const createdAt = NOT_ASKED;
    assert.deepEqual(ask(account({ enabled: off, createdAt }), rule("require: enabled, grace: 7d")), ["createdAt"]);
  });
});

describe("what is kept of the facts", () => {
  const policy = policyOf(`rules:
  - { name: a, match: { groups: [workforce/g2, workforce/g1], populations: [workforce/p1] }, require: registered }
  - { name: b, match: all, require: enabled }
`);
  const kept = (subject: Subject) => factsOnRecord(subject, judged(subject, policy), "workforce", policy);

  test("is the same whatever order the vendor answers in", () => {
    const groups = knownFact(["g9", "g2", "g1"]);
    const devices = knownFact([blocked({ method: "totp", usable: true }), sms, fido2]);
    assert.deepEqual(kept(account({ groups, devices })), {
      active: true,
      enabled: true,
      population: "p1",
      groups: ["g1", "g2"],
      devices: ["fido2", "sms", "totp(unusable)"],
    });
  });

  test("is null where it is not known, and nothing that the verdict does not rest on", () => {
    assert.deepEqual(kept(account({ enabled: lost, population: knownFact("p2"), devices: knownFact([sms]) })), {
      active: true,
      enabled: null,
      population: "p2",
    });
    assert.equal(kept(account({ groups: knownFact(["g1"]), devices: lost })).devices, null);
  });

  test("names no population or group where no rule of this directory does", () => {
    const subject = account({ groups: knownFact(["g1"]) });
    const judgement = decide(subject, "partners", policy, PAST, NOW);
    assert.deepEqual(factsOnRecord(subject, judgement, "partners", policy), { active: true, enabled: true });
  });

  test("the rule that binds and the scopes that rules name can be looked up", () => {
    assert.equal(bindingRule(policy, judged(account({ population: knownFact("p2") }), policy))?.require, "enabled");
    assert.equal(bindingRule(policy, judged(account({ active: off }), policy)), undefined);
    assert.deepEqual(namedScopes(policy, "workforce"), [
      { kind: "group", id: "g2" },
      { kind: "group", id: "g1" },
      { kind: "population", id: "p1" },
    ]);
    assert.deepEqual(namedScopes(policy, "partners"), []);
  });
});
