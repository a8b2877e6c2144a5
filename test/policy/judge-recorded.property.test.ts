/** What a record of an account can be judged by: the same policy says the same, and no other says more than it would of the account itself. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type AccountTraits,
  knownFact,
  type MfaBypass,
  omitUndefined,
  type Subject,
  type SubjectHistory,
} from "../../lib/model/index.ts";
import { decide } from "../../lib/policy/decide.ts";
import { graceStart } from "../../lib/policy/grace.ts";
import { recordedJudge } from "../../lib/policy/judge-recorded.ts";
import { factsOnRecord } from "../../lib/policy/recorded-facts.ts";
import type { RecordedSubject } from "../../lib/policy/recorded-subject.ts";
import type { Policy } from "../../lib/policy/schema.ts";
import { fact, NOW, near, past, policy, subject } from "./arbitraries.ts";

const RUNS = { numRuns: 6000 };

const bypass = fact<MfaBypass>(
  fc.constantFrom({ active: false }, { active: true }, { active: true, until: "2026-12-01T00:00:00Z" }),
);
const traits: fc.Arbitrary<AccountTraits> = fc.constantFrom(
  {},
  { mayBypass: true as const },
  { switchNeedsDevice: true as const },
  { switchNeedsDevice: true as const, mayBypass: true as const },
);

/** Names of rules are unique in every policy. */
const named = policy.map((one) => ({ ...one, rules: one.rules.map((rule, i) => ({ ...rule, name: `r${i}` })) }));

interface Case {
  readonly subject: Subject;
  readonly traits: AccountTraits;
  readonly policy: Policy;
  readonly past: SubjectHistory;
  readonly since: number;
}

const cases: fc.Arbitrary<Case> = fc
  .record({ subject, traits, policy: named, past, since: near, bypass })
  .map(({ bypass: held, ...one }) => ({ ...one, subject: withTraits(one.subject, one.traits, held) }));

const withTraits = (
  account: Subject,
  { switchNeedsDevice, mayBypass }: AccountTraits,
  held: NonNullable<Subject["facts"]["bypass"]>,
): Subject => ({
  ...account,
  ...omitUndefined({ switchNeedsDevice }),
  facts: { ...account.facts, ...omitUndefined({ bypass: mayBypass && held }) },
});

/** The row that a sweep leaves of it. */
function record({ subject: account, policy: by, past: history, since }: Case): RecordedSubject {
  const judgement = decide(account, "here", by, history, NOW);
  const { verdict, rule, requirement } = judgement;
  const facts = factsOnRecord(account, judgement, "here", by, history);
  const observedAt = new Date(NOW).toISOString();
  const isPossible = since <= NOW && since >= graceStart(account.facts, history, NOW);
  const seen = isPossible ? new Date(since).toISOString() : observedAt;
  return JSON.parse(
    JSON.stringify({
      id: account.id,
      username: account.username,
      facts,
      verdict,
      rule,
      requirement,
      observedAt,
      since: seen,
    }),
  );
}

const judge = ({ traits: of, policy: recordedBy, ...rest }: Case, by: Policy) =>
  recordedJudge({ directory: "here", policy: by, recordedBy, traits: of })(
    record({ traits: of, policy: recordedBy, ...rest }),
  );

test("the policy of the run says of the record what it said of the account", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { verdict, rule } = decide(one.subject, "here", one.policy, one.past, NOW);
      const again = judge(one, one.policy);
      assert.deepEqual([again.verdict, again.rule], [verdict, rule], again.why);
    }),
    RUNS,
  );
});

test("another policy says of the record what it says of the account, or that it is not known", () => {
  let known = 0;
  fc.assert(
    fc.property(cases, named, (one, other) => {
      const { verdict } = decide(one.subject, "here", other, one.past, NOW);
      const recorded = judge(one, other);
      if (recorded.verdict === "unknown") return;
      known++;
      assert.equal(recorded.verdict, verdict, recorded.why);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(known > 4_000, `only ${known} of 20,000 were judged`);
});

test("a group that only the new policy names makes nobody compliant who may be in it", () => {
  const account = { id: "u", username: "jane", observedAt: "2026-11-15T12:00:00Z", since: "2026-11-15T12:00:00Z" };
  const facts = { active: true, enabled: true, groups: ["a"] };
  fc.assert(
    fc.property(named, (one) => {
      const judged = recordedJudge({ directory: "here", policy: one, recordedBy: { ...one, rules: [] }, traits: {} })({
        ...account,
        facts,
        verdict: "unknown",
      });
      const inAll = decide(
        {
          id: "u",
          username: "jane",
          facts: {
            active: knownFact(true),
            enabled: knownFact(true),
            devices: knownFact([]),
            population: knownFact("p"),
            groups: knownFact(["a", "b", "c"]),
            createdAt: knownFact("2026-01-01T00:00:00Z"),
          },
        },
        "here",
        one,
        { firstSeenAt: "" },
        NOW,
      );
      assert.ok(
        judged.verdict !== "compliant" || inAll.verdict === "compliant" || inAll.verdict === "exempt",
        `${judged.verdict} ${inAll.verdict}`,
      );
    }),
    RUNS,
  );
});
