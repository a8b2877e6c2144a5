/** The simulated PingOne answers, pages and changes as the vendor documents it, and logs every call. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Hal, startPingOne } from "../../simulators/pingone/index.ts";
import fixtures from "../fixtures/pingone.json" with { type: "json" };
import { askToken, type Body, connect, first, idsOf, noon, open, shapeOf } from "./pingone-client.ts";
import { launch } from "./process.ts";

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

  test("a user's bypass of MFA is set and read as documented, and says nothing where there is none", async (context) => {
    const { pingone, read, send } = await open(context);
    const path = `/users/${first(pingone)}/bypassMFA`;
    assert.deepEqual(Object.keys(await read(path)), ["_links"]);
    for (const until of [undefined, 7, "2026-11-21", "2026-11-21T00:00:00Z"])
      assert.equal((await send("PUT", path, { bypassMFAEnabledUntil: until })).status, 400);
    const set = await send("PUT", path, { bypassMFAEnabledUntil: "2026-11-21T00:00:00.000Z" });
    assert.deepEqual(await set.json(), await read(path));
    assert.deepEqual(shapeOf(await read(path)), shapeOf(fixtures.bypassMFA.answer));
    pingone.change(first(pingone), { bypassUntil: "2026-11-20T11:59:59.000Z" });
    assert.deepEqual(Object.keys(await read(path)), ["_links"]);
  });

  test("the client's role assignments have the documented fields, and it sees the populations of its roles alone", async (context) => {
    const roles = [{ name: "Identity Data Admin", population: 0 }];
    const { pingone, read, get, walk } = await open(context, { roles });
    const path = `/applications/${pingone.credentials.clientId}/roleAssignments`;
    const [assignment] = (await read(path))._embedded.roleAssignments;
    const [seen] = pingone.populations;
    assert.deepEqual(assignment.scope, { id: seen?.id, type: "POPULATION" });
    const role = await read(`${pingone.endpoints.api}/roles/${assignment.role.id}`);
    assert.deepEqual([role.id, role.name], [assignment.role.id, "Identity Data Admin"]);
    assert.ok((await walk()).every(({ population }) => population.id === seen?.id));
    assert.deepEqual(
      (await read("/populations"))._embedded.populations.map(({ id }: Body) => id),
      [seen?.id],
    );
    assert.equal((await get("/applications/00000000-0000-4000-8000-000000000001/roleAssignments")).status, 404);
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

test("close ends every connection at once", async () => {
  const pingone = await startPingOne({ accounts: 10, latency: 60_000 });
  const waiting = assert.rejects(askToken(pingone));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await pingone.close();
  await waiting;
});

describe("as a process of its own", () => {
  test("it says where it is, takes faults and changes, tells its calls, and ends with its parent", async (context) => {
    const { said, end } = await launch(context, "pingone", ["--accounts", "30", "--seed", "7"]);
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
    assert.deepEqual(await end(), [0, null]);
  });
});
