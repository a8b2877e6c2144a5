/** What a policy may say of a PingOne environment, and where its credential then goes. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { never } from "../tenant.ts";
import { openPingOne } from "./environment.ts";

const environment = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";

describe("the settings", () => {
  const secret = { clientId: "id", clientSecret: "word" };
  const open = (settings: unknown) => openPingOne({ settings, secret });
  const good = { environment, region: "com" };
  const bad: [string, unknown][] = [
    ["region", { ...good, region: "mars" }],
    ["environment", { ...good, environment: "prod" }],
    ["endpoints.api", { ...good, endpoints: { api: "http://proxy.example", auth: "https://proxy.example" } }],
    ["endpoints.api", { ...good, endpoints: { api: "http://localhost@proxy.example", auth: "https://proxy.example" } }],
    ["endpoints.auth", { ...good, endpoints: { api: "https://proxy.example" } }],
    ["a field that this vendor does not know", { ...good, clientSecret: "word" }],
  ];
  for (const [what, settings] of bad) {
    test(`name what is wrong: ${what}`, () => {
      assert.throws(
        () => open(settings),
        (error) => error instanceof Error && error.message.includes(what) && !error.message.includes("word"),
      );
    });
  }

  test("may point at a proxy, which gets the credential only when the secret names it", async () => {
    const endpoints = { api: "https://proxy.example/v1/", auth: "https://proxy.example/auth" };
    const called: string[] = [];
    const vendor = async (input: string | URL | Request) => {
      called.push(String(input));
      return Response.json({ access_token: "t", token_type: "Bearer", _links: {}, _embedded: { users: [] } });
    };
    const opened = (secret: object) =>
      openPingOne({ settings: { ...good, endpoints }, secret, fetch: vendor }).page(undefined, never);
    await assert.rejects(opened(secret), { code: "ERR_VENDOR_ORIGIN" });
    assert.deepEqual(called, []);
    await opened({ ...secret, origins: ["https://proxy.example/"] });
    assert.deepEqual(called, [
      `https://proxy.example/auth/${environment}/as/token`,
      `https://proxy.example/v1/environments/${environment}/users?limit=1000`,
    ]);
  });

  test("may point at a proxy under a path of its own: the vendor's next links are followed there", async () => {
    const endpoints = { api: "https://proxy.example/ping/v1", auth: "https://proxy.example/auth" };
    const called: string[] = [];
    const vendor = async (input: string | URL | Request) => {
      called.push(String(input));
      const next = `https://api.pingone.com/v1/environments/${environment}/users?limit=1000&cursor=a%3D`;
      const links = called.length === 2 ? { next: { href: next } } : {};
      return Response.json({ access_token: "t", token_type: "Bearer", _links: links, _embedded: { users: [] } });
    };
    const directory = openPingOne({
      settings: { ...good, endpoints },
      secret: { ...secret, origins: ["https://proxy.example"] },
      fetch: vendor,
    });
    const page = await directory.page(undefined, never);
    assert.equal((await directory.page(page.next, never)).next, undefined);
    assert.deepEqual(called.slice(2), [
      `https://proxy.example/ping/v1/environments/${environment}/users?limit=1000&cursor=a%3D`,
    ]);
  });
});
