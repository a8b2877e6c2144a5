/** What the tests of everything else may rely on when they talk to the simulated PingOne. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import {
  type Fault,
  type Hal,
  type PingOne,
  type PingOneSettings,
  startPingOne,
} from "../../simulators/pingone/index.ts";
import fixtures from "../fixtures/pingone.json" with { type: "json" };

const noon = Date.parse("2026-11-20T12:00:00Z");

// Fields are read freely here: that they are there is what the tests are about.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Body = any;

interface Client {
  pingone: PingOne;
  get(path: string): Promise<Response>;
  read(path: string): Promise<Body>;
  send(method: string, path: string, body: unknown): Promise<Response>;
  walk(path?: string): Promise<Body[]>;
}

async function open(context: TestContext, settings: Partial<PingOneSettings> = {}): Promise<Client> {
  const pingone = await startPingOne({ accounts: 50, now: () => noon, ...settings });
  context.after(() => pingone.close());
  return connect(pingone);
}

async function connect(pingone: PingOne): Promise<Client> {
  const { access_token: token } = (await (await askToken(pingone)).json()) as Body;
  const authorization = `Bearer ${token}`;
  const base = `${pingone.endpoints.api}/environments/${pingone.environment}`;
  const locate = (path: string) => (path.startsWith("http") ? path : base + path);
  const get = (path: string) => fetch(locate(path), { headers: { authorization }, redirect: "manual" });
  const read = async (path: string) => (await get(path)).json() as Promise<Body>;
  return {
    pingone,
    get,
    read,
    send: (method, path, body) =>
      fetch(locate(path), {
        method,
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    walk: async (path = "/users") => {
      const users: Body[] = [];
      for (let next: string | undefined = path; next; ) {
        const page: Body = await read(next);
        users.push(...page._embedded.users);
        next = page._links.next?.href;
      }
      return users;
    },
  };
}

function askToken({ endpoints, environment, credentials }: PingOne, change: Record<string, string> = {}) {
  const { clientId, clientSecret } = credentials;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, ...change };
  return fetch(`${endpoints.auth}/${environment}/as/token`, { method: "POST", body: new URLSearchParams(form) });
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

const idsOf = (users: Body[]): string[] => users.map(({ id }) => id);
const first = (pingone: PingOne) => pingone.account(0).id;

describe("the vendor's documented answers", () => {
  test("a change of mfaEnabled is answered as documented, and shows from then on", async (context) => {
    const { pingone, send, read } = await open(context, { mfaEnabledShare: 0 });
    const { method, request, status, answer } = fixtures.mfaEnabled;
    const path = `/users/${first(pingone)}/mfaEnabled`;
    const response = await send(method, path, request);
    const body = (await response.json()) as Hal;
    assert.equal(response.status, status);
    const [documented] = answer._links.self.href.match(/\/users.*/) ?? [];
    assert.equal(documented?.replace(/[0-9a-f-]{36}/, first(pingone)), path);
    assert.deepEqual(shapeOf(body), shapeOf(answer));
    assert.ok(body._links?.self?.href.endsWith(path));
    assert.deepEqual(await read(path), body);
    assert.equal((await read(`/users/${first(pingone)}`)).mfaEnabled, true);
    assert.equal(pingone.account(0).mfaEnabled, true);
  });

  test("a list of users has the documented fields, and neither groups nor devices", async (context) => {
    const { read } = await open(context);
    const page = await read("/users?limit=1");
    assert.deepEqual(shapeOf(page), shapeOf(fixtures.users.answer));
    assert.equal(page.count, 50);
    assert.equal(page.size, 1);
  });

  test("a list tells of each user what a single read tells", async (context) => {
    const { read, walk } = await open(context);
    for (const user of await walk()) assert.deepEqual(await read(`/users/${user.id}`), user);
  });

  test("a user's devices have the documented fields", async (context) => {
    const { pingone, read } = await open(context);
    pingone.change(first(pingone), { devices: [{ type: "SMS", status: "ACTIVE" }] });
    assert.deepEqual(shapeOf(await read(`/users/${first(pingone)}/devices`)), shapeOf(fixtures.devices.answer));
  });

  test("an error has the documented fields and words", async (context) => {
    const { pingone, send } = await open(context);
    const response = await send("PUT", `/users/${first(pingone)}/mfaEnabled`, { mfaEnabled: "true" });
    const body = (await response.json()) as Body;
    assert.equal(response.status, fixtures.error.status);
    assert.deepEqual(shapeOf(body), shapeOf(fixtures.error.answer));
    assert.deepEqual([body.code, body.message], [fixtures.error.answer.code, fixtures.error.answer.message]);
  });
});

describe("access", () => {
  test("the client is accepted in the form and in a Basic header, and a wrong one is refused", async (context) => {
    const { pingone } = await open(context, { clientSecret: "a:b %+c" });
    const { endpoints, environment, credentials } = pingone;
    const encoded = [credentials.clientId, credentials.clientSecret].map(encodeURIComponent).join(":");
    const basic = await fetch(`${endpoints.auth}/${environment}/as/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(encoded)}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { token_type, expires_in } = (await basic.json()) as Body;
    assert.deepEqual([token_type, expires_in], ["Bearer", 3600]);
    const wrong = await askToken(pingone, { client_secret: "wrong" });
    const problem = (await wrong.json()) as Body;
    assert.deepEqual([wrong.status, problem.error], [401, "invalid_client"]);
    assert.equal(typeof problem.error_description, "string");
    assert.equal((await askToken(pingone, { grant_type: "password" })).status, 400);
  });

  test("nothing is answered without a token, or after its end", async (context) => {
    const clock = { now: noon };
    const { pingone, get } = await open(context, { now: () => clock.now, tokenLifetime: 60 });
    const bare = await fetch(`${pingone.endpoints.api}/environments/${pingone.environment}/users`);
    assert.equal(bare.status, 401);
    assert.equal(((await bare.json()) as Body).code, "ACCESS_FAILED");
    assert.equal((await get("")).status, 200);
    clock.now += 60_000;
    assert.equal((await get("")).status, 401);
  });

  test("what does not exist is not found", async (context) => {
    const { pingone, get, send } = await open(context);
    const stranger = "/users/05ad3cc6-8723-4f85-9711-05ad549717f6";
    const paths = [stranger, `${stranger}/devices`, `${stranger}/mfaEnabled`, "/users/x", "/populations/x", "/nothing"];
    for (const path of [
      ...paths,
      `/users/${pingone.account(50).id}`,
      `${pingone.endpoints.api}/environments/x/users`,
    ]) {
      const response = await get(path);
      assert.equal(response.status, 404, path);
      assert.equal(((await response.json()) as Body).code, "NOT_FOUND");
    }
    assert.equal((await send("PUT", `${stranger}/mfaEnabled`, { mfaEnabled: true })).status, 404);
    assert.equal((await send("DELETE", "/users", {})).status, 404);
  });
});

describe("the change of mfaEnabled", () => {
  test("is refused inside a PUT or PATCH of the user", async (context) => {
    const { pingone, send } = await open(context, { mfaEnabledShare: 0 });
    for (const method of ["PUT", "PATCH"]) {
      const response = await send(method, `/users/${first(pingone)}`, { mfaEnabled: true });
      const body = (await response.json()) as Body;
      assert.deepEqual([response.status, body.code, body.details[0].target], [400, "INVALID_DATA", "mfaEnabled"]);
    }
    assert.equal(pingone.account(0).mfaEnabled, false);
    const other = await send("PATCH", `/users/${first(pingone)}`, {
      enabled: false,
      username: "new",
      mfaEnabled: false,
    });
    assert.equal(other.status, 200);
    assert.deepEqual([pingone.account(0).enabled, pingone.account(0).username], [false, "new"]);
  });

  test("takes exactly one boolean", async (context) => {
    const { pingone, send } = await open(context, { mfaEnabledShare: 0 });
    for (const body of [{}, { mfaEnabled: 1 }, { mfaEnabled: true, enabled: true }, [], null, true]) {
      const response = await send("PUT", `/users/${first(pingone)}/mfaEnabled`, body);
      assert.equal(response.status, 400, JSON.stringify(body));
    }
    assert.equal(pingone.account(0).mfaEnabled, false);
  });
});

describe("pages", () => {
  test("hold every account once, whatever their size", async (context) => {
    const { pingone, walk } = await open(context, { accounts: 1234, pageSize: 100 });
    const users = await walk("/users?limit=1000");
    assert.equal(new Set(idsOf(users)).size, 1234);
    assert.deepEqual(idsOf(users), idsOf(Array.from({ length: 1234 }, (_, index) => pingone.account(index))));
    assert.equal(pingone.counts()["GET users"], 13);
    assert.equal((await walk("/users?limit=7")).length, 1234);
  });

  test("end exactly: no empty page after a full one", async (context) => {
    const { pingone, walk } = await open(context, { accounts: 20 });
    await walk("/users?limit=10");
    assert.equal(pingone.counts()["GET users"], 2);
  });

  test("may be narrowed to a population, a group or a name, and counted by it", async (context) => {
    const { pingone, walk, read } = await open(context, { accounts: 2000 });
    for (const { id } of pingone.populations) {
      const path = `/users?limit=100&filter=${encodeURIComponent(`population.id eq "${id}"`)}`;
      const users = await walk(path);
      assert.ok(users.every(({ population }) => population.id === id));
      assert.equal(users.length, (await read(path)).count);
      assert.equal(users.length, (await read(`/populations/${id}`)).userCount);
    }
    const [service] = pingone.groups;
    const members = await walk(`/users?filter=${encodeURIComponent(`memberOfGroups[id eq "${service?.id}"]`)}`);
    assert.ok(members.length > 5 && members.length < 50);
    const { username } = pingone.account(1999);
    const named = await walk(`/users?filter=${encodeURIComponent(`username eq "${username.toUpperCase()}"`)}`);
    assert.deepEqual(idsOf(named), [pingone.account(1999).id]);
  });

  test("refuse a limit, cursor or filter that makes no sense", async (context) => {
    const { get } = await open(context);
    for (const query of ["limit=0", "limit=x", "cursor=x", "filter=x"]) {
      assert.equal((await get(`/users?${query}`)).status, 400, query);
    }
  });

  test("show people who join while they are read, leave out those who leave, and keep the counts exact", async (context) => {
    const moves: { at: number; leaver: string; joiner?: string }[] = [];
    const { pingone, walk, read } = await open(context, {
      accounts: 100,
      before: ({ route, n }) => {
        if (route !== "users" || moves.length > 0) return;
        const leaver = pingone.account(95).id;
        pingone.leave(leaver);
        moves.push({ at: n, leaver, joiner: pingone.join({ username: "late", mfaEnabled: false }).id });
      },
    });
    const ids = idsOf(await walk("/users?limit=10"));
    assert.equal(ids.length, 100);
    assert.equal(ids.at(-1), moves[0]?.joiner);
    assert.ok(!ids.includes(moves[0]?.leaver ?? ""));
    assert.equal((await read("/users")).count, 100);
    const { _embedded } = await read("/populations");
    assert.equal(
      _embedded.populations.reduce((sum: number, { userCount }: Body) => sum + userCount, 0),
      100,
    );
  });

  test("of populations are cut as well", async (context) => {
    const { read } = await open(context);
    const page = await read("/populations?limit=2");
    const rest = await read(page._links.next.href);
    assert.deepEqual([page.size, rest.size, rest._links.next], [2, 1, undefined]);
  });
});

describe("people", () => {
  test("are the same for the same seed and number, and others for another seed", async (context) => {
    const [one, same, other] = await Promise.all([7, 7, 8].map((seed) => open(context, { seed, accounts: 300 })));
    assert.deepEqual(await one?.walk(), JSON.parse(JSON.stringify(await same?.walk()).replaceAll(...swap(same, one))));
    assert.notDeepEqual(idsOf((await one?.walk()) ?? []), idsOf((await other?.walk()) ?? []));
    assert.deepEqual(one?.pingone.populations, same?.pingone.populations);
  });

  test("are found by their id, and by nothing that only looks like it", async (context) => {
    const { pingone } = await open(context, { accounts: 5000 });
    for (let index = 0; index < 5000; index += 7) {
      const { id } = pingone.account(index);
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(pingone.find(id)?.index, index);
      assert.equal(pingone.find(id.replace(/.$/, (last) => (last === "0" ? "1" : "0"))), undefined);
    }
  });

  test("come in the shares that a real company has", async (context) => {
    const { pingone } = await open(context, { accounts: 20_000 });
    const all = Array.from({ length: 20_000 }, (_, index) => pingone.account(index));
    const share = (holds: (user: (typeof all)[number]) => boolean) => all.filter(holds).length / all.length;
    const near = (actual: number, wanted: number) =>
      assert.ok(Math.abs(actual - wanted) < wanted / 5 + 0.004, `${actual}`);
    const usable = ({ devices }: (typeof all)[number]) => devices.some((d) => d.status === "ACTIVE" && !d.block);
    for (const [n, wanted] of [0.85, 0.12, 0.03].entries()) {
      near(
        share(({ population }) => population === pingone.populations[n]?.id),
        wanted,
      );
    }
    near(
      share(({ enabled }) => !enabled),
      0.02,
    );
    near(
      share(({ mfaEnabled }) => mfaEnabled),
      0.9,
    );
    near(
      share(({ groups }) => groups.includes(pingone.groups[0]?.id ?? "")),
      0.01,
    );
    near(
      share(({ createdAt }) => Date.parse(createdAt) > noon - 5.5 * 86_400_000),
      0.01,
    );
    near(share(usable), 0.92);
    assert.ok(share(({ devices }) => devices[0]?.status === "ACTIVATION_REQUIRED") > 0.01);
    assert.ok(share(({ devices }) => devices[0]?.block?.status === "BLOCKED") > 0.01);
    const administrators = all.filter(({ population }) => population === pingone.populations[2]?.id);
    assert.ok(
      administrators.filter(({ devices }) => devices[0]?.type === "FIDO2").length > administrators.length * 0.7,
    );
    assert.ok(administrators.every(({ email }) => email.endsWith("-adm@example.com")));
  });

  test("have every kind of awkward name among the first forty, and some later", async (context) => {
    const { pingone, walk } = await open(context, { accounts: 2000 });
    const names: string[] = (await walk()).map(({ username }) => username);
    const kinds = [
      /\p{Emoji_Presentation}/u,
      /[\u202E\u200F]/,
      /\n/,
      /^.{300}$/s,
      /^__proto__/,
      { test: (name: string) => name.includes("\u001b[") },
    ];
    for (const kind of kinds)
      assert.ok(
        names.slice(0, 40).some((name) => kind.test(name)),
        String(kind),
      );
    const later = names.slice(40).filter((name) => kinds.some((kind) => kind.test(name)));
    assert.ok(later.length >= names.length / 500);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes("__proto__"));
    assert.equal(names[5], pingone.account(5).username);
  });

  test("show their groups only when asked for", async (context) => {
    const { pingone, read } = await open(context);
    const [group] = pingone.groups;
    pingone.change(first(pingone), { groups: [group?.id ?? ""] });
    assert.equal((await read(`/users/${first(pingone)}`)).memberOfGroupIDs, undefined);
    assert.deepEqual((await read(`/users/${first(pingone)}?include=memberOfGroupIDs`)).memberOfGroupIDs, [group?.id]);
    assert.equal((await read(`/groups/${group?.id}`)).name, group?.name);
  });

  test("fill no memory: a hundred thousand are read in less than 100 MB", async (context) => {
    const { read } = await open(context, { accounts: 100_000 });
    const before = process.memoryUsage().heapUsed;
    let seen = 0;
    let peak = 0;
    for (let next = "/users"; next; ) {
      const page = await read(next);
      seen += page.size;
      next = page._links.next?.href;
      if (seen % 20_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
    assert.equal(seen, 100_000);
    assert.ok(peak < 100 * 1024 * 1024, `${peak}`);
  });
});

function swap(from: Client | undefined, to: Client | undefined): [string, string] {
  return [from?.pingone.endpoints.auth ?? "", to?.pingone.endpoints.auth ?? ""];
}

describe("the call log", () => {
  test("tells each call apart, with the body of a change and no secret", async (context) => {
    const { pingone, send, read } = await open(context);
    await read("/users?limit=3");
    await send("PUT", `/users/${first(pingone)}/mfaEnabled`, { mfaEnabled: true });
    const [token, list, change] = pingone.calls;
    assert.deepEqual([token?.route, token?.status, token?.body], ["token", 200, undefined]);
    assert.deepEqual([list?.n, list?.route, list?.query, list?.at], [2, "users", "limit=3", noon]);
    assert.deepEqual([change?.route, change?.user, change?.body], ["mfaEnabled", first(pingone), { mfaEnabled: true }]);
    assert.ok(!JSON.stringify(pingone.calls).includes(pingone.credentials.clientSecret));
    assert.deepEqual(pingone.counts(), { "POST token": 1, "GET users": 1, "PUT mfaEnabled": 1 });
  });

  test("holds latency back from nobody: each answer waits as long as asked", async (context) => {
    const { get } = await open(context, { latency: 60 });
    const start = performance.now();
    await Promise.all([get("/users"), get("/populations")]);
    assert.ok(performance.now() - start >= 55);
  });
});

describe("a fault", () => {
  const listed = { on: "users" };

  async function suffer(context: TestContext, fault: Fault, settings: Partial<PingOneSettings> = {}): Promise<Client> {
    const client = await open(context, settings);
    client.pingone.setFault(fault);
    return client;
  }

  test("hits only the calls it is aimed at, and none after it is healed", async (context) => {
    const client = await open(context);
    const { pingone, get } = client;
    const status = async (path: string) => (await get(path)).status;
    const [one, two] = [pingone.account(0).id, pingone.account(1).id];
    pingone.setFault({ kind: "error", status: 500, on: "user", user: one, nth: 2 });
    const paths = [one, two, one, one].map((id) => `/users/${id}`);
    const statuses = [];
    for (const path of paths) statuses.push(await status(path));
    assert.deepEqual(statuses, [200, 200, 500, 200]);
    pingone.setFault({ kind: "error", status: 503, times: 2 });
    assert.deepEqual([await status(""), await status("/users"), await status("")], [503, 503, 200]);
    pingone.setFault({ kind: "error", status: 403 });
    assert.equal(await status(""), 403);
    pingone.clearFaults();
    assert.equal(await status(""), 200);
  });

  test("limited: 429 with or without Retry-After", async (context) => {
    const { pingone, get } = await suffer(context, { kind: "limited", retryAfter: 3, ...listed });
    const response = await get("/users");
    assert.deepEqual([response.status, response.headers.get("retry-after")], [429, "3"]);
    assert.equal(((await response.json()) as Body).code, "REQUEST_LIMITED");
    pingone.clearFaults();
    pingone.setFault({ kind: "limited" });
    assert.equal((await get("/users")).headers.get("retry-after"), null);
  });

  test("error: any status, in the vendor's words, and in OAuth's at the token endpoint", async (context) => {
    const { pingone, get } = await open(context);
    for (const [status, code] of [
      [500, "UNEXPECTED_ERROR"],
      [403, "ACCESS_FAILED"],
      [401, "ACCESS_FAILED"],
    ] as const) {
      pingone.clearFaults();
      pingone.setFault({ kind: "error", status });
      const response = await get("/users");
      assert.deepEqual([response.status, ((await response.json()) as Body).code], [status, code]);
    }
    assert.equal(((await (await askToken(pingone)).json()) as Body).error, "invalid_client");
  });

  test("reset: the connection ends before any byte", async (context) => {
    const { pingone, get } = await suffer(context, { kind: "reset", ...listed });
    await assert.rejects(get("/users"));
    assert.equal(pingone.calls.at(-1)?.status, 0);
  });

  test("cut: the connection ends inside the body", async (context) => {
    const { get } = await suffer(context, { kind: "cut", ...listed });
    const response = await get("/users");
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
  });

  test("drip: the body never ends, and stops when the client leaves", async (context) => {
    const { pingone } = await suffer(context, { kind: "drip", ...listed });
    const { access_token } = (await (await askToken(pingone)).json()) as Body;
    const response = await fetch(`${pingone.endpoints.api}/environments/${pingone.environment}/users`, {
      headers: { authorization: `Bearer ${access_token}` },
      signal: AbortSignal.timeout(700),
    });
    await assert.rejects(response.text(), { name: "TimeoutError" });
  });

  test("redirect: to wherever it says", async (context) => {
    const { get } = await suffer(context, { kind: "redirect", to: "https://elsewhere.example/x" });
    const response = await get("/users");
    assert.deepEqual([response.status, response.headers.get("location")], [302, "https://elsewhere.example/x"]);
  });

  test("truncate: half the JSON, and headers that agree with it", async (context) => {
    const { get } = await suffer(context, { kind: "truncate", ...listed });
    const response = await get("/users");
    const text = await response.text();
    assert.equal(Number(response.headers.get("content-length")), Buffer.byteLength(text));
    assert.throws(() => JSON.parse(text));
  });

  test("html: a page in place of JSON", async (context) => {
    const { get } = await suffer(context, { kind: "html" });
    const response = await get("/users");
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "text/html"]);
  });

  test("oversize: valid JSON, longer than said", async (context) => {
    const { get } = await suffer(context, { kind: "oversize", bytes: 3_000_000, ...listed });
    const text = await (await get("/users")).text();
    assert.ok(text.length > 3_000_000);
    assert.equal(JSON.parse(text).count, 50);
  });

  test("drop: a field is missing from the answer", async (context) => {
    const { pingone, read } = await suffer(context, { kind: "drop", field: "_embedded", ...listed });
    assert.ok(!("_embedded" in (await read("/users"))));
    pingone.setFault({ kind: "drop", field: "population.id", on: "user" });
    assert.deepEqual((await read(`/users/${first(pingone)}`)).population, {});
  });

  test("user-field: a field of one user is missing or replaced", async (context) => {
    const { pingone, read } = await suffer(context, { kind: "user-field", index: 2, field: "mfaEnabled", ...listed });
    pingone.setFault({ kind: "user-field", index: 3, field: "enabled", value: "yes", ...listed });
    const { users } = (await read("/users"))._embedded;
    assert.deepEqual(
      [users[2].mfaEnabled, users[3].enabled, typeof users[1].mfaEnabled],
      [undefined, "yes", "boolean"],
    );
  });

  test("same-cursor: next leads to the same page again", async (context) => {
    const { read } = await suffer(context, { kind: "same-cursor", nth: 2, ...listed });
    const page = await read((await read("/users?limit=10"))._links.next.href);
    assert.equal(page._links.next.href, page._links.self.href);
  });

  test("foreign-next: next leads to another origin", async (context) => {
    const { read } = await suffer(context, { kind: "foreign-next", origin: "https://evil.example", ...listed });
    assert.match((await read("/users?limit=10"))._links.next.href, /^https:\/\/evil\.example\/v1\/.*cursor=/);
  });

  for (const [kind, expected] of [
    ["duplicate-page", { read: 50, distinct: 40 }],
    ["duplicate-user", { read: 51, distinct: 50 }],
    ["lost-page", { read: 40, distinct: 40 }],
  ] as const) {
    test(`${kind}: ${expected.read} users are read of 50, ${expected.distinct} of them distinct`, async (context) => {
      const { walk } = await suffer(context, { kind, nth: 3, ...listed });
      const ids = idsOf(await walk("/users?limit=10"));
      assert.deepEqual({ read: ids.length, distinct: new Set(ids).size }, expected);
    });
  }

  test("short-page: fewer than asked for, and nobody is lost", async (context) => {
    const { pingone, walk } = await suffer(context, { kind: "short-page", size: 3, nth: 2, ...listed });
    assert.equal(new Set(idsOf(await walk("/users?limit=10"))).size, 50);
    assert.equal(pingone.counts()["GET users"], 6);
  });

  test("empty: nobody is listed though the populations claim everybody, or claim nobody if it is consistent", async (context) => {
    const { pingone, walk, read, get } = await suffer(context, { kind: "empty", ...listed });
    const claimed = async () => (await read("/populations"))._embedded.populations[0].userCount;
    assert.deepEqual(await walk(), []);
    assert.ok((await claimed()) > 30);
    pingone.clearFaults();
    pingone.setFault({ kind: "empty", consistent: true, ...listed });
    assert.deepEqual([await walk(), await claimed()], [[], 0]);
    assert.equal((await get(`/users/${pingone.account(0).id}`)).status, 404);
  });

  test("halved: every second account is gone, and all counts agree", async (context) => {
    const { pingone, walk, read } = await suffer(context, { kind: "halved" });
    const { populations } = (await read("/populations"))._embedded;
    assert.equal((await walk("/users?limit=10")).length, 25);
    assert.equal(
      populations.reduce((sum: number, { userCount }: Body) => sum + userCount, 0),
      25,
    );
    pingone.clearFaults();
    assert.equal((await walk()).length, 50);
  });

  test("miscount and miscount-populations: the claimed totals are off", async (context) => {
    const { pingone, read } = await suffer(context, { kind: "miscount", by: 5, ...listed });
    const [population] = pingone.populations;
    const { userCount } = await read(`/populations/${population?.id}`);
    pingone.setFault({ kind: "miscount-populations", by: -2, on: "populations" });
    assert.equal((await read("/users")).count, 55);
    assert.equal((await read("/populations"))._embedded.populations[0].userCount, userCount - 2);
  });

  const change = { mfaEnabled: true };
  const off = { mfaEnabledShare: 0 };

  test("no-effect: the change is confirmed and does not happen", async (context) => {
    const { pingone, send, read } = await suffer(context, { kind: "no-effect", on: "mfaEnabled" }, off);
    const path = `/users/${first(pingone)}/mfaEnabled`;
    assert.equal(((await (await send("PUT", path, change)).json()) as Body).mfaEnabled, true);
    assert.equal((await read(path)).mfaEnabled, false);
  });

  test("late-effect: the change shows only after a while", async (context) => {
    const clock = { now: noon };
    const settings = { ...off, now: () => clock.now };
    const { pingone, send, read } = await suffer(context, { kind: "late-effect", seconds: 5 }, settings);
    const path = `/users/${first(pingone)}/mfaEnabled`;
    await send("PUT", path, change);
    assert.deepEqual([pingone.account(0).mfaEnabled, (await read(path)).mfaEnabled], [true, false]);
    clock.now += 4_999;
    assert.equal((await read("/users"))._embedded.users[0].mfaEnabled, false);
    clock.now += 1;
    assert.equal((await read(path)).mfaEnabled, true);
  });

  test("wrong-user and echo-off: the confirmation is about somebody else, or says off", async (context) => {
    const { pingone, send, read } = await suffer(context, { kind: "wrong-user" }, off);
    pingone.setFault({ kind: "echo-off" });
    const path = `/users/${first(pingone)}/mfaEnabled`;
    const body = (await (await send("PUT", path, change)).json()) as Body;
    assert.ok(!body._links.user.href.includes(first(pingone)));
    assert.equal(body.mfaEnabled, false);
    assert.equal((await read(path)).mfaEnabled, true);
  });

  test("skew: the Date header is off by so many seconds", async (context) => {
    const { get } = await suffer(context, { kind: "skew", seconds: 600, nth: 2 });
    const dateOf = async () => Date.parse((await get("")).headers.get("date") ?? "");
    assert.deepEqual([await dateOf(), await dateOf()], [noon, noon + 600_000]);
  });

  test("expire-token: this call and all later ones are refused until there is a new token", async (context) => {
    const { pingone, get } = await suffer(context, { kind: "expire-token", times: 1, ...listed });
    assert.deepEqual([(await get("/users")).status, (await get("")).status], [401, 401]);
    assert.equal((await (await connect(pingone)).get("/users")).status, 200);
  });
});

test("close ends every connection at once", async () => {
  const pingone = await startPingOne({ accounts: 10, latency: 60_000 });
  const waiting = assert.rejects(askToken(pingone));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await pingone.close();
  await waiting;
});

describe("as a process of its own", () => {
  async function launch(context: TestContext): Promise<{ said: Body; leave: () => void; gone: Promise<unknown> }> {
    const program = new URL("../../simulators/pingone/index.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [program, "--accounts", "30", "--seed", "7", "--with-parent"]);
    context.after(() => child.kill("SIGKILL"));
    const [line] = await once(child.stdout, "data");
    return { said: JSON.parse(String(line)), leave: () => child.stdin.end(), gone: once(child, "exit") };
  }

  test("it says where it is, takes faults and changes, tells its calls, and ends with its parent", async (context) => {
    const { said, leave, gone } = await launch(context);
    const { walk, get } = await connect(said);
    const post = (name: string, body: unknown) =>
      fetch(`${said.control}/${name}`, { method: "POST", body: JSON.stringify(body) });
    const [user] = await walk();
    assert.equal((await post("change", { id: user.id, patch: { username: "renamed" } })).status, 200);
    assert.equal((await post("change", { id: "x", patch: {} })).status, 400);
    assert.equal((await walk())[0].username, "renamed");
    await post("faults", { kind: "error", status: 500, on: "users" });
    assert.equal((await get("/users")).status, 500);
    await fetch(`${said.control}/faults`, { method: "DELETE" });
    assert.equal((await get("/users")).status, 200);
    const counts = await (await fetch(`${said.control}/calls?count`)).json();
    assert.deepEqual(counts, { "POST token": 1, "GET users": 4 });
    const calls = (await (await fetch(`${said.control}/calls?from=4`)).json()) as Body[];
    assert.deepEqual(
      calls.map(({ n, status }) => [n, status]),
      [
        [4, 500],
        [5, 200],
      ],
    );
    leave();
    assert.deepEqual(await gone, [0, null]);
  });
});
