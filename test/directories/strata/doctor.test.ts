/** What `doctor` finds out about a tenant and about the credentials in its profiles, and where it never sends them. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory, DoctorCheck } from "../../../lib/model/index.ts";
import { type Strata, type StrataSettings, startStrata } from "../../../simulators/strata/index.ts";
import { CANARY } from "../tenant.ts";
import { rerouted, strataDirectory } from "./fixture.ts";

const never = new AbortController().signal;
const noon = Date.parse("2026-11-20T12:00:00Z");

interface World {
  readonly strata: Strata;
  open(settings: object, needs?: { secret?: object; fetch?: typeof fetch; clock?: () => number }): Directory;
}

async function start(context: TestContext, settings: StrataSettings = {}): Promise<World> {
  const strata = await startStrata({ now: () => noon, ...settings });
  context.after(() => strata.close());
  const own = strataDirectory(strata, 4);
  return {
    strata,
    open: (more, { secret = {}, ...needs } = {}) =>
      openDirectory("strata", {
        ...{ id: "firewalls", settings: { ...own.settings, ...more }, secret: { ...own.secret, ...secret } },
        ...{ secretVersion: "1", fetch: rerouted(strata), clock: () => noon, ...needs },
      }),
  };
}

async function checkOf(directory: Directory, name: string, thorough = false): Promise<DoctorCheck> {
  const checks = await directory.check(never, thorough);
  return checks.find((check) => check.name === name) ?? assert.fail(`no check ${name}`);
}

describe("the doctor", () => {
  test("finds all well, and asks the vendors of all profiles but RSA", async (context) => {
    const { strata, open } = await start(context);
    const checks = await open({}).check(never);
    assert.deepEqual(
      checks.map(({ name, result }) => [name, result]),
      [
        ["token", "passed"],
        ["read profiles", "passed"],
        ["read use", "passed"],
        ["write profiles", "cannot be tested"],
        ["push", "cannot be tested"],
        ["clock", "passed"],
        ["credential of duo-0", "passed"],
        ["credential of okta-1", "passed"],
        ["credential of ping-2", "passed"],
        ["credential of rsa-3", "cannot be tested"],
      ],
    );
    const asked = strata.calls.filter(({ route }) => route === "vendor").map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(asked.toSorted(), [
      "GET /_vendors/api-00000000.duosecurity.com/auth/v2/check",
      "GET /_vendors/example-1.okta.com/api/v1/org",
      "POST /_vendors/idpxnyl3m.pingidentity.com/pingid/rest/4/getuserdetails/do",
    ]);
    assert.deepEqual(
      strata.calls.filter(({ method, route }) => method !== "GET" && !["token", "vendor"].includes(route)),
      [],
    );
  });

  test("stops at a client that gets no token", async (context) => {
    const { open } = await start(context);
    const [only, ...more] = await open({}, { secret: { clientSecret: "wrong" } }).check(never);
    assert.deepEqual([only?.name, only?.result, more.length], ["token", "failed", 0]);
    const [stranger] = await open({ tenant: "42" }).check(never);
    assert.equal(stranger?.result, "failed");
  });

  test("sees a clock that is wrong", async (context) => {
    const { open } = await start(context);
    assert.equal((await checkOf(open({}, { clock: () => noon + 290_000 }), "clock")).result, "passed");
    const late = open({}, { clock: () => noon + 310_000 });
    assert.match((await checkOf(late, "clock")).detail, /310 s apart; set/);
    assert.match((await checkOf(late, "credential of duo-0")).detail, /clock/);
  });

  test("warns of the host that looks misspelt in the vendor's document, and sends it nothing", async (context) => {
    const { strata, open } = await start(context);
    const { name, certificateProfile, shown } = strata.wish(2);
    const ping = { ...shown, ping_api_host: "idpxny3lm.pingidentity.com" };
    const directory = open({ servers: [{ name, certificateProfile, ping_identity_v1: ping }] });
    for (const check of ["host of ping-2", "credential of ping-2"]) {
      const { result, detail } = await checkOf(directory, check);
      assert.equal(result, "failed");
      assert.match(detail, /idpxnyl3m/);
    }
    assert.equal(strata.counts()["POST vendor"], undefined);
    const { subjects } = await directory.page(undefined, never);
    const told = subjects.map((subject) => directory.caution?.(subject)).filter((caution) => caution !== undefined);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /idpxny3lm.*looks misspelt/);
  });
});

describe("a credential", () => {
  /** What the vendor knows in place of what the profile holds, and what is said of it. */
  const wrong: [name: string, property: string, value: string, says: RegExp][] = [
    ["duo-0", "duo_secret_key", "another-duo-secret-key", /duo_secret_key/],
    ["duo-0", "duo_integration_key", "DIANOTHER00000000000", /duo_integration_key/],
    ["okta-1", "okta_token", "another-okta-token", /okta_token/],
    ["ping-2", "ping_use_base64_key", "YW5vdGhlcg==", /not signed with ping_use_base64_key/],
    ["ping-2", "ping_token", "another-ping-token", /pingid\.properties/],
    ["rsa-3", "rsa_accesskey", "another-rsa-key", /rsa_accesskey/],
  ];
  for (const [name, property, value, says] of wrong) {
    test(`of ${name} fails with another ${property}`, async (context) => {
      const { strata, open } = await start(context);
      assert.equal((await checkOf(open({}), `credential of ${name}`, true)).result, "passed");
      Object.assign(strata.keys, { [property]: value });
      const { result, detail } = await checkOf(open({}), `credential of ${name}`, true);
      assert.equal(result, "failed");
      assert.match(detail, says);
    });
  }

  test("of RSA is tried where that is asked for, and the sign-in that it began is called off", async (context) => {
    const { strata, open } = await start(context);
    assert.match((await checkOf(open({}), "credential of rsa-3")).detail, /only done in a thorough check/);
    assert.equal((await checkOf(open({}), "credential of rsa-3", true)).result, "passed");
    const asked = strata.calls
      .filter(({ path }) => path.includes("/mfa/v1_1/"))
      .map(({ path }) => path.split("/").at(-1));
    assert.deepEqual(asked, ["initialize", "cancel"]);
  });

  test("goes to the vendor's own hosts and to origins of the secret only", async (context) => {
    const { strata, open } = await start(context, { realHosts: false });
    const names = [0, 1, 2, 3].map((n) => `credential of ${strata.wish(n).name}`);
    for (const name of names) {
      const { result, detail } = await checkOf(open({}), name, true);
      assert.equal(result, "cannot be tested");
      assert.match(detail, /name its origin under origins in the secret/);
    }
    assert.equal(strata.calls.filter(({ route }) => route === "vendor").length, 0);
    const origins = [0, 1, 2, 3].map(
      (n) => `https://${Object.entries(strata.wish(n).shown).find(([key]) => key.endsWith("_api_host"))?.[1]}/`,
    );
    for (const name of names)
      assert.equal((await checkOf(open({}, { secret: { origins } }), name, true)).result, "passed");
  });

  test("whose vendor cannot be reached names that vendor's host, not the directory", async (context) => {
    const { strata, open } = await start(context);
    const here = rerouted(strata);
    const cutOff: typeof fetch = (input, init) =>
      String(input).startsWith("https:")
        ? Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }))
        : here(input, init);
    const { result, detail } = await checkOf(open({}, { fetch: cutOff }), "credential of duo-0");
    assert.equal(result, "cannot be tested");
    assert.match(detail, /: The profile's own vendor cannot be reached at api-00000000\.duosecurity\.com: /);
  });

  for (const host of ["evil-duosecurity.com", "duosecurity.com.evil.example", "api.duosecurity.com.example"]) {
    test(`is not sent to ${host}`, async (context) => {
      const { strata, open } = await start(context);
      const { name, certificateProfile, shown } = strata.wish(0);
      const directory = open({
        servers: [{ name, certificateProfile, duo_security_v2: { ...shown, duo_api_host: host } }],
      });
      assert.equal((await checkOf(directory, `credential of ${name}`)).result, "cannot be tested");
      assert.equal(strata.counts()["GET vendor"], undefined);
    });
  }

  /** What a vendor answers, and what that is worth. */
  const answers: [name: string, answer: () => Response, result: DoctorCheck["result"], says: RegExp][] = [
    [
      "okta-1",
      () => Response.json({ errorCode: "E0000006" }, { status: 403 }),
      "cannot be tested",
      /accepts the token/,
    ],
    [
      "okta-1",
      () => Response.json({ errorCode: "E0000047" }, { status: 418 }),
      "cannot be tested",
      /ERR_VENDOR_REJECTED/,
    ],
    ["okta-1", () => new Response("<html>"), "cannot be tested", /ERR_VENDOR_FORMAT/],
    [
      "okta-1",
      () => new Response("", { status: 302, headers: { location: "https://a.example" } }),
      "cannot be tested",
      /REDIRECT/,
    ],
    [
      "duo-0",
      () => Response.json({ stat: "FAIL", code: 40301 }, { status: 403 }),
      "cannot be tested",
      /Auth API application/,
    ],
    ["duo-0", () => Response.json({ stat: "FAIL", code: 40104 }, { status: 401 }), "failed", /clock/],
    ["duo-0", () => Response.json({ stat: "FAIL", code: 40199 }, { status: 401 }), "failed", /40199/],
    ["duo-0", () => Response.json({ stat: "FAIL" }, { status: 401 }), "failed", /401/],
    ["duo-0", () => Response.json({ stat: "OK", response: { time: noon / 1000 - 400 } }), "failed", /400 s apart/],
    ["ping-2", () => new Response(signed(10551), { status: 400 }), "cannot be tested", /try later/],
    ["ping-2", () => new Response(signed(200)), "passed", /accepts/],
    ["ping-2", () => new Response(signed(10503), { status: 400 }), "failed", /error 10503/],
    ["ping-2", () => new Response(`${signed(10564)}x`, { status: 400 }), "failed", /not signed/],
    ["ping-2", () => new Response(signed(10564, "none"), { status: 400 }), "failed", /not signed/],
    [
      "ping-2",
      () => new Response(signed(10564).split(".").slice(0, 2).join("."), { status: 400 }),
      "failed",
      /not signed/,
    ],
    ["ping-2", () => new Response("Bad Gateway", { status: 418 }), "cannot be tested", /ERR_VENDOR_REJECTED/],
    ["ping-2", () => new Response("x".repeat(70_000)), "failed", /not signed/],
    ["rsa-3", () => Response.json({ attemptResponseCode: "FAIL" }), "passed", /accepts/],
    [
      "rsa-3",
      () => Response.json({ attemptResponseCode: "SUCCESS" }),
      "failed",
      /signed in a user that does not exist/,
    ],
    ["rsa-3", () => Response.json({}, { status: 400 }), "cannot be tested", /did not understand/],
    ["rsa-3", () => Response.json({}, { status: 401 }), "failed", /rsa_accesskey/],
  ];
  const key = Buffer.from("simulated-pingid-key");
  function signed(errorId: number, alg = "HS256"): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const input = `${encode({ alg })}.${encode({ responseBody: { errorId } })}`;
    return `${input}.${createHmac("sha256", alg === "none" ? "" : key)
      .update(input)
      .digest("base64url")}`;
  }
  for (const [index, [name, answer, result, says]] of answers.entries()) {
    test(`of ${name}, answered in way ${index}: ${result} ${says}`, async (context) => {
      const { strata, open } = await start(context);
      const usual = rerouted(strata);
      const vendor: typeof fetch = async (input, init) =>
        String(input).startsWith("https:") ? answer() : usual(input, init);
      const check = await checkOf(open({}, { fetch: vendor }), `credential of ${name}`, true);
      assert.equal(check.result, result);
      assert.match(check.detail, says);
    });
  }

  test("is never shown, whatever the vendor does", async (context) => {
    const names = [
      "okta_token",
      "ping_use_base64_key",
      "ping_token",
      "rsa_accesskey",
      "duo_integration_key",
      "duo_secret_key",
    ];
    const keys = Object.fromEntries(names.map((name) => [name, CANARY]));
    const { strata, open } = await start(context, { keys });
    const usual = rerouted(strata);
    for (const answer of [
      () => Response.json({ code: CANARY, message: CANARY }, { status: 401 }),
      () => new Response(CANARY, { status: 400 }),
      () => new Response(CANARY),
      () => assert.fail(CANARY),
    ]) {
      const vendor: typeof fetch = async (input, init) =>
        String(input).startsWith("https:") ? answer() : usual(input, init);
      const checks = await open({}, { fetch: vendor }).check(never, true);
      assert.ok(!JSON.stringify(checks).includes(CANARY));
      assert.ok(checks.slice(6).every(({ result }) => result !== "passed"));
    }
  });
});
