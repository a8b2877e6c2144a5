/** What the verdict on an MFA server profile follows from, line by line, and what is kept of it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  knownFact,
  type ServerProfile,
  type Subject,
  type SubjectHistory,
  unknownFact,
} from "../../lib/model/index.ts";
import { decide, factsToFetch } from "../../lib/policy/decide.ts";
import { factsAgree, factsOnRecord } from "../../lib/policy/recorded-facts.ts";
import { account, policyOf } from "./samples.ts";

const POLICY = policyOf(`rules: [{ name: everyone, match: all, require: none, reason: For a test }]
exemptions: [{ account: { id: workforce/Branch/duo }, reason: Ordered, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-11-01, until: 2026-11-15 }]
`);
const NOW = Date.parse("2026-11-10T12:00:00Z");
const GOOD: ServerProfile = {
  ...{ wanted: true, present: true, differs: [], used: knownFact(true), version: "v1", adopt: false, pushed: true },
};
const LIVE: SubjectHistory = { firstSeenAt: "2026-02-01T00:00:00Z", written: { version: "v1", live: true } };
const { written: _, ...FRESH } = LIVE;
const STAGED: SubjectHistory = { ...FRESH, written: { version: "v1", live: false } };

const SHOWN: SubjectHistory = { ...FRESH, written: { version: "v1", live: true, masks: "a" } };
const UNSTABLE: SubjectHistory = { ...FRESH, written: { version: "v1", live: true, masks: "unstable" } };

const daysAgo = (days: number) => new Date(NOW - days * 86_400_000).toISOString();

const subjectOf = (profile: Partial<ServerProfile>): Subject => ({
  ...account({ active: unknownFact("no account") }, { id: "Branch/duo", username: "duo" }),
  profile: { ...GOOD, ...profile },
});
const judged = (profile: Partial<ServerProfile>, past = LIVE) =>
  decide(subjectOf(profile), "workforce", POLICY, past, NOW);

describe("the verdict on one profile", () => {
  const lines: readonly (readonly [
    verdict: string,
    says: RegExp,
    profile: Partial<ServerProfile>,
    past?: SubjectHistory,
  ])[] = [
    ["out-of-scope", /does not name this profile/, { wanted: false, present: false, differs: ["x"] }, FRESH],
    ["violating", /no such profile/, { present: false, differs: ["x"], used: unknownFact("lost") }, FRESH],
    ["unknown", /cannot be compared: it is odd\./, { unreadable: "it is odd" }],
    ["violating", /no such profile/, { unreadable: "it is odd", present: false }],
    ["violating", /Not as the policy wants it: host, timeout\./, { differs: ["host", "timeout"] }, FRESH],
    ["unknown", /adopt: true/, { used: unknownFact("lost") }, FRESH],
    ["violating", /the policy adopts it/, { adopt: true }, FRESH],
    ["violating", /new version/, { version: "v2" }, STAGED],
    ["violating", /not pushed live yet/, { used: knownFact(false) }, STAGED],
    ["pending", /waits for a person/, { pushed: false, used: knownFact(false) }, STAGED],
    ["pending", /waits for a person/, { pushed: false }, { ...STAGED, writtenAt: daysAgo(13.9) }],
    ["violating", /has waited .* for more than 14 days/, { pushed: false }, { ...STAGED, writtenAt: daysAgo(14.1) }],
    ["pending", /protects nothing/, { used: knownFact(false) }, { ...LIVE, writtenAt: daysAgo(13.9) }],
    [
      "violating",
      /protects nothing; the 14 days .* are over/,
      { used: knownFact(false) },
      { ...LIVE, writtenAt: daysAgo(14.1) },
    ],
    ["compliant", /as wanted, live/, {}, { ...LIVE, writtenAt: daysAgo(400) }],
    ["pending", /protects nothing/, { used: knownFact(false) }, { ...LIVE, writtenAt: daysAgo(-1) }],
    ["unknown", /not known: may not be read\./, { used: unknownFact("may not be read") }],
    ["pending", /protects nothing/, { used: knownFact(false) }],
    ["compliant", /as wanted, live/, {}],
    ["compliant", /as wanted, live/, { pushed: false, adopt: true }],
    ["compliant", /in use\.$/, { masks: "a" }, SHOWN],
    ["compliant", /masks prove nothing/, { masks: "b" }, UNSTABLE],
    ["compliant", /not on record/, { masks: "a" }],
    ["unknown", /may be somebody else's/, { masks: "b", used: knownFact(false) }, SHOWN],
    ["unknown", /may be somebody else's/, { masks: "b", adopt: true }, SHOWN],
    ["unknown", /may be somebody else's/, {}, SHOWN],
    ["violating", /Not as the policy wants it: host\./, { masks: "b", differs: ["host"] }, SHOWN],
    ["violating", /new version/, { masks: "b", version: "v2" }, SHOWN],
  ];
  for (const [index, [verdict, says, profile, past]] of lines.entries())
    test(`${index + 1}: ${verdict}: ${says.source}`, () => {
      const judgement = judged(profile, past);
      assert.equal(judgement.verdict, verdict);
      assert.match(judgement.why, says);
    });

  test("what only a person can correct says until when, and that it is the person's", () => {
    const staged: SubjectHistory = { ...STAGED, writtenAt: "2026-11-01T00:00:00.000Z" };
    const { until, needsPerson } = judged({ pushed: false }, staged);
    assert.deepEqual([until, needsPerson], ["2026-11-15T00:00:00.000Z", true]);
    const overdue = judged({ used: knownFact(false) }, { ...LIVE, writtenAt: daysAgo(20) });
    assert.deepEqual([overdue.verdict, overdue.until, overdue.needsPerson], ["violating", undefined, true]);
    assert.equal(judged({ present: false }).needsPerson, undefined);
  });

  test("neither rules nor exemptions nor facts of an account play any part", () => {
    const { rule, requirement, exemption } = judged({});
    assert.deepEqual([rule, requirement, exemption], ["servers/duo", "profile", undefined]);
    assert.deepEqual(factsToFetch(subjectOf({}), "workforce", POLICY), []);
  });

  test("compliant is only what was written from here with this secret, is live, there, as wanted and used", () => {
    const fact = fc.constantFrom(knownFact(true), knownFact(false), unknownFact("lost"));
    const version = fc.constantFrom("v1", "v2");
    const profile = fc.record({
      ...{ wanted: fc.boolean(), present: fc.boolean(), differs: fc.subarray(["host", "port"]), used: fact },
      ...{ version, adopt: fc.boolean(), pushed: fc.boolean() },
    });
    const written = fc.option(fc.record({ version, live: fc.boolean() }), { nil: undefined });
    fc.assert(
      fc.property(profile, written, (one, wrote) => {
        const past: SubjectHistory = { ...FRESH, ...(wrote ? { written: wrote } : {}) };
        const whole = one.wanted && one.present && one.differs.length === 0 && one.used.known && one.used.value;
        const ours = wrote?.version === one.version && wrote.live;
        assert.equal(judged(one, past).verdict === "compliant", whole && ours);
      }),
    );
  });
});

describe("what is kept of a profile", () => {
  const sheetOf = (profile: Partial<ServerProfile>, past: SubjectHistory = LIVE) =>
    factsOnRecord(subjectOf(profile), judged(profile, past), "workforce", POLICY, past);

  test("are the names of what differs, versions, and whether what was written is live", () => {
    assert.deepEqual(sheetOf({ differs: ["port", "host"] }), {
      ...{ wanted: true, present: true, differs: ["host", "port"], used: true, version: "v1", pushed: true },
      written: "v1 (not live)",
    });
    assert.equal(sheetOf({}).written, "v1 (live)");
    assert.equal(sheetOf({ present: false }).written, "never");
    assert.equal(sheetOf({ used: unknownFact("lost") }).used, null);
  });

  test("is another one whenever something else was written", () => {
    const pasts = [FRESH, STAGED, LIVE, { ...FRESH, written: { version: "v2", live: true } }];
    for (const a of pasts)
      for (const b of pasts) assert.equal(factsAgree(sheetOf({}, a), sheetOf({}, b)), a === b, JSON.stringify([a, b]));
  });
});

describe("an account whose switch protects nobody without a device", () => {
  const policy = policyOf("rules: [{ name: everyone, match: all, require: enabled, enrolWithin: 14d }]\n");
  const past: SubjectHistory = { firstSeenAt: "2026-02-01T00:00:00Z", enabledSince: "2026-11-01T00:00:00Z" };
  const verdict = (subject: Subject, now = NOW) => decide(subject, "workforce", policy, past, now).verdict;
  const with_ = (devices: Subject["facts"]["devices"]) => account({ devices }, { switchNeedsDevice: true });

  test("is compliant (enabled) only with one that can be used", () => {
    assert.equal(verdict(with_(knownFact([{ method: "totp", usable: true }]))), "compliant");
    assert.equal(verdict(with_(knownFact([]))), "pending");
    assert.equal(verdict(with_(knownFact([])), Date.parse("2026-11-16T00:00:00Z")), "violating");
    assert.equal(verdict(with_(unknownFact("lost"))), "unknown");
    assert.deepEqual(factsToFetch(account({}, { switchNeedsDevice: true }), "workforce", policy), ["devices"]);
    assert.deepEqual(factsToFetch(account(), "workforce", policy), []);
  });

  test("keeps its devices, by the names their owner gave them", () => {
    const subject = with_(knownFact([{ method: "totp", usable: false, name: 'my "phone"' }]));
    const judgement = decide(subject, "workforce", policy, past, NOW);
    assert.deepEqual(factsOnRecord(subject, judgement, "workforce", policy).devices, [
      'totp "my \\"phone\\""(unusable)',
    ]);
    const plain = account({ devices: knownFact([{ method: "totp", usable: true }]) });
    assert.equal(
      "devices" in factsOnRecord(plain, decide(plain, "workforce", policy, past, NOW), "workforce", policy),
      false,
    );
  });
});
