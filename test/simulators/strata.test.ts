/** The simulated Strata Cloud Manager keeps a candidate and a running configuration, as the vendor documents them. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Strata, type StrataSettings, startStrata } from "../../simulators/strata/index.ts";
import { launch } from "./process.ts";

// Fields are read freely here: that they are there is what the tests are about.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Body = any;

interface Client {
  readonly strata: Strata;
  send(method: string, address: string, body?: unknown): Promise<Response>;
  read(address: string): Promise<Body>;
}

const basic = ({ credentials: { clientId, clientSecret } }: Pick<Strata, "credentials">) =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${clientSecret}`).toString("base64")}`;

const askToken = (strata: Pick<Strata, "credentials" | "endpoints" | "tenant">, scope = `tsg_id:${strata.tenant}`) =>
  fetch(`${strata.endpoints.auth}/oauth2/access_token`, {
    ...{ method: "POST", headers: { authorization: basic(strata) } },
    body: new URLSearchParams({ grant_type: "client_credentials", scope }),
  });

async function open(context: TestContext, settings: StrataSettings = {}): Promise<Client> {
  const strata = await startStrata(settings);
  context.after(() => strata.close());
  const { access_token } = (await (await askToken(strata)).json()) as Body;
  const send: Client["send"] = (method, address, body) =>
    fetch(address, {
      ...{ method, headers: { authorization: `Bearer ${access_token}` } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { strata, send, read: async (address) => (await send("GET", address)).json() };
}

const listing = ({ endpoints }: Strata, query = "position=pre&folder=Mobile+Users") =>
  `${endpoints.api}/mfa-servers?${query}`;
const bodyOf = (strata: Strata, name = "new") => {
  const { kind, shown, secret, certificateProfile } = strata.wish(0);
  return {
    ...{ name, mfa_cert_profile: certificateProfile, folder: "Mobile Users" },
    mfa_vendor_type: { [kind]: { duo_baseuri: "/auth/v2", duo_timeout: 30, ...shown, ...secret } } as Body,
  };
};

describe("a token", () => {
  test("is for the tenant's own service account", async (context) => {
    const { strata } = await open(context);
    assert.equal((await askToken(strata)).status, 200);
    assert.equal((await askToken(strata, "tsg_id:42")).status, 400);
    assert.equal((await askToken({ ...strata, credentials: { clientId: "x", clientSecret: "y" } })).status, 401);
    assert.equal((await fetch(listing(strata))).status, 401);
  });
});

describe("a listing", () => {
  test("needs a position and exactly one location", async (context) => {
    const { strata, send } = await open(context);
    assert.equal((await send("GET", listing(strata))).status, 200);
    for (const query of [
      "folder=Mobile+Users",
      "position=pre",
      "position=pre&folder=a&snippet=b",
      "position=up&folder=a",
    ])
      assert.equal((await send("GET", listing(strata, query))).status, 400, query);
  });

  test("comes in pages", async (context) => {
    const { strata, read } = await open(context, { profiles: 5, pageSize: 3 });
    const first = await read(listing(strata));
    const second = await read(`${listing(strata)}&limit=200&offset=3`);
    assert.deepEqual([first.data.length, first.limit, first.total, second.data.length], [3, 3, 5, 2]);
    const names = [...first.data, ...second.data].map(({ name }: Body) => name);
    assert.deepEqual(names, ["duo-0", "okta-1", "ping-2", "rsa-3", "duo-4"]);
  });

  test("shows no secret but the one that the vendor shows", async (context) => {
    const { strata, read } = await open(context);
    const text = JSON.stringify(await read(listing(strata)));
    for (const secret of ["okta_token", "ping_use_base64_key", "rsa_accesskey", "duo_secret_key"] as const) {
      assert.ok(!text.includes(strata.keys[secret]), secret);
      assert.ok(text.includes(secret));
    }
    assert.ok(text.includes(strata.keys.ping_token));
  });

  test("also shows what the folder inherits", async (context) => {
    const { strata, read } = await open(context);
    strata.inherited.push("All");
    strata.edit("theirs", { folder: "All" });
    assert.equal((await read(listing(strata))).data.at(-1).folder, "All");
  });
});

describe("a change", () => {
  test("is kept in the candidate only, until it is pushed", async (context) => {
    const { strata, send, read } = await open(context);
    assert.equal((await send("POST", listing(strata, ""), bodyOf(strata))).status, 201);
    assert.equal((await read(listing(strata))).total, 5);
    assert.ok(strata.candidate().some(({ name }) => name === "new"));
    assert.ok(!strata.running().some(({ name }) => name === "new"));
    assert.deepEqual(
      strata.pending().map(({ name, admin }) => [name, admin]),
      [["new", strata.credentials.clientId]],
    );
  });

  test("needs a whole object without an id, of one kind at one location", async (context) => {
    const { strata, send } = await open(context);
    const good = bodyOf(strata);
    const duo = good.mfa_vendor_type.duo_security_v2;
    const bad: [string, unknown][] = [
      ["an id", { ...good, id: "1" }],
      ["no location", { ...good, folder: undefined }],
      ["two locations", { ...good, snippet: "a" }],
      ["no certificate profile", { ...good, mfa_cert_profile: undefined }],
      ["no kind", { ...good, mfa_vendor_type: {} }],
      ["two kinds", { ...good, mfa_vendor_type: { ...good.mfa_vendor_type, rsa_securid_access_v1: {} } }],
      ["an unknown kind", { ...good, mfa_vendor_type: { duo_security_v3: {} } }],
      [
        "a property that is missing",
        { ...good, mfa_vendor_type: { duo_security_v2: { ...duo, duo_secret_key: undefined } } },
      ],
      ["a short one", { ...good, mfa_vendor_type: { duo_security_v2: { ...duo, duo_secret_key: "short" } } }],
      ["an unknown one", { ...good, mfa_vendor_type: { duo_security_v2: { ...duo, more: "1" } } }],
      ["a timeout out of range", { ...good, mfa_vendor_type: { duo_security_v2: { ...duo, duo_timeout: 4 } } }],
      ["nothing", undefined],
    ];
    for (const [title, body] of bad) {
      const answer = await send("POST", listing(strata, ""), body);
      assert.equal(answer.status, 400, title);
      const { _errors, _request_id } = (await answer.json()) as Body;
      assert.deepEqual([_errors[0].code, typeof _request_id], ["API_I00035", "string"]);
    }
    assert.equal(strata.candidate().length, 4);
  });

  test("asks for the stray ping_org only where it is set to", async (context) => {
    for (const needsPingOrg of [false, true]) {
      const { strata, send } = await open(context, { needsPingOrg });
      const { kind, shown, secret } = strata.wish(2);
      const ping = { ping_baseuri: "/pingid/rest/4", ping_timeout: 30, ...shown, ...secret };
      const post = (type: object) =>
        send("POST", listing(strata, ""), { ...bodyOf(strata), mfa_vendor_type: { [kind]: type } });
      assert.equal((await post(ping)).status, needsPingOrg ? 400 : 201);
      if (needsPingOrg) assert.equal((await post({ ...ping, ping_org: shown.ping_org_alias })).status, 201);
    }
  });

  test("finds no second profile of a name, and none that is gone", async (context) => {
    const { strata, send } = await open(context);
    const again = await send("POST", listing(strata, ""), bodyOf(strata, "duo-0"));
    assert.deepEqual([again.status, ((await again.json()) as Body)._errors[0].code], [409, "E006"]);
    const gone = `${strata.endpoints.api}/mfa-servers/00000000-0000-4000-8000-000000000000`;
    assert.equal((await send("PUT", gone, bodyOf(strata))).status, 404);
    assert.equal((await send("GET", gone)).status, 404);
  });

  test("that writes back a masked secret spoils it", async (context) => {
    const { strata, send, read } = await open(context);
    const [{ id, ...shown }] = (await read(listing(strata))).data;
    assert.equal((await send("PUT", `${strata.endpoints.api}/mfa-servers/${id}`, shown)).status, 200);
    const kept = strata.candidate()[0]?.mfa_vendor_type?.duo_security_v2?.duo_secret_key;
    assert.notEqual(kept, strata.keys.duo_secret_key);
    assert.match(String(kept), /^-AQ==/);
  });

  test("is kept though its answer is lost, and is lost though its answer is good", async (context) => {
    const { strata, send } = await open(context);
    strata.setFault({ kind: "reset", method: "POST" });
    await assert.rejects(send("POST", listing(strata, ""), bodyOf(strata)));
    assert.equal(strata.candidate().length, 5);
    strata.clearFaults();
    strata.setFault({ kind: "lost-update" });
    assert.equal((await send("POST", listing(strata, ""), bodyOf(strata, "newer"))).status, 201);
    assert.equal(strata.candidate().length, 5);
  });
});

describe("a push", () => {
  const push = ({ strata, send }: Client, body: object) =>
    send("POST", `${strata.endpoints.operations}/config-versions/candidate:push`, body);
  const look = async ({ strata, read }: Client, id: string) => {
    const [{ status_str, result_str }] = (await read(`${strata.endpoints.operations}/jobs/${id}`)).data;
    return `${status_str}/${result_str}`;
  };

  test("takes time, starts jobs for devices, and then makes the named administrators' changes run", async (context) => {
    const client = await open(context);
    const { strata } = client;
    strata.setPushBehavior({ looks: 2 });
    strata.edit("duo-0", { mfa_cert_profile: "mine" }, "me");
    strata.edit("okta-1", { mfa_cert_profile: "theirs" }, "them");
    const begun = await push(client, { folders: ["Mobile Users"], admin: ["me"] });
    const { success, job_id } = (await begun.json()) as Body;
    assert.deepEqual([begun.status, success], [201, true]);
    assert.deepEqual([await look(client, job_id), await look(client, job_id)], ["ACT/PEND", "FIN/OK"]);
    const { data } = await client.read(`${strata.endpoints.operations}/jobs`);
    assert.deepEqual(
      data.map(({ id, parent_id, status_str }: Body) => [id, parent_id, status_str]),
      [
        ["102", "101", "ACT"],
        ["101", "0", "FIN"],
      ],
    );
    assert.ok(!strata.running().some(({ mfa_cert_profile }) => mfa_cert_profile === "mine"));
    await look(client, job_id);
    await look(client, job_id);
    const certificates = strata.running().map(({ mfa_cert_profile }) => mfa_cert_profile);
    assert.deepEqual([certificates.includes("mine"), certificates.includes("theirs")], [true, false]);
    assert.deepEqual(
      strata.pending().map(({ admin }) => admin),
      ["them"],
    );
  });

  test("without administrators takes everybody's changes along", async (context) => {
    const client = await open(context);
    client.strata.edit("okta-1", { mfa_cert_profile: "theirs" }, "them");
    client.strata.setPushBehavior({ children: 0 });
    const { job_id } = (await (await push(client, { folders: ["Mobile Users"] })).json()) as Body;
    assert.equal(await look(client, job_id), "FIN/OK");
    assert.deepEqual(client.strata.pending(), []);
  });

  test("names folders, and of the folder All no administrators", async (context) => {
    const client = await open(context);
    assert.equal((await push(client, { folder: ["Mobile Users"] })).status, 400);
    assert.equal((await push(client, { folders: ["All"], admin: ["me"] })).status, 400);
  });

  test("that fails changes nothing", async (context) => {
    const client = await open(context);
    client.strata.edit("duo-0", { mfa_cert_profile: "mine" }, "me");
    client.strata.setPushBehavior({ end: "FIN/FAIL" });
    const { job_id } = (await (await push(client, { folders: ["Mobile Users"] })).json()) as Body;
    assert.equal(await look(client, job_id), "FIN/FAIL");
    assert.equal(client.strata.pending().length, 1);
    assert.equal((await client.send("GET", `${client.strata.endpoints.operations}/jobs/9`)).status, 404);
  });
});

describe("what a call does not offer, and faults", () => {
  test("answer in the vendor's shape", async (context) => {
    const { strata, send } = await open(context);
    const answer = await send("DELETE", listing(strata));
    assert.equal(answer.status, 501);
    strata.setFault({ kind: "error", status: 401, code: "E016", message: "Key Expired", details: ["a"], nth: 2 });
    assert.equal((await send("GET", listing(strata))).status, 200);
    const second = await send("GET", listing(strata));
    const { _errors } = (await second.json()) as Body;
    assert.deepEqual([second.status, _errors], [401, [{ code: "E016", message: "Key Expired", details: ["a"] }]]);
    assert.equal((await send("GET", listing(strata))).status, 200);
  });

  test("keep no secret in the log of calls", async (context) => {
    const { strata, send } = await open(context);
    await send("POST", listing(strata, ""), bodyOf(strata));
    const log = JSON.stringify(strata.calls);
    assert.ok(log.includes("duo_secret_key") && !log.includes(strata.keys.duo_secret_key));
  });
});

test("runs as a process of its own, says where it is, and can be asked from outside", async (context) => {
  const { said, end } = await launch(context, "strata", ["--profiles", "2"]);
  const { endpoints, tenant, credentials, location, wishes, control } = said;
  assert.equal((await askToken({ endpoints, tenant, credentials })).status, 200);
  assert.deepEqual([location, wishes.length], [{ folder: "Mobile Users" }, 3]);
  const ask = async (method: string, name: string, body?: object): Promise<Body> =>
    (await fetch(`${control}/${name}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })).json();
  assert.deepEqual(await ask("GET", "calls?count"), { "POST token": 1 });
  await ask("POST", "edit", { name: "duo-0", patch: { mfa_cert_profile: "another" } });
  assert.equal((await ask("GET", "candidate"))[0].mfa_cert_profile, "another");
  assert.notEqual((await ask("GET", "running"))[0].mfa_cert_profile, "another");
  assert.equal((await ask("GET", "pending")).length, 1);
  await ask("POST", "faults", { kind: "error", status: 500 });
  assert.equal((await askToken({ endpoints, tenant, credentials })).status, 500);
  await ask("DELETE", "faults");
  assert.equal((await askToken({ endpoints, tenant, credentials })).status, 200);
  assert.equal((await fetch(`${control}/nothing`)).status, 404);
  assert.deepEqual(await end(), [0, null]);
});
