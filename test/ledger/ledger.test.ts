/** What a sweep may rely on of the ledger, against a real DynamoDB implementation. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { type Client, createTable, documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import {
  type Change,
  type Claim,
  type DirectoryRecord,
  type Ledger,
  NOT_ASKED,
  noChanges,
  noVerdicts,
  type Observation,
  type Outcome,
  type RecordedFacts,
  type RunRecord,
  type SubjectState,
  VERDICTS,
  type Verdict,
} from "../../lib/model/index.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { openDynamo } from "../loopback.ts";

const TABLE = `ledger-test-${ulid()}`;
const HOUR = 3_600_000;
const origin = { by: "tester", how: "test" };

/** What the test has asked of DynamoDB, and how it is made to fail. */
const seen = { writes: 0, reads: 0 };
let intercept: ((name: string, input: object) => void) | undefined;
let unprocessed = 0;
let now = Date.parse("2026-09-01T00:00:00.000Z");
let real: ReturnType<typeof documentClient>;
let ledger: Ledger;
let close = async () => {};
let directory = "";

before(async () => {
  const dynamo = await openDynamo();
  close = dynamo.close;
  real = documentClient({ ...LOCAL_AWS, endpoint: dynamo.address, maxAttempts: 1 });
  await createTable(real, TABLE, AbortSignal.timeout(10_000));
  ledger = dynamoLedger({ client: watched(real), table: TABLE, clock: () => now, ulid, sleep: async () => {} });
});

after(async () => {
  real.destroy();
  await close();
});

beforeEach(() => {
  directory = `d-${ulid().toLowerCase()}`;
  intercept = undefined;
  unprocessed = 0;
  Object.assign(seen, { writes: 0, reads: 0 });
});

/** The real client, counted, and failing where a test says so. */
function watched(client: Client): Client {
  const send = client.send.bind(client);
  return new Proxy(client, {
    get: () => async (command: { constructor: { name: string }; input: object }) => {
      const { name } = command.constructor;
      intercept?.(name, command.input);
      seen[/^(Put|Update)/.test(name) ? "writes" : "reads"]++;
      const answer: object = await Reflect.apply(send, undefined, [command]);
      return name === "BatchGetCommand" ? leaveSome(answer, command.input) : answer;
    },
  });
}

/** Half of what was asked for is not processed, as a throttled table answers. */
function leaveSome(answer: object, input: object): object {
  if (unprocessed-- <= 0) return answer;
  const { RequestItems } = structuredClone(input) as { RequestItems: Record<string, { Keys: unknown[] }> };
  return { Responses: {}, UnprocessedKeys: RequestItems };
}

const at = (seconds: number) => new Date(Date.parse("2026-09-01T00:00:00.000Z") + seconds * 1000).toISOString();

function observation(id: string, seconds: number, verdict: Verdict, extra: Partial<Observation> = {}): Observation {
  const facts: RecordedFacts = { enabled: verdict === "compliant" };
  const unasked = { active: NOT_ASKED, enabled: NOT_ASKED, devices: NOT_ASKED };
  return {
    directory,
    run: "run-1",
    subject: {
      id,
      username: `${id}@example.com`,
      facts: { ...unasked, population: NOT_ASKED, groups: NOT_ASKED, createdAt: NOT_ASKED },
    },
    judgement: { verdict, why: "because", rule: "everyone", requirement: "enabled" },
    facts,
    observedAt: at(seconds),
    ...extra,
  };
}

/** Observed by a sweep that first reads what is known. */
async function look(...seenNow: Observation[]): Promise<number> {
  const states = await ledger.readStates(
    directory,
    seenNow.map(({ subject }) => subject.id),
    true,
  );
  return ledger.saveObservations(seenNow, states);
}

async function stateOf(id: string): Promise<SubjectState> {
  const state = (await ledger.readStates(directory, [id], true)).get(id);
  assert.ok(state, `no state of ${id}`);
  return state;
}

const claimBy = (by: string, seconds = 5, token = 1): Claim => ({
  by,
  token,
  before: { enabled: false },
  at: at(seconds),
});
const verdictsOf = async (id: string) => (await ledger.readHistory(directory, id)).events.map(({ verdict }) => verdict);

function change(id: string, extra: Partial<Change> = {}): Change {
  return {
    run: `run-${directory}`,
    directory,
    id,
    username: `${id}@example.com`,
    rule: "everyone",
    requirement: "enabled",
    before: { enabled: false },
    author: "b1",
    step: 0,
    ...extra,
  };
}

async function changesOf(run: string): Promise<Change[]> {
  return (await Array.fromAsync(ledger.listChanges(run, directory))).flat();
}

test("a first sighting costs one write and carries its own history", async () => {
  assert.equal(await look(observation("a", 0, "violating")), 1);
  assert.equal(seen.writes, 1);
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.firstSeenAt, at(0));
  assert.equal(state?.enabledSince, undefined);
  assert.deepEqual(events, [state?.event]);
  assert.equal(events[0]?.was, undefined);
});

test("what did not change is not written again, though its reason and its end moved", async () => {
  const devices = [{ method: "totp", usable: true }];
  await look(observation("a", 0, "violating", { facts: { devices, enabled: false } }));
  seen.writes = 0;
  const later = observation("a", 86_400, "violating", {
    judgement: { requirement: "enabled", rule: "everyone", until: at(99), why: "6 days left", verdict: "violating" },
    facts: { enabled: false, devices: [{ usable: true, method: "totp" }] },
  });
  assert.equal(await look(later), 0);
  assert.equal(seen.writes, 0);
});

test("a fact that a list does not give is no difference to what enforcement found out", async () => {
  await look(
    observation("a", 0, "compliant", { facts: { enabled: true, devices: [{ method: "sms", usable: true }] } }),
  );
  assert.equal(await look(observation("a", 1, "compliant", { facts: { enabled: true, devices: null } })), 0);
});

test("verdict, rule, requirement, exemption, user name and facts are each a change", async () => {
  const { judgement, subject } = observation("a", 0, "violating");
  const variants: Partial<Observation>[] = [
    { judgement: { ...judgement, verdict: "exempt" } },
    { judgement: { ...judgement, rule: "admins" } },
    { judgement: { ...judgement, requirement: "registered" } },
    { judgement: { ...judgement, exemption: "SEC-1" } },
    { subject: { ...subject, username: "renamed@example.com" } },
    { facts: { enabled: true } },
  ];
  for (const [i, variant] of variants.entries()) {
    const id = `v${i}`;
    await look(observation(id, 0, "violating"));
    const base = observation(id, 1, "violating");
    const changed = {
      ...base,
      ...variant,
      subject: { ...base.subject, username: variant.subject?.username ?? base.subject.username },
    };
    assert.equal(await look(changed), 2, `variant ${i}: the old event and the new state`);
  }
});

test("history keeps every verdict, oldest first; first seen and enabled since stay", async () => {
  await look(observation("a", 0, "violating"));
  await look(observation("a", 1, "compliant"));
  await look(observation("a", 2, "violating"));
  await look(observation("a", 3, "compliant"));
  assert.deepEqual(await verdictsOf("a"), ["violating", "compliant", "violating", "compliant"]);
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.firstSeenAt, at(0));
  assert.equal(state?.enabledSince, at(1), "enrolment time cannot be renewed");
  assert.equal(events.at(-1)?.was, "violating");
});

test("an older observation never overwrites, whatever its reader believed", async () => {
  await look(observation("a", 10, "compliant"));
  assert.equal(await ledger.saveObservations([observation("a", 5, "violating")], new Map()), 0);
  assert.equal((await stateOf("a")).judgement.verdict, "compliant");
  const stale = await ledger.readStates(directory, ["a"], true);
  await look(observation("a", 20, "violating"));
  assert.equal(await ledger.saveObservations([observation("a", 15, "grace")], stale), 0);
  assert.deepEqual(await verdictsOf("a"), ["compliant", "violating"]);
});

test("a reader with a stale picture still writes what is newer, and loses no event", async () => {
  const stale = new Map<string, SubjectState>();
  await look(observation("a", 0, "violating"));
  assert.equal(await ledger.saveObservations([observation("a", 1, "compliant")], stale), 2);
  const old = await ledger.readStates(directory, ["a"], true);
  await look(observation("a", 2, "violating"));
  assert.equal(await ledger.saveObservations([observation("a", 3, "grace")], old), 2);
  assert.deepEqual(await verdictsOf("a"), ["violating", "compliant", "violating", "grace"]);
});

test("facts that were read anew and say the same move their time, and are no event; who looked earlier does not overwrite them", async () => {
  const anew = { renewsFacts: true } as const;
  await look(observation("a", 0, "compliant"));
  const stale = await ledger.readStates(directory, ["a"], true);
  assert.equal(await look(observation("a", 10, "compliant", anew)), 1);
  assert.equal(await look(observation("a", 20, "compliant")), 0);
  assert.equal((await stateOf("a")).observedAt, at(10));
  assert.equal(await ledger.saveObservations([observation("a", 5, "violating")], stale), 0);
  assert.equal(await ledger.saveObservations([observation("a", 7, "compliant", anew)], stale), 0);
  assert.deepEqual([(await stateOf("a")).observedAt, await verdictsOf("a")], [at(10), ["compliant"]]);
});

test("of one subject seen twice in one call only the last look counts", async () => {
  assert.equal(await look(observation("a", 0, "violating"), observation("a", 1, "compliant")), 1);
  assert.equal((await stateOf("a")).judgement.verdict, "compliant");
});

test("death between the two writes neither loses nor doubles an event", async () => {
  await look(observation("a", 0, "violating"));
  intercept = (name) => {
    if (name === "UpdateCommand") throw Object.assign(new Error("killed"), { name: "Killed" });
  };
  await assert.rejects(look(observation("a", 1, "compliant")), { code: "ERR_LEDGER_UNAVAILABLE" });
  assert.deepEqual(await verdictsOf("a"), ["violating"], "archived twice reads as once");
  intercept = undefined;
  await look(observation("a", 2, "compliant"));
  assert.deepEqual(await verdictsOf("a"), ["violating", "compliant"]);
});

test("concurrent looks at one subject end with the newest, and each that counted is told once", async () => {
  const looks = Array.from({ length: 5 }, (_, i) => observation(`u${i}`, i, VERDICTS[i] ?? "unknown")).map((one) => ({
    ...one,
    subject: { ...one.subject, id: "a" },
  }));
  await Promise.all(looks.map((one) => ledger.saveObservations([one], new Map())));
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.observedAt, at(4));
  assert.deepEqual(events.at(-1), state?.event);
  for (const [i, event] of events.entries()) assert.equal(event.was, events[i - 1]?.verdict);
});

test("a departed subject is listed no more, and comes back when it is seen again", async () => {
  await look(observation("a", 0, "violating"));
  await ledger.markDeparted(directory, "a", "run-2", at(1), "unconfirmed");
  await ledger.markDeparted(directory, "a", "run-2", at(1), "unconfirmed");
  await ledger.markDeparted(directory, "nobody", "run-2", at(1), "confirmed");
  assert.equal((await stateOf("a")).departed, "unconfirmed");
  assert.deepEqual(await ledger.listByVerdict(directory, "violating", 10), []);
  assert.equal(await look(observation("a", 0, "violating")), 0, "an old page does not bring it back");
  await look(observation("a", 2, "violating"));
  assert.equal((await stateOf("a")).departed, undefined);
  const { events } = await ledger.readHistory(directory, "a");
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["verdict", "departed", "verdict"],
  );
});

test("who is not compliant can be listed by verdict", async () => {
  const ids = Array.from({ length: 40 }, (_, i) => `s${String(i).padStart(2, "0")}`);
  await look(...ids.map((id) => observation(id, 0, "violating")));
  assert.deepEqual(
    (await ledger.listByVerdict(directory, "violating", 100)).map(({ id }) => id),
    ids,
  );
  assert.equal((await ledger.listByVerdict(directory, "violating", 7)).length, 7);
  await look(...ids.map((id, i) => observation(id, 1, i % 2 ? "compliant" : "out-of-scope")));
  for (const verdict of VERDICTS) assert.deepEqual(await ledger.listByVerdict(directory, verdict, 100), []);
});

test("thousands of states are read in batches, and unprocessed keys again", async () => {
  const ids = Array.from({ length: 450 }, (_, i) => `user-${i}`);
  await look(...ids.map((id) => observation(id, 0, "violating")));
  unprocessed = 5;
  seen.reads = 0;
  const states = await ledger.readStates(directory, [...ids, ...ids, "nobody"]);
  assert.equal(states.size, ids.length);
  assert.equal(seen.reads, 5 + 5);
  unprocessed = 1_000;
  await assert.rejects(ledger.readStates(directory, ["user-1"]), { code: "ERR_LEDGER_UNAVAILABLE" });
});

test("foreign ids and user names break no key and come back as they were", async () => {
  const hostile = [
    "__proto__",
    "constructor",
    "a#b#STATE",
    "STATE",
    "line\nbreak\r\n\u0000",
    "\u202egnp.exe \u001b[31m",
    "👩‍👩‍👧‍👦".repeat(40).slice(0, 300),
    "é",
    "é".normalize("NFD"),
    "x".repeat(300),
    "漢".repeat(300),
    "~tilde",
    "",
    " ",
    "%2F../..",
  ];
  const looks = hostile.map((id) => {
    const base = observation(id, 0, "violating");
    return {
      ...base,
      subject: { ...base.subject, username: id },
      facts: { population: id, groups: [id, "__proto__"] },
    };
  });
  assert.equal(await look(...looks), hostile.length);
  const states = await ledger.readStates(directory, hostile, true);
  assert.deepEqual([...states.keys()].sort(), [...hostile].sort());
  for (const id of hostile) {
    assert.equal(states.get(id)?.username, id);
    assert.deepEqual(states.get(id)?.facts, { population: id, groups: [id, "__proto__"] });
    assert.equal((await ledger.claimSubject(directory, id, claimBy("r")))?.id, id);
  }
  assert.equal(await look(...looks.map((one) => ({ ...one, observedAt: at(1) }))), 0);
  assert.equal(await ledger.planChanges(hostile.map((id) => change(id))), hostile.length);
  assert.deepEqual((await changesOf(change("x").run)).map(({ id }) => id).sort(), [...hostile].sort());
});

test("no two ids share a state, not even broken ones", async () => {
  await look(observation("\ud800", 0, "violating"));
  await look(observation("\ud801", 0, "compliant"));
  assert.equal((await ledger.readHistory(directory, "\ud800")).state?.judgement.verdict, "violating");
  assert.equal((await ledger.readHistory(directory, "\ud801")).state?.judgement.verdict, "compliant");
});

test("values that are undefined are left out", async () => {
  await look(observation("a", 0, "violating", { facts: { enabled: undefined, devices: [{ usable: undefined }] } }));
  assert.deepEqual((await stateOf("a")).facts, { devices: [{}] });
  const again = observation("a", 1, "violating", { facts: { enabled: undefined, devices: [{ usable: undefined }] } });
  assert.equal(await look(again), 0);
});

test("only one step may plan a change, and a retried step plans its own again", async () => {
  assert.equal(await ledger.planChanges([change("a"), change("b"), change("b", { author: "b2" })]), 2);
  assert.equal(
    await ledger.planChanges([change("a", { author: "b3" }), change("b", { step: 1 }), change("c", { step: 1 })]),
    2,
  );
  const planned = await changesOf(change("a").run);
  assert.deepEqual(
    planned.map(({ id, author, step }) => [id, author, step]),
    [
      ["a", "b3", 0],
      ["b", "b2", 0],
      ["c", "b1", 1],
    ],
  );
});

test("a change that ended is never planned over, and ends once", async () => {
  await ledger.planChanges([change("a")]);
  await ledger.refuseChange(change("a"), { outcome: "needs-user", why: "no device" });
  await ledger.refuseChange(change("a"), { outcome: "enforced", why: "no" });
  await ledger.refuseChange(change("never-planned"), { outcome: "enforced", why: "no" });
  assert.equal(await ledger.planChanges([change("a")]), 0);
  const ended = await changesOf(change("a").run);
  assert.deepEqual(
    ended.map(({ id, outcome, why }) => [id, outcome, why]),
    [["a", "needs-user", "no device"]],
  );
});

test("changes of one directory only, page by page, in the order of ids", async () => {
  const ids = Array.from({ length: 300 }, (_, i) => `id-${String(i).padStart(4, "0")}`);
  const long = "y".repeat(6_000);
  await ledger.planChanges(ids.map((id) => change(id, { username: long })));
  await ledger.planChanges([change("zz", { directory: `${directory}-2` })]);
  const pages = await Array.fromAsync(ledger.listChanges(change("x").run, directory));
  assert.ok(pages.length > 1, "more than one page of 1 MB");
  assert.deepEqual(
    pages.flat().map(({ id }) => id),
    ids,
  );
});

test("of 20 claimers exactly one holds a subject, and may claim it again", async () => {
  await look(observation("a", 0, "violating"));
  const claimed = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ledger.claimSubject(directory, "a", claimBy(`run-${i}`))),
  );
  const winners = claimed.filter((state) => state !== undefined);
  assert.equal(winners.length, 1);
  const by = winners[0]?.claim?.by ?? "";
  assert.deepEqual(winners[0]?.claim?.before, { enabled: false });
  assert.equal((await ledger.claimSubject(directory, "a", claimBy(by, 9)))?.claim?.at, at(9));
  assert.equal(await ledger.claimSubject(directory, "unheard-of", claimBy("x")), undefined);
});

test("an observation leaves an open claim alone", async () => {
  await look(observation("a", 0, "violating"));
  await ledger.claimSubject(directory, "a", claimBy("r"));
  await look(observation("a", 1, "compliant"));
  assert.equal((await stateOf("a")).claim?.by, "r");
});

test("only exactly the dead claim can be inherited, once", async () => {
  await look(observation("a", 0, "violating"));
  const dead = claimBy("dead", 5);
  await ledger.claimSubject(directory, "a", dead);
  assert.equal(await ledger.takeOverClaim(directory, "a", claimBy("dead", 4), claimBy("heir", 6)), undefined);
  const heirs = await Promise.all(
    [1, 2, 3].map((i) => ledger.takeOverClaim(directory, "a", dead, claimBy(`heir-${i}`, 6))),
  );
  const [heir, ...others] = heirs.filter((state) => state !== undefined);
  assert.equal(others.length, 0);
  assert.ok(heir?.claim);
  const again = await ledger.takeOverClaim(directory, "a", dead, heir.claim);
  assert.deepEqual(again, heir, "the same call, repeated");
});

const enforced: { outcome: Outcome; why: string } = { outcome: "enforced", why: "the read-back shows it" };

test("an outcome goes to change, state and history, and frees the claim; recorded twice is once", async () => {
  await look(observation("a", 0, "violating"));
  await ledger.planChanges([change("a")]);
  const claim = claimBy("run-1");
  await ledger.claimSubject(directory, "a", claim);
  await ledger.completeClaim(claim, observation("a", 6, "compliant"), enforced, change("a"));
  await ledger.completeClaim(
    claim,
    observation("a", 7, "compliant"),
    { outcome: "already", why: "retried" },
    change("a"),
  );
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.claim, undefined);
  assert.equal(state?.judgement.verdict, "compliant");
  assert.equal(state?.enabledSince, at(6));
  assert.deepEqual(
    events.map(({ kind, outcome, before }) => [kind, outcome, before]),
    [
      ["verdict", undefined, undefined],
      ["outcome", "enforced", { enabled: false }],
    ],
  );
  assert.deepEqual(
    (await changesOf(change("a").run)).map(({ outcome }) => outcome),
    ["enforced"],
  );
});

test("where nothing new was seen the outcome is recorded all the same", async () => {
  await look(observation("a", 0, "violating"));
  const claim = claimBy("run-1");
  await ledger.claimSubject(directory, "a", claim);
  await ledger.completeClaim(claim, observation("a", 0, "violating"), { outcome: "failed", why: "ERR_VENDOR_TIMEOUT" });
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.claim, undefined);
  assert.equal(state?.event.outcome, "failed");
  assert.equal(events.length, 2);
});

test("what history says is put only where nothing is yet: no write goes over an older line", async () => {
  const puts: { Item: { sk: string }; ConditionExpression?: string }[] = [];
  intercept = (name, input) => {
    if (name === "PutCommand") puts.push(input as (typeof puts)[number]);
  };
  await look(observation("written-once", 0, "violating"));
  await look(observation("written-once", 60, "compliant"));
  intercept = undefined;
  const events = puts.filter(({ Item }) => Item.sk.startsWith("EVENT#"));
  assert.equal(events.length, 1);
  for (const { ConditionExpression } of events) assert.equal(ConditionExpression, "attribute_not_exists(pk)");
});

test("an outcome never undoes a newer look: it joins the history and frees the claim", async () => {
  await look(observation("a", 0, "violating"));
  const claim = claimBy("run-1");
  await ledger.claimSubject(directory, "a", claim);
  await look(observation("a", 10, "grace", { run: "run-2" }));
  await ledger.completeClaim(claim, observation("a", 6, "compliant"), enforced);
  await ledger.completeClaim(claim, observation("a", 6, "compliant"), enforced);
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.judgement.verdict, "grace");
  assert.equal(state?.claim, undefined);
  assert.equal(events.filter(({ kind }) => kind === "outcome").length, 1);
});

test("who lost the claim to an heir cannot free it, and its outcome is still told", async () => {
  await look(observation("a", 0, "violating"));
  const dead = claimBy("run-1");
  await ledger.claimSubject(directory, "a", dead);
  await ledger.takeOverClaim(directory, "a", dead, claimBy("heir", 6));
  await ledger.completeClaim(dead, observation("a", 7, "compliant"), enforced);
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.equal(state?.claim?.by, "heir");
  assert.equal(state?.judgement.verdict, "violating");
  assert.equal(events.at(-1)?.outcome, "enforced");
});

test("death at any write of an outcome is corrected by recording it again", async () => {
  for (const fatal of [1, 2, 3]) {
    const id = `k${fatal}`;
    await look(observation(id, 0, "violating"));
    await ledger.planChanges([change(id)]);
    const claim = claimBy("run-1");
    await ledger.claimSubject(directory, id, claim);
    let writes = 0;
    intercept = (name) => {
      if (/^(Put|Update)/.test(name) && ++writes === fatal) throw new Error("killed");
    };
    await assert.rejects(ledger.completeClaim(claim, observation(id, 6, "compliant"), enforced, change(id)));
    intercept = undefined;
    await ledger.completeClaim(claim, observation(id, 6, "compliant"), enforced, change(id));
    const { state, events } = await ledger.readHistory(directory, id);
    assert.equal(state?.claim, undefined);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["verdict", "outcome"],
    );
  }
});

async function take(run: string) {
  const taken = await ledger.acquireLease(directory, run);
  assert.ok("lease" in taken, `${run} did not get the lease`);
  return taken;
}

test("of 10 runs one gets the lease; the others learn who has it until when", async () => {
  const taken = await Promise.all(Array.from({ length: 10 }, (_, i) => ledger.acquireLease(directory, `run-${i}`)));
  const winner = taken.find((one) => "lease" in one);
  assert.equal(taken.filter((one) => "lease" in one).length, 1);
  for (const one of taken)
    if ("heldBy" in one)
      assert.deepEqual(one, { heldBy: winner?.lease.run, until: new Date(now + 60_000).toISOString() });
});

test("a retried step keeps its lease and its token; a released one goes on with a higher token", async () => {
  const first = await take("run-1");
  assert.deepEqual(await take("run-1"), first);
  await ledger.updateHead(first.lease, { baseline: { run: "run-1", read: 5 } });
  await ledger.updateHead(first.lease, { manifest: { run: "run-1", hash: "abc" } });
  await ledger.releaseLease(first.lease);
  await ledger.releaseLease(first.lease);
  const second = await take("run-2");
  assert.ok(second.lease.token > first.lease.token);
  assert.deepEqual(second.unsettled, []);
  assert.deepEqual(second.head, { baseline: { run: "run-1", read: 5 }, manifest: { run: "run-1", hash: "abc" } });
});

test("an expired lease is taken over, the dead run is named until it is settled, and the old holder is fenced off", async () => {
  const dead = await take("run-1");
  now += 59_000;
  await ledger.renewLease(dead.lease);
  now += 59_000;
  assert.ok("heldBy" in (await ledger.acquireLease(directory, "run-2")));
  now += 2_000;
  const second = await take("run-2");
  assert.deepEqual(second.unsettled, ["run-1"]);
  for (const late of [
    () => ledger.renewLease(dead.lease),
    () => ledger.updateHead(dead.lease, { baseline: { run: "run-1", read: 1 } }),
    () => ledger.markRunRecovered(dead.lease, "run-1"),
    () => ledger.releaseLease(dead.lease),
  ])
    await assert.rejects(late, { code: "ERR_LEASE_LOST" });
  now += 61_000;
  const third = await take("run-3");
  assert.deepEqual(third.unsettled, ["run-1", "run-2"]);
  await ledger.markRunRecovered(third.lease, "run-1");
  await ledger.releaseLease(third.lease);
  assert.deepEqual((await take("run-4")).unsettled, ["run-2"]);
});

test("a lease that is ended early is taken at once, and what it was for is still to be settled", async () => {
  assert.equal(await ledger.readLease(directory), undefined);
  const stopped = await take("run-1");
  assert.deepEqual(await ledger.readLease(directory), { run: "run-1", until: new Date(now + 60_000).toISOString() });
  await ledger.expireLease(stopped.lease);
  assert.deepEqual(await ledger.readLease(directory), { run: "run-1", until: new Date(now).toISOString() });
  const next = await take("run-2");
  assert.deepEqual(next.unsettled, ["run-1"]);
  await assert.rejects(() => ledger.expireLease(stopped.lease), { code: "ERR_LEASE_LOST" });
});

test("a person's accept makes a baseline, before any lease and during one", async () => {
  await ledger.acceptBaseline(directory, { run: "run-0", read: 7 }, origin, "half the company left");
  const taken = await take("run-1");
  assert.deepEqual(taken.head, { baseline: { run: "run-0", read: 7 } });
  await ledger.acceptBaseline(directory, { run: "run-9", read: 9 }, origin, "again");
  await ledger.renewLease(taken.lease);
  assert.deepEqual((await take("run-1")).head, { baseline: { run: "run-9", read: 9, also: ["run-0"] } });
  const decisions = await ledger.listBaselineDecisions(directory);
  assert.deepEqual(
    decisions.map(({ baseline, reason, origin: { by } }) => [baseline.run, reason, by]),
    [
      ["run-0", "half the company left", "tester"],
      ["run-9", "again", "tester"],
    ],
  );
});

test("20 concurrent reservers never get more than the limit", async () => {
  const grants = await Promise.all(Array.from({ length: 20 }, () => ledger.reserveBudget(directory, 7, 50)));
  assert.equal(
    grants.reduce((sum, one) => sum + one, 0),
    50,
  );
  assert.equal(await ledger.countSpentBudget(directory), 50);
  assert.equal(await ledger.reserveBudget(directory, 1, 50), 0);
});

test("the budget rolls over 24 hours, and what is given back can be had again", async () => {
  assert.equal(await ledger.reserveBudget(directory, 30, 100), 30);
  now += 10 * HOUR;
  assert.equal(await ledger.reserveBudget(directory, 100, 100), 70);
  await ledger.releaseBudget(directory, 75);
  assert.equal(await ledger.countSpentBudget(directory), 25);
  await ledger.releaseBudget(directory, 1_000);
  assert.equal(await ledger.countSpentBudget(directory), 0);
  assert.equal(await ledger.reserveBudget(directory, 40, 100), 40);
  now += 24 * HOUR - 1;
  assert.equal(await ledger.countSpentBudget(directory), 40, "not yet a whole day ago");
  now += 2 * HOUR;
  assert.equal(await ledger.countSpentBudget(directory), 0);
  assert.equal(await ledger.reserveBudget(directory, 5, -1), 0);
});

test("a directory's own limit binds together with that of all, and only what both grant is taken", async () => {
  const reserve = (wanted: number, own?: number, name = "a") =>
    ledger.reserveBudget(directory, wanted, 10, { directory: name, limit: own });
  assert.deepEqual([await reserve(5, 3), await reserve(5, 3), await reserve(2, 2, "b")], [3, 0, 2]);
  assert.equal(await ledger.countSpentBudget(directory), 5);
  assert.equal(await ledger.countSpentBudget(directory, "a"), 3);
  assert.equal(await reserve(9), 5, "no limit of its own");
  await ledger.releaseBudget(directory, 4, "b");
  assert.deepEqual(
    [await ledger.countSpentBudget(directory), await ledger.countSpentBudget(directory, "b")],
    [8, 0],
    "b had two",
  );
  assert.deepEqual([await reserve(9, 9, "b"), await reserve(9, 9, "a")], [2, 0]);
});

test("a budget of an earlier version, which knew no directories, counts for all of them", async () => {
  await ledger.reserveBudget(directory, 4, 10);
  assert.equal(await ledger.countSpentBudget(directory, "a"), 0);
  assert.equal(await ledger.reserveBudget(directory, 9, 10, { directory: "a", limit: 5 }), 5);
  assert.equal(await ledger.countSpentBudget(directory), 9);
});

test("what was reserved under a clock that was ahead is given free 25 hours after the clock is right, also when nothing is left", async () => {
  const right = now;
  now += 400 * 24 * HOUR;
  assert.equal(await ledger.reserveBudget(directory, 3, 3), 3);
  now = right;
  assert.equal(await ledger.reserveBudget(directory, 1, 3), 0);
  now += 25 * HOUR;
  assert.deepEqual([await ledger.countSpentBudget(directory), await ledger.reserveBudget(directory, 5, 3)], [0, 3]);
});

test("the kill switch holds for one directory or all, and can be lifted", async () => {
  await ledger.setDeployedPolicy("hash-1");
  assert.deepEqual(await ledger.readGuards(directory), { policy: "hash-1" });
  await ledger.setKillSwitch(directory, "incident 7", origin);
  assert.match((await ledger.readGuards(directory)).halted ?? "", /incident 7.*tester/);
  assert.equal((await ledger.readGuards("another")).halted, undefined);
  await ledger.setKillSwitch(directory, undefined, origin);
  await ledger.setKillSwitch("all", "everything", origin);
  assert.match((await ledger.readGuards("another")).halted ?? "", /everything/);
  await ledger.setKillSwitch("all", undefined, origin);
  await ledger.setKillSwitch("policy", "a directory of that name", origin);
  assert.match((await ledger.readGuards("policy")).halted ?? "", /of that name/);
  assert.deepEqual(await ledger.readGuards(directory), { policy: "hash-1" });
});

test("every turn of the kill switch stays on record; what an earlier version forgot is told as not known", async () => {
  assert.deepEqual(await ledger.readSwitchHistory(directory), { turns: [] });
  const at = () => new Date(now).toISOString();
  const stopped = { halted: true, reason: "incident 7", by: origin, at: at() };
  await ledger.setKillSwitch(directory, "incident 7", origin);
  now += HOUR;
  const lifted = { halted: false, by: origin, at: at() };
  await ledger.setKillSwitch(directory, undefined, origin);
  assert.deepEqual(await ledger.readSwitchHistory(directory), { turns: [stopped, lifted] });
  assert.deepEqual(await ledger.readSwitchHistory("another"), { turns: [] });
  // The form of an earlier version: the last turn alone.
  const old = { halted: true, reason: "long ago", by: origin, at: "2020-01-01T00:00:00.000Z" };
  await real.send(new PutCommand({ TableName: TABLE, Item: { pk: `SWITCH#old-${directory}`, sk: "-", ...old } }));
  assert.deepEqual(await ledger.readSwitchHistory(`old-${directory}`), { turns: [old], firstKnown: old });
  await ledger.setKillSwitch(`old-${directory}`, undefined, origin);
  assert.deepEqual(await ledger.readSwitchHistory(`old-${directory}`), { turns: [old, lifted], firstKnown: old });
});

test("a run is opened once and closed once, and found with its directories", async () => {
  const record: RunRecord = {
    run: `r-${directory}`,
    mode: "enforce",
    status: "running",
    origin,
    policy: "p",
    code: "c",
    startedAt: new Date(now).toISOString(),
    directories: [directory],
  };
  const part: DirectoryRecord = {
    run: record.run,
    id: directory,
    vendor: "pingone",
    status: "completed",
    mode: "enforce",
    read: 1,
    verdicts: noVerdicts(),
    after: noVerdicts(),
    changes: { ...noChanges(), planned: 1, enforced: 1 },
    problems: [],
  };
  assert.equal(await ledger.readRun(record.run), undefined);
  await ledger.openRun(record);
  await ledger.openRun({ ...record, policy: "another" });
  await ledger.planChanges([change("a", { run: record.run })]);
  await ledger.saveDirectory(part);
  assert.deepEqual(await ledger.readRun(record.run), { run: record, directories: [part] });
  await ledger.closeRun(record.run, "completed");
  await ledger.closeRun(record.run, "failed");
  const closed = (await ledger.readRun(record.run))?.run;
  assert.equal(closed?.status, "completed");
  assert.equal(closed?.endedAt, new Date(now).toISOString());
  await ledger.openRun({ ...record, run: `s-${directory}`, startedAt: new Date(now + 1_000).toISOString() });
  assert.deepEqual(
    (await ledger.listRuns(2)).map(({ run }) => run),
    [`s-${directory}`, record.run],
  );
});

test("what DynamoDB says in an error stays there: only its name is told", async () => {
  intercept = () => {
    throw Object.assign(new Error("secret-value in item"), { name: "ProvisionedThroughputExceededException" });
  };
  await assert.rejects(ledger.readGuards(directory), (error: Error) => {
    assert.match(error.message, /ProvisionedThroughputExceededException/);
    assert.doesNotMatch(`${error.message}${error.stack}${error.cause}`, /secret-value/);
    return true;
  });
});

test("what events changed is listed by the hour it was recorded in; recorded twice, the first stays", async () => {
  const byEvent = (id: string, extra: Partial<Change> = {}) =>
    change(id, { unplanned: true, run: "event:e-1", ...extra });
  const listed = async (hour: string) => (await Array.fromAsync(ledger.listEventChanges(directory, hour))).flat();
  now = Date.parse("2026-09-02T10:59:59.000Z");
  await look(observation("a", 0, "violating"), observation("b", 0, "violating"));
  const dead = claimBy("event:e-1", 5, 0);
  await ledger.claimSubject(directory, "a", dead);
  let writes = 0;
  intercept = (name) => {
    if (/^(Put|Update)/.test(name) && ++writes === 2) throw new Error("killed");
  };
  const detail = { status: 500, said: { errorCode: 7 } };
  const first = { ...enforced, detail };
  await assert.rejects(ledger.completeClaim(dead, observation("a", 6, "compliant"), first, byEvent("a")));
  intercept = undefined;
  const heir: Claim = { ...claimBy("event:e-1", 8, 0), since: dead.at };
  await ledger.takeOverClaim(directory, "a", dead, heir);
  const again = { ...enforced, why: "seen again" };
  await ledger.completeClaim(heir, observation("a", 9, "compliant"), again, byEvent("a"));
  assert.deepEqual(
    (await listed("2026-09-02T10")).map(({ id, outcome, why, at, run, detail }) => [id, outcome, why, at, run, detail]),
    [["a", "enforced", enforced.why, "2026-09-02T10:59:59.000Z", "event:e-1", detail]],
  );
  now += 2_000;
  const next = claimBy("event:e-2", 3, 0);
  await ledger.claimSubject(directory, "b", next);
  await ledger.completeClaim(
    next,
    observation("b", 4, "violating"),
    { outcome: "failed", why: "no" },
    byEvent("b", { run: "event:e-2" }),
  );
  assert.deepEqual(
    (await listed("2026-09-02T11")).map(({ id, outcome }) => [id, outcome]),
    [["b", "failed"]],
  );
  assert.deepEqual(await listed("2026-09-02T12"), []);
  assert.deepEqual(await Array.fromAsync(ledger.listChanges("event:e-1", directory)), [[]]);
});

test("what was written is remembered, whatever is seen later, until it is written again", async () => {
  await look(observation("a", 0, "violating"));
  const claim = claimBy("run-1");
  const learned = { written: { version: "v1", live: false } };
  await ledger.planChanges([change("a")]);
  await ledger.claimSubject(directory, "a", claim);
  await ledger.completeClaim(
    claim,
    observation("a", 6, "violating"),
    { outcome: "staged", why: "written", learned },
    change("a"),
  );
  await look(observation("a", 7, "grace"));
  assert.deepEqual((await stateOf("a")).written, learned.written);
  const [staged] = await changesOf(change("a").run);
  assert.deepEqual(staged?.learned, learned);
  assert.ok(staged);
  await ledger.markPublished(staged, observation("a", 8, "compliant"), "pushed");
  await ledger.markPublished(staged, observation("a", 9, "compliant"), "pushed");
  const { state, events } = await ledger.readHistory(directory, "a");
  assert.deepEqual([state?.written?.live, state?.judgement.verdict], [true, "compliant"]);
  assert.deepEqual(
    events.flatMap(({ outcome }) => outcome ?? []),
    ["staged", "enforced"],
  );
  assert.deepEqual(
    (await changesOf(change("a").run)).map(({ outcome }) => outcome),
    ["enforced"],
  );
});

test("a push of what was written over since says nothing of what is there now", async () => {
  await look(observation("a", 0, "violating"));
  const claim = claimBy("run-1");
  await ledger.claimSubject(directory, "a", claim);
  const learned = { written: { version: "v2", live: false } };
  await ledger.completeClaim(claim, observation("a", 6, "violating"), { outcome: "staged", why: "written", learned });
  const earlier = change("a", { outcome: "staged", learned: { written: { version: "v1", live: false } } });
  await ledger.markPublished(earlier, observation("a", 8, "compliant"), "pushed");
  assert.deepEqual((await stateOf("a")).written, learned.written);
});

test("a refused password is remembered even by who has lost the claim", async () => {
  await look(observation("a", 0, "violating"));
  const dead = claimBy("run-1");
  await ledger.claimSubject(directory, "a", dead);
  await ledger.takeOverClaim(directory, "a", dead, claimBy("heir", 6));
  await ledger.completeClaim(dead, observation("a", 7, "violating"), {
    outcome: "failed",
    why: "no",
    learned: { refusedSecret: "v1" },
  });
  const { refusedSecret, claim } = await stateOf("a");
  assert.deepEqual([refusedSecret, claim?.by], ["v1", "heir"]);
});

test("since when somebody has a verdict is kept, whatever else changes, and begins anew with a new one", async () => {
  await look(observation("a", 0, "violating"));
  await look(observation("a", 1, "violating", { facts: { enabled: false, population: "p2" } }));
  const claim = claimBy("run-1");
  await ledger.claimSubject(directory, "a", claim);
  await ledger.completeClaim(claim, observation("a", 6, "violating"), { outcome: "failed", why: "no" });
  assert.equal((await stateOf("a")).since, at(0));
  await look(observation("a", 7, "compliant"));
  assert.equal((await stateOf("a")).since, at(7));
});
