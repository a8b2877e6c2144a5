/** Factors that a sweep takes from the record: how many calls that saves, when they are asked for all the same, and how old a row says they are. */
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { opener } from "../../functions/compose-ports.ts";
import { loadPage, readSweepManifest } from "../../lib/evidence/index.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import { messageRechecker, type Rechecked } from "../../lib/recheck/index.ts";
import { newFactor, type Okta, type OktaSettings, startOkta } from "../../simulators/okta/index.ts";
import { oktaDirectory } from "../directories/okta/fixture.ts";
import { eventMessage, NO_QUEUE } from "../recheck/events.ts";
import { compile, EVERYONE, startWorld, type World } from "../world.ts";

const HOUR_MS = 3_600_000;
/** In that time the log's clock and ours cannot be told apart. */
const LATER_MS = 10 * 60_000;
const RULES = EVERYONE.replace("require: enabled", "require: registered");

let world: World;
let orgs = 0;
before(async () => {
  world = await startWorld({ accounts: 1 });
});
after(() => world.close());

const clock = () => Date.now() + world.time.ahead;
const pass = (ms: number) => {
  world.time.ahead += ms;
};

/** An org in which everybody is in the enrolment group and has a factor. */
async function startOrg(
  context: TestContext,
  simulated: Partial<OktaSettings> = {},
  more: object = {},
  rules = RULES,
): Promise<Org> {
  const okta = await startOkta({ users: 30, mfaShare: 1, now: clock, ...simulated });
  context.after(() => okta.close());
  orgs += 1;
  const id = `org-${orgs}`;
  const { settings, secret } = oktaDirectory(okta);
  const directory = { id, vendor: "okta", mode: "enforce", ...settings, factorReadsPerMinute: 10_000, ...more };
  const policy = compile(`version: 1\ndirectories: [${JSON.stringify(directory)}]\n${rules}`);
  const open = opener(policy, { read: async () => ({ value: secret, version: "1" }) }, fetch, clock);
  const ports = { policy, policyHash: hashPolicy(policy), open };
  const active = Array.from({ length: simulated.users ?? 30 }, (_, index) => okta.user(index)).filter(
    ({ status }) => status === "ACTIVE",
  );
  return { okta, id, ports, active, sweep: () => countSweep(okta, ports) };
}

type MorePorts = Pick<ReturnType<World["ports"]>, "policy" | "policyHash" | "open">;

interface Org {
  readonly okta: Okta;
  readonly id: string;
  readonly ports: MorePorts;
  /** Those who can sign in, in the order of the listing. */
  readonly active: readonly ReturnType<Okta["user"]>[];
  sweep(): ReturnType<typeof countSweep>;
}

/** One sweep and the calls that it made. */
async function countSweep(okta: Okta, ports: MorePorts) {
  const before = okta.calls.length;
  const { only } = await world.sweep("enforce", RULES, ports);
  assert.equal(only.status, "completed", only.problems.map(({ message }) => message).join("\n"));
  const calls = okta.calls.slice(before);
  const asked = calls.filter(({ route }) => route === "factors").map(({ user }) => user);
  return { only, calls, asked };
}

async function rowsOf({ run, id, manifest = "" }: DirectoryRecord) {
  const { parts } = await readSweepManifest(world.evidence, run, id, manifest);
  const pages = await Promise.all(parts.flatMap((part) => part.pages).map((page) => loadPage(world.evidence, page)));
  return new Map(pages.flat().map((row) => [row.id, row]));
}

const stateOf = async ({ id }: Org, user: string) => (await world.ledger.readStates(id, [user], true)).get(user);

describe("a sweep of an org whose factors were read a short while ago", () => {
  test("asks for nobody's factors, and each row says when they were read", async (context) => {
    const org = await startOrg(context);
    const first = await org.sweep();
    assert.equal(first.asked.length, org.active.length);
    pass(11 * HOUR_MS);
    const second = await org.sweep();
    assert.deepEqual(second.asked, []);
    assert.deepEqual(second.only.verdicts, first.only.verdicts);
    const [before, rows] = [await rowsOf(first.only), await rowsOf(second.only)];
    for (const { id } of org.active) {
      assert.equal(before.get(id)?.factsReadAt, undefined);
      assert.deepEqual(rows.get(id)?.factsReadAt, { devices: before.get(id)?.observedAt });
      assert.deepEqual(rows.get(id)?.facts, before.get(id)?.facts);
      for (const row of [before.get(id), rows.get(id)]) assert.deepEqual(row?.factCaveats, { devices: "network" });
    }
  });

  test("asks for all of them again, not all at once, and never takes any that is older than factorsMaxAge", async (context) => {
    const org = await startOrg(context);
    await org.sweep();
    const counts: number[] = [];
    for (let hours = 12; hours <= 24; hours += 4) {
      pass((hours === 12 ? 12 : 4) * HOUR_MS);
      const { asked, only } = await org.sweep();
      counts.push(asked.length);
      for (const { observedAt, factsReadAt } of (await rowsOf(only)).values())
        assert.ok(Date.parse(observedAt) - Date.parse(factsReadAt?.devices ?? observedAt) < 24 * HOUR_MS);
    }
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      org.active.length,
    );
    assert.ok(Math.max(...counts) < org.active.length, counts.join());
    // What was asked again is young again: nothing else is written of it, and nothing is asked.
    pass(HOUR_MS);
    assert.deepEqual((await org.sweep()).asked, []);
    const [{ id }] = org.active as [ReturnType<Okta["user"]>];
    assert.equal((await world.ledger.readHistory(org.id, id)).events.length, 1);
  });

  test("asks each time where factorsMaxAge is 0s", async (context) => {
    const org = await startOrg(context, {}, { factorsMaxAge: "0s" });
    await org.sweep();
    const { asked, calls } = await org.sweep();
    assert.equal(asked.length, org.active.length);
    assert.equal(calls.filter(({ route }) => route === "logs").length, 0);
  });

  test("asks everybody where the System Log cannot be read", async (context) => {
    const scopes = ["okta.users.read", "okta.groups.read", "okta.groups.manage", "okta.policies.read"];
    const org = await startOrg(context, { scopes });
    await org.sweep();
    pass(HOUR_MS);
    assert.equal((await org.sweep()).asked.length, org.active.length);
  });

  test("makes no more calls than pages, its own few, and one for each person with a change", async (context) => {
    const org = await startOrg(context, { users: 1_000 });
    await org.sweep();
    pass(HOUR_MS);
    const { id } = org.active[7] as ReturnType<Okta["user"]>;
    org.okta.unregister(id, "push");
    pass(LATER_MS);
    const { asked, calls } = await org.sweep();
    assert.deepEqual(asked, [id]);
    const apiCalls = calls.filter(({ route }) => route !== "token");
    const routes = Map.groupBy(apiCalls, ({ method, route }) => `${method} ${route}`);
    const counts = Object.fromEntries(Array.from(routes, ([route, made]) => [route, made.length]));
    assert.deepEqual(counts, {
      "GET users": 5,
      "GET members": 1,
      "GET policies": 3,
      "GET rules": 3,
      "GET group": 1,
      "GET roles": 1,
      "GET logs": 1,
      "GET factors": 1,
    });
  });
});

describe("what makes a recorded factor stale", () => {
  for (const [what, happen] of [
    ["a line of the System Log about the account", (org: Org, id: string) => org.okta.unregister(id, "push")],
    [
      "a change of the account's record, which no line tells of",
      (org: Org, id: string) => org.okta.change(id, { factors: [] }),
    ],
  ] as const)
    test(`${what}: that account alone is asked`, async (context) => {
      const org = await startOrg(context);
      await org.sweep();
      pass(HOUR_MS);
      const { id } = org.active[3] as ReturnType<Okta["user"]>;
      happen(org, id);
      pass(LATER_MS);
      const { asked } = await org.sweep();
      assert.deepEqual(asked, [id]);
      assert.deepEqual((await stateOf(org, id))?.facts.devices, []);
      pass(LATER_MS);
      assert.deepEqual((await org.sweep()).asked, []);
    });

  for (const eventType of [
    "policy.lifecycle.update",
    "security.authenticator.lifecycle.deactivate",
    "device.lifecycle.deactivate",
  ])
    test(`${eventType} concerns everybody`, async (context) => {
      const org = await startOrg(context);
      await org.sweep();
      pass(HOUR_MS);
      org.okta.tell(eventType);
      pass(LATER_MS);
      assert.equal((await org.sweep()).asked.length, org.active.length);
    });

  test("a line about a person whose id cannot be read concerns everybody", async (context) => {
    const org = await startOrg(context);
    await org.sweep();
    pass(HOUR_MS);
    org.okta.tell("user.mfa.factor.deactivate", "someone");
    pass(LATER_MS);
    assert.equal((await org.sweep()).asked.length, org.active.length);
  });

  test("an event reads its account anew, and the sweep takes what it read", async (context) => {
    const org = await startOrg(context);
    await org.sweep();
    pass(HOUR_MS);
    const { id: user } = org.active[2] as ReturnType<Okta["user"]>;
    org.okta.register(user, "webauthn");
    pass(LATER_MS);
    const { evidence: _, ...ports } = world.ports(RULES, org.ports);
    await world.ledger.setDeployedPolicy(ports.policyHash);
    const rechecked: Rechecked[] = [];
    const recheck = messageRechecker({ ...ports, queue: NO_QUEUE, onProgress: (event) => rechecked.push(event) });
    await recheck([eventMessage({ id: "lost-1", directory: org.id, subject: user })], AbortSignal.timeout(60_000));
    assert.equal(rechecked.at(-1)?.did, "looked", rechecked.at(-1)?.why);
    const read = await stateOf(org, user);
    assert.deepEqual([read?.facts.devices, read?.factsReadAt], [["fido2", "push"], undefined]);
    pass(LATER_MS);
    const { asked, only } = await org.sweep();
    assert.deepEqual(asked, []);
    assert.deepEqual((await rowsOf(only)).get(user)?.factsReadAt, { devices: read?.observedAt });
  });
});

describe("a change", () => {
  test("never rests on the record: who was to be changed is asked first", async (context) => {
    const rules = RULES.replace("require: registered", "require: phishing-resistant\n    enrolWithin: 1h");
    const org = await startOrg(context, {}, {}, rules);
    const { id } = org.active[4] as ReturnType<Okta["user"]>;
    org.okta.change(id, { factors: [newFactor("webauthn", "key")] });
    pass(LATER_MS);
    await org.sweep();
    const before = await stateOf(org, id);
    assert.equal(before?.judgement.verdict, "compliant");
    pass(HOUR_MS);
    // Somebody takes the person out of the group, and nothing tells of it.
    const user = org.okta.find(id);
    assert.ok(user);
    user.groups = [];
    const { asked, only, calls } = await org.sweep();
    assert.equal(only.changes.enforced, 1);
    const put = calls.findIndex(({ method, route }) => method === "PUT" && route === "member");
    const reads = calls.slice(0, put).filter(({ route, user: whose }) => route === "factors" && whose === id);
    assert.ok(reads.length > 0 && asked.every((whose) => whose === id), asked.join());
    const state = await stateOf(org, id);
    assert.deepEqual([state?.judgement.verdict, state?.event.outcome], ["compliant", "enforced"]);
  });
});
