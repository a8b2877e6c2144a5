/** Whom a webhook of PingOne names, whatever comes; and how its subscription is found, compared, made and repaired. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import { openDirectory, vendors } from "../../../lib/directories/index.ts";
import type { WebhookTarget } from "../../../lib/model/index.ts";
import { type PingOne, startPingOne } from "../../../simulators/pingone/index.ts";
import documents from "../../fixtures/pingone.json" with { type: "json" };

const hooks = vendors.pingone?.hooks ?? assert.fail("PingOne takes no hooks");
const read = (body: unknown) => hooks.read("workforce", typeof body === "string" ? body : JSON.stringify(body));

const event = documents.event.body;
const [user] = event.resources;
const jane = "05ad3cc6-8723-4f85-9711-05ad549717f6";
const john = "b30ac647-e33e-464f-a6ea-0275082d4c26";
const hint = { id: event.id, directory: "workforce", subject: jane, at: "2026-11-20T11:59:58.400Z" };
const nothing = { events: [], broken: [], ignored: 0 };

describe("the vendor's own event", () => {
  test("names its user, by an array, an object or a line each", () => {
    const other = { ...event, id: "other" };
    const [one, two] = [JSON.stringify(event), JSON.stringify(other)];
    assert.deepEqual(read(one), { ...nothing, events: [hint] });
    const both = { ...nothing, events: [hint, { ...hint, id: "other" }] };
    for (const body of [
      `[${one},${two}]`,
      `${one}\n${two}`,
      `\r\n${one}\r\n\n  \n${two}\r\n`,
      `\uFEFF[${one},${two}]\n`,
    ]) {
      assert.deepEqual(read(body), both, JSON.stringify(body.slice(0, 10)));
    }
  });

  test("gives away nothing but ids and times", () => {
    const marked = JSON.parse(
      JSON.stringify(event).replaceAll("jane.doe@example.com", "canary").replaceAll("Updated", "canary"),
    );
    const answer = JSON.stringify([
      read(marked),
      read({ ...marked, id: "canary canary" }),
      read({ ...marked, resources: [{ type: "USER", id: "canary" }] }),
      read({ ...marked, resources: [{ type: "canary" }], action: { type: "canary" } }),
      read("canary"),
    ]);
    assert.ok(!answer.includes("canary"), answer);
  });

  test("happened when it was recorded, else when it was stored, else at no known time", () => {
    const at = (recordedAt: unknown, createdAt: unknown) => read({ ...event, recordedAt, createdAt }).events[0]?.at;
    assert.equal(at("2026-11-20T12:00:00+01:00", event.createdAt), "2026-11-20T11:00:00.000Z");
    assert.equal(at(undefined, event.createdAt), event.createdAt);
    assert.equal(at("yesterday", event.createdAt), event.createdAt);
    assert.equal(at(7, null), undefined);
    assert.equal(read({ ...event, recordedAt: "2026-99-99T00:00:00Z", createdAt: "x" }).events.length, 1);
  });

  test("of a kind nobody knows is looked at, if it names a user", () => {
    for (const action of [{ type: "DEVICE.ACTIVATED" }, { type: "USER.TELEPORTED" }, { type: "POLICY.UPDATED" }, null])
      assert.deepEqual(read({ ...event, action }).events, [hint]);
  });

  test("about something of a user names that user, and never who did it", () => {
    const base = "https://api.pingone.eu/v1/environments/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";
    const group = { type: "MEMBER_OF_GROUP", id: "g", href: `${base}/users/${jane}/memberOfGroups/g` };
    const device = { type: "DEVICE", id: john, href: `${base}/users/${jane}/devices/${john}` };
    for (const resource of [group, device]) assert.deepEqual(read({ ...event, resources: [resource] }).events, [hint]);
    assert.deepEqual(read({ ...event, resources: [user, device] }).events, [hint]);
    const policy = { ...event, action: { type: "POLICY.UPDATED" }, actors: { user }, resources: [{ type: "POLICY" }] };
    assert.deepEqual(read(policy), { ...nothing, ignored: 1 });
  });

  test("about two users becomes two, each with an id of its own that is the same when it comes again", () => {
    const both = { ...event, resources: [user, { ...user, id: john }, user] };
    assert.deepEqual(
      read(both).events.map(({ id, subject }) => [id, subject]),
      [
        [`${event.id}:${jane}`, jane],
        [`${event.id}:${john}`, john],
      ],
    );
    const ids = (body: object) => read(body).events.map(({ id }) => id);
    assert.deepEqual(ids({ ...both, resources: both.resources.toReversed() }).sort(), ids(both).sort());
  });

  test("of a kind that concerns no user is counted and passed over", () => {
    const kinds = [
      "POLICY.CREATED",
      "GROUP.UPDATED",
      "POPULATION.DELETED",
      "APPLICATION.CREATED",
      "MFA_SETTINGS.UPDATED",
    ];
    const events = kinds.map((type) => ({ ...event, action: { type }, resources: [{ type: "OTHER", id: jane }] }));
    assert.deepEqual(read(events), { ...nothing, ignored: kinds.length });
  });
});

describe("a body that is not as it should be", () => {
  const nobody = "names no user, and is of no kind known to concern none";
  const cases: readonly [name: string, body: unknown, broken: readonly object[]][] = [
    ["no JSON", "<html>", [{ why: "not JSON" }]],
    ["nothing", "", [{ why: "not JSON" }]],
    ["half an array", JSON.stringify([event, event], null, 1).slice(0, 2000), [{ why: "not JSON" }]],
    ["a number", "7", [{ why: "not an object" }]],
    ["null", "null", [{ why: "not an object" }]],
    ["arrays in an array", [[event]], [{ why: "not an object" }]],
    ["no id", { ...event, id: undefined }, [{ why: "has no readable id" }]],
    ["an empty id", { ...event, id: "" }, [{ why: "has no readable id" }]],
    ["an id that is none", { ...event, id: "a\nb" }, [{ why: "has no readable id" }]],
    ["an endless id", { ...event, id: "x".repeat(101) }, [{ why: "has no readable id" }]],
    ["no resources", { ...event, resources: undefined }, [{ id: event.id, why: nobody }]],
    ["resources that are none", { ...event, resources: "USER" }, [{ id: event.id, why: nobody }]],
    ["odd resources", { ...event, resources: [null, 7, [], {}] }, [{ id: event.id, why: nobody }]],
    [
      "too many resources",
      { ...event, resources: Array(101).fill(user) },
      [{ id: event.id, why: "names more than 100 resources" }],
    ],
    [
      "an unknown kind without a user",
      { ...event, action: { type: "MOON.FULL" }, resources: [] },
      [{ id: event.id, why: nobody }],
    ],
    ["no kind and no user", { ...event, action: null, resources: [] }, [{ id: event.id, why: nobody }]],
  ];
  for (const [name, body, broken] of cases) {
    test(`${name}: broken, with the reason`, () => assert.deepEqual(read(body), { ...nothing, broken }));
  }

  test("a user whose id is none: broken, and another user beside it is kept", () => {
    const broken = [{ id: event.id, why: "names a user without a readable id" }];
    for (const id of ["../../x", "", null, "05ad3cc6", `${jane}0`])
      assert.deepEqual(read({ ...event, resources: [{ type: "USER", id }] }), { ...nothing, broken });
    const mixed = { ...event, resources: [{ type: "USER", id: "x" }, user] };
    assert.deepEqual(read(mixed), { ...nothing, events: [hint], broken });
  });

  test("one broken among five hundred loses none of the others, in an array and by lines", () => {
    const good = Array.from({ length: 499 }, (_, n) => ({ ...event, id: `event-${n}` }));
    const array = read(good.toSpliced(250, 0, { ...event, id: "" }));
    const lines = read(
      good
        .map((one) => JSON.stringify(one))
        .toSpliced(250, 0, "{")
        .join("\n"),
    );
    assert.deepEqual([array.events.length, array.broken], [499, [{ why: "has no readable id" }]]);
    assert.deepEqual([lines.events.length, lines.broken], [499, [{ why: "not JSON" }]]);
  });

  test("four MiB of real events are read in full", () => {
    const name = "n".repeat(7000);
    const events = Array.from({ length: 500 }, (_, n) => ({
      ...event,
      id: `event-${n}`,
      resources: [{ ...user, name }],
    }));
    const body = JSON.stringify(events);
    assert.ok(body.length > 3.5 * 1024 * 1024 && body.length <= 4.5 * 1024 * 1024, `${body.length}`);
    assert.equal(read(body).events.length, 500);
  });

  test("five MiB of nonsense gets a bounded answer that says so", () => {
    const size = 5 * 1024 * 1024;
    for (const body of [`[${"1,".repeat(size / 2)}1]`, "1\n".repeat(size / 2), "\n".repeat(size), "[".repeat(size)]) {
      const { events, broken } = read(body);
      assert.equal(events.length, 0);
      assert.ok(broken.length > 0 && broken.length <= 20_001);
    }
    assert.match(read(`[${"1,".repeat(30_000)}1]`).broken.at(-1)?.why ?? "", /more than 20000/);
  });

  test("nothing ever throws, and everything is either read, broken or ignored", () => {
    const bits = fc.constantFrom("USER", "USER.UPDATED", "GROUP.UPDATED", jane, event.id, "", "__proto__");
    const json = fc.jsonValue({ maxDepth: 3 });
    const part = fc.oneof(bits, json);
    const like = fc.record(
      {
        id: part,
        recordedAt: fc.oneof(part, fc.constant(event.recordedAt)),
        action: fc.oneof(part, fc.record({ type: part })),
        resources: fc.oneof(part, fc.array(fc.oneof(part, fc.record({ type: bits, id: part, href: part })))),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((v) => JSON.stringify(v)),
          fc.array(like).map((v) => JSON.stringify(v)),
        ),
        (body) => {
          const { events, broken, ignored } = read(body);
          const all: unknown = (() => {
            try {
              return JSON.parse(body);
            } catch {
              return undefined;
            }
          })();
          if (Array.isArray(all)) assert.ok(events.length + broken.length + ignored >= all.length);
          else assert.ok(events.length + broken.length + ignored > 0);
          for (const { subject } of events) assert.match(subject, /^[0-9a-f-]{36}$/i);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const never = new AbortController().signal;
const target: WebhookTarget = { url: "https://hooks.example.com/hooks/workforce", header: "Bearer hook-canary" };

async function start(context: TestContext) {
  const pingone = await startPingOne({ accounts: 10 });
  context.after(() => pingone.close());
  const { environment, endpoints, credentials } = pingone;
  const directory = openDirectory("pingone", {
    id: "workforce",
    settings: { environment, region: "eu", endpoints },
    secret: { ...credentials },
    secretVersion: "1",
    fetch,
    clock: Date.now,
  });
  const setUp = directory.hooks ?? assert.fail("no hooks");
  return { pingone, plan: () => setUp.plan(target, never), apply: (wanted = target) => setUp.apply(wanted, never) };
}

const writes = ({ calls }: PingOne) =>
  calls.filter(({ method, route }) => method !== "GET" && route !== "token").map(({ method }) => method);

describe("the subscription", () => {
  test("is missing, then made as wanted, then right; looking changes nothing", async (context) => {
    const { pingone, plan, apply } = await start(context);
    assert.equal((await plan()).state, "missing");
    assert.deepEqual(writes(pingone), []);
    await apply();
    assert.deepEqual(await plan(), { state: "right", detail: 'The subscription "mfa-warden workforce" is as wanted.' });
    const [made] = pingone.subscriptions();
    const { id, createdAt, updatedAt, filterOptions, ...rest } = made ?? assert.fail("none was made");
    assert.deepEqual(rest, {
      name: "mfa-warden workforce",
      enabled: true,
      protocol: "HTTPS",
      format: "ACTIVITY",
      httpEndpoint: { url: target.url, headers: { authorization: target.header } },
      verifyTlsCertificates: true,
      payloadOptions: { maximumPayloadLimit: { type: "EVENTS_PER_PAYLOAD", size: 500 }, payloadFormat: "JSON_ARRAY" },
    });
    for (const type of ["USER.CREATED", "USER.UPDATED", "USER.DELETED", "DEVICE.DELETED", "MEMBER_OF_GROUP.DELETED"])
      assert.ok(filterOptions.includedActionTypes.includes(type), type);
    assert.deepEqual(writes(pingone), ["POST"]);
  });

  test("is repaired where it is, with the subscriptions of others left alone", async (context) => {
    const { pingone, plan, apply } = await start(context);
    await apply();
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    const key = { id: "6b1a9f4c-2d1e-4c58-9a57-0c3c5c0f8e21" };
    Object.assign(ours, { enabled: false, tlsClientAuthKeyPair: key });
    assert.equal((await plan()).state, "different");
    await apply();
    assert.equal((await plan()).state, "right");
    const [repaired, ...others] = pingone.subscriptions();
    assert.deepEqual([repaired?.id, others, writes(pingone)], [ours.id, [], ["POST", "PUT"]]);
    assert.deepEqual((repaired as { tlsClientAuthKeyPair?: unknown }).tlsClientAuthKeyPair, key);
  });

  const changes: readonly [RegExp, object][] = [
    [/not enabled/, { enabled: false }],
    [/protocol/, { protocol: "TCP_IP" }],
    [/format/, { format: "SPLUNK" }],
    [/another address/, { httpEndpoint: { url: "https://evil.example", headers: { authorization: target.header } } }],
    [/another value/, { httpEndpoint: { url: target.url, headers: { Authorization: "Bearer other-canary" } } }],
    [/headers are others/, { httpEndpoint: { url: target.url, headers: { "x-key": target.header } } }],
    [/headers are others/, { httpEndpoint: { url: target.url, headers: { authorization: target.header, b: "c" } } }],
    [/cannot be compared/, { httpEndpoint: { url: target.url, headers: { authorization: "******" } } }],
    [/cannot be compared/, { httpEndpoint: { url: target.url } }],
    [/certificates/, { verifyTlsCertificates: false }],
    [/leaves out USER.DELETED, /, { filterOptions: { includedActionTypes: ["USER.CREATED", "USER.UPDATED"] } }],
    [/payload/, { payloadOptions: { maximumPayloadLimit: { type: "KB_PER_PAYLOAD", size: 4 } } }],
  ];
  for (const [expected, change] of changes) {
    test(`that has ${JSON.stringify(change).slice(0, 90)} is different, and no header is told`, async (context) => {
      const { pingone, plan, apply } = await start(context);
      await apply();
      Object.assign(pingone.subscriptions()[0] ?? {}, change);
      const { state, detail } = await plan();
      assert.equal(state, "different");
      assert.match(detail, expected);
      assert.ok(!detail.includes("canary") && !detail.includes("evil"), detail);
    });
  }

  test("that is narrowed to a population is different; one that hears more or leaves out defaults is right", async (context) => {
    const { pingone, plan, apply } = await start(context);
    await apply();
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    ours.filterOptions.includedActionTypes.push("PASSWORD.RESET");
    Object.assign(ours, { protocol: undefined, payloadOptions: undefined });
    Object.assign(ours.filterOptions, { includedPopulations: [], ipAddressExposed: false });
    assert.equal((await plan()).state, "right");
    ours.filterOptions.includedPopulations = [{ id: pingone.populations[0]?.id ?? "" }];
    assert.match((await plan()).detail, /narrowed/);
  });

  test("without the permission names the role that is missing, and no secret", async (context) => {
    const { pingone, plan, apply } = await start(context);
    pingone.setFault({ kind: "error", status: 403, on: "subscriptions" });
    for (const work of [plan, apply]) {
      await assert.rejects(work(), (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_VENDOR_DENIED");
        assert.match(error.message, /Environment Admin/);
        assert.ok(!error.message.includes("canary") && !error.message.includes("Identity Data Admin"));
        return true;
      });
    }
  });

  test("is not made beside fifty others, nor to an address that is not https", async (context) => {
    const { pingone, apply } = await start(context);
    for (const url of ["http://hooks.example.com/x", "ftp://hooks.example.com", "https://user@hooks.example.com", "x"])
      await assert.rejects(apply({ ...target, url }), { code: "ERR_INPUT_INVALID" });
    await apply({ ...target, url: "http://127.0.0.1:9/hooks/workforce" });
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    for (let n = 0; n < 49; n += 1) {
      const directory = openDirectory("pingone", {
        id: `other-${n}`,
        settings: { environment: pingone.environment, region: "eu", endpoints: pingone.endpoints },
        secret: { ...pingone.credentials },
        secretVersion: "1",
        fetch,
        clock: Date.now,
      });
      await directory.hooks?.apply(target, never);
    }
    ours.name = "somebody else's";
    await assert.rejects(apply(), { code: "ERR_VENDOR_REJECTED", message: /50 subscriptions/ });
  });

  test("is asked for once: a fault of the vendor may have come after it was made", async (context) => {
    const { pingone, apply } = await start(context);
    pingone.setFault({ kind: "error", status: 503, on: "subscriptions", method: "POST" });
    await assert.rejects(apply(), { code: "ERR_VENDOR_UNAVAILABLE" });
    assert.deepEqual(writes(pingone), ["POST"]);
  });

  test("that exists twice is for a person to decide", async (context) => {
    const { pingone, plan, apply } = await start(context);
    await apply();
    const [ours] = pingone.subscriptions();
    if (!ours) return assert.fail("none was made");
    ours.name = "aside";
    await apply();
    ours.name = "mfa-warden workforce";
    await assert.rejects(plan(), { code: "ERR_VENDOR_REJECTED" });
    await assert.rejects(apply(), { code: "ERR_VENDOR_REJECTED" });
  });
});
