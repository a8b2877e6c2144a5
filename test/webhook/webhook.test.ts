/** What a vendor, and anybody else, gets for what is sent to `POST /hooks/{directory}`, and what is on the queue then. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, type TestContext, test } from "node:test";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import type { WebhookReader } from "../../lib/model/index.ts";
import { webhookCredentials } from "../../lib/webhook/credentials.ts";
import { acceptWebhook, type WebhookPorts, type WebhookRequest } from "../../lib/webhook/index.ts";
import { startServer } from "../loopback.ts";
import { drain, type Events, type QueueServer, signal, startEvents, startQueue } from "../recheck/events.ts";

const SECRET = "Bearer first-value-0123456789";
const NEXT_SECRET = "Bearer second-value-0123456789";
const pingone = vendors.pingone?.hooks;
assert.ok(pingone);
/** A vendor with another header, whose reader breaks on what it is given. */
const fragile: WebhookReader = {
  header: "x-fragile",
  read: () => {
    throw new Error("hunter2");
  },
};

/** A vendor that asks who is there before it sends anything, puts its credential into the body, and wants to be renewed. */
const asking: WebhookReader = {
  header: "x-none",
  expires: true,
  handshake: ({ method, headers, query }) => {
    const question = method === "GET" ? headers["x-question"] : new URLSearchParams(query).get("question");
    return question ? { contentType: "text/plain", body: question } : undefined;
  },
  credentialsIn: (body) => (JSON.parse(body).tokens ?? []).map(String),
  read: (directory, body) => ({
    events: JSON.parse(body).subjects.map((subject: string) => ({ id: subject, directory, subject })),
    broken: [],
    ignored: 0,
    renew: true,
  }),
};

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const hookEvent = (n: number, more: object = {}) => ({
  id: `event-${n}`,
  recordedAt: "2026-01-02T03:04:05.000Z",
  action: { type: "USER.UPDATED" },
  actors: { user: { id: uuid(999), name: "hunter2" } },
  resources: [{ type: "USER", id: uuid(n), name: "hunter2@example.com", href: `https://api/users/${uuid(n)}` }],
  ...more,
});
const hookEvents = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => hookEvent(from + i));

describe("the webhook", () => {
  let events: QueueServer;
  const counts: Record<string, number> = {};
  /** What the secrets hold, by directory. */
  let storedSecrets: Record<string, unknown> = {};
  let secretReads = 0;
  let now = 0;

  function webhookPorts(more: Partial<WebhookPorts> = {}): WebhookPorts {
    const secrets = {
      read: async (directory: string, name: string) => {
        secretReads++;
        assert.equal(name, `secret-of-${directory}/hooks`);
        const found = storedSecrets[directory];
        if (found instanceof WardenError) throw found;
        if (found === undefined) throw new WardenError("ERR_SECRET_MISSING", "There is none.");
        return { value: found, version: "1" };
      },
    };
    const names = new Map(
      ["workforce", "second", "without", "fragile"].map((directory) => [directory, `secret-of-${directory}`]),
    );
    return {
      hooks: new Map([...names.keys()].map((id) => [id, id === "fragile" ? fragile : (pingone ?? fragile)])),
      credentials: webhookCredentials(
        names,
        secrets,
        () => now,
        () => {},
      ),
      queue: events.queue,
      count: (name, n) => {
        counts[name] = (counts[name] ?? 0) + n;
      },
      ...more,
    };
  }

  /** The handler behind real HTTP; answers the address. */
  async function listen(
    t: TestContext,
    ports = webhookPorts(),
    change: (request: WebhookRequest) => WebhookRequest = (r) => r,
  ) {
    return startServer(t, async (request, response) => {
      const { method = "", url = "" } = request;
      const [path = "", query = ""] = url.split("?");
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, `${value}`]));
      const asked = change({ method, path, query, headers, body: await text(request), base64: false });
      const { status, content } = await acceptWebhook(ports, asked, signal);
      response.sendDate = false;
      response.writeHead(status, content && { "content-type": content.contentType }).end(content?.body);
    });
  }

  const inBase64 = (request: WebhookRequest): WebhookRequest => ({
    ...request,
    body: Buffer.from(request.body ?? "").toString("base64"),
    base64: true,
  });

  const post = (url: string, body: string, authorization = SECRET, directory = "workforce") =>
    fetch(`${url}/hooks/${directory}`, { method: "POST", headers: { authorization }, body });

  const queued = async () => (await drain(events.queue)).map(({ body }) => JSON.parse(body));
  const deadLetters = async () => (await drain(events.queue.deadLetters)).map(({ body }) => JSON.parse(body));
  const idsOf = (messages: { events: { id: string }[] }[]) =>
    messages.flatMap((message) => message.events.map(({ id }) => id)).toSorted();

  before(async () => {
    events = await startQueue();
  });
  beforeEach(async () => {
    for (const name of Object.keys(counts)) delete counts[name];
    storedSecrets = { workforce: { hooks: [SECRET] }, second: { hooks: [NEXT_SECRET] }, fragile: { hooks: [SECRET] } };
    [secretReads, now] = [0, 0];
    await drain(events.queue);
    await drain(events.queue.deadLetters);
  });
  after(() => events.close());

  /** With a directory of the vendor that asks. */
  const listenForAsking = (t: TestContext) =>
    listen(
      t,
      webhookPorts({
        hooks: new Map([
          ["asking", asking],
          ["workforce", pingone],
        ]),
        credentials: async () =>
          new Map([
            ["asking", [SECRET, NEXT_SECRET]],
            ["workforce", [SECRET]],
          ]),
      }),
    );

  test("answers a vendor that asks who is there, without a credential, and queues nothing", async (t) => {
    const url = await listenForAsking(t);
    const asked = [
      await fetch(`${url}/hooks/asking?question=a%20b%26c`, { method: "POST" }),
      await fetch(`${url}/hooks/asking`, { headers: { "x-question": "a b&c" } }),
    ];
    for (const answer of asked) {
      assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "text/plain"]);
      assert.equal(await answer.text(), "a b&c");
    }
    for (const [path, method, status] of [
      ["/hooks/asking", "GET", 404],
      ["/hooks/workforce?question=x", "GET", 404],
      ["/hooks/workforce?question=x", "POST", 401],
      ["/hooks/nobody?question=x", "POST", 401],
    ] as const) {
      const answer = await fetch(url + path, { method });
      assert.deepEqual([answer.status, await answer.text()], [status, ""], path);
    }
    assert.deepEqual(await queued(), []);
  });

  test("takes a credential from the body, where each part must have a right one", async (t) => {
    const url = await listenForAsking(t);
    const send = (body: object) => post(url, JSON.stringify({ subjects: [], ...body }), "none", "asking");
    for (const tokens of [undefined, [], [""], ["wrong"], [SECRET, "wrong"], [SECRET, ""], [SECRET.slice(1)]])
      assert.equal((await send({ tokens })).status, 401, JSON.stringify(tokens));
    assert.equal((await post(url, JSON.stringify({ subjects: [] }), SECRET, "asking")).status, 401);
    assert.deepEqual(await queued(), []);
    assert.equal((await send({ tokens: [SECRET, NEXT_SECRET], subjects: ["a"] })).status, 200);
    assert.deepEqual(idsOf(await queued()), ["a"]);
  });

  test("queues that the vendor wants its webhook renewed", async (t) => {
    const url = await listenForAsking(t);
    await post(url, JSON.stringify({ tokens: [SECRET], subjects: [] }), "none", "asking");
    assert.deepEqual(await queued(), [{ directory: "asking", events: [], renew: true }]);
  });

  test("queues events and subjects, and nothing else of what was sent", async (t) => {
    const answer = await post(await listen(t), JSON.stringify(hookEvents(0, 3)));
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
    const bodies = (await drain(events.queue)).map(({ body }) => body);
    assert.deepEqual(bodies, [
      JSON.stringify({
        directory: "workforce",
        events: [0, 1, 2].map((n) => ({
          id: `event-${n}`,
          directory: "workforce",
          subject: uuid(n),
          at: "2026-01-02T03:04:05.000Z",
        })),
      }),
    ]);
    assert.deepEqual(await deadLetters(), []);
    assert.deepEqual(counts, { accepted: 3 });
  });

  test("takes 500 events with one broken among them: the others are queued, it is kept with its reason", async (t) => {
    const sent: object[] = hookEvents(0, 500);
    sent[250] = hookEvent(250, { resources: [{ type: "USER", id: "not an id" }] });
    assert.equal((await post(await listen(t), JSON.stringify(sent))).status, 200);
    const messages = await queued();
    assert.equal(messages.length, 10);
    assert.ok(messages.every(({ events }) => events.length <= 50));
    const want = hookEvents(0, 500).map(({ id }) => id);
    assert.deepEqual(idsOf(messages), want.filter((id) => id !== "event-250").toSorted());
    const [letter, ...more] = await deadLetters();
    assert.deepEqual(more, []);
    assert.deepEqual([letter.directory, letter.ids, letter.count], ["workforce", ["event-250"], 1]);
    assert.match(letter.why, /without a readable id/);
    assert.deepEqual(counts, { accepted: 499, broken: 1 });
  });

  test("takes more than one call of the queue can hold", async (t) => {
    assert.equal((await post(await listen(t), JSON.stringify(hookEvents(0, 1_234)))).status, 200);
    assert.equal(new Set(idsOf(await queued())).size, 1_234);
  });

  test("reads NDJSON as well as an array", async (t) => {
    const lines = hookEvents(0, 3).map((event) => `${JSON.stringify(event)}\n`);
    lines.splice(1, 0, "{ half an event\n");
    assert.equal((await post(await listen(t), lines.join(""))).status, 200);
    assert.deepEqual(idsOf(await queued()), ["event-0", "event-1", "event-2"]);
    assert.deepEqual(
      (await deadLetters()).map(({ count }) => count),
      [1],
    );
  });

  for (const [what, body] of [
    ["that is not JSON", "<html>"],
    ["that is empty", ""],
    ["that is no event", "42"],
    ["with an event without an id", JSON.stringify([hookEvent(1, { id: undefined })])],
    ["with an event without a subject", JSON.stringify([hookEvent(1, { resources: [] })])],
    [
      "of an unknown type that names nobody",
      JSON.stringify([hookEvent(1, { action: { type: "X.Y" }, resources: [] })]),
    ],
    ["with two million broken lines", "1\n".repeat(2_000_000)],
  ] as const)
    test(`takes a body ${what}, since the vendor would send it for ever, and keeps why`, async (t) => {
      assert.equal((await post(await listen(t), body)).status, 200);
      assert.deepEqual(await queued(), []);
      const letters = await deadLetters();
      assert.ok(letters.length > 0 && letters.length < 12);
      for (const letter of letters) {
        assert.equal(letter.directory, "workforce");
        assert.ok(letter.why.length > 5);
      }
      assert.equal(
        letters.reduce((sum, { count }) => sum + count, 0),
        counts.broken,
      );
    });

  test("counts events that concern nobody, and keeps nothing of them", async (t) => {
    const about = hookEvent(1, { action: { type: "FLOW.CREATED" }, resources: [] });
    assert.equal((await post(await listen(t), JSON.stringify([about, hookEvent(2)]))).status, 200);
    assert.deepEqual(idsOf(await queued()), ["event-2"]);
    assert.deepEqual(await deadLetters(), []);
    assert.deepEqual(counts, { accepted: 1, ignored: 1 });
  });

  test("keeps for a person what its reader breaks on, without the reason that may quote it", async (t) => {
    const url = await listen(t);
    const headers = { "x-fragile": SECRET };
    const answer = await fetch(`${url}/hooks/fragile`, { method: "POST", headers, body: "[]" });
    assert.equal(answer.status, 200);
    const [letter] = await deadLetters();
    assert.equal(letter.directory, "fragile");
    assert.ok(!JSON.stringify(letter).includes("hunter2"));
    assert.deepEqual(counts, { broken: 1 });
  });

  test("ids that no vendor gives are kept apart, whatever they hold, and letters stay small", async (t) => {
    const long = "é👩\uFFFF\0".repeat(100);
    const odd: WebhookReader = {
      header: "authorization",
      read: (directory) => ({
        events: [long, "ok"].map((id) => ({ id, directory, subject: id })),
        broken: Array.from({ length: 20_000 }, (_, n) => ({ id: `${n}${long}`, why: `${n % 40} ${long.repeat(20)}` })),
        ignored: 0,
      }),
    };
    const url = await listen(t, webhookPorts({ hooks: new Map([["workforce", odd]]) }));
    assert.equal((await post(url, "[]")).status, 200);
    assert.deepEqual(idsOf(await queued()), ["ok"]);
    const letters = await deadLetters();
    assert.equal(
      letters.reduce((sum, { count }) => sum + count, 0),
      20_001,
    );
    assert.ok(letters.length <= 11);
    assert.deepEqual(counts, { accepted: 1, broken: 20_001 });
  });

  test("answers another path or method with 404, and reads nothing", async (t) => {
    const url = await listen(t);
    for (const [method, path] of [
      ["GET", "/hooks/workforce"],
      ["PUT", "/hooks/workforce"],
      ["POST", "/"],
      ["POST", "/hooks"],
      ["POST", "/hooks/"],
      ["POST", "/hooks/workforce/"],
      ["POST", "/hooks/workforce/x"],
      ["POST", "/x/hooks/workforce"],
    ] as const) {
      const body = method === "GET" ? null : JSON.stringify(hookEvents(0, 1));
      const answer = await fetch(`${url}${path}`, { method, headers: { authorization: SECRET }, body });
      assert.equal(answer.status, 404, `${method} ${path}`);
    }
    assert.deepEqual([await queued(), secretReads, counts], [[], 0, {}]);
  });

  test("answers all who do not know the credential alike, byte for byte, whether or not there is such a directory", async (t) => {
    const url = new URL(await listen(t));
    /** Everything that comes back, as it comes. */
    const ask = async (path: string, headers: Record<string, string>, body: string) => {
      const call = httpRequest(url, { method: "POST", path, headers }).end(body);
      const [response] = await once(call, "response");
      return [response.statusCode, response.statusMessage, response.rawHeaders, await text(response)];
    };
    const body = JSON.stringify(hookEvents(0, 1));
    const answers = [
      await ask("/hooks/workforce", { authorization: "Bearer wrong" }, body),
      await ask("/hooks/workforce", { authorization: `${SECRET} x` }, body),
      await ask("/hooks/workforce", { authorization: SECRET.slice(0, -1) }, body),
      await ask("/hooks/workforce", { authorization: SECRET.toLowerCase() }, body),
      await ask("/hooks/workforce", { authorization: "" }, body),
      await ask("/hooks/workforce", { "x-fragile": SECRET }, body),
      await ask("/hooks/workforce", {}, body),
      await ask("/hooks/workforce", { authorization: NEXT_SECRET }, body),
      await ask("/hooks/workforce", {}, "x".repeat(6 * 1024 * 1024)),
      await ask("/hooks/fragile", { authorization: SECRET }, body),
      await ask("/hooks/without", { authorization: SECRET }, body),
      await ask("/hooks/nobody", { authorization: SECRET }, body),
      await ask("/hooks/nobody", { authorization: "" }, body),
      await ask("/hooks/__proto__", { authorization: SECRET }, body),
      await ask("/hooks/%77orkforce", { authorization: SECRET }, body),
      await ask("/hooks/workforce%00", { authorization: SECRET }, "not JSON"),
    ];
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0]?.[0], 401);
    assert.deepEqual([await queued(), await deadLetters()], [[], []]);
    assert.deepEqual(counts, { unauthenticated: answers.length });
  });

  test("takes two values while one replaces the other, and notices a change after five minutes", async (t) => {
    const url = await listen(t);
    const statusWith = async (value: string) => (await post(url, JSON.stringify(hookEvents(0, 1)), value)).status;
    assert.deepEqual([await statusWith(SECRET), await statusWith(NEXT_SECRET)], [200, 401]);
    storedSecrets.workforce = { hooks: [SECRET, NEXT_SECRET] };
    now += 5 * 60_000;
    assert.deepEqual([await statusWith(SECRET), await statusWith(NEXT_SECRET)], [200, 200]);
    storedSecrets.workforce = { hooks: [NEXT_SECRET] };
    now += 5 * 60_000;
    assert.deepEqual([await statusWith(SECRET), await statusWith(NEXT_SECRET)], [401, 200]);
  });

  test("asks for the credentials once, however many calls come at once", async (t) => {
    const url = await listen(t);
    const statuses = await Promise.all(
      hookEvents(0, 20).map(async (one) => (await post(url, JSON.stringify([one]))).status),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(secretReads, 4);
  });

  test("a credential that is missing, short or odd opens nothing and hinders no other directory", async (t) => {
    for (const odd of [
      undefined,
      {},
      { hooks: [] },
      { hooks: [""] },
      { hooks: ["short"] },
      { hooks: [SECRET, "short"] },
      { hooks: [SECRET, NEXT_SECRET, "Bearer third-value-0123456789"] },
      { hooks: SECRET },
      [SECRET],
      null,
    ]) {
      storedSecrets.workforce = odd;
      const problems: string[] = [];
      const ports = webhookPorts();
      const url = await listen(t, ports);
      for (const value of [SECRET, "", "short", "undefined"])
        assert.equal((await post(url, "[]", value)).status, 401, JSON.stringify(odd));
      assert.equal((await post(url, "[]", NEXT_SECRET, "second")).status, 200);
      const load = webhookCredentials(
        new Map([["workforce", "w"]]),
        { read: async () => ({ value: odd, version: "1" }) },
        () => 0,
        ({ code, message }) => problems.push(`${code} ${message}`),
      );
      assert.equal((await load()).size, 0);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", /^ERR_SECRET_INVALID .*workforce/);
      assert.ok(!problems[0]?.includes("value-0123"));
    }
  });

  test("while the credentials cannot be read, everybody is told to come again; nothing of that is remembered", async (t) => {
    const url = await listen(t);
    storedSecrets.second = new WardenError("ERR_SECRET_UNAVAILABLE", "Not now.");
    const statuses = async () => [
      (await post(url, "[]")).status,
      (await post(url, "[]", "Bearer wrong")).status,
      (await post(url, "[]", SECRET, "nobody")).status,
    ];
    assert.deepEqual(await statuses(), [503, 503, 503]);
    storedSecrets.second = { hooks: [NEXT_SECRET] };
    assert.deepEqual(await statuses(), [200, 401, 401]);
    storedSecrets.second = new WardenError("ERR_SECRET_UNAVAILABLE", "Not now.");
    assert.deepEqual(await statuses(), [200, 401, 401]);
    assert.equal(counts.unavailable, 3);
  });

  test("takes a body of 4 MiB and of 5, plain or in base64, and no larger one", async (t) => {
    const plain = await listen(t);
    const encoded = await listen(t, webhookPorts(), inBase64);
    const MIB = 1024 * 1024;
    const padded = (bytes: number) => JSON.stringify(hookEvents(0, 500)).padEnd(bytes, " ");
    for (const url of [plain, encoded]) {
      for (const size of [4 * MIB, 5 * MIB]) {
        assert.equal((await post(url, padded(size))).status, 200);
        assert.equal(idsOf(await queued()).length, 500);
      }
      assert.equal((await post(url, padded(5 * MIB + 1))).status, 413);
      assert.equal((await post(url, `["${"é".repeat(2.5 * MIB)}"]`)).status, 413);
    }
    assert.deepEqual(await queued(), []);
  });

  test("reads base64 as what it stands for", async (t) => {
    const body = JSON.stringify([hookEvent(1, { note: "é👩" })]);
    const url = await listen(t, webhookPorts(), inBase64);
    assert.equal((await post(url, body)).status, 200);
    assert.deepEqual(idsOf(await queued()), ["event-1"]);
    const raw = await listen(t, webhookPorts(), (request) => ({ ...request, base64: true }));
    assert.equal((await post(raw, "no base64 at all!")).status, 200);
    assert.equal((await deadLetters()).length, 1);
  });
});

describe("while the queue is down", () => {
  test("the vendor is told to send again, and nothing is lost once it does", async (t) => {
    const state = await startEvents();
    t.after(() => state.close());
    const counted: string[] = [];
    const webhookPorts = ({ queue }: Events): WebhookPorts => ({
      hooks: new Map([["workforce", pingone]]),
      credentials: async () => new Map([["workforce", [SECRET]]]),
      queue,
      count: (name) => counted.push(name),
    });
    const request = {
      method: "POST",
      path: "/hooks/workforce",
      query: "",
      headers: { authorization: SECRET },
      body: JSON.stringify([...hookEvents(0, 700), "broken"]),
      base64: false,
    };
    await state.stack.stop();
    assert.deepEqual(await acceptWebhook(webhookPorts(state), request, signal), {
      status: 503,
      code: "ERR_QUEUE_UNAVAILABLE",
    });
    assert.deepEqual(counted, ["unavailable"]);
    const again = await startEvents(state.folder);
    t.after(() => again.close());
    assert.deepEqual(await acceptWebhook(webhookPorts(again), request, AbortSignal.abort()), {
      status: 503,
      code: "ERR_QUEUE_UNAVAILABLE",
    });
    assert.deepEqual(await acceptWebhook(webhookPorts(again), request, signal), { status: 200 });
    const ids = (await drain(again.queue)).flatMap(({ body }) =>
      JSON.parse(body).events.map(({ id }: { id: string }) => id),
    );
    assert.deepEqual(
      ids.toSorted(),
      hookEvents(0, 700)
        .map(({ id }) => id)
        .toSorted(),
    );
    assert.equal((await drain(again.queue.deadLetters)).length, 1);
  });
});
