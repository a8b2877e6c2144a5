/** When an account's time to comply begins: nobody gets a new one by leaving for a while, and whoever was away for 30 days does. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { knownFact, type SubjectHistory } from "../../lib/model/index.ts";
import { decide, isReactivated, pastWithClock } from "../../lib/policy/index.ts";
import { account, policyOf } from "./samples.ts";

const NOW = Date.parse("2026-11-15T12:00:00Z");
const FIRST = "2026-02-01T00:00:00Z";
const LATER = "2026-03-01T00:00:00Z";
const GRACE = policyOf("rules: [{ name: r, match: all, require: enabled, grace: 14d }]\n");
const NO_GRACE = policyOf("rules: [{ name: r, match: all, require: enabled }]\n");
const off = account({ enabled: knownFact(false) });

for (const [what, past, expected] of [
  ["never inactive", {}, false],
  ["away for a moment less than 30 days", { graceFrom: FIRST, inactiveSince: "2026-10-16T12:00:00.001Z" }, false],
  ["away for 30 days", { graceFrom: FIRST, inactiveSince: "2026-10-16T12:00:00Z" }, true],
  [
    "away since it was first seen, on a clock",
    { firstSeenAt: "2026-11-14T00:00:00Z", graceFrom: FIRST, inactiveSince: "2026-11-14T00:00:00Z" },
    false,
  ],
  ["never seen active", { firstSeenAt: "2026-11-14T00:00:00Z", inactiveSince: "2026-11-14T00:00:00Z" }, true],
  [
    "seen active, then away for a day",
    { firstSeenAt: "2026-11-13T00:00:00Z", inactiveSince: "2026-11-14T00:00:00Z" },
    false,
  ],
] as const)
  test(`an account that is active again has ${expected ? "a new" : "no new"} clock: ${what}`, () => {
    const history: SubjectHistory = { firstSeenAt: FIRST, ...past };
    assert.equal(isReactivated(history, NOW), expected);
  });

for (const [what, past, verdict, until, graceFrom] of [
  [
    "a clock on record counts, not the creation",
    { graceFrom: "2026-11-10T00:00:00Z" },
    "grace",
    "2026-11-24T00:00:00.000Z",
    "2026-11-10T00:00:00.000Z",
  ],
  [
    "a clock on record that is over stays on record",
    { graceFrom: LATER },
    "violating",
    undefined,
    "2026-03-01T00:00:00.000Z",
  ],
  [
    "a clock of the future began now",
    { graceFrom: "2027-01-01T00:00:00Z" },
    "grace",
    "2026-11-29T12:00:00.000Z",
    "2026-11-15T12:00:00.000Z",
  ],
  [
    "whoever is active again after 30 days begins now",
    { graceFrom: FIRST, inactiveSince: LATER },
    "grace",
    "2026-11-29T12:00:00.000Z",
    "2026-11-15T12:00:00.000Z",
  ],
  [
    "a clock ends at its deadline",
    { graceFrom: "2026-11-01T12:00:00Z" },
    "violating",
    undefined,
    "2026-11-01T12:00:00.000Z",
  ],
  ["without a clock an old account has none", {}, "violating", undefined, undefined],
] as const)
  test(what, () => {
    const judgement = decide(off, "workforce", GRACE, { firstSeenAt: FIRST, ...past }, NOW);
    assert.deepEqual([judgement.verdict, judgement.until, judgement.graceFrom], [verdict, until, graceFrom]);
  });

test("a rule without grace runs no clock, also of an account that has one", () => {
  const judgement = decide(off, "workforce", NO_GRACE, { firstSeenAt: FIRST, graceFrom: LATER }, NOW);
  assert.deepEqual([judgement.verdict, judgement.graceFrom], ["violating", undefined]);
});

for (const [what, graceFrom, clock, expected] of [
  ["none is brought along", LATER, undefined, LATER],
  ["the earlier one is brought along", LATER, { from: FIRST }, FIRST],
  ["the earlier one is its own", FIRST, { from: LATER }, FIRST],
  ["it has none of its own", undefined, { from: LATER }, LATER],
  ["the name was nobody's for less than 30 days", LATER, { from: FIRST, goneSince: "2026-10-16T12:00:00.001Z" }, FIRST],
  ["the name was nobody's for 30 days", LATER, { from: FIRST, goneSince: "2026-10-16T12:00:00Z" }, LATER],
] as const)
  test(`the clock of an account whose user name had one: ${what}`, () => {
    const past: SubjectHistory = graceFrom === undefined ? { firstSeenAt: FIRST } : { firstSeenAt: FIRST, graceFrom };
    const found = pastWithClock(past, clock, NOW);
    assert.deepEqual(found, { ...past, graceFrom: expected });
  });
