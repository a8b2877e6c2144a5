/** Proof of possession (DPoP): what an app may rely on whether its org demands it or not, against a simulator that checks each proof by itself. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory } from "../../../lib/model/index.ts";
import { type Okta, type OktaSettings, startOkta } from "../../../simulators/okta/index.ts";
import { never } from "../tenant.ts";
import { oktaDirectory } from "./fixture.ts";
import { listAll, noon, someone } from "./org.ts";

/** One request as it was sent. */
interface Sent {
  readonly method: string;
  readonly url: URL;
  /** Of its Authorization header; empty where there is none. */
  readonly scheme: string;
  /** Of its proof, if it has one. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

interface World {
  readonly okta: Okta;
  readonly directory: Directory;
  readonly sent: Sent[];
  tokenRequests(): Sent[];
  calls(): Sent[];
  /** Moves both clocks on. */
  pass(hours: number): void;
}

/** @param aheadMs how far our clock is before the org's */
async function start(context: TestContext, settings: Partial<OktaSettings> = {}, aheadMs = 0): Promise<World> {
  let now = noon;
  const okta = await startOkta({ users: 20, pageSize: 8, now: () => now, ...settings });
  context.after(() => okta.close());
  const sent: Sent[] = [];
  const directory = openDirectory("okta", {
    id: "workforce",
    ...oktaDirectory(okta),
    secretVersion: "1",
    fetch: (input, init) => {
      sent.push(readSent(String(input), init));
      return fetch(input, init);
    },
    clock: () => now + aheadMs,
  });
  const isToken = ({ url }: Sent) => url.pathname === "/oauth2/v1/token";
  return {
    okta,
    directory,
    sent,
    tokenRequests: () => sent.filter(isToken),
    calls: () => sent.filter((one) => !isToken(one)),
    pass: (hours) => {
      now += hours * 3_600_000;
    },
  };
}

function readSent(url: string, { method = "", headers }: RequestInit = {}): Sent {
  const all = new Headers(headers);
  const [, claims] = (all.get("dpop") ?? "").split(".");
  return {
    method,
    url: new URL(url),
    scheme: (all.get("authorization") ?? "").split(" ")[0] ?? "",
    claims: claims === undefined ? undefined : JSON.parse(Buffer.from(claims, "base64url").toString()),
  };
}

const schemesOf = (sent: readonly Sent[]) => [...new Set(sent.map(({ scheme }) => scheme))];

describe("an app of Okta's", () => {
  test("that is bound to prove possession does so for each call, each page and each change, with no setting", async (context) => {
    const world = await start(context);
    const { okta, directory, calls, sent } = world;
    assert.equal((await listAll(directory)).length, 20);
    const id = someone(world);
    const subject = await directory.read(id, never);
    assert.ok(subject);
    assert.equal(await directory.enforce?.(subject, never), "sent");
    assert.ok(okta.find(id)?.groups.includes(okta.known.enrolment.id));

    assert.deepEqual(schemesOf(calls()), ["DPoP"]);
    assert.ok(calls().some(({ url }) => url.searchParams.has("after")));
    for (const { method, url, claims } of calls()) {
      assert.equal(claims?.htm, method);
      assert.equal(claims?.htu, url.origin + url.pathname);
      assert.equal(typeof claims?.ath, "string");
    }
    const ids = sent.flatMap(({ claims }) => (claims ? [claims.jti] : []));
    assert.equal(new Set(ids).size, ids.length, "no proof is sent twice");
  });

  test("that is not bound presents bearer tokens, and asks for each once", async (context) => {
    const { directory, calls, tokenRequests, sent } = await start(context, { wantsDpop: false });
    assert.equal((await listAll(directory)).length, 20);
    assert.deepEqual(schemesOf(calls()), ["Bearer"]);
    assert.equal(tokenRequests().length, directory.scopes?.().length);
    assert.ok(sent.every(({ claims }) => claims === undefined));
  });

  test("learns the demand once: after it every token is asked for with a proof that has the server's nonce", async (context) => {
    const { okta, directory, tokenRequests, pass } = await start(context);
    await directory.find?.("nobody@example.com", never);
    assert.deepEqual(
      tokenRequests().map(({ claims }) => claims && Object.hasOwn(claims, "nonce")),
      [undefined, false, true],
    );
    pass(2);
    await directory.find?.("nobody@example.com", never);
    assert.equal(tokenRequests().length, 4);
    okta.forgetNonces();
    pass(2);
    await directory.find?.("nobody@example.com", never);
    assert.equal(tokenRequests().length, 6, "refused with the new nonce, then given");
  });

  test("never goes back to bearer tokens, whatever the setting becomes", async (context) => {
    const { okta, directory, sent, pass } = await start(context);
    await listAll(directory);
    okta.app.wantsDpop = false;
    pass(2);
    sent.length = 0;
    await listAll(directory);
    assert.ok(sent.length > 3);
    assert.ok(sent.every(({ claims }) => claims !== undefined));
  });

  test("uses no token that is bound to nothing after it has proved possession", async (context) => {
    const { okta, directory, calls } = await start(context);
    okta.setFault({ kind: "field", on: "token", field: "token_type", value: "Bearer" });
    await assert.rejects(listAll(directory), { code: "ERR_VENDOR_FORMAT", message: /token_type/ });
    assert.deepEqual(calls(), []);
  });

  test("that switches the demand on while bearer tokens are good proves possession from the next refusal on", async (context) => {
    const { okta, directory, calls, pass } = await start(context, { wantsDpop: false });
    await listAll(directory);
    okta.app.wantsDpop = true;
    pass(2);
    await listAll(directory);
    assert.equal(calls().at(-1)?.scheme, "DPoP");
  });
});

describe("a proof", () => {
  test("is made anew when a call is sent again", async (context) => {
    const { okta, directory, calls } = await start(context);
    okta.setFault({ kind: "reset", on: "users", times: 1 });
    assert.equal((await listAll(directory)).length, 20);
    const first = calls().filter(({ url }) => url.pathname === "/api/v1/users" && !url.searchParams.has("after"));
    assert.equal(first.length, 2);
    assert.notEqual(first[0]?.claims?.jti, first[1]?.claims?.jti);
  });

  test("has the API's own nonce where the API wants one, and the token stays", async (context) => {
    const { okta, directory, tokenRequests } = await start(context);
    await listAll(directory);
    const before = tokenRequests().length;
    okta.app.apiWantsNonce = true;
    assert.equal((await listAll(directory)).length, 20);
    okta.forgetNonces();
    assert.equal((await listAll(directory)).length, 20);
    assert.equal(tokenRequests().length, before);
  });

  for (const minutes of [-2, 2])
    test(`has the org's time where our clock is ${minutes} minutes ahead`, async (context) => {
      const { directory } = await start(context, {}, minutes * 60_000);
      assert.equal((await listAll(directory)).length, 20);
    });

  for (const [on, place] of [
    ["token", "POST /oauth2/v1/token"],
    ["users", "GET /api/v1/users"],
  ] as const)
    test(`that is refused again is told as such, with what to do: ${place}`, async (context) => {
      const { okta, directory } = await start(context);
      okta.setFault({ kind: "skew", seconds: 600, on });
      const message = new RegExp(`DPoP\\).*check the clock.*${place}`);
      await assert.rejects(listAll(directory), { code: "ERR_VENDOR_AUTH", message });
    });
});
