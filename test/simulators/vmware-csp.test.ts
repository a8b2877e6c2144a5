/** The simulated VMware Cloud Services keep each principal's MFA, passcodes and log, as the vendor documents them. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Fault, startVmware, type Vmware, type VmwareSettings } from "../../simulators/vmware-csp/index.ts";
import { launch } from "./process.ts";

const noon = Date.parse("2026-11-20T12:00:00Z");
const OPS = "ops@example.com";
const MFA = "/csp/gateway/iam/vmwid/api/principal/mfa";
const EXCHANGE = "/csp/gateway/am/api/auth/api-tokens/authorize";

// Fields are read freely here: that they are there is what the tests are about.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Body = any;

interface Client {
  vmware: Vmware;
  clock: { now: number };
  exchange(form?: Record<string, string>, username?: string): Promise<Response>;
  /** An access token of OPS, or of this API token. */
  token(form?: Record<string, string>): Promise<string>;
  send(method: string, path: string, body?: unknown, token?: string): Promise<Response>;
  users: string;
}

async function open(context: TestContext, settings: VmwareSettings = {}): Promise<Client> {
  const clock = { now: noon };
  const vmware = await startVmware({ now: () => clock.now, ...settings });
  context.after(() => vmware.close());
  const { api } = vmware.endpoints;
  const exchange: Client["exchange"] = (form = {}, username = OPS) =>
    fetch(api + EXCHANGE, {
      method: "POST",
      body: new URLSearchParams({ api_token: vmware.principal(username).apiToken, ...form }),
    });
  const token: Client["token"] = async (form) => ((await (await exchange(form)).json()) as Body).access_token;
  return {
    vmware,
    clock,
    exchange,
    token,
    send: async (method, path, body, given) =>
      fetch(api + path, {
        method,
        headers: { "csp-auth-token": given ?? (await token()), "content-type": "application/json" },
        redirect: "manual",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    users: `/csp/gateway/am/api/v2/orgs/${vmware.organization}/users`,
  };
}

const read = async (answer: Response | Promise<Response>): Promise<Body> => (await answer).json();
const statusOf = async (answer: Promise<Response>) => (await answer).status;

describe("passcodes", () => {
  // RFC 6238 appendix B, SHA-1, cut to six digits; the seed is 12345678901234567890 in base32.
  const totpSeed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  for (const [seconds, code] of [
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ] as const) {
    test(`are those of RFC 6238 at ${seconds} s`, async (context) => {
      const { vmware, clock } = await open(context, { principals: [{ username: OPS, totpSeed }] });
      clock.now = seconds * 1000;
      assert.equal(vmware.passcode(OPS), code);
    });
  }

  test("are asked for where MFA is on and a device registered, and nowhere else", async (context) => {
    const { vmware, exchange } = await open(context);
    assert.equal((await exchange()).status, 200);
    vmware.change(OPS, { turnedOn: true, activated: false });
    assert.equal((await exchange()).status, 200);
    vmware.change(OPS, { activated: true });
    const refused = await exchange();
    assert.deepEqual([refused.status, ((await refused.json()) as Body).errorCode], [400, "mfa.required"]);
    assert.equal((await exchange({ passcode: vmware.passcode(OPS) })).status, 200);
  });

  test("are good once, a step early or late, and never before one that was used", async (context) => {
    const { vmware, clock, exchange } = await open(context, { principals: [{ username: OPS, turnedOn: true }] });
    const tries = async (steps: number) => (await exchange({ passcode: vmware.passcode(OPS, steps) })).status;
    assert.deepEqual([await tries(-2), await tries(2)], [400, 400]);
    assert.deepEqual([await tries(-1), await tries(0), await tries(0)], [200, 200, 400]);
    assert.deepEqual([await tries(-1), await tries(1)], [400, 200]);
    clock.now += 30_000;
    assert.equal(await tries(0), 400);
    clock.now += 30_000;
    assert.equal(await tries(0), 200);
    assert.equal((await exchange({ passcode: "000000" })).status, 400);
  });
});

describe("tokens", () => {
  test("are exchanged as documented, and end", async (context) => {
    const { exchange, send, clock, token } = await open(context, { tokenLifetime: 60 });
    const grant = await read(exchange());
    assert.deepEqual(Object.keys(grant).toSorted(), [
      "access_token",
      "expires_in",
      "id_token",
      "refresh_token",
      "scope",
      "token_type",
    ]);
    assert.equal(grant.expires_in, 60);
    assert.equal((await exchange({ api_token: "wrong" })).status, 400);
    const given = await token();
    assert.equal(await statusOf(send("GET", `${MFA}/status`, undefined, given)), 200);
    clock.now += 60_000;
    assert.equal(await statusOf(send("GET", `${MFA}/status`, undefined, given)), 401);
  });

  test("of a reader or a service account list users, and cannot use the MFA API", async (context) => {
    const { vmware, send, users, exchange } = await open(context, { principals: [{ username: OPS, service: true }] });
    const grant = await read(exchange({ api_token: vmware.credentials.reader.apiToken }));
    for (const token of [grant.access_token, undefined]) {
      assert.equal(await statusOf(send("GET", users, undefined, token)), 200);
      assert.equal(await statusOf(send("GET", `${MFA}/status`, undefined, token)), 403);
      assert.equal(await statusOf(send("PATCH", MFA, {}, token)), 403);
      assert.equal(await statusOf(send("POST", `${MFA}/audit`, {}, token)), 403);
    }
  });
});

describe("the switch", () => {
  const change = (client: Client, password: unknown, turnedOn: unknown = true) =>
    client.send("PATCH", MFA, { password, turnedOn });

  test("turns with the right password, and the status shows it", async (context) => {
    const client = await open(context, { principals: [{ username: OPS, deviceName: "Duty phone" }] });
    const { vmware, send, token } = client;
    const given = await token();
    const off = { activated: true, turnedOn: false, deviceName: "Duty phone", username: OPS };
    assert.deepEqual(await read(send("GET", `${MFA}/status`, undefined, given)), off);
    const answer = await change(client, vmware.principal(OPS).password);
    assert.deepEqual([answer.status, await answer.json()], [200, { turnedOn: true }]);
    assert.deepEqual(await read(send("GET", `${MFA}/status`, undefined, given)), { ...off, turnedOn: true });
  });

  test("wants a password and a value", async (context) => {
    const client = await open(context);
    assert.equal(await statusOf(change(client, undefined)), 400);
    assert.equal(await statusOf(change(client, client.vmware.principal(OPS).password, "true")), 400);
    assert.equal(client.vmware.principal(OPS).wrongPasswords, 0);
  });

  test("locks after three wrong passwords, and then refuses the right one too", async (context) => {
    const client = await open(context);
    const { password } = client.vmware.principal(OPS);
    assert.equal(await statusOf(change(client, "wrong")), 403);
    assert.equal(await statusOf(change(client, password, false)), 200);
    assert.equal(client.vmware.principal(OPS).wrongPasswords, 0);
    for (const _ of "123") assert.equal(await statusOf(change(client, "wrong")), 403);
    assert.equal(client.vmware.principal(OPS).locked, true);
    assert.equal(await statusOf(change(client, password)), 403);
    assert.equal(client.vmware.principal(OPS).turnedOn, false);
  });

  test("answers 404 in both of its meanings", async (context) => {
    const client = await open(context, { principals: [{ username: OPS, activated: false }] });
    const { vmware, send, token } = client;
    const given = await token();
    const body = { password: vmware.principal(OPS).password, turnedOn: true };
    assert.equal((await read(send("PATCH", MFA, body, given))).errorCode, "mfa.absent");
    assert.equal((await read(send("GET", `${MFA}/status`, undefined, given))).activated, false);
    vmware.change(OPS, { gone: true });
    assert.equal((await read(send("PATCH", MFA, body, given))).errorCode, "user.absent");
    assert.equal(await statusOf(send("GET", `${MFA}/status`, undefined, given)), 404);
  });
});

describe("the listing", () => {
  test("has everybody once over its pages, with a total and a relative link", async (context) => {
    const { vmware, send, users, token } = await open(context, { users: 20, pageSize: 7 });
    const given = await token();
    const names: string[] = [];
    let pages = 0;
    for (let link: string | undefined = `${users}?pageStart=1&pageLimit=50`; link; pages += 1) {
      const page: Body = await read(send("GET", link, undefined, given));
      assert.equal(page.totalResults, 22);
      assert.ok(page.results.length <= 7);
      names.push(...page.results.map(({ user }: Body) => user.username));
      link = page.nextLink;
      assert.ok(link === undefined || link.startsWith(`${users}?`));
    }
    assert.equal(pages, 4);
    assert.deepEqual(
      names,
      vmware.members().map(({ username }) => username),
    );
    assert.equal(new Set(names).size, 22);
  });

  test("says nothing of anybody's MFA, and is a member's to read", async (context) => {
    const { send, users, vmware } = await open(context);
    assert.doesNotMatch(JSON.stringify(await read(send("GET", users))), /mfa|activated|turnedOn/i);
    vmware.change(OPS, { member: false });
    assert.equal(await statusOf(send("GET", users)), 403);
    assert.equal(await statusOf(send("GET", users.replace(vmware.organization, "other"))), 404);
  });

  test("is the same for the same seed, and another for another", async (context) => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => open(context, { seed })));
    assert.deepEqual(a?.vmware.members(), b?.vmware.members());
    assert.deepEqual(a?.vmware.credentials, b?.vmware.credentials);
    assert.notDeepEqual(a?.vmware.credentials, c?.vmware.credentials);
  });
});

test("the log tells of changes and passcodes, newest first, in pages, within the times asked for", async (context) => {
  const { vmware, clock, send, token, exchange } = await open(context, { pageSize: 2 });
  const given = await token();
  const { password } = vmware.principal(OPS);
  for (const turnedOn of [true, false, true]) {
    clock.now += 1000;
    await send("PATCH", MFA, { password, turnedOn }, given);
  }
  clock.now += 1000;
  await exchange({ passcode: vmware.passcode(OPS) });
  const ask = (body: object) => read(send("POST", `${MFA}/audit`, body, given));
  const first = await ask({ startDate: noon, endDate: clock.now });
  assert.deepEqual(
    first.results.map(({ action }: Body) => action),
    ["MFA_AUTHENTICATION_SUCCESS", "MFA_ENABLE"],
  );
  assert.deepEqual([first.totalResults, first.startIndex, first.itemsPerPage], [4, 1, 2]);
  assert.equal((await ask({ startDate: noon, endDate: clock.now, pageStart: 3 })).results[1].action, "MFA_ENABLE");
  assert.equal((await ask({ startDate: noon, endDate: noon + 1000 })).totalResults, 1);
  assert.equal((await ask({ startDate: 2, endDate: 1 })).statusCode, 400);
});

describe("faults", () => {
  const answers: [Fault, (answer: Response, body: Body) => boolean][] = [
    [{ kind: "error", status: 409 }, ({ status }, body) => status === 409 && body.statusCode === 409],
    [{ kind: "error", status: 403, bare: true }, (_, body) => Object.keys(body).length === 0],
    [{ kind: "error", status: 403, message: "No." }, (_, body) => body.message === "No."],
    [{ kind: "limited", retryAfter: 9 }, ({ headers }) => headers.get("retry-after") === "9"],
    [{ kind: "redirect", to: "http://127.0.0.1:1/" }, ({ status }) => status === 302],
    [{ kind: "expire-token" }, ({ status }) => status === 401],
    [{ kind: "drop", field: "turnedOn" }, (_, body) => !("turnedOn" in body) && "activated" in body],
    [{ kind: "field", field: "activated", value: 1 }, (_, body) => body.activated === 1],
    [{ kind: "wrong-user" }, (_, body) => body.username === "mallory@example.com"],
    [{ kind: "skew", seconds: 60 }, ({ headers }) => Date.parse(headers.get("date") ?? "") === noon + 60_000],
  ];
  for (const [fault, fits] of answers) {
    test(`${JSON.stringify(fault)} does as it says, as often as it should`, async (context) => {
      const { vmware, send, token } = await open(context);
      const given = await token();
      vmware.setFault({ ...fault, on: "status", user: OPS, times: 1 });
      const answer = await send("GET", `${MFA}/status`, undefined, given);
      assert.ok(fits(answer, JSON.parse((await answer.text()) || "{}")));
      vmware.clearFaults();
      assert.equal(await statusOf(send("GET", `${MFA}/status`)), 200);
    });
  }

  for (const fault of [{ kind: "reset" }, { kind: "cut" }, { kind: "truncate" }, { kind: "html" }] satisfies Fault[]) {
    test(`${fault.kind} leaves no readable answer`, async (context) => {
      const { vmware, send } = await open(context);
      vmware.setFault({ ...fault, on: "status" });
      await assert.rejects(read(send("GET", `${MFA}/status`)));
    });
  }

  test("of pages bend what is listed", async (context) => {
    const { vmware, send, users } = await open(context, { pageSize: 10 });
    const page = async (fault: Fault) => {
      vmware.clearFaults();
      vmware.setFault({ on: "users", ...fault });
      return read(send("GET", users));
    };
    assert.equal((await page({ kind: "short-page", size: 3 })).results.length, 3);
    assert.equal((await page({ kind: "miscount", by: 2 })).totalResults, 44);
    assert.deepEqual((await page({ kind: "lost-page" })).results, []);
    assert.match((await page({ kind: "same-next" })).nextLink, /pageStart=1&/);
    assert.match(
      (await page({ kind: "foreign-next", to: "https://evil.example" })).nextLink,
      /^https:\/\/evil\.example\//,
    );
  });

  test("of changes and passcodes leave things as they were", async (context) => {
    const { vmware, send, exchange } = await open(context);
    vmware.setFault({ kind: "no-effect" });
    const { password } = vmware.principal(OPS);
    assert.equal(await statusOf(send("PATCH", MFA, { password, turnedOn: true })), 200);
    assert.equal(vmware.principal(OPS).turnedOn, false);
    vmware.change(OPS, { turnedOn: true });
    vmware.setFault({ kind: "refuse-passcode" });
    assert.equal((await exchange({ passcode: vmware.passcode(OPS) })).status, 400);
  });
});

test("calls are counted and logged by route and account, and hold no secret", async (context) => {
  const { vmware, send } = await open(context);
  const { password, apiToken } = vmware.principal(OPS);
  await send("PATCH", MFA, { password, turnedOn: true });
  assert.deepEqual(vmware.counts(), { "POST token": 1, "PATCH switch": 1 });
  assert.deepEqual(
    vmware.calls.map(({ user, status }) => [user, status]),
    [
      [OPS, 200],
      [OPS, 200],
    ],
  );
  assert.ok(![password, apiToken].some((secret) => JSON.stringify(vmware.calls).includes(secret)));
});

test("it runs as a process, says where it is, can be controlled, and ends with its parent", async (context) => {
  const { said, end } = await launch(context, "vmware-csp", ["--users", "3"]);
  assert.deepEqual(Object.keys(said).toSorted(), ["control", "credentials", "endpoints", "organization"]);
  assert.ok(said.credentials.principals[OPS].totpSeed);
  const post = (name: string, body: unknown) =>
    fetch(`${said.control}/${name}`, { method: "POST", body: JSON.stringify(body) });
  await post("change", { username: OPS, patch: { turnedOn: true } });
  assert.equal((await read(fetch(`${said.control}/principal?username=${OPS}`))).turnedOn, true);
  await post("faults", { kind: "error", status: 500 });
  assert.equal((await fetch(said.endpoints.api + EXCHANGE, { method: "POST" })).status, 500);
  assert.deepEqual(await read(fetch(`${said.control}/calls?count`)), { "POST token": 1 });
  assert.equal((await post("change", { username: "nobody" })).status, 400);
  assert.equal((await post("nothing", {})).status, 404);
  assert.deepEqual(await end(), [0, null]);
});
