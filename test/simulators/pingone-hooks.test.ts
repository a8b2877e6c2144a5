/** The simulated PingOne sends each event to who subscribed to it, in order, until it is taken. */

import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import type { PingOne } from "../../simulators/pingone/index.ts";
import fixtures from "../fixtures/pingone.json" with { type: "json" };
import { startServer } from "../loopback.ts";
import { noon, open as openPingOne } from "./pingone-client.ts";

interface Event {
  id: string;
  action: { type: string };
  resources: { type: string; id: string }[] | null;
}

interface Receiver {
  readonly url: string;
  readonly got: { headers: IncomingHttpHeaders; text: string; events: Event[] }[];
  /** What it answers, one after the other; then 200. */
  readonly answers: number[];
}

async function listen(context: TestContext): Promise<Receiver> {
  const got: Receiver["got"] = [];
  const answers: number[] = [];
  const address = await startServer(context, async (request, response) => {
    const body = await text(request);
    const events = body.startsWith("[") ? JSON.parse(body) : body.split("\n").map((line) => JSON.parse(line));
    got.push({ headers: request.headers, text: body, events });
    response.writeHead(answers.shift() ?? 200).end();
  });
  return { url: `${address}/hooks/workforce`, got, answers };
}

interface World {
  readonly pingone: PingOne;
  send(method: string, path: string, body?: unknown): Promise<Response>;
  /** Makes a subscription to an address, and answers its id. */
  subscribe(url: string, more?: object): Promise<string>;
}

async function open(context: TestContext, accounts = 20): Promise<World> {
  const { pingone, send } = await openPingOne(context, { accounts });
  const subscribe: World["subscribe"] = async (url, more = {}) => {
    const response = await send("POST", "/subscriptions", { ...wanted(url), ...more });
    assert.equal(response.status, 201);
    return ((await response.json()) as { id: string }).id;
  };
  return { pingone, send, subscribe };
}

const { request } = fixtures.subscription;
const wanted = (url: string) => ({ ...request, httpEndpoint: { ...request.httpEndpoint, url } });
const eventsOf = ({ got }: Receiver) => got.flatMap(({ events }) => events);
const subjectsOf = (receiver: Receiver) => eventsOf(receiver).map(({ resources }) => resources?.[0]?.id);

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

describe("subscriptions", () => {
  test("are made, listed, read, replaced and deleted", async (context) => {
    const { send, pingone } = await open(context);
    const made = await send(fixtures.subscription.method, "/subscriptions", request);
    assert.equal(made.status, fixtures.subscription.status);
    const subscription = (await made.json()) as { id: string };
    const path = `/subscriptions/${subscription.id}`;
    for (const [field, value] of Object.entries(request))
      assert.deepEqual((subscription as Record<string, unknown>)[field], value);
    const list = (await (await send("GET", "/subscriptions")).json()) as { _embedded: { subscriptions: unknown[] } };
    assert.deepEqual(list._embedded.subscriptions, [subscription]);
    assert.deepEqual(await (await send("GET", path)).json(), subscription);
    const replaced = await send("PUT", path, { ...request, enabled: false });
    assert.deepEqual([replaced.status, pingone.subscriptions()[0]?.enabled], [200, false]);
    assert.equal((await send("DELETE", path)).status, 204);
    assert.deepEqual(pingone.subscriptions(), []);
    assert.equal((await send("GET", path)).status, 404);
    assert.equal((await send("PUT", path, request)).status, 404);
  });

  test("that make no sense are refused, and there are no more than 50", async (context) => {
    const { send } = await open(context);
    const bad = [
      {},
      [],
      { ...request, name: "" },
      { ...request, enabled: "yes" },
      { ...request, format: "CSV" },
      wanted("http://hooks.example.com"),
      { ...request, httpEndpoint: { ...request.httpEndpoint, headers: { "a b": "c" } } },
      { ...request, filterOptions: { includedActionTypes: [] } },
      { ...request, filterOptions: { ...request.filterOptions, includedPopulations: Array(11).fill({ id: "x" }) } },
      { ...request, protocol: "UDP" },
      { ...request, verifyTlsCertificates: false, tlsClientAuthKeyPair: { id: "x" } },
      ...[
        "JSON_ARRAY",
        { payloadFormat: "JSON_ARRAY" },
        { payloadFormat: { https: { format: "CSV" } } },
        { payloadFormat: { https: { prettyPrint: "yes" } } },
        { payloadFormat: { tcp: { format: "JSON_ARRAY" } } },
        { maximumPayloadLimit: { type: "LINES_PER_PAYLOAD" } },
        { maximumPayloadLimit: { type: "EVENTS_PER_PAYLOAD", size: 501 } },
        { maximumPayloadLimit: { type: "KB_PER_PAYLOAD", size: 4097 } },
        { maximumPayloadLimit: { size: "500" } },
      ].map((payloadOptions) => ({ ...request, payloadOptions })),
    ];
    for (const body of bad)
      assert.equal((await send("POST", "/subscriptions", body)).status, 400, JSON.stringify(body));
    for (let n = 0; n < 50; n += 1) assert.equal((await send("POST", "/subscriptions", request)).status, 201);
    assert.equal((await send("POST", "/subscriptions", request)).status, 403);
  });

  test("keep their credential out of the call log", async (context) => {
    const { send, subscribe, pingone } = await open(context);
    const id = await subscribe("https://hooks.example.com");
    await send("PUT", `/subscriptions/${id}`, request);
    assert.ok(!JSON.stringify(pingone.calls).includes(request.httpEndpoint.headers.authorization));
  });
});

describe("events", () => {
  test("are sent as documented, with the header that the subscription names", async (context) => {
    const { pingone, subscribe } = await open(context);
    const receiver = await listen(context);
    await subscribe(receiver.url);
    pingone.change(pingone.account(0).id, { mfaEnabled: false });
    await pingone.waitUntilSent();
    const [delivery] = receiver.got;
    assert.deepEqual(shapeOf(delivery?.events[0]), shapeOf(fixtures.event.body));
    assert.equal(delivery?.headers.authorization, request.httpEndpoint.headers.authorization);
    assert.equal(delivery?.headers["content-type"], "application/json");
    assert.deepEqual(pingone.deliveries, [{ at: noon, url: receiver.url, count: 1, status: 200 }]);
  });

  test("tell of every change, however it was made", async (context) => {
    const { pingone, subscribe, send } = await open(context);
    const receiver = await listen(context);
    await subscribe(receiver.url);
    const [one, two] = [pingone.account(0).id, pingone.account(1).id];
    await send("PUT", `/users/${one}/mfaEnabled`, { mfaEnabled: true });
    await send("PATCH", `/users/${two}`, { enabled: false });
    const { id } = pingone.join();
    pingone.change(one, { mfaEnabled: false });
    pingone.leave(two);
    await pingone.waitUntilSent();
    assert.deepEqual(
      eventsOf(receiver).map(({ action }) => action.type),
      ["USER.UPDATED", "USER.UPDATED", "USER.CREATED", "USER.UPDATED", "USER.DELETED"],
    );
    assert.deepEqual(subjectsOf(receiver), [one, two, id, one, two]);
    assert.equal(new Set(eventsOf(receiver).map((event) => event.id)).size, 5);
  });

  test("go only to who wants their type and population", async (context) => {
    const { pingone, subscribe } = await open(context);
    const [joins, here] = [await listen(context), await listen(context)];
    const { population } = pingone.account(0);
    const elsewhere = pingone.populations.find(({ id }) => id !== population)?.id ?? "";
    pingone.change(pingone.account(1).id, { population: elsewhere });
    await subscribe(joins.url, { filterOptions: { includedActionTypes: ["USER.CREATED"] } });
    const includedPopulations = [{ id: population }];
    await subscribe(here.url, { filterOptions: { includedActionTypes: ["USER.UPDATED"], includedPopulations } });
    const [one, two] = [pingone.account(0).id, pingone.account(1).id];
    pingone.change(one, {});
    pingone.change(two, {});
    const { id } = pingone.join();
    await pingone.waitUntilSent();
    assert.deepEqual([subjectsOf(joins), subjectsOf(here)], [[id], [one]]);
  });

  test("come in batches of up to 500, or fewer if the subscription says so, in order", async (context) => {
    const { pingone, subscribe } = await open(context, 1200);
    const [many, few] = [await listen(context), await listen(context)];
    await subscribe(many.url);
    const maximumPayloadLimit = { type: "EVENTS_PER_PAYLOAD", size: 400 };
    await subscribe(few.url, {
      payloadOptions: { maximumPayloadLimit, payloadFormat: { https: { format: "ND_JSON" } } },
    });
    const ids = Array.from({ length: 1200 }, (_, index) => pingone.account(index).id);
    for (const id of ids) pingone.change(id, { mfaEnabled: false });
    await pingone.waitUntilSent();
    assert.deepEqual(
      [many, few].map(({ got }) => got.map(({ events }) => events.length)),
      [
        [500, 500, 200],
        [400, 400, 400],
      ],
    );
    assert.deepEqual(subjectsOf(many), ids);
    assert.deepEqual(subjectsOf(few), ids);
    assert.equal(few.got[0]?.text.split("\n").length, 400);
  });

  test("are sent again as the same batch until the answer is exactly 200, and hold back what follows", async (context) => {
    const { pingone, subscribe } = await open(context);
    const receiver = await listen(context);
    receiver.answers.push(202, 500);
    await subscribe(receiver.url);
    const [one, two] = [pingone.account(0).id, pingone.account(1).id];
    pingone.change(one, { enabled: false });
    while (receiver.got.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    pingone.change(two, { enabled: false });
    await pingone.waitUntilSent();
    const texts = receiver.got.map(({ text }) => text);
    assert.deepEqual([texts[1], texts[2], texts.length], [texts[0], texts[0], 4]);
    assert.deepEqual(subjectsOf(receiver), [one, one, one, two]);
    assert.deepEqual(
      pingone.deliveries.map(({ status }) => status),
      [202, 500, 200, 200],
    );
  });

  test("wait while the subscription is suspended, and are sent nowhere but to this machine", async (context) => {
    const { pingone, subscribe, send } = await open(context);
    const receiver = await listen(context);
    await subscribe("https://hooks.example.com");
    const id = await subscribe(receiver.url, { enabled: false });
    pingone.change(pingone.account(0).id, { enabled: false });
    await pingone.waitUntilSent();
    assert.deepEqual([receiver.got.length, pingone.deliveries.length], [0, 0]);
    await send("PUT", `/subscriptions/${id}`, wanted(receiver.url));
    await pingone.waitUntilSent();
    assert.deepEqual(subjectsOf(receiver), [pingone.account(0).id]);
  });

  test("end with the simulator, whoever does not answer", async (context) => {
    const { pingone, subscribe } = await open(context);
    await subscribe("http://127.0.0.1:1/");
    pingone.change(pingone.account(0).id, { enabled: false });
    while (pingone.deliveries.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const settled = pingone.waitUntilSent();
    await pingone.close();
    await settled;
    assert.equal(pingone.deliveries[0]?.status, 0);
  });
});

describe("a fault of the webhooks", () => {
  async function sendWithFault(context: TestContext, kind: "hook-duplicate" | "hook-reorder" | "hook-broken") {
    const { pingone, subscribe } = await open(context);
    const receiver = await listen(context);
    await subscribe(receiver.url);
    pingone.setFault({ kind, times: 1 });
    const ids = [0, 1, 2, 3].map((index) => pingone.account(index).id);
    const change = async () => {
      for (const id of ids) pingone.change(id, { enabled: true });
      await pingone.waitUntilSent();
    };
    await change();
    return { receiver, ids, change };
  }

  test("hook-duplicate: a batch arrives twice, as it was", async (context) => {
    const { receiver, ids, change } = await sendWithFault(context, "hook-duplicate");
    assert.equal(receiver.got[0]?.text, receiver.got[1]?.text);
    assert.deepEqual(subjectsOf(receiver), [...ids, ...ids]);
    await change();
    assert.equal(receiver.got.length, 3);
  });

  test("hook-reorder: newest first", async (context) => {
    const { receiver, ids, change } = await sendWithFault(context, "hook-reorder");
    assert.deepEqual(subjectsOf(receiver), ids.toReversed());
    await change();
    assert.deepEqual(subjectsOf(receiver).slice(4), ids);
  });

  test("hook-broken: one more that names nobody, among the good ones", async (context) => {
    const { receiver, ids } = await sendWithFault(context, "hook-broken");
    assert.deepEqual(subjectsOf(receiver), [...ids.slice(0, 2), undefined, ...ids.slice(2)]);
  });

  test("hook-broken: takes no event's place in the batches that follow", async (context) => {
    const { pingone, subscribe } = await open(context, 501);
    const receiver = await listen(context);
    await subscribe(receiver.url);
    pingone.setFault({ kind: "hook-broken", times: 1 });
    const ids = Array.from({ length: 501 }, (_, index) => pingone.account(index).id);
    for (const id of ids) pingone.change(id, { enabled: true });
    await pingone.waitUntilSent();
    assert.deepEqual(
      receiver.got.map(({ events }) => events.length),
      [501, 1],
    );
    assert.deepEqual(
      subjectsOf(receiver).filter((id) => id !== undefined),
      ids,
    );
  });
});
