/** How a client proves itself with a private key in place of a secret. */

import assert from "node:assert/strict";
import { constants, generateKeyPairSync, verify } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import { clientCredentials, httpClient, readRsaKey, signAssertion } from "../../lib/http/index.ts";
import { startServer } from "../loopback.ts";

const never = new AbortController().signal;
const noon = Date.parse("2026-11-20T12:00:00Z");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const decode = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());

const signed = (algorithm: "RS256" | "PS256") =>
  signAssertion({
    clientId: "client",
    audience: "https://login.example/token",
    key: privateKey,
    algorithm,
    header: { kid: "key-1" },
    clock: () => noon,
  });

describe("an assertion", () => {
  test("says who asks, of whom, and for how long, as RFC 7523 wants it", () => {
    const [header, claims] = signed("RS256").split(".", 2).map(decode);
    assert.deepEqual(header, { typ: "JWT", alg: "RS256", kid: "key-1" });
    const { jti, ...others } = claims;
    const now = noon / 1000;
    assert.match(jti, /^[0-9a-f-]{36}$/);
    assert.deepEqual(others, {
      iss: "client",
      sub: "client",
      aud: "https://login.example/token",
      iat: now,
      nbf: now,
      exp: now + 300,
    });
  });

  const keys = {
    RS256: publicKey,
    PS256: { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
  };
  for (const algorithm of ["RS256", "PS256"] as const) {
    test(`is signed by ${algorithm}`, () => {
      const [header, claims, signature = ""] = signed(algorithm).split(".");
      const content = Buffer.from(`${header}.${claims}`);
      assert.ok(verify("sha256", content, keys[algorithm], Buffer.from(signature, "base64url")));
    });
  }

  test("takes an RSA key and no other", () => {
    const pem = (key: typeof privateKey) => key.export({ type: "pkcs8", format: "pem" }).toString();
    assert.ok(readRsaKey(pem(privateKey)));
    assert.equal(readRsaKey(pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)), undefined);
    assert.equal(readRsaKey("-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n"), undefined);
    assert.equal(readRsaKey(""), undefined);
  });
});

describe("a token for a client that signs", () => {
  async function start(context: TestContext, statuses: readonly number[]) {
    const forms: URLSearchParams[] = [];
    const headers: (string | undefined)[] = [];
    const address = await startServer(context, async (request, response) => {
      headers.push(request.headers.authorization);
      const status = statuses[forms.push(new URLSearchParams((await request.toArray()).join(""))) - 1] ?? 200;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(status === 200 ? { access_token: "t" } : { error: "invalid_client" }));
    });
    const http = httpClient({ directory: "workforce", fetch, clock: () => noon, origins: [], random: () => 0 });
    let made = 0;
    const token = clientCredentials({
      http,
      clock: () => noon,
      clientId: "client",
      assertion: () => `assertion-${++made}`,
      url: `${address}/token`,
      path: "/token",
      form: { scope: "all" },
    });
    return { token, forms, headers };
  }

  test("is asked for with the assertion in the form, and no secret anywhere", async (context) => {
    const { token, forms, headers } = await start(context, []);
    assert.equal(await token.get(never), "t");
    assert.deepEqual(
      forms.map((form) => Object.fromEntries(form)),
      [
        {
          scope: "all",
          client_id: "client",
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          client_assertion: "assertion-1",
          grant_type: "client_credentials",
        },
      ],
    );
    assert.deepEqual(headers, [undefined]);
  });

  test("is asked for once more after one refusal, with a new assertion", async (context) => {
    const { token, forms } = await start(context, [401]);
    assert.equal(await token.get(never), "t");
    assert.deepEqual(
      forms.map((form) => form.get("client_assertion")),
      ["assertion-1", "assertion-2"],
    );
  });

  test("that is refused names the key, not a secret that it has not", async (context) => {
    const { token } = await start(context, [401, 401]);
    await assert.rejects(token.get(never), {
      code: "ERR_VENDOR_AUTH",
      message: /does not accept the client; check clientId and its key in its secret \(POST \/token answered 401\)\.$/,
    });
  });
});
