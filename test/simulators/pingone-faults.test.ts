/** Each fault of the simulated PingOne does what it says, to the calls that it is aimed at and to no other. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Fault, PingOneSettings } from "../../simulators/pingone/index.ts";
import { askToken, type Body, type Client, connect, first, idsOf, noon, open } from "./pingone-client.ts";

describe("a fault", () => {
  const listed = { on: "users" };

  async function openWithFault(
    context: TestContext,
    fault: Fault,
    settings: Partial<PingOneSettings> = {},
  ): Promise<Client> {
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
    const { pingone, get } = await openWithFault(context, { kind: "limited", retryAfter: 3, ...listed });
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
    const { pingone, get } = await openWithFault(context, { kind: "reset", ...listed });
    await assert.rejects(get("/users"));
    assert.equal(pingone.calls.at(-1)?.status, 0);
  });

  test("cut: the connection ends inside the body", async (context) => {
    const { get } = await openWithFault(context, { kind: "cut", ...listed });
    const response = await get("/users");
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
  });

  test("drip: the body never ends, and stops when the client leaves", async (context) => {
    const { pingone } = await openWithFault(context, { kind: "drip", ...listed });
    const { access_token } = (await (await askToken(pingone)).json()) as Body;
    const response = await fetch(`${pingone.endpoints.api}/environments/${pingone.environment}/users`, {
      headers: { authorization: `Bearer ${access_token}` },
      signal: AbortSignal.timeout(700),
    });
    await assert.rejects(response.text(), { name: "TimeoutError" });
  });

  test("redirect: to wherever it says", async (context) => {
    const { get } = await openWithFault(context, { kind: "redirect", to: "https://elsewhere.example/x" });
    const response = await get("/users");
    assert.deepEqual([response.status, response.headers.get("location")], [302, "https://elsewhere.example/x"]);
  });

  test("truncate: half the JSON, and headers that agree with it", async (context) => {
    const { get } = await openWithFault(context, { kind: "truncate", ...listed });
    const response = await get("/users");
    const text = await response.text();
    assert.equal(Number(response.headers.get("content-length")), Buffer.byteLength(text));
    assert.throws(() => JSON.parse(text));
  });

  test("html: a page in place of JSON", async (context) => {
    const { get } = await openWithFault(context, { kind: "html" });
    const response = await get("/users");
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "text/html"]);
  });

  test("oversize: valid JSON, longer than said", async (context) => {
    const { get } = await openWithFault(context, { kind: "oversize", bytes: 3_000_000, ...listed });
    const text = await (await get("/users")).text();
    assert.ok(text.length > 3_000_000);
    assert.equal(JSON.parse(text).count, 50);
  });

  test("drop: a field is missing from the answer", async (context) => {
    const { pingone, read } = await openWithFault(context, { kind: "drop", field: "_embedded", ...listed });
    assert.ok(!("_embedded" in (await read("/users"))));
    pingone.setFault({ kind: "drop", field: "population.id", on: "user" });
    assert.deepEqual((await read(`/users/${first(pingone)}`)).population, {});
  });

  test("user-field: a field of one user is missing or replaced", async (context) => {
    const { pingone, read } = await openWithFault(context, {
      kind: "user-field",
      index: 2,
      field: "mfaEnabled",
      ...listed,
    });
    pingone.setFault({ kind: "user-field", index: 3, field: "enabled", value: "yes", ...listed });
    const { users } = (await read("/users"))._embedded;
    assert.deepEqual(
      [users[2].mfaEnabled, users[3].enabled, typeof users[1].mfaEnabled],
      [undefined, "yes", "boolean"],
    );
  });

  test("same-cursor: next leads to the same page again", async (context) => {
    const { read } = await openWithFault(context, { kind: "same-cursor", nth: 2, ...listed });
    const page = await read((await read("/users?limit=10"))._links.next.href);
    assert.equal(page._links.next.href, page._links.self.href);
  });

  test("foreign-next: next leads to another origin", async (context) => {
    const { read } = await openWithFault(context, { kind: "foreign-next", origin: "https://evil.example", ...listed });
    assert.match((await read("/users?limit=10"))._links.next.href, /^https:\/\/evil\.example\/v1\/.*cursor=/);
  });

  for (const [kind, expected] of [
    ["duplicate-page", { read: 50, distinct: 40 }],
    ["duplicate-user", { read: 51, distinct: 50 }],
    ["lost-page", { read: 40, distinct: 40 }],
  ] as const) {
    test(`${kind}: ${expected.read} users are read of 50, ${expected.distinct} of them distinct`, async (context) => {
      const { walk } = await openWithFault(context, { kind, nth: 3, ...listed });
      const ids = idsOf(await walk("/users?limit=10"));
      assert.deepEqual({ read: ids.length, distinct: new Set(ids).size }, expected);
    });
  }

  test("short-page: fewer than asked for, and nobody is lost", async (context) => {
    const { pingone, walk } = await openWithFault(context, { kind: "short-page", size: 3, nth: 2, ...listed });
    assert.equal(new Set(idsOf(await walk("/users?limit=10"))).size, 50);
    assert.equal(pingone.counts()["GET users"], 6);
  });

  test("empty: nobody is listed though the populations claim everybody, or claim nobody if it is consistent", async (context) => {
    const { pingone, walk, read, get } = await openWithFault(context, { kind: "empty", ...listed });
    const claimed = async () => (await read("/populations"))._embedded.populations[0].userCount;
    assert.deepEqual(await walk(), []);
    assert.ok((await claimed()) > 30);
    pingone.clearFaults();
    pingone.setFault({ kind: "empty", consistent: true, ...listed });
    assert.deepEqual([await walk(), await claimed()], [[], 0]);
    assert.equal((await get(`/users/${pingone.account(0).id}`)).status, 404);
  });

  test("halved: every second account is gone, and all counts agree", async (context) => {
    const { pingone, walk, read } = await openWithFault(context, { kind: "halved" });
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
    const { pingone, read } = await openWithFault(context, { kind: "miscount", by: 5, ...listed });
    const [population] = pingone.populations;
    const { userCount } = await read(`/populations/${population?.id}`);
    pingone.setFault({ kind: "miscount-populations", by: -2, on: "populations" });
    assert.equal((await read("/users")).count, 55);
    assert.equal((await read("/populations"))._embedded.populations[0].userCount, userCount - 2);
  });

  const change = { mfaEnabled: true };
  const off = { mfaEnabledShare: 0 };

  test("no-effect: the change is confirmed and does not happen", async (context) => {
    const { pingone, send, read } = await openWithFault(context, { kind: "no-effect", on: "mfaEnabled" }, off);
    const path = `/users/${first(pingone)}/mfaEnabled`;
    assert.equal(((await (await send("PUT", path, change)).json()) as Body).mfaEnabled, true);
    assert.equal((await read(path)).mfaEnabled, false);
  });

  test("late-effect: the change shows only after a while", async (context) => {
    const clock = { now: noon };
    const settings = { ...off, now: () => clock.now };
    const { pingone, send, read } = await openWithFault(context, { kind: "late-effect", seconds: 5 }, settings);
    const path = `/users/${first(pingone)}/mfaEnabled`;
    await send("PUT", path, change);
    assert.deepEqual([pingone.account(0).mfaEnabled, (await read(path)).mfaEnabled], [true, false]);
    clock.now += 4_999;
    assert.equal((await read("/users"))._embedded.users[0].mfaEnabled, false);
    clock.now += 1;
    assert.equal((await read(path)).mfaEnabled, true);
  });

  test("wrong-user and echo-off: the confirmation is about somebody else, or says off", async (context) => {
    const { pingone, send, read } = await openWithFault(context, { kind: "wrong-user" }, off);
    pingone.setFault({ kind: "echo-off" });
    const path = `/users/${first(pingone)}/mfaEnabled`;
    const body = (await (await send("PUT", path, change)).json()) as Body;
    assert.ok(!body._links.user.href.includes(first(pingone)));
    assert.equal(body.mfaEnabled, false);
    assert.equal((await read(path)).mfaEnabled, true);
  });

  test("skew: the Date header is off by so many seconds", async (context) => {
    const { get } = await openWithFault(context, { kind: "skew", seconds: 600, nth: 2 });
    const dateOf = async () => Date.parse((await get("")).headers.get("date") ?? "");
    assert.deepEqual([await dateOf(), await dateOf()], [noon, noon + 600_000]);
  });

  test("expire-token: this call and all later ones are refused until there is a new token", async (context) => {
    const { pingone, get } = await openWithFault(context, { kind: "expire-token", times: 1, ...listed });
    assert.deepEqual([(await get("/users")).status, (await get("")).status], [401, 401]);
    assert.equal((await (await connect(pingone)).get("/users")).status, 200);
  });
});
