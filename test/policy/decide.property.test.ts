/** What holds of every verdict, whatever the policy, the account and the time: searched for a counter-example. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Device,
  type Fact,
  type Facts,
  knownFact,
  NOT_ASKED,
  type Subject,
  type SubjectHistory,
  unknownFact,
} from "../../lib/model/index.ts";
import { decide, factsToFetch } from "../../lib/policy/decide.ts";
import { factsOnRecord } from "../../lib/policy/recorded-facts.ts";
import type { Policy } from "../../lib/policy/schema.ts";
import { NOW, past, policy, subject } from "./arbitraries.ts";

const RUNS = { numRuns: 3000 };

/** The table restated as plainly as can be, sharing nothing with the code under test. */
function restated({ id, username, facts }: Subject, policy: Policy, past: SubjectHistory): string {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const { active, enabled, devices, population, groups, createdAt } = facts;
  if (active.known && active.value === false) return "out-of-scope";
  if (!active.known) return "unknown";
  const named = [
    ...policy.rules.flatMap(({ match }) => (match === "all" ? [] : (match.accounts ?? []))),
    ...policy.exemptions
      .filter((each) => NOW >= each.from && NOW < each.until)
      .map((each) => ({ id: `${each.directory}/${each.account}`, username: each.username })),
  ].filter((each) => each.id.startsWith("here/") && each.username !== undefined && same(each.username, username));
  if (named.length > 0 && !named.some((each) => each.id === `here/${id}`)) return "unknown";
  for (const rule of policy.rules) {
    const keys = rule.match === "all" ? {} : rule.match;
    const answers: (boolean | "?")[] = [];
    if (keys.accounts) answers.push(keys.accounts.some((named) => named.id === `here/${id}`));
    if (keys.usernames)
      answers.push(keys.usernames.some((glob) => new RegExp(`^${glob.replaceAll("*", ".*")}$`, "i").test(username)));
    for (const [ids, fact] of [
      [keys.populations, population.known ? knownFact([population.value]) : population],
      [keys.groups, groups],
    ] as const) {
      if (!ids) continue;
      if (!ids.some((each) => each.startsWith("here/"))) answers.push(false);
      else answers.push(fact.known ? fact.value.some((each) => ids.includes(`here/${each}`)) : "?");
    }
    if (answers.includes(false)) continue;
    if (answers.includes("?")) return "unknown";
    const named = keys.accounts?.findLast((each) => each.id === `here/${id}`)?.username;
    if (named !== undefined && !same(named, username)) return "unknown";
    return bound(rule);
  }
  return "unknown";

  function bound(rule: Policy["rules"][number]): string {
    if (rule.require === "none") return "out-of-scope";
    const exemption = policy.exemptions.find(
      (each) => each.directory === "here" && each.account === id && NOW >= each.from && NOW < each.until,
    );
    if (exemption?.username !== undefined && !same(exemption.username, username)) return "unknown";
    const usable = devices.known ? devices.value.filter((each) => each.usable).map((each) => each.method) : undefined;
    const has =
      rule.require === "enabled"
        ? true
        : usable === undefined
          ? "?"
          : rule.require === "registered"
            ? usable.some((method) => method !== "unknown") || (usable.length > 0 ? "?" : false)
            : usable.includes("fido2") || (usable.includes("unknown") ? "?" : false);
    const both = [enabled.known ? enabled.value : "?", has];
    if (both.every((each) => each === true)) return "compliant";
    if (!both.includes(false)) return exemption?.covers.length ? "exempt" : "unknown";
    if (exemption) return "exempt";
    const read = (text: string) => (Number.isNaN(Date.parse(text)) ? undefined : Date.parse(text));
    const claimed = createdAt.known ? read(createdAt.value) : undefined;
    const created = claimed === undefined || claimed > NOW ? read(past.firstSeenAt) : claimed;
    const begins = [created, rule.from].filter((each) => each !== undefined);
    if (rule.graceMs === undefined && rule.from !== undefined && NOW < rule.from) return "grace";
    if (rule.graceMs !== undefined && begins.length > 0 && NOW < Math.max(...begins) + rule.graceMs) return "grace";
    const since = past.enabledSince === undefined ? NOW : read(past.enabledSince);
    const on = enabled.known && enabled.value && usable?.length === 0;
    return on && since !== undefined && NOW < since + rule.enrolWithinMs ? "pending" : "violating";
  }
}

const names = ["active", "enabled", "devices", "population", "groups", "createdAt"] as const;
const forgetting = (subject: Subject, name: keyof Facts, fact: Fact<never>): Subject => ({
  ...subject,
  facts: { ...subject.facts, [name]: fact },
});
const verdict = (subject: Subject, policy: Policy, past: SubjectHistory) =>
  decide(subject, "here", policy, past, NOW).verdict;

test("the first line of the table that holds is the verdict", () => {
  fc.assert(
    fc.property(subject, policy, past, (subject, policy, past) => {
      assert.equal(verdict(subject, policy, past), restated(subject, policy, past));
    }),
    { numRuns: 10_000 },
  );
});

test("forgetting a fact never makes an account compliant", () => {
  fc.assert(
    fc.property(subject, policy, past, fc.constantFrom(...names), (subject, policy, past, name) => {
      const before = verdict(subject, policy, past);
      const after = verdict(forgetting(subject, name, unknownFact("not sent")), policy, past);
      assert.ok(after !== "compliant" || before === "compliant", `${before} became compliant without ${name}`);
    }),
    RUNS,
  );
});

test("nobody is compliant without an active account, a known switch and what the requirement needs", () => {
  fc.assert(
    fc.property(subject, policy, past, ({ facts, ...rest }, policy, past) => {
      const { verdict, requirement } = decide({ ...rest, facts }, "here", policy, past, NOW);
      if (verdict !== "compliant") return;
      assert.deepEqual([facts.active, facts.enabled], [knownFact(true), knownFact(true)]);
      const proves = ({ usable, method }: Device) => usable && method !== "unknown";
      if (requirement !== "enabled") assert.ok(facts.devices.known && facts.devices.value.some(proves));
    }),
    RUNS,
  );
});

test("a fact that is not said to be missing cannot change the verdict", () => {
  fc.assert(
    fc.property(subject, policy, past, subject, (subject, policy, past, { facts }) => {
      const asked = factsToFetch(subject, "here", policy);
      // Only one fact at a time: what is found out can make another one matter.
      for (const name of names) {
        if (subject.facts[name] !== NOT_ASKED || asked.includes(name)) continue;
        const found = { ...subject, facts: { ...subject.facts, [name]: facts[name] } };
        assert.equal(verdict(found, policy, past), verdict(subject, policy, past), name);
      }
    }),
    RUNS,
  );
});

test("judging and keeping change nothing, and say the same again", () => {
  fc.assert(
    fc.property(subject, policy, past, (subject, policy, past) => {
      const before = JSON.stringify([subject, policy, past]);
      const first = decide(subject, "here", policy, past, NOW);
      const kept = factsOnRecord(subject, first, "here", policy);
      assert.deepEqual(decide(subject, "here", policy, past, NOW), first);
      assert.deepEqual(factsOnRecord(structuredClone(subject), first, "here", policy), kept);
      assert.equal(JSON.stringify([subject, policy, past]), before);
    }),
    RUNS,
  );
});
