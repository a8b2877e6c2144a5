/** Accounts are joined as somebody would join them by hand, who compares each with each. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { type JoinKeys, VERDICTS } from "../../../lib/model/index.ts";
import { keyTable, keyText, keyWords } from "../../../lib/report/data/key-table.ts";
import { PERSON_COVERAGES } from "../../../lib/report/data/model.ts";
import { personJoin } from "../../../lib/report/data/person-join.ts";
import { weaknessOf } from "../../../lib/report/data/way-in.ts";

const digest = (text: string) => createHash("sha256").update(text).digest().toString("base64url", 0, 12);

const account = fc.record({
  email: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
  employeeNumber: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 2 }),
  username: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
  how: fc.constantFrom("further", "renamed", "alone", ...Array<undefined>(9)),
  verdict: fc.constantFrom(...VERDICTS),
  requirement: fc.constantFrom("enabled", "registered", "none"),
});
type Made = typeof account extends fc.Arbitrary<infer T> ? T & { directory: number } : never;

function keysOf({ email, employeeNumber, username, how }: Made): JoinKeys | undefined {
  if (how === "renamed") return { renamed: true };
  if (how === "alone") return { alone: true };
  const keys = {
    ...(email !== undefined && { email: digest(`email ${email}`) }),
    ...(employeeNumber !== undefined && { employeeNumber: digest(`number ${employeeNumber}`) }),
    ...(username !== undefined && { username: digest(`name ${username}`) }),
  };
  if (Object.keys(keys).length === 0) return undefined;
  return how === "further" ? { ...keys, further: true } : keys;
}

const sharesKey = (a: JoinKeys, b: JoinKeys) =>
  (["email", "employeeNumber", "username"] as const).some((kind) => a[kind] !== undefined && a[kind] === b[kind]);

/** Groups of indexes, by comparing each with each until nothing changes. */
function groupsByHand(keys: readonly (JoinKeys | undefined)[]): number[][] {
  const groups = new Map<number, number>();
  for (const [index, own] of keys.entries()) if (own && !own.renamed) groups.set(index, index);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [a, groupA] of groups)
      for (const [b, groupB] of groups)
        if (groupA < groupB && sharesKey(keys[a] ?? {}, keys[b] ?? {})) {
          groups.set(b, groupA);
          changed = true;
        }
  }
  const byGroup = new Map<number, number[]>();
  for (const [index, group] of groups) byGroup.set(group, [...(byGroup.get(group) ?? []), index]);
  return [...byGroup.values()];
}

function coverageByHand(group: readonly Made[]): (typeof PERSON_COVERAGES)[number] {
  const own = group.filter(({ how }) => how !== "further");
  const numbers = new Set(group.filter(({ how }) => how !== "alone").map((one) => one.employeeNumber ?? -1));
  numbers.delete(-1);
  if (new Set(own.map(({ directory }) => directory)).size < own.length || numbers.size > 1) return "ambiguous";
  const ways = group.filter(({ verdict, requirement }) => verdict !== "out-of-scope" || requirement === "none");
  if (ways.length === 0) return "disabled";
  if (ways.every(({ verdict }) => verdict === "out-of-scope")) return "out-of-scope";
  if (ways.every(({ verdict }) => verdict === "compliant")) return "everywhere";
  return ways.some(({ verdict }) => verdict === "compliant") ? "somewhere" : "nowhere";
}

test("people, their coverage and their weakest way in are those that are found by comparing each with each", () => {
  const directories = fc.array(fc.array(account, { maxLength: 12 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(directories, (lists) => {
      const made: Made[] = lists.flatMap((list, directory) => list.map((one) => ({ ...one, directory })));
      const join = personJoin();
      for (const [index, one] of made.entries()) {
        const { directory, verdict, requirement } = one;
        join.add({ directory, verdict, requirement, keys: keysOf(one), ownKey: () => digest(`own ${index}`) });
      }
      const joined = join.end();
      const groups = groupsByHand(made.map(keysOf));
      const counts = Object.fromEntries(PERSON_COVERAGES.map((coverage) => [coverage, 0]));
      for (const group of groups) {
        const members = group.flatMap((index) => made[index] ?? []);
        const coverage = coverageByHand(members);
        counts[coverage] = (counts[coverage] ?? 0) + 1;
        const [person = -1] = group.map((index) => joined.personOf(index) ?? -1);
        assert.ok(group.every((index) => joined.personOf(index) === person));
        assert.equal(joined.coverageOf(person), coverage);
        assert.equal(joined.weaknessOf(person), Math.min(...members.map((one) => weaknessOf(one) ?? 255)));
        assert.equal(joined.isInSeveral(person), new Set(members.map(({ directory }) => directory)).size > 1);
      }
      assert.deepEqual(joined.counts, counts);
      assert.equal(joined.notJoined, made.length - groups.flat().length);
      assert.equal(new Set([...joined.people()].map(joined.idOf)).size, groups.length);
    }),
    { numRuns: 300 },
  );
});

test("unknown is weaker than compliant, a weaker requirement than a stronger one, and whoever is disabled is no way in", () => {
  const order = [
    { verdict: "violating", requirement: "enabled" },
    { verdict: "unknown" },
    { verdict: "exempt", requirement: "registered" },
    { verdict: "grace", requirement: "enabled" },
    { verdict: "out-of-scope", requirement: "none" },
    { verdict: "pending", requirement: "registered" },
    { verdict: "compliant", requirement: "enabled" },
    { verdict: "compliant", requirement: "registered" },
    { verdict: "compliant", requirement: "phishing-resistant" },
  ] as const;
  const weakness = order.map((one) => weaknessOf(one) ?? Number.NaN);
  assert.deepEqual(
    weakness.toSorted((a, b) => a - b),
    weakness,
  );
  assert.equal(new Set(weakness).size, order.length);
  assert.equal(weaknessOf({ verdict: "out-of-scope" }), undefined);
});

test("a table of keys finds each again among many, and shows it as it was written", () => {
  const table = keyTable();
  const digests = Array.from({ length: 20_000 }, (_, index) => digest(`key ${index}`));
  for (const [index, text] of digests.entries()) assert.equal(table.firstWith(keyWords(text), index), index);
  for (const [index, text] of digests.entries()) assert.equal(table.firstWith(keyWords(text), 99_999), index);
  assert.ok(digests.slice(0, 100).every((text) => keyText(keyWords(text)) === text));
});
