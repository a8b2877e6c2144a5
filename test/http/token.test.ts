/** How a token is asked for, whatever a token endpoint answers, and how its refusal is told. */

import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { clientCredentials, httpClient, type TokenSource } from "../../lib/http/index.ts";
import { startServer } from "../loopback.ts";

const never = new AbortController().signal;
const noon = Date.parse("2026-11-20T12:00:00Z");

interface TokenEndpoint {
  readonly token: TokenSource;
  /** The Basic pairs that were presented. */
  readonly pairs: string[];
  /** The forms that were sent. */
  readonly forms: string[];
  /** Moves our clock on. */
  pass(seconds: number): void;
  /** A directory that is opened anew on the same endpoint. */
  reopen(): TokenSource;
}

/** @param answer how the n-th request is answered, counted from 1 */
async function start(
  context: TestContext,
  answer: (response: ServerResponse, n: number, pair: string) => void,
  client = { clientId: "svc", clientSecret: "s3cret" },
): Promise<TokenEndpoint> {
  const pairs: string[] = [];
  const forms: string[] = [];
  const address = await startServer(context, async (request, response) => {
    const [, basic = ""] = (request.headers.authorization ?? "").split(" ");
    const pair = Buffer.from(basic, "base64").toString();
    forms.push((await request.toArray()).join(""));
    answer(response, pairs.push(pair), pair);
  });
  let now = noon;
  const clock = () => now;
  const sleep = async () => undefined;
  const http = httpClient({ directory: "workforce", fetch, clock, origins: [], random: () => 0, sleep });
  const url = `${address}/as/token`;
  const open = () => clientCredentials({ http, clock, ...client, url, path: "/as/token", form: { scope: "tsg_id:1" } });
  return {
    token: open(),
    pairs,
    forms,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    reopen: open,
  };
}

const send = (response: ServerResponse, status: number, body: unknown) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const grant = (more: object = {}) => ({ access_token: "t", token_type: "Bearer", ...more });
const INVALID_CLIENT = { error: "invalid_client", error_description: "s3cret is wrong" };

describe("a token", () => {
  test("is asked for as RFC 6749 says", async (context) => {
    const { token, pairs, forms } = await start(context, (response) => send(response, 200, grant({ scope: "a b" })));
    assert.equal(await token.get(never), "t");
    assert.deepEqual([pairs, forms], [["svc:s3cret"], ["scope=tsg_id%3A1&grant_type=client_credentials"]]);
    assert.deepEqual(token.scopes(), ["a", "b"]);
  });

  const lifetimes: readonly [what: string, answer: object, usedForSeconds: number][] = [
    ["an hour", { expires_in: 3600 }, 3540],
    ["an hour, as text", { expires_in: "3600" }, 3540],
    ["45 seconds", { expires_in: 45 }, 36],
    ["null seconds", { expires_in: null }, 240],
    ["nothing", {}, 240],
    ["empty text", { expires_in: "" }, 240],
    ["something else", { expires_in: "soon" }, 240],
    ["less than nothing", { expires_in: -1 }, 240],
  ];
  for (const [what, answer, usedForSeconds] of lifetimes) {
    test(`that lives ${what} is used for ${usedForSeconds} seconds`, async (context) => {
      const { token, pairs, pass } = await start(context, (response) => send(response, 200, grant(answer)));
      await token.get(never);
      pass(usedForSeconds - 1);
      await token.get(never);
      assert.equal(pairs.length, 1);
      pass(1);
      await token.get(never);
      assert.equal(pairs.length, 2);
    });
  }

  for (const type of ["bearer", "BEARER", null, "", undefined]) {
    test(`of the type ${JSON.stringify(type)} is good`, async (context) => {
      const { token } = await start(context, (response) =>
        send(response, 200, { access_token: "t", token_type: type }),
      );
      assert.equal(await token.get(never), "t");
    });
  }

  for (const answer of [{}, { access_token: "" }, { access_token: null }, grant({ token_type: "DPoP" }), [], null]) {
    test(`that cannot be used (${JSON.stringify(answer)}) is refused, naming its call`, async (context) => {
      const { token } = await start(context, (response) => send(response, 200, answer));
      await assert.rejects(token.get(never), { code: "ERR_VENDOR_FORMAT", message: /POST \/as\/token/ });
    });
  }

  test("is asked for once more after one page of HTML", async (context) => {
    const { token, pairs } = await start(context, (response, n) =>
      n === 1 ? void response.end("<!doctype html>") : send(response, 200, grant()),
    );
    assert.equal(await token.get(never), "t");
    assert.equal(pairs.length, 2);
  });

  test("is asked for once more after one 401", async (context) => {
    const { token, pairs } = await start(context, (response, n) =>
      n === 1 ? send(response, 401, {}) : send(response, 200, grant()),
    );
    assert.equal(await token.get(never), "t");
    assert.deepEqual(pairs, ["svc:s3cret", "svc:s3cret"]);
  });
});

describe("a client id with an @", () => {
  const client = { clientId: "svc@1.iam.example", clientSecret: "s3cret" };
  const raw = "svc@1.iam.example:s3cret";
  const encoded = "svc%401.iam.example:s3cret";
  const taking = (wanted: string) => (response: ServerResponse, _: number, pair: string) =>
    pair === wanted ? send(response, 200, grant({ expires_in: 45 })) : send(response, 401, INVALID_CLIENT);

  for (const [what, accepted, tried] of [
    ["decodes it", encoded, [encoded]],
    ["takes it raw", raw, [encoded, raw]],
  ] as const) {
    test(`is known to a server that ${what}, and the form that worked is remembered`, async (context) => {
      const { token, pairs, pass, reopen } = await start(context, taking(accepted), client);
      await token.get(never);
      assert.deepEqual(pairs, tried);
      pass(60);
      await token.get(never);
      await reopen().get(never);
      assert.deepEqual(pairs, [...tried, accepted, accepted]);
    });
  }

  test("survives one 401 of a server that decodes it", async (context) => {
    const { token, pairs } = await start(
      context,
      (response, n, pair) => (n === 1 ? send(response, 401, INVALID_CLIENT) : taking(encoded)(response, n, pair)),
      client,
    );
    assert.equal(await token.get(never), "t");
    assert.deepEqual(pairs, [encoded, raw, encoded]);
  });
});

describe("a refusal of a token", () => {
  for (const [status, body] of [
    [401, INVALID_CLIENT],
    [401, {}],
    [400, INVALID_CLIENT],
    [403, INVALID_CLIENT],
  ] as const) {
    test(`with ${status} ${JSON.stringify(body)} names the call and the two fields to look at, no secret`, async (context) => {
      const { token } = await start(context, (response) => send(response, status, body));
      await assert.rejects(token.get(never), (error: Error & { code?: string; detail?: object }) => {
        assert.equal(error.code, "ERR_VENDOR_AUTH");
        const place = `POST /as/token answered ${status}`;
        assert.equal(
          error.message,
          `Directory workforce does not accept the client; check clientId and clientSecret in its secret (${place}).`,
        );
        assert.doesNotMatch(JSON.stringify(error), /s3cret/);
        return true;
      });
    });
  }

  test("for another reason than the client is asked for once, and keeps the reason", async (context) => {
    const { token, pairs } = await start(context, (response) => send(response, 400, { error: "invalid_scope" }));
    await assert.rejects(token.get(never), {
      code: "ERR_VENDOR_AUTH",
      message: /gives the client no token; .*clientId and clientSecret.*POST \/as\/token/,
      detail: { method: "POST", path: "/as/token", status: 400, vendorCode: "invalid_scope" },
    });
    assert.equal(pairs.length, 1);
  });
});
