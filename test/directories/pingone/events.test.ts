/** Whom a webhook of PingOne names, whatever comes. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { vendors } from "../../../lib/directories/index.ts";
import documents from "../../fixtures/pingone.json" with { type: "json" };

const hooks = vendors.pingone?.hooks ?? assert.fail("PingOne takes no hooks");
const read = (body: unknown) => hooks.read("workforce", typeof body === "string" ? body : JSON.stringify(body));

const event = documents.event.body;
const [user] = event.resources;
const jane = "05ad3cc6-8723-4f85-9711-05ad549717f6";
const john = "b30ac647-e33e-464f-a6ea-0275082d4c26";
const expectedEvent = { id: event.id, directory: "workforce", subject: jane, at: "2026-11-20T11:59:58.400Z" };
const noContents = { events: [], broken: [], ignored: 0 };

describe("the vendor's own event", () => {
  test("names its user, by an array, an object or a line each", () => {
    const other = { ...event, id: "other" };
    const [one, two] = [JSON.stringify(event), JSON.stringify(other)];
    assert.deepEqual(read(one), { ...noContents, events: [expectedEvent] });
    const both = { ...noContents, events: [expectedEvent, { ...expectedEvent, id: "other" }] };
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
      assert.deepEqual(read({ ...event, action }).events, [expectedEvent]);
  });

  test("about something of a user names that user, and never who did it", () => {
    const base = "https://api.pingone.eu/v1/environments/abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";
    const group = { type: "MEMBER_OF_GROUP", id: "g", href: `${base}/users/${jane}/memberOfGroups/g` };
    const device = { type: "DEVICE", id: john, href: `${base}/users/${jane}/devices/${john}` };
    for (const resource of [group, device])
      assert.deepEqual(read({ ...event, resources: [resource] }).events, [expectedEvent]);
    assert.deepEqual(read({ ...event, resources: [user, device] }).events, [expectedEvent]);
    const policy = { ...event, action: { type: "POLICY.UPDATED" }, actors: { user }, resources: [{ type: "POLICY" }] };
    assert.deepEqual(read(policy), { ...noContents, ignored: 1 });
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
    assert.deepEqual(read(events), { ...noContents, ignored: kinds.length });
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
    test(`${name}: broken, with the reason`, () => assert.deepEqual(read(body), { ...noContents, broken }));
  }

  test("a user whose id is none: broken, and another user beside it is kept", () => {
    const broken = [{ id: event.id, why: "names a user without a readable id" }];
    for (const id of ["../../x", "", null, "05ad3cc6", `${jane}0`])
      assert.deepEqual(read({ ...event, resources: [{ type: "USER", id }] }), { ...noContents, broken });
    const mixed = { ...event, resources: [{ type: "USER", id: "x" }, user] };
    assert.deepEqual(read(mixed), { ...noContents, events: [expectedEvent], broken });
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
