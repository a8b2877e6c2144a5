/** Holds the verdict on each documented value of a field against a table that was written by hand from the vendor's document. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { vendors } from "../../lib/directories/index.ts";
import type { Directory, Subject } from "../../lib/model/index.ts";
import { decide, factsToFetch, type Policy } from "../../lib/policy/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import { never } from "./tenant.ts";

export interface ValueTable {
  readonly field: string;
  /** What the vendor's document names. */
  readonly documented: readonly string[];
  /** By value, as `outcome` words it. */
  readonly meaning: Readonly<Record<string, string>>;
  /** What must come of a value that no document names; unless given, anything that neither proves nor changes something. */
  readonly undocumented?: string;
  /** Puts the value into a simulated tenant, and answers what comes of it. */
  outcome(context: TestContext, value: string): Promise<string>;
}

/** Nobody's document has these. */
const UNDOCUMENTED = ["UNHEARD_OF", ""];

/** A value of a new document that the table does not name fails, so that somebody decides what it means. */
export function checkValues({ field, documented, meaning, undocumented, outcome }: ValueTable): void {
  describe(field, () => {
    test("each value of the document is decided, and no other", () => {
      assert.deepEqual(Object.keys(meaning).toSorted(), [...documented].toSorted());
    });
    for (const [value, expected] of Object.entries(meaning))
      test(`${value}: ${expected}`, async (context) => {
        assert.equal(await outcome(context, value), expected);
      });
    for (const value of UNDOCUMENTED)
      test(`"${value}", which no document names, proves nothing`, async (context) => {
        const came = await outcome(context, value);
        if (undocumented !== undefined) assert.equal(came, undocumented);
        else assert.doesNotMatch(came, /compliant|sent|live/);
      });
  });
}

export const noon = Date.parse("2026-11-20T12:00:00Z");
/** Known for years: nobody has time left to enrol. */
const PAST = { firstSeenAt: "2020-01-01T00:00:00Z", enabledSince: "2020-01-01T00:00:00Z" };
const SETTINGS = Object.fromEntries(Object.entries(vendors).map(([name, { settings }]) => [name, settings]));
const REQUIREMENTS = ["registered", "phishing-resistant"] as const;

/** The verdicts on one account where a second factor must be registered, and where it must be proof against phishing. */
export async function verdictsOn(directory: Directory, id: string): Promise<string> {
  const read = (await directory.read(id, never)) ?? assert.fail("no such account");
  const byRead = await verdictsOf(directory, read);
  const listed = await findListed(directory, id);
  if (listed) assert.equal(await verdictsOf(directory, listed), byRead, "listed and read, it is judged alike");
  return byRead;
}

async function findListed(directory: Directory, id: string): Promise<Subject | undefined> {
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await directory.page(cursor, never);
    const found = page.subjects.find((subject) => subject.id === id);
    if (found) return found;
    cursor = page.next;
  }
  return undefined;
}

async function verdictsOf(directory: Directory, subject: Subject): Promise<string> {
  const verdicts: string[] = [];
  for (const requirement of REQUIREMENTS) verdicts.push(await judge(directory, subject, policyFor(requirement)));
  return [...new Set(verdicts)].join(", ");
}

async function judge(directory: Directory, subject: Subject, policy: Policy): Promise<string> {
  let known = subject;
  for (;;) {
    const wanted = factsToFetch(known, "one", policy);
    if (wanted.length === 0 || !directory.complete) break;
    const [complete] = await directory.complete([known], wanted, never);
    known = complete ?? assert.fail("nothing was completed");
  }
  return decide(known, "one", policy, PAST, noon).verdict;
}

export function policyFor(requirement: string): Policy {
  const text = `version: 1
directories: [{ id: one, vendor: okta, org: "https://acme.okta.com", enrolmentGroup: 00g1a2b3c4d5e6f7g8h9 }]
rules: [{ name: everyone, match: all, require: ${requirement} }]`;
  const parsed = parsePolicy(text, SETTINGS, "policy.yaml");
  return "policy" in parsed ? parsed.policy : assert.fail(JSON.stringify(parsed.errors));
}
