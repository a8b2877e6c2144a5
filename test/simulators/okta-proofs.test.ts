/** The simulated Okta checks each proof of possession by itself, and refuses whatever RFC 9449 says is none. */

import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import { type Okta, startOkta } from "../../simulators/okta/index.ts";

const noon = Date.parse("2026-11-20T12:00:00Z");
const DAY_MS = 86_400_000;

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const ours = generateKeyPairSync("ec", { namedCurve: "P-256" });
const others = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64url");
const jwkOf = (key: KeyObject) => key.export({ format: "jwk" });

/** What of a good proof is otherwise. */
interface Changes {
  readonly header?: object;
  readonly claims?: object;
  readonly keys?: Keys;
  readonly signer?: (content: string) => Buffer;
}

function makeProof(claims: object, { header = {}, claims: otherwise = {}, keys = ours, signer }: Changes): string {
  const isRsa = keys.privateKey.asymmetricKeyType === "rsa";
  const head = { typ: "dpop+jwt", alg: isRsa ? "RS256" : "ES256", jwk: jwkOf(keys.publicKey), ...header };
  const content = `${base64(JSON.stringify(head))}.${base64(JSON.stringify({ jti: randomUUID(), iat: noon / 1000, ...claims, ...otherwise }))}`;
  const usual = (text: string) =>
    sign("sha256", Buffer.from(text), { key: keys.privateKey, dsaEncoding: "ieee-p1363" });
  return `${content}.${base64((signer ?? usual)(content))}`;
}

/** As the app signs in; a new one each time. */
function makeAssertion({ org, credentials }: Okta, now: number): string {
  const { clientId, keyId, privateKey } = credentials;
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: `${org}/oauth2/v1/token`,
    exp: now / 1000 + 60,
    jti: randomUUID(),
  };
  const content = `${base64(JSON.stringify({ alg: "RS256", kid: keyId }))}.${base64(JSON.stringify(claims))}`;
  return `${content}.${base64(sign("sha256", Buffer.from(content), privateKey))}`;
}

interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(okta: Okta, proof: string | undefined, now = noon): Promise<Said> {
  const response = await fetch(`${okta.org}/oauth2/v1/token`, {
    method: "POST",
    headers: proof === undefined ? {} : { dpop: proof },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      scope: "okta.users.read",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: makeAssertion(okta, now),
    }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

interface World {
  readonly okta: Okta;
  readonly nonce: string;
  readonly token: string;
  pass(ms: number): void;
  /** Asks for a token with a proof that is good but for the changes. */
  forToken(changes?: Changes): Promise<Said>;
  /** Lists users with a proof that is good but for the changes. */
  list(changes?: Changes & { readonly scheme?: string; readonly proof?: string | null }): Promise<Said>;
}

async function start(context: TestContext, keys: Keys = ours): Promise<World> {
  let now = noon;
  const okta = await startOkta({ users: 3, now: () => now });
  context.after(() => okta.close());
  const htu = `${okta.org}/oauth2/v1/token`;
  const first = await ask(okta, makeProof({ htm: "POST", htu }, { keys }));
  assert.deepEqual([first.status, JSON.parse(first.text).error], [400, "use_dpop_nonce"]);
  const nonce = first.headers.get("dpop-nonce") ?? "";
  const forToken = (changes: Changes = {}) =>
    ask(okta, makeProof({ htm: "POST", htu, nonce }, { keys, ...changes }), now);
  const granted = await forToken();
  const { access_token: token, token_type } = JSON.parse(granted.text);
  assert.equal(token_type, "DPoP");
  const users = `${okta.org}/api/v1/users`;
  const ath = createHash("sha256").update(token).digest("base64url");
  return {
    okta,
    nonce,
    token,
    pass: (ms) => {
      now += ms;
    },
    forToken,
    list: async ({ scheme = "DPoP", proof, ...changes } = {}) => {
      const dpop = proof === undefined ? makeProof({ htm: "GET", htu: users, ath }, { keys, ...changes }) : proof;
      const headers = { authorization: `${scheme} ${token}`, ...(dpop === null ? {} : { dpop }) };
      const response = await fetch(`${users}?limit=2`, { headers });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

const hmac = (content: string) => createHmac("sha256", "secret").update(content).digest();
const derSigned = (content: string) => sign("sha256", Buffer.from(content), ours.privateKey);

/** Each is no proof, for a token and for a call. */
const BROKEN: readonly (readonly [what: string, changes: Changes])[] = [
  ["is no DPoP proof by its type", { header: { typ: "JWT" } }],
  ["is signed by nobody", { header: { alg: "none" }, signer: () => Buffer.from("x") }],
  ["is signed with a shared secret", { header: { alg: "HS256" }, signer: hmac }],
  [
    "is signed with another key than it shows",
    { signer: (text) => sign("sha256", Buffer.from(text), others.privateKey) },
  ],
  ["has a signature in the wrong form", { signer: derSigned }],
  ["shows no key", { header: { jwk: undefined } }],
  ["shows its private key", { header: { jwk: jwkOf(ours.privateKey) } }],
  ["has no id", { claims: { jti: undefined } }],
  ["is for another method", { claims: { htm: "PUT" } }],
  ["is for another address", { claims: { htu: "https://evil.example/api/v1/users" } }],
  ["is of two minutes ago", { claims: { iat: noon / 1000 - 120 } }],
  ["is of two minutes from now", { claims: { iat: noon / 1000 + 120 } }],
  ["has no time", { claims: { iat: undefined } }],
];

describe("the simulated org gives a token", () => {
  for (const [kind, keys] of [
    ["ES256", ours],
    ["RS256", rsa],
  ] as const)
    test(`for a proof by ${kind}, and answers a call with another one`, async (context) => {
      const { list } = await start(context, keys);
      assert.equal((await list()).status, 200);
    });

  for (const [what, changes] of BROKEN)
    test(`to no proof that ${what}`, async (context) => {
      const { forToken } = await start(context);
      const { status, text } = await forToken(changes);
      assert.deepEqual([status, JSON.parse(text).error], [400, "invalid_dpop_proof"]);
    });

  test("to no app without a proof, and to no text that is none", async (context) => {
    const { okta } = await start(context);
    for (const proof of [undefined, "x", "a.b.c", `${makeProof({}, {})}.x`]) {
      const { status, text } = await ask(okta, proof);
      assert.deepEqual([status, JSON.parse(text).error], [400, "invalid_dpop_proof"]);
    }
  });

  test("to a proof once", async (context) => {
    const { forToken } = await start(context);
    const once = { claims: { jti: "1" } };
    assert.equal((await forToken(once)).status, 200);
    assert.match((await forToken(once)).text, /already been used/);
  });

  test("by a nonce of the last three days, which a new one follows each day", async (context) => {
    const { forToken, nonce, pass } = await start(context);
    for (const wrong of [undefined, "another"]) {
      const { text, headers } = await forToken({ claims: { nonce: wrong } });
      assert.equal(JSON.parse(text).error, "use_dpop_nonce");
      assert.equal(headers.get("dpop-nonce"), nonce);
    }
    const later = (days: number) => forToken({ claims: { iat: (noon + days * DAY_MS) / 1000 } });
    pass(2 * DAY_MS);
    const renewed = await later(2);
    assert.equal(renewed.status, 200);
    assert.notEqual(renewed.headers.get("dpop-nonce"), nonce);
    pass(DAY_MS);
    assert.equal(JSON.parse((await later(3)).text).error, "use_dpop_nonce");
  });
});

describe("the simulated org answers a call", () => {
  for (const [what, changes] of [
    ...BROKEN,
    ["names the address with its query", { claims: { htu: undefined } }],
    ["is bound to no token", { claims: { ath: undefined } }],
    ["is bound to another token", { claims: { ath: base64("another") } }],
    ["is of another key than the token", { keys: others }],
  ] as typeof BROKEN)
    test(`with no proof that ${what}`, async (context) => {
      const { list, okta } = await start(context);
      const query = what.endsWith("query") ? { claims: { htu: `${okta.org}/api/v1/users?limit=2` } } : {};
      const { status, text, headers } = await list({ ...changes, ...query });
      assert.deepEqual([status, text], [400, ""]);
      assert.match(headers.get("www-authenticate") ?? "", /^DPoP .*error="invalid_dpop_proof"/);
    });

  test("not without a proof, nor with the token as a bearer's, nor with one proof twice", async (context) => {
    const { list, okta, token } = await start(context);
    assert.equal((await list({ proof: null })).status, 400);
    assert.equal((await list({ scheme: "Bearer" })).status, 401);
    const ath = createHash("sha256").update(token).digest("base64url");
    const proof = makeProof({ htm: "GET", htu: `${okta.org}/api/v1/users`, ath }, {});
    assert.equal((await list({ proof })).status, 200);
    const again = await list({ proof });
    assert.match(again.headers.get("www-authenticate") ?? "", /already been used/);
  });

  test("by a nonce of its own where it wants one", async (context) => {
    const { list, okta, nonce } = await start(context);
    okta.app.apiWantsNonce = true;
    const refused = await list();
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate") ?? "", /error="use_dpop_nonce"/);
    assert.equal(refused.headers.get("dpop-nonce"), nonce);
    assert.equal((await list({ claims: { nonce } })).status, 200);
    okta.forgetNonces();
    assert.equal((await list({ claims: { nonce } })).status, 401);
  });
});
