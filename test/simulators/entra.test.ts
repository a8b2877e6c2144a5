/** The simulated Graph does what Microsoft's documents say, also where that is inconvenient. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type EntraSettings, startEntra } from "../../simulators/entra/index.ts";

async function start(context: TestContext, settings: Partial<EntraSettings> = {}) {
  const entra = await startEntra({ users: 30, ...settings });
  context.after(() => entra.close());
  const { clientId, clientSecret } = entra.credentials;
  const form = { grant_type: "client_credentials", scope: "https://graph.microsoft.com/.default" };
  const token = await fetch(`${entra.endpoints.login}/${entra.tenant}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret }),
  });
  const { access_token } = JSON.parse(await token.text());
  const call = async (path: string, method = "GET", body?: object, more: Record<string, string> = {}) => {
    const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json", ...more };
    const answer = await fetch(entra.endpoints.graph + path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { entra, call };
}

describe("the simulated Graph", () => {
  test("shows four fields of a user unless others are selected, 100 a page, and 999 at most", async (context) => {
    const { call } = await start(context, { users: 120 });
    const { body } = await call("/v1.0/users");
    assert.equal(body.value.length, 100);
    assert.deepEqual(Object.keys(body.value[0]), ["id", "userPrincipalName", "displayName", "mail"]);
    const next = new URL(body["@odata.nextLink"]);
    assert.equal((await call(next.pathname + next.search)).body.value.length, 20);
    assert.equal((await call("/v1.0/users?$top=1000")).status, 400);
  });

  test("counts users for who says ConsistencyLevel: eventual, and for nobody else", async (context) => {
    const { call } = await start(context);
    const path = "/v1.0/users?$count=true&$top=1";
    assert.equal((await call(path)).body["@odata.count"], undefined);
    const counted = await call(path, "GET", undefined, { ConsistencyLevel: "eventual" });
    assert.equal(counted.body["@odata.count"], 30);
  });

  test("refuses what the app is not allowed, with the vendor's code", async (context) => {
    const { call } = await start(context, { permissions: ["AuditLog.Read.All"] });
    const { status, body } = await call("/v1.0/users");
    assert.deepEqual([status, body.error.code], [403, "Authorization_RequestDenied"]);
    assert.ok(body.error.innerError["request-id"]);
  });

  test("takes five calls of reports in ten seconds, and says how long to wait", async (context) => {
    const { call } = await start(context);
    const path = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await call(path)).status);
    const sixth = await call(path);
    assert.deepEqual([...statuses, sixth.status], [200, 200, 200, 200, 200, 429]);
    assert.match(sixth.headers.get("retry-after") ?? "", /^([1-9]|10)$/);
  });

  test("takes 20 requests in a batch, and answers each by itself in an order of its own", async (context) => {
    const { entra, call } = await start(context);
    const item = (id: string, url: string) => ({ id, method: "GET", url });
    const requests = [
      item("a", `/users/${entra.user(0).id}`),
      item("b", "/users/00000000-0000-4000-8000-000000000000"),
    ];
    const { status, body } = await call("/v1.0/$batch", "POST", { requests });
    assert.equal(status, 200);
    assert.deepEqual(
      body.responses.map((one: { id: string; status: number }) => [one.id, one.status]),
      [
        ["b", 404],
        ["a", 200],
      ],
    );
    const many = Array.from({ length: 21 }, (_, n) => item(String(n), "/users"));
    assert.equal((await call("/v1.0/$batch", "POST", { requests: many })).status, 400);
    assert.equal((await call("/v1.0/$batch", "POST", { requests: [requests[0], requests[0]] })).status, 400);
  });

  test("changes per-user MFA in beta alone, to a documented state, and says nothing", async (context) => {
    const { entra, call } = await start(context);
    const { id } = entra.user(0);
    const path = `/users/${id}/authentication/requirements`;
    assert.deepEqual(
      await call(`/beta${path}`, "PATCH", { perUserMfaState: "enforced" }).then(({ status, body }) => [status, body]),
      [204, undefined],
    );
    assert.equal(entra.find(id)?.perUserMfaState, "enforced");
    assert.equal((await call(`/beta${path}`, "PATCH", { perUserMfaState: "on" })).status, 400);
    assert.equal((await call(`/v1.0${path}`)).status, 404);
  });

  test("gives no token for a wrong secret, another scope or another grant", async (context) => {
    const { entra } = await start(context);
    const { clientId, clientSecret } = entra.credentials;
    const right = {
      grant_type: "client_credentials",
      scope: "https://graph.microsoft.com/.default",
      client_id: clientId,
      client_secret: clientSecret,
    };
    for (const [wrong, status] of [
      [{ client_secret: "no" }, 401],
      [{ scope: "User.Read.All" }, 400],
      [{ grant_type: "password" }, 400],
    ] as const) {
      const answer = await fetch(`${entra.endpoints.login}/${entra.tenant}/oauth2/v2.0/token`, {
        method: "POST",
        body: new URLSearchParams({ ...right, ...wrong }),
      });
      assert.equal(answer.status, status);
    }
  });
});
