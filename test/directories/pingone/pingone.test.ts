/** What is PingOne's own: its documents, its token, its links, and what each broken answer means. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { type Directory, type Facts, NOT_ASKED, type Subject } from "../../../lib/model/index.ts";
import { type Fault, type PingOne, type PingOneSettings, startPingOne } from "../../../simulators/pingone/index.ts";
import documents from "../../fixtures/pingone.json" with { type: "json" };

const never = new AbortController().signal;
const noon = Date.parse("2026-11-20T12:00:00Z");

interface World {
  readonly pingone: PingOne;
  readonly directory: Directory;
  /** The person with this index, as the listing shows it. */
  subject(index: number): Promise<Subject>;
}

async function start(
  context: TestContext,
  settings: Partial<PingOneSettings> = {},
  secret: object = {},
): Promise<World> {
  const pingone = await startPingOne({ accounts: 20, pageSize: 10, now: () => noon, ...settings });
  context.after(() => pingone.close());
  const { environment, endpoints, credentials } = pingone;
  const directory = openDirectory("pingone", {
    id: "workforce",
    settings: { environment, region: "eu", endpoints },
    secret: { ...credentials, ...secret },
    secretVersion: "1",
    fetch,
    clock: () => noon,
  });
  const subject = async (index: number) => {
    const { subjects } = await directory.page(undefined, never);
    return subjects[index] ?? assert.fail("no such person");
  };
  return { pingone, directory, subject };
}

const nothing: Facts = {
  active: NOT_ASKED,
  enabled: NOT_ASKED,
  devices: NOT_ASKED,
  population: NOT_ASKED,
  groups: NOT_ASKED,
  createdAt: NOT_ASKED,
};
const environment = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";

describe("the vendor's own documents", () => {
  /** PingOne itself, as far as its documentation shows it. */
  function answering(
    document: { status?: number; answer: unknown },
    region: string,
  ): { directory: Directory; sent: Request[] } {
    const sent: Request[] = [];
    const vendor = async (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init);
      sent.push(request);
      if (request.url.startsWith("https://auth."))
        return Response.json({ access_token: "t", token_type: "Bearer", expires_in: 3600 });
      return Response.json(document.answer, { status: document.status ?? 200 });
    };
    const settings = { environment, region };
    const secret = { clientId: "6b1a9f4c-2d1e", clientSecret: "a~b.c_d-e%:+" };
    return {
      sent,
      directory: openDirectory("pingone", {
        ...{ id: "workforce", settings, secret, secretVersion: "1" },
        ...{ fetch: vendor, clock: () => noon },
      }),
    };
  }

  test("a page of users", async () => {
    const { directory, sent } = answering(documents.users, "com");
    const page = await directory.page(undefined, never);
    assert.equal(sent[1]?.url, `https://api.pingone.com/v1/environments/${environment}/users?limit=1000`);
    assert.equal(page.next, documents.users.answer._links.next.href);
    assert.equal(page.claimed, 2);
    assert.deepEqual(page.subjects, [
      {
        id: "05ad3cc6-8723-4f85-9711-05ad549717f6",
        username: "jane.doe@example.com",
        facts: {
          active: { known: true, value: true },
          enabled: { known: true, value: false },
          devices: NOT_ASKED,
          population: { known: true, value: "3f5b0a0c-7c2d-4c11-9a5e-5b0f2b6d9e01" },
          groups: NOT_ASKED,
          createdAt: { known: true, value: "2026-01-05T08:15:30.000Z" },
        },
      },
    ]);
  });

  test("a change, sent as documented and checked", async () => {
    const { directory, sent } = answering(documents.mfaEnabled, "com");
    const subject = {
      id: "05ad3cc6-8723-4f85-9711-05ad549717f6",
      username: "jane",
      facts: nothing,
    };
    assert.equal(await directory.enforce?.(subject, never), "sent");
    const put = sent[1];
    assert.equal(put?.method, "PUT");
    assert.equal(put?.url, documents.mfaEnabled.answer._links.self.href);
    assert.equal(await put?.text(), '{"mfaEnabled":true}');
  });

  test("a list of devices", async () => {
    const { directory, sent } = answering(documents.devices, "eu");
    const id = "b30ac647-e33e-464f-a6ea-0275082d4c26";
    const [subject] =
      (await directory.complete?.(
        [
          {
            id,
            username: "jane",
            facts: nothing,
          },
        ],
        ["devices"],
        never,
      )) ?? [];
    assert.equal(sent[1]?.url, documents.devices.answer._links.self.href);
    assert.deepEqual(subject?.facts.devices, { known: true, value: [{ method: "sms", usable: true }] });
  });

  test("an error: its code, id and targets are kept, nothing else", async () => {
    const { directory } = answering(documents.error, "com");
    const detail = {
      method: "GET",
      path: "/environments/{env}/users",
      status: 400,
      vendorCode: "INVALID_DATA",
      requestId: "6c796712-0f16-4062-815a-e0a92f4a2143",
      targets: ["INVALID_VALUE mfaEnabled"],
    };
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_REJECTED", detail });
  });

  test("the token, asked for with Basic authentication that any reader of RFC 6749 understands", async () => {
    const { directory, sent } = answering(documents.users, "com.au");
    await directory.page(undefined, never);
    const [token, page] = sent;
    assert.equal(token?.url, `https://auth.pingone.com.au/${environment}/as/token`);
    assert.equal(await token?.text(), "grant_type=client_credentials");
    const basic = Buffer.from(token?.headers.get("authorization")?.slice("Basic ".length) ?? "", "base64").toString();
    assert.equal(basic, "6b1a9f4c-2d1e:a~b.c_d-e%25%3A%2B");
    assert.equal(page?.headers.get("authorization"), "Bearer t");
  });
});

describe("a page", () => {
  const refusals: [string, Fault, string][] = [
    ["without _embedded", { kind: "drop", field: "_embedded" }, "ERR_VENDOR_FORMAT"],
    [
      "without _links, so that nobody knows whether it is the last",
      { kind: "drop", field: "_links" },
      "ERR_VENDOR_FORMAT",
    ],
    ["with a user without id", { kind: "user-field", field: "id", index: 3 }, "ERR_VENDOR_FORMAT"],
    ["with a user whose id is a path", { kind: "user-field", field: "id", value: "../../x" }, "ERR_VENDOR_FORMAT"],
    ["with a user without user name", { kind: "user-field", field: "username", index: 3 }, "ERR_VENDOR_FORMAT"],
    ["cut to half its JSON", { kind: "truncate" }, "ERR_VENDOR_FORMAT"],
    ["of HTML", { kind: "html" }, "ERR_VENDOR_FORMAT"],
  ];
  for (const [what, fault, code] of refusals) {
    test(`${what} is refused whole`, async (context) => {
      const { pingone, directory } = await start(context);
      pingone.setFault({ on: "users", ...fault });
      await assert.rejects(directory.page(undefined, never), { code, message: /^Directory workforce/ });
    });
  }

  const doubts = [
    ["mfaEnabled", "enabled"],
    ["enabled", "active"],
    ["population", "population"],
    ["createdAt", "createdAt"],
  ] as const;
  for (const [field, fact] of doubts) {
    for (const value of [undefined, null, "true", 1, {}]) {
      test(`whose ${field} is ${JSON.stringify(value)} leaves ${fact} unknown, with the reason`, async (context) => {
        const { pingone, subject } = await start(context);
        pingone.setFault({ kind: "user-field", on: "users", index: 3, field, value });
        const { facts } = await subject(3);
        assert.deepEqual(facts[fact], { known: false, why: `PingOne answered without a readable ${field}` });
      });
    }
  }

  test("keeps strange user names as data", async (context) => {
    const { pingone, directory } = await start(context, { accounts: 40, pageSize: 40 });
    const { subjects } = await directory.page(undefined, never);
    assert.deepEqual(
      subjects.map(({ username }) => username),
      subjects.map(({ id }) => pingone.find(id)?.username),
    );
    assert.ok(subjects.some(({ username }) => username === "__proto__"));
  });

  test("that links to another host is read, and the credential does not follow the link", async (context) => {
    const other = await startPingOne({ accounts: 10 });
    context.after(() => other.close());
    const { pingone, directory } = await start(context);
    for (const origin of [other.endpoints.auth, "https://api.pingone.com", "https://evil.example"]) {
      pingone.setFault({ kind: "foreign-next", on: "users", origin, times: 1 });
      const { next, subjects } = await directory.page(undefined, never);
      assert.equal(subjects.length, 10);
      await assert.rejects(directory.page(next, never), { code: "ERR_VENDOR_ORIGIN" });
      await assert.rejects(directory.page("not an address", never), { code: "ERR_VENDOR_ORIGIN" });
    }
    assert.equal(other.calls.length, 0);
  });

  test("claims what the vendor claims, and brings its clock", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "miscount", on: "users", by: 5 });
    pingone.setFault({ kind: "skew", on: "users", seconds: 3600 });
    const { claimed, date } = await directory.page(undefined, never);
    assert.deepEqual([claimed, date], [25, "2026-11-20T13:00:00.000Z"]);
  });
});

describe("the token", () => {
  test("is fetched once for calls at the same time, and kept", async (context) => {
    const { pingone, directory } = await start(context);
    await Promise.all([directory.page(undefined, never), directory.total?.(never), directory.page(undefined, never)]);
    await directory.page(undefined, never);
    assert.equal(pingone.counts()["POST token"], 1);
  });

  test("is renewed once when the API no longer takes it, and not for ever", async (context) => {
    const { pingone, directory } = await start(context);
    await directory.page(undefined, never);
    pingone.setFault({ kind: "expire-token", on: "users", times: 1 });
    await directory.page(undefined, never);
    assert.equal(pingone.counts()["POST token"], 2);
    pingone.setFault({ kind: "expire-token", on: "users" });
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_AUTH" });
    assert.equal(pingone.counts()["POST token"], 3);
  });

  test("is renewed a minute before it ends", async (context) => {
    const { pingone, directory } = await start(context, { tokenLifetime: 60 });
    await directory.page(undefined, never);
    await directory.page(undefined, never);
    assert.equal(pingone.counts()["POST token"], 2);
  });

  test("is refused for a wrong client, naming the fields of the secret; the failure is not kept", async (context) => {
    const { pingone, directory } = await start(context, {}, { clientSecret: "wrong-s3cret" });
    const wrong = { code: "ERR_VENDOR_AUTH", message: /workforce .*clientId and clientSecret/ };
    await assert.rejects(directory.page(undefined, never), wrong);
    await assert.rejects(directory.page(undefined, never), wrong);
    assert.deepEqual(pingone.counts(), { "POST token": 2 });
  });

  test("that is none is refused", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "drop", on: "token", field: "access_token" });
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("survives that another caller gave up while it was on its way", async (context) => {
    const { directory } = await start(context, { latency: 30 });
    const impatient = new AbortController();
    const gone = assert.rejects(directory.page(undefined, impatient.signal), { code: "ERR_ABORTED" });
    const patient = directory.page(undefined, never);
    impatient.abort();
    await gone;
    assert.equal((await patient).subjects.length, 10);
  });
});

describe("the total", () => {
  test("is the sum of all populations", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "miscount-populations", by: 3 });
    assert.equal(await directory.total?.(never), 23);
  });

  test("is not guessed without permission, or from an answer without numbers", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "error", on: "populations", status: 403, times: 1 });
    await assert.rejects(async () => directory.total?.(never), { code: "ERR_VENDOR_DENIED" });
    pingone.setFault({ kind: "user-field", on: "populations", field: "userCount", value: "12" });
    await assert.rejects(async () => directory.total?.(never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("does not go round in circles", { timeout: 10_000 }, async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "same-cursor", on: "populations" });
    await assert.rejects(async () => directory.total?.(never), { code: "ERR_READ_LOOP" });
  });
});

describe("facts that cost a call", () => {
  const kinds = [
    ["SMS", "sms"],
    ["VOICE", "voice"],
    ["EMAIL", "email"],
    ["TOTP", "totp"],
    ["OATH_TOKEN", "totp"],
    ["MOBILE", "push"],
    ["FIDO2", "fido2"],
    ["PLATFORM", "fido2"],
    ["SECURITY_KEY", "fido2"],
    ["WHATSAPP", "unknown"],
    ["__proto__", "unknown"],
  ];
  test("devices read as methods; a kind nobody knows is unknown", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.change(person.id, { devices: kinds.map(([type = ""]) => ({ type, status: "ACTIVE" })) });
    const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
    const methods = found?.facts.devices.known ? found.facts.devices.value.map(({ method }) => method) : [];
    assert.deepEqual(
      methods,
      kinds.map(([, method]) => method),
    );
    assert.deepEqual(found?.facts.groups, NOT_ASKED);
  });

  test("a device counts when it is active, and neither blocked nor locked", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    const active = { type: "TOTP", status: "ACTIVE" };
    pingone.change(person.id, {
      devices: [
        active,
        { ...active, status: "ACTIVATION_REQUIRED" },
        { ...active, block: { status: "BLOCKED" } },
        { ...active, lock: { status: "LOCKED" } },
      ],
    });
    const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
    const usable = found?.facts.devices.known ? found.facts.devices.value.map((device) => device.usable) : [];
    assert.deepEqual(usable, [true, false, false, false]);
  });

  for (const odd of [
    { status: "SUSPENDED" },
    { status: "ACTIVE", block: { status: "MAYBE" } },
    { status: "ACTIVE", lock: { status: "" } },
  ]) {
    test(`a device with ${JSON.stringify(odd)} leaves devices unknown`, async (context) => {
      const { pingone, directory, subject } = await start(context);
      const person = await subject(0);
      pingone.change(person.id, { devices: [{ type: "TOTP", ...odd }] });
      const [found] = (await directory.complete?.([person], ["devices"], never)) ?? [];
      assert.equal(found?.facts.devices.known, false);
    });
  }

  const troubles: Fault[] = [
    { kind: "error", status: 404 },
    { kind: "error", status: 403 },
    { kind: "limited", retryAfter: 60 },
    { kind: "truncate" },
    { kind: "drop", field: "_embedded" },
  ];
  for (const trouble of troubles) {
    test(`one account's trouble (${JSON.stringify(trouble)}) leaves only its fact unknown`, async (context) => {
      const { pingone, directory } = await start(context);
      const { subjects } = await directory.page(undefined, never);
      pingone.setFault({ ...trouble, on: "devices", user: subjects[4]?.id ?? "" });
      const found = (await directory.complete?.(subjects, ["devices", "groups"], never)) ?? [];
      assert.deepEqual(
        found.map(({ id }) => id),
        subjects.map(({ id }) => id),
      );
      const lacking = found.filter(({ facts }) => !facts.devices.known);
      assert.deepEqual(
        lacking.map(({ id }) => id),
        [subjects[4]?.id],
      );
      assert.match(JSON.stringify(lacking[0]?.facts.devices), /ERR_VENDOR_/);
      assert.ok(found.every(({ facts }) => facts.groups.known));
    });
  }

  test("a vendor that fails for everybody ends them all, without asking for each", async (context) => {
    const { pingone, directory } = await start(context, { accounts: 60, pageSize: 60 });
    const { subjects } = await directory.page(undefined, never);
    pingone.setFault({ kind: "limited", retryAfter: 60, on: "devices" });
    await assert.rejects(async () => directory.complete?.(subjects, ["devices"], never), {
      code: "ERR_VENDOR_THROTTLED",
    });
    assert.ok(pingone.calls.filter(({ route }) => route === "devices").length < subjects.length);
  });

  test("a credential that is refused ends them all", async (context) => {
    const { pingone, directory } = await start(context);
    const { subjects } = await directory.page(undefined, never);
    pingone.setFault({ kind: "expire-token", on: "devices" });
    await assert.rejects(async () => directory.complete?.(subjects, ["devices"], never), { code: "ERR_VENDOR_AUTH" });
  });
});

describe("a single read", () => {
  test("takes the switch from its own address, and groups come along", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.change(person.id, { mfaEnabled: true, groups: [pingone.groups[0]?.id ?? ""] });
    pingone.setFault({ kind: "user-field", on: "user", field: "mfaEnabled", value: false });
    const read = await directory.read(person.id, never);
    assert.deepEqual(read?.facts.enabled, { known: true, value: true });
    assert.deepEqual(read?.facts.groups, { known: true, value: [pingone.groups[0]?.id] });
    assert.deepEqual(read?.facts.devices, NOT_ASKED);
  });

  test("about another account proves nothing", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.setFault({ kind: "wrong-user", on: "mfaEnabled", method: "GET", times: 1 });
    assert.equal((await directory.read(person.id, never))?.facts.enabled.known, false);
    pingone.setFault({ kind: "user-field", on: "user", field: "id", value: (await subject(1)).id });
    await assert.rejects(directory.read(person.id, never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("of somebody who has left is nobody; of a switch nobody can read, unknown", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.setFault({ kind: "user-field", on: "mfaEnabled", method: "GET", field: "mfaEnabled", value: "true" });
    assert.equal((await directory.read(person.id, never))?.facts.enabled.known, false);
    pingone.leave(person.id);
    assert.equal(await directory.read(person.id, never), undefined);
  });
});

describe("a change", () => {
  test("is exactly the one documented call", async (context) => {
    const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 0 });
    const person = await subject(0);
    await directory.enforce?.(person, never);
    const puts = pingone.calls.filter(({ method }) => method === "PUT");
    assert.deepEqual(
      puts.map(({ route, user, body }) => ({ route, user, body })),
      [{ route: "mfaEnabled", user: person.id, body: { mfaEnabled: true } }],
    );
    assert.equal(pingone.find(person.id)?.mfaEnabled, true);
  });

  for (const fault of [
    { kind: "wrong-user" },
    { kind: "echo-off" },
    { kind: "drop", field: "_links" },
    { kind: "drop", field: "mfaEnabled" },
  ] satisfies Fault[]) {
    test(`whose answer does not confirm it (${JSON.stringify(fault)}) is not called sent`, async (context) => {
      const { pingone, directory, subject } = await start(context, { mfaEnabledShare: 0 });
      const person = await subject(0);
      pingone.setFault({ ...fault, on: "mfaEnabled" });
      await assert.rejects(async () => directory.enforce?.(person, never), { code: "ERR_VENDOR_FORMAT" });
      assert.equal(pingone.counts()["PUT mfaEnabled"], 1);
    });
  }

  test("without permission names the role that is missing", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const person = await subject(0);
    pingone.setFault({ kind: "error", on: "mfaEnabled", method: "PUT", status: 403 });
    await assert.rejects(async () => directory.enforce?.(person, never), {
      code: "ERR_VENDOR_DENIED",
      message: /Identity Data Admin/,
    });
  });
});

describe("groups and populations", () => {
  test("exist, do not, or cannot be seen", async (context) => {
    const { pingone, directory } = await start(context);
    assert.equal(await directory.exists?.("group", pingone.groups[0]?.id ?? "", never), true);
    assert.equal(await directory.exists?.("population", pingone.populations[0]?.id ?? "", never), true);
    assert.equal(await directory.exists?.("population", pingone.groups[0]?.id ?? "", never), false);
    assert.equal(await directory.exists?.("group", "..", never), false);
    pingone.setFault({ kind: "error", on: "group", status: 403 });
    await assert.rejects(async () => directory.exists?.("group", pingone.groups[0]?.id ?? "", never), {
      code: "ERR_VENDOR_DENIED",
    });
  });

  test("an account is found by exactly its name, quotes escaped", async (context) => {
    const { pingone, directory, subject } = await start(context);
    const { id, username } = await subject(0);
    assert.equal(await directory.find?.(username, never), id);
    assert.equal(await directory.find?.(username.toUpperCase(), never), undefined);
    await directory.find?.('x" or username sw "\\', never).catch(() => undefined);
    const filter = new URLSearchParams(pingone.calls.at(-1)?.query).get("filter");
    assert.equal(filter, 'username eq "x\\" or username sw \\"\\\\"');
  });
});

describe("the doctor", () => {
  const results = async (directory: Directory) =>
    Object.fromEntries((await directory.check(never)).map(({ name, result }) => [name, result]));

  test("is honest about what it cannot test", async (context) => {
    const { directory } = await start(context);
    assert.deepEqual(await results(directory), {
      reach: "passed",
      token: "passed",
      "read users": "passed",
      "read populations": "passed",
      "switch MFA on": "cannot be tested",
      clock: "passed",
    });
  });

  test("finds a wrong secret, a missing role and a clock that is off", async (context) => {
    const wrong = await start(context, {}, { clientSecret: "wrong" });
    assert.deepEqual(await results(wrong.directory), { reach: "passed", token: "failed" });
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "error", on: "populations", status: 403 });
    pingone.setFault({ kind: "skew", on: "users", seconds: -301 });
    const found = await results(directory);
    assert.deepEqual([found["read populations"], found.clock], ["failed", "failed"]);
  });
});

describe("the settings", () => {
  const secret = { clientId: "id", clientSecret: "word" };
  const open = (settings: unknown) =>
    openDirectory("pingone", {
      ...{ id: "workforce", settings, secret, secretVersion: "1" },
      ...{ fetch, clock: () => noon },
    });
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
    const needs = {
      ...{ id: "workforce", settings: { ...good, endpoints }, secretVersion: "1" },
      ...{ fetch: vendor, clock: () => noon },
    };
    await assert.rejects(openDirectory("pingone", { ...needs, secret }).page(undefined, never), {
      code: "ERR_VENDOR_ORIGIN",
    });
    assert.deepEqual(called, []);
    const named = { ...secret, origins: ["https://proxy.example/"] };
    await openDirectory("pingone", { ...needs, secret: named }).page(undefined, never);
    assert.deepEqual(called, [
      `https://proxy.example/auth/${environment}/as/token`,
      `https://proxy.example/v1/environments/${environment}/users?limit=1000`,
    ]);
  });
});
