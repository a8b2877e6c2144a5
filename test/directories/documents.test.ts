/** The product and the simulators, held against the vendors' own documents: whatever is asked and answered must be valid by them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDirectory } from "../../lib/directories/index.ts";
import type { Directory } from "../../lib/model/index.ts";
import { type Held, type HoldOptions, holdAgainst, readExtract } from "../documents/held-against.ts";
import { fixtures } from "./fixtures.ts";
import { never, type Tenant } from "./tenant.ts";

interface Documented {
  /** The endpoints that stand before the document's paths. */
  readonly bases: readonly string[];
  readonly beside: HoldOptions["beside"];
  /** What the simulator does otherwise on purpose. */
  readonly onPurpose?: RegExp;
}

interface Endpoints {
  readonly endpoints: Readonly<Record<string, string>>;
}

const DOCUMENTED: Readonly<Record<string, Documented>> = {
  pingone: {
    bases: ["api"],
    // The token, and whether the second factor may be left out, are in other documents.
    beside: [/as\/token$/, /bypassMFA$/],
    // Names that no vendor should let pass are among them, since a reader must take them.
    onPurpose: /\/username must match pattern/,
  },
  entra: {
    bases: ["graph"],
    // The token; and per-user MFA, which is documented for the beta alone.
    beside: [/oauth2\/v2\.0\/token$/, /\/beta\/.*\/authentication\/requirements$/],
    // No document of v1.0 has it, and it is asked for where it is served.
    onPurpose: /perUserMfaState/,
  },
  strata: { bases: ["api", "operations"], beside: [/access_token$/] },
  // The token, the org's public page and admin roles are in other documents.
  okta: { bases: [], beside: [/oauth2\/v1\/token$/, /okta-organization$/, /oauth2\/v1\/clients\/[^/]+\/roles$/] },
};

/** Asks everything of a directory that anybody asks. */
async function askEverything(directory: Directory, { off, nobody }: Tenant): Promise<void> {
  const subjects = [];
  let cursor: string | undefined;
  do {
    const page = await directory.page(cursor, never);
    subjects.push(...page.subjects);
    cursor = page.next;
  } while (cursor !== undefined);
  await directory.total?.(never);
  await directory.facts?.(never);
  await directory.coverage?.(never);
  await directory.complete?.(subjects, ["devices", "bypass", "groups"], never);
  const subject = await directory.read(off, never);
  assert.ok(subject);
  await directory.read(nobody, never);
  await directory.find?.(subject.username, never);
  await directory.emailOf?.(off, never);
  await directory.ownAccounts?.(never);
  await directory.enforce?.(subject, never);
  await directory.readBack?.(subject, never);
  if (!subject.profile) await directory.revert?.(subject, { enabled: false }, never);
  await directory.log?.(off, new Date(Date.now() - 3_600_000), new Date(), never);
  await directory.check(never);
  const hook = { url: "https://hooks.example.com/hooks/workforce", header: "Bearer a-long-enough-secret" };
  await directory.hooks?.plan(hook, never);
  // A vendor that asks the address who is there finds nobody, and says so.
  await directory.hooks?.apply(hook, never).catch((error) => assert.equal(error.code, "ERR_VENDOR_REJECTED"));
  const job = await directory.publish?.start([off], never);
  if (job !== undefined) await directory.publish?.poll(job, never);
}

async function hold(vendor: string, { bases, beside }: Documented, extract = readExtract(vendor)): Promise<Held> {
  const tenant = await fixtures[vendor]?.start(20);
  assert.ok(tenant);
  try {
    const { settings, secret } = tenant;
    const { endpoints } = settings as Endpoints;
    const held = holdAgainst(extract, { bases: bases.map((name) => endpoints[name] ?? ""), beside });
    const needs = { id: "workforce", settings, secret, secretVersion: "1", fetch: held.fetch, clock: Date.now };
    await askEverything(openDirectory(vendor, needs), tenant);
    return held;
  } finally {
    await tenant.close();
  }
}

describe("by the vendor's own document", { concurrency: true }, () => {
  for (const [vendor, documented] of Object.entries(DOCUMENTED))
    test(`every call of ${vendor}, and every answer of its simulator, is valid`, async () => {
      const { offences, asked, leniencies } = await hold(vendor, documented);
      const { onPurpose } = documented;
      assert.deepEqual(
        offences.filter((offence) => !onPurpose?.test(offence)),
        [],
      );
      assert.deepEqual(leniencies, [], "the simulator takes what the vendor would refuse");
      assert.ok(asked.size >= 3, `only ${[...asked]} were asked for`);
    });

  test("a document that knows less finds fault with the same calls", async () => {
    const { operations, ...rest } = readExtract("pingone");
    const bare = Object.fromEntries(
      Object.entries(operations)
        .slice(1)
        .map(([name, { answers }]) => [name, { query: {}, answers: { ...answers, 200: { required: ["nonsense"] } } }]),
    );
    const { offences } = await hold("pingone", DOCUMENTED.pingone as Documented, { operations: bare, ...rest });
    for (const fault of [/is not in the document/, /has no parameter/, /must have required property 'nonsense'/])
      assert.ok(
        offences.some((offence) => fault.test(offence)),
        `nothing of ${fault}`,
      );
  });
});
