/** What is Strata's own: profiles compared and written, pushes and their jobs, and what each of its errors means. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { WardenError } from "../../../lib/errors.ts";
import type { Directory, FailedCall, ServerProfile, Subject } from "../../../lib/model/index.ts";
import { type Fault, type Strata, type StrataSettings, startStrata } from "../../../simulators/strata/index.ts";
import { rerouted, strataDirectory } from "./fixture.ts";

const never = new AbortController().signal;

interface World {
  readonly strata: Strata;
  readonly directory: Directory;
  /** How far our clock is ahead, in ms. */
  readonly time: { ahead: number };
  /** The same tenant by other settings. */
  open(settings: object, secret?: object): Directory;
}

/** A tenant with a profile of each kind, all wanted; `wishes` beyond four are missing. */
async function start(context: TestContext, settings: StrataSettings = {}, wishes = 4): Promise<World> {
  const strata = await startStrata(settings);
  context.after(() => strata.close());
  const own = strataDirectory(strata, wishes);
  const time = { ahead: 0 };
  const open = (more: object, secret: object = {}) =>
    openDirectory("strata", {
      ...{ id: "firewalls", settings: { ...own.settings, ...more }, secret: { ...own.secret, ...secret } },
      ...{ secretVersion: "v1", fetch: rerouted(strata), clock: () => Date.now() + time.ahead },
    });
  return { strata, open, time, directory: open({}) };
}

async function list(directory: Directory): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await directory.page(cursor, never);
    subjects.push(...page.subjects);
    cursor = page.next;
  }
  return subjects;
}

const profileOf = (subjects: readonly Subject[], name: string): ServerProfile =>
  subjects.find(({ username }) => username === name)?.profile ?? assert.fail(`no profile ${name}`);
const read = async (directory: Directory, name: string): Promise<Subject> =>
  (await directory.read(`Mobile Users/${name}`, never)) ?? assert.fail(`no profile ${name}`);
const enforce = async (directory: Directory, name: string) =>
  (directory.enforce ?? assert.fail("it can only be observed"))(await read(directory, name), never);
const typeOf = (strata: Strata, name: string) =>
  strata.candidate().find((profile) => profile.name === name)?.mfa_vendor_type ?? {};
const written = ({ calls }: Strata, method: string) => calls.filter((call) => call.method === method && call.body);
const trouble = async (work: Promise<unknown>): Promise<WardenError> => {
  const error: unknown = await work.then(
    () => assert.fail("it went well"),
    (reason: unknown) => reason,
  );
  return error instanceof WardenError ? error : assert.fail(String(error));
};

describe("a listing of profiles", () => {
  test("shows each wanted one once, there or not, and others as nobody's", async (context) => {
    const { strata, directory } = await start(context, { pageSize: 2 }, 5);
    strata.edit("somebody's", {});
    const subjects = await list(directory);
    assert.deepEqual(
      subjects.map(({ id, profile }) => [id, profile?.wanted, profile?.present]),
      [
        ["Mobile Users/duo-0", true, true],
        ["Mobile Users/okta-1", true, true],
        ["Mobile Users/ping-2", true, true],
        ["Mobile Users/rsa-3", true, true],
        ["Mobile Users/somebody's", false, true],
        ["Mobile Users/duo-4", true, false],
      ],
    );
    const { masks, vendorId, ...profile } = subjects[0]?.profile ?? assert.fail();
    assert.match(masks ?? "", /^[\w-]{43}$/);
    assert.equal(vendorId, strata.candidate().find(({ name }) => name === "duo-0")?.id);
    assert.deepEqual(
      subjects.map((subject) => subject.profile?.vendorId !== undefined),
      [true, true, true, true, false, false],
    );
    const common = { version: "v1", adopt: false, pushed: true };
    assert.deepEqual(profile, {
      ...{ wanted: true, present: true, differs: [], used: { known: true, value: true } },
      ...common,
    });
    assert.equal(subjects[0]?.facts.active.known, true);
    assert.deepEqual(subjects[0]?.facts.enabled, { known: false, why: "an MFA server profile has no switch" });
  });

  test("asks for the position, the location and a page, with one token for everything", async (context) => {
    const { strata, directory } = await start(context, { pageSize: 3 });
    await list(directory);
    const queries = strata.calls.filter(({ route }) => route === "servers").map(({ query }) => query);
    assert.deepEqual(queries, [
      "position=pre&folder=Mobile+Users&limit=200&offset=0",
      "position=pre&folder=Mobile+Users&limit=200&offset=3",
    ]);
    assert.equal(strata.counts()["POST token"], 1);
    assert.deepEqual(
      directory.secretUsers?.(),
      [0, 1, 2, 3].map((n) => `Mobile Users/${strata.wish(n).name}`),
    );
  });

  for (const fault of ["no-total", "ignore-limit"] as const) {
    test(`is whole from a server with the fault ${fault}`, async (context) => {
      const { strata, directory } = await start(context, { pageSize: 2, profiles: 5 }, 5);
      strata.setFault({ kind: fault });
      assert.equal((await list(directory)).filter(({ profile }) => profile?.present).length, 5);
    });
  }

  test("is never taken for whole when pages repeat or rows are missing", async (context) => {
    const { strata, directory } = await start(context, { pageSize: 2 });
    strata.setFault({ kind: "ignore-offset", on: "servers" });
    await assert.rejects(list(directory), { code: "ERR_READ_LOOP" });
    await assert.rejects(read(directory, "rsa-3"), { code: "ERR_READ_LOOP" });
    strata.clearFaults();
    strata.setFault({ kind: "miscount", by: 3, on: "servers" });
    await assert.rejects(list(directory), { code: "ERR_READ_SHORT" });
    await assert.rejects(enforce(directory, "nobody"), { code: "ERR_READ_SHORT" });
  });

  test("claims what the vendor says that there is, and none of the missing ones", async (context) => {
    const { directory } = await start(context, {}, 6);
    const page = await directory.page(undefined, never);
    assert.deepEqual([page.subjects.length, page.claimed], [6, 4]);
  });

  test("takes what a folder inherits for somebody else's", async (context) => {
    const { strata, directory } = await start(context, {}, 5);
    strata.inherited.push("All", "best-practice");
    strata.edit("duo-4", { folder: "All" });
    strata.edit("example", { folder: "Mobile Users", snippet: "best-practice" });
    const subjects = await list(directory);
    const shown = subjects.map(({ id, profile }) => [id, profile?.wanted, profile?.present]);
    assert.deepEqual(shown.slice(4), [
      ["All/duo-4", false, true],
      ["snippet:best-practice/example", false, true],
      ["Mobile Users/duo-4", true, false],
    ]);
    assert.deepEqual(await directory.read("All/duo-4", never), subjects[4]);
  });

  test("knows a folder by the name that the console gives it", async (context) => {
    const { strata, open } = await start(context);
    const directory = open({ location: { folder: "Access Agent" } });
    const [first] = await list(directory);
    assert.deepEqual([first?.id, first?.profile?.wanted], ["Access Agent/duo-0", true]);
    const before = await directory.read("Access Agent/duo-0", never);
    await directory.enforce?.(before ?? assert.fail(), never);
    assert.deepEqual(written(strata, "PUT").length, 1);
    assert.equal(strata.candidate().find(({ name }) => name === "duo-0")?.folder, "Mobile Users");
  });

  for (const location of [{ snippet: "mfa" }, { device: "007951000388704" }]) {
    test(`works at a ${Object.keys(location)[0]}, and pushes nothing there`, async (context) => {
      const { strata, directory } = await start(context, { location }, 5);
      const missing = (await list(directory)).find(({ profile }) => !profile?.present) ?? assert.fail();
      assert.equal(await directory.enforce?.(missing, never), "sent");
      assert.partialDeepStrictEqual(strata.candidate().at(-1), location);
      assert.deepEqual([missing.profile?.pushed, directory.publish, directory.candidate], [false, undefined, true]);
    });
  }
});

describe("a profile is as wanted", () => {
  /** What is changed of a profile, and which fields differ then. */
  const cases: [name: string, change: (held: Record<string, unknown>) => void, differs: string[]][] = [
    ["duo-0", (held) => void Reflect.deleteProperty(held, "duo_timeout"), []],
    ["duo-0", (held) => Object.assign(held, { duo_api_host: "API-00000000.DUOSECURITY.COM" }), []],
    ["duo-0", (held) => Object.assign(held, { duo_timeout: "30" }), []],
    ["duo-0", (held) => Object.assign(held, { duo_integration_key: "DIANOTHER00000000000" }), ["duo_integration_key"]],
    ["duo-0", (held) => Object.assign(held, { duo_integration_key: "********" }), []],
    ["duo-0", (held) => Object.assign(held, { duo_secret_key: "somebody-elses-secret" }), []],
    ["ping-2", (held) => Object.assign(held, { ping_token: "somebody-elses-token" }), ["ping_token"]],
    ["ping-2", (held) => void Reflect.deleteProperty(held, "ping_token"), []],
    [
      "duo-0",
      (held) => Object.assign(held, { duo_timeout: 60, duo_baseuri: "/auth/v3" }),
      ["duo_baseuri", "duo_timeout"],
    ],
    ["okta-1", (held) => Object.assign(held, { okta_org: "another" }), ["okta_org"]],
    ["okta-1", (held) => Object.assign(held, { okta_token: "masked, or anything" }), []],
    ["okta-1", (held) => void Reflect.deleteProperty(held, "okta_api_host"), ["okta_api_host"]],
    ["ping-2", (held) => Object.assign(held, { ping_api_host: "idpxny3lm.pingidentity.com" }), ["ping_api_host"]],
    ["ping-2", (held) => Object.assign(held, { ping_org: "anything" }), []],
    ["rsa-3", (held) => void Reflect.deleteProperty(held, "rsa_accessid"), ["rsa_accessid"]],
    ["rsa-3", (held) => Object.assign(held, { rsa_timeout: null }), []],
  ];
  for (const [name, change, differs] of cases) {
    test(`${name}, changed by ${change}: ${differs.join(", ") || "nothing"} differs`, async (context) => {
      const { strata, directory } = await start(context);
      const types = typeOf(strata, name);
      change(Object.values(types)[0] ?? {});
      strata.edit(name, { mfa_vendor_type: types });
      assert.deepEqual(profileOf(await list(directory), name).differs, differs);
    });
  }

  test("not with another certificate profile, another kind, two kinds, or none", async (context) => {
    const { strata, directory } = await start(context);
    const okta = typeOf(strata, "okta-1");
    const differs = async () => (await read(directory, "duo-0")).profile?.differs;
    const duo = typeOf(strata, "duo-0");
    strata.edit("duo-0", { mfa_cert_profile: "another", mfa_vendor_type: { ...duo, ...okta } });
    assert.deepEqual(await differs(), ["mfa_cert_profile", "mfa_vendor_type"]);
    for (const mfa_vendor_type of [okta, {}]) {
      strata.edit("duo-0", { mfa_cert_profile: strata.wish(0).certificateProfile, mfa_vendor_type });
      assert.deepEqual(await differs(), ["mfa_vendor_type"]);
    }
  });

  test("compares the integration key wherever it is given", async (context) => {
    const { strata, open } = await start(context);
    const { name, certificateProfile, shown, secret } = strata.wish(0);
    const duo = { ...shown, duo_integration_key: "DIANOTHER00000000000" };
    const { duo_secret_key } = secret;
    const directory = open(
      { servers: [{ name, certificateProfile, duo_security_v2: duo }] },
      { servers: { [name]: { duo_secret_key } } },
    );
    assert.deepEqual((await read(directory, name)).profile?.differs, ["duo_integration_key"]);
    assert.equal(await enforce(directory, name), "sent");
    assert.deepEqual((await read(directory, name)).profile?.differs, []);
    assert.deepEqual(typeOf(strata, name).duo_security_v2, {
      ...duo,
      ...{ duo_baseuri: "/auth/v2", duo_timeout: 30, duo_secret_key },
    });
  });
});

describe("a secret that is shown masked", () => {
  const masksOf = async (directory: Directory, name: string) => (await read(directory, name)).profile?.masks;
  const others = [
    ["duo-0", "duo_secret_key"],
    ["okta-1", "okta_token"],
    ["ping-2", "ping_use_base64_key"],
    ["rsa-3", "rsa_accesskey"],
  ] as const;
  for (const [name, field] of others) {
    test(`looks otherwise where somebody else has put another ${field} into ${name}, and nowhere else`, async (context) => {
      const { strata, directory, open } = await start(context);
      const before = await Promise.all(others.map(([other]) => masksOf(directory, other)));
      assert.deepEqual(await Promise.all(others.map(([other]) => masksOf(open({}), other))), before);
      const types = typeOf(strata, name);
      Object.assign(Object.values(types)[0] ?? {}, { [field]: "somebody-elses-secret" });
      strata.edit(name, { mfa_vendor_type: types });
      const after = await Promise.all(others.map(([other]) => masksOf(directory, other)));
      for (const [index, [other]] of others.entries()) assert.equal(after[index] === before[index], other !== name);
      assert.deepEqual((await read(directory, name)).profile?.differs, []);
    });
  }

  test("is read once more after a write; in a tenant that encrypts anew it looks otherwise each time", async (context) => {
    for (const freshMasks of [false, true]) {
      const { directory } = await start(context, { freshMasks });
      assert.equal(await enforce(directory, "duo-0"), "sent");
      const shown = await read(directory, "duo-0");
      const confirmed = await directory.confirm?.(shown, never);
      assert.ok(confirmed?.ok && confirmed.masks !== undefined);
      assert.equal(confirmed.masks === shown.profile?.masks, !freshMasks);
    }
  });

  test("that cannot be read again proves nothing, and undoes nothing", async (context) => {
    const { strata, directory } = await start(context);
    const shown = await read(directory, "duo-0");
    strata.setFault({ kind: "error", status: 403, on: "servers" });
    assert.deepEqual(await directory.confirm?.(shown, never), { ok: true });
  });
});

describe("a profile is used", () => {
  const used = async ({ directory }: World) => profileOf(await list(directory), "duo-0").used;
  const cases: [title: string, multi_factor_auth: unknown, value: boolean | RegExp][] = [
    ["where an authentication profile asks for MFA by it", { mfa_enable: true, factors: ["okta-1", "duo-0"] }, true],
    ["not where MFA is off there", { mfa_enable: false, factors: ["duo-0"] }, false],
    ["not where nothing says that MFA is on", { factors: ["duo-0"] }, false],
    ["not where another one is named", { mfa_enable: true, factors: ["okta-1"] }, false],
    ["not without MFA there", undefined, false],
    ["for all we know, where that cannot be read", { mfa_enable: "yes", factors: ["duo-0"] }, /cannot be read/],
  ];
  for (const [title, multi_factor_auth, value] of cases) {
    test(title, async (context) => {
      const world = await start(context);
      world.strata.authenticationProfiles.splice(0, 1, { name: "staff", folder: "Mobile Users", multi_factor_auth });
      const fact = await used(world);
      if (value instanceof RegExp) assert.match(fact.known ? "" : fact.why, value);
      else assert.deepEqual(fact, { known: true, value });
    });
  }

  test("for all we know, where authentication profiles cannot be listed", async (context) => {
    const world = await start(context);
    world.strata.setFault({ kind: "error", status: 403, on: "uses" });
    const fact = await used(world);
    assert.match(fact.known ? "" : fact.why, /ERR_VENDOR_DENIED/);
  });

  test("is looked for on every page of authentication profiles", async (context) => {
    const world = await start(context, { pageSize: 2 });
    const other = { folder: "Mobile Users", multi_factor_auth: { mfa_enable: true, factors: ["okta-1"] } };
    for (const name of ["a", "b", "c", "d"]) world.strata.authenticationProfiles.unshift({ name, ...other });
    assert.deepEqual(await used(world), { known: true, value: true });
  });
});

describe("enforcing", () => {
  test("replaces the whole profile, with the secrets and without an id, and never touches another", async (context) => {
    const { strata, directory } = await start(context);
    const others = JSON.stringify(strata.candidate().slice(1));
    strata.edit("duo-0", { mfa_cert_profile: "another" });
    assert.equal(await enforce(directory, "duo-0"), "sent");
    assert.deepEqual((await read(directory, "duo-0")).profile?.differs, []);
    const [put] = written(strata, "PUT");
    assert.deepEqual(put?.body, {
      name: "duo-0",
      mfa_cert_profile: strata.wish(0).certificateProfile,
      mfa_vendor_type: {
        duo_security_v2: {
          ...strata.wish(0).shown,
          ...{ duo_baseuri: "/auth/v2", duo_timeout: 30, duo_integration_key: "…", duo_secret_key: "…" },
        },
      },
      folder: "Mobile Users",
    });
    assert.equal(typeOf(strata, "duo-0").duo_security_v2?.duo_secret_key, strata.keys.duo_secret_key);
    assert.equal(JSON.stringify(strata.candidate().slice(1)), others);
    assert.equal(written(strata, "POST").length, 0);
  });

  for (const n of [4, 5, 6, 7]) {
    test(`makes a missing ${["duo", "okta", "ping", "rsa"][n % 4]} profile`, async (context) => {
      const { strata, directory } = await start(context, {}, 8);
      const { name, kind, shown, secret } = strata.wish(n);
      assert.equal(await enforce(directory, name), "sent");
      assert.deepEqual((await read(directory, name)).profile?.differs, []);
      const held = typeOf(strata, name)[kind] ?? {};
      for (const [property, value] of Object.entries({ ...shown, ...secret })) assert.equal(held[property], value);
    });
  }

  test("never writes back what a reading showed of a secret", async (context) => {
    const { strata, directory } = await start(context);
    for (const n of [0, 1, 2, 3]) {
      const { name, kind, secret } = strata.wish(n);
      strata.edit(name, { mfa_cert_profile: "another" });
      await enforce(directory, name);
      for (const [property, value] of Object.entries(secret))
        assert.equal(typeOf(strata, name)[kind]?.[property], value);
    }
  });

  test("refuses a profile that the policy does not name", async (context) => {
    const { strata, directory } = await start(context);
    strata.edit("somebody's", {});
    const sent = await enforce(directory, "somebody's");
    assert.deepEqual(sent, { outcome: "refused", why: "the policy does not name this profile" });
    assert.equal(written(strata, "PUT").length, 0);
  });

  test("sends the vendor document's stray ping_org where the server asks for it", async (context) => {
    const { strata, directory } = await start(context, { needsPingOrg: true });
    await enforce(directory, "ping-2");
    const { ping_org, ping_org_alias } = typeOf(strata, "ping-2").ping_identity_v1 ?? {};
    assert.deepEqual([ping_org, ping_org_alias], [strata.keys.ping_org_alias, strata.keys.ping_org_alias]);
    assert.deepEqual((await read(directory, "ping-2")).profile?.differs, []);
    const plain = await start(context);
    await enforce(plain.directory, "ping-2");
    assert.equal(typeOf(plain.strata, "ping-2").ping_identity_v1?.ping_org, undefined);
  });

  test("looks for the name once when the id is gone", async (context) => {
    let away = false;
    const { strata, directory } = await start(context, {
      before: ({ method }) => {
        if (method !== "PUT" || away) return;
        away = true;
        strata.remove("duo-0");
        strata.edit("duo-0", { id: "00000000-0000-4000-8000-00000000000d" });
      },
    });
    assert.equal(await enforce(directory, "duo-0"), "sent");
    assert.deepEqual(
      written(strata, "PUT").map(({ status }) => status),
      [404, 200],
    );
  });

  test("makes the profile anew when it is gone altogether", async (context) => {
    const { strata, directory } = await start(context, {
      before: ({ method }) => {
        if (method === "PUT") strata.remove("duo-0");
      },
    });
    assert.equal(await enforce(directory, "duo-0"), "sent");
    assert.equal((await read(directory, "duo-0")).profile?.present, true);
  });

  test("takes what somebody else has made meanwhile, and writes it as wanted", async (context) => {
    const { strata, directory } = await start(
      context,
      {
        before: ({ method, route }) => {
          if (method === "POST" && route === "servers") strata.edit("duo-4", { mfa_cert_profile: "another" });
        },
      },
      5,
    );
    assert.equal(await enforce(directory, "duo-4"), "sent");
    assert.deepEqual(
      written(strata, "POST").map(({ status }) => status),
      [409],
    );
    assert.deepEqual((await read(directory, "duo-4")).profile?.differs, []);
  });

  test("makes a profile once, though the answer was lost", async (context) => {
    const { strata, directory } = await start(context, {}, 5);
    strata.setFault({ kind: "reset", on: "servers", method: "POST" });
    assert.equal(await enforce(directory, "duo-4"), "sent");
    assert.equal(strata.candidate().filter(({ name }) => name === "duo-4").length, 1);
    assert.equal(written(strata, "POST").length, 1);
  });

  test("asks once more for a profile that a session's end kept from being made", async (context) => {
    const { strata, directory } = await start(context, {}, 5);
    strata.setFault({ kind: "error", status: 504, on: "servers", method: "POST", times: 1 });
    assert.equal(await enforce(directory, "duo-4"), "sent");
    assert.equal((await read(directory, "duo-4")).profile?.present, true);
  });

  test("looks before it asks again for a profile, and does not insist on a change that is in conflict", async (context) => {
    const { strata, directory } = await start(context, {}, 5);
    const missing = await read(directory, "duo-4");
    const present = await read(directory, "duo-0");
    strata.calls.length = 0;
    const ended = { status: 400, code: "4", message: "Session Timeout" };
    strata.setFault({ kind: "error", ...ended, on: "servers", method: "POST", times: 1 });
    assert.equal(await directory.enforce?.(missing, never), "sent");
    strata.setFault({ kind: "error", status: 409, on: "server" });
    await assert.rejects(directory.enforce?.(present, never) ?? assert.fail(), { code: "ERR_VENDOR_REJECTED" });
    assert.deepEqual(
      strata.calls.map(({ method, route }) => `${method} ${route}`),
      [...["POST servers", "GET servers", "POST servers"], ...["PUT server", "GET servers"]],
    );
  });

  test("gives a conflict back that the profile does not explain", async (context) => {
    const { strata, directory } = await start(context, {}, 5);
    strata.setFault({ kind: "error", status: 409, on: "servers", method: "POST" });
    const error = await trouble(enforce(directory, "duo-4"));
    assert.deepEqual([error.code, error.detail.vendorCode], ["ERR_VENDOR_REJECTED", "E006"]);
    assert.match(error.message, /another object of this name/);
  });

  test("takes a write that is answered without a body for sent", async (context) => {
    const { strata, directory } = await start(context, {}, 5);
    strata.setFault({ kind: "no-body", on: "server" });
    strata.setFault({ kind: "no-body", on: "servers", method: "POST" });
    for (const name of ["duo-0", "duo-4"]) {
      assert.equal(await enforce(directory, name), "sent");
      assert.deepEqual((await read(directory, name)).profile?.differs, []);
    }
    assert.equal(written(strata, "POST").length, 1);
  });

  test("believes no answer that names another profile", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "wrong-name", on: "server" });
    await assert.rejects(enforce(directory, "duo-0"), { code: "ERR_VENDOR_FORMAT" });
  });

  test("does not change what is listed without an id", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "row-field", on: "servers", field: "id" });
    await assert.rejects(enforce(directory, "duo-0"), { code: "ERR_VENDOR_REJECTED", message: /without an id/ });
  });
});

describe("putting back", () => {
  test("is nothing that a profile allows, and each kind of write says so beforehand", async (context) => {
    const { strata, directory } = await start(context);
    const profile = await read(directory, "duo-0");
    const before = strata.calls.length;
    assert.equal(directory.revert, undefined);
    assert.match(directory.whyNotReverted?.(profile, { present: true, differs: ["duo_timeout"] }) ?? "", /its secret/);
    assert.match(directory.whyNotReverted?.(profile, { present: false }) ?? "", /made by us.*delete it in Strata/);
    assert.equal(strata.calls.length, before);
  });
});

describe("a push", () => {
  const publish = ({ publish }: Directory) => publish ?? assert.fail("it pushes nothing");

  /** Looks every ten seconds until the job has ended. */
  async function follow({ directory, time }: Pick<World, "directory" | "time">, job: string) {
    let seen: string | undefined;
    for (let looks = 1; looks < 20; looks += 1) {
      const state = await publish(directory).poll(job, never, seen);
      if (state.done) return { ...state, looks };
      seen = state.seen;
      time.ahead += 10_000;
    }
    return assert.fail("the job did not end");
  }

  test("makes our changes run, and leaves another administrator's alone", async (context) => {
    const { strata, directory, time } = await start(context);
    strata.edit("okta-1", { mfa_cert_profile: "colleague's" });
    strata.edit("duo-0", { mfa_cert_profile: "another" }, "somebody");
    await enforce(directory, "duo-0");
    const job = await publish(directory).start(["Mobile Users/duo-0"], never);
    assert.deepEqual(await publish(directory).poll(job, never), { done: false });
    const end = await follow({ directory, time }, job);
    assert.ok(end.ok && /^job 101 FIN\/OK, job 102 FIN\/OK$/.test(end.detail), end.detail);
    assert.deepEqual(
      strata.pending().map(({ name }) => name),
      ["okta-1"],
    );
    const certificates = strata.running().map(({ mfa_cert_profile }) => mfa_cert_profile);
    assert.ok(!certificates.includes("colleague's") && !certificates.includes("another"));
    const [push] = written(strata, "POST");
    assert.deepEqual(push?.body, {
      ...{ folders: ["Mobile Users"], admin: [strata.credentials.clientId] },
      description: "mfa-warden: Mobile Users/duo-0",
    });
    assert.equal(strata.calls.filter(({ method }) => method === "DELETE").length, 0);
  });

  test("is limited to the administrator of the policy, and its description to 255 characters", async (context) => {
    const { strata, open } = await start(context);
    const ids = Array.from({ length: 50 }, (_, n) => `Mobile Users/duo-${n}`);
    await publish(open({ admin: "robot@example.com" })).start(ids, never);
    const body = JSON.parse(JSON.stringify(written(strata, "POST")[0]?.body));
    assert.deepEqual([body.admin, body.description.length], [["robot@example.com"], 255]);
  });

  const ends: [title: string, course: object, ok: boolean, detail: RegExp][] = [
    ["waits for jobs that come of it", { children: 3, looks: 2 }, true, /FIN\/OK(, job \d+ FIN\/OK){3}$/],
    ["needs no further jobs", { children: 0 }, true, /^job 101 FIN\/OK$/],
    ["waits for a job that comes of it after its end", { childrenAfter: 1 }, true, /FIN\/OK, job 102 FIN\/OK$/],
    [
      "fails with a job that came of it after its end",
      { childrenAfter: 1, childEnd: "FIN/FAIL" },
      false,
      /^job 102 FIN\/FAIL$/,
    ],
    ["fails with its job", { end: "FIN/FAIL" }, false, /^job 101 FIN\/FAIL$/],
    ["fails with a job that came of it", { childEnd: "FIN/FAIL" }, false, /^job 102 FIN\/FAIL$/],
    ["fails where the push to a device does", { childEnd: "PUSHFAIL/PEND" }, false, /^job 102 PUSHFAIL\/PEND$/],
    ["fails where it was called off", { end: "FIN/CANCELLED" }, false, /CANCELLED/],
    ["fails where it was broken off", { end: "PUSHABORT/OK" }, false, /PUSHABORT/],
    ["fails where it took too long", { end: "PUSHTIMEOUT/TIMEOUT" }, false, /PUSHTIMEOUT\/TIMEOUT/],
    ["takes no unknown result for a good one", { end: "FIN/Grand \u001b[1m" }, false, /FIN\/an unknown state/],
  ];
  for (const [title, course, ok, detail] of ends) {
    test(title, async (context) => {
      const world = await start(context);
      const { strata, directory } = world;
      strata.setPushBehavior(course);
      await enforce(directory, "duo-0");
      strata.edit("duo-0", { mfa_cert_profile: "new" }, strata.credentials.clientId);
      const end = await follow(world, await publish(directory).start(["Mobile Users/duo-0"], never));
      assert.equal(end.ok, ok);
      assert.match(end.detail, detail);
      assert.equal(
        strata.running().some(({ mfa_cert_profile }) => mfa_cert_profile === "new"),
        ok,
      );
    });
  }

  test("takes an unknown state for no end", async (context) => {
    const { strata, directory } = await start(context);
    strata.setPushBehavior({ end: "RESTING/OK" });
    const job = await publish(directory).start([], never);
    for (const _ of [1, 2, 3, 4]) assert.deepEqual(await publish(directory).poll(job, never), { done: false });
  });

  test("has ended well once nothing more has come of it for ten seconds, whoever looks", async (context) => {
    const { strata, directory, open, time } = await start(context);
    strata.setPushBehavior({ looks: 0, children: 0 });
    const job = await publish(directory).start([], never);
    const first = await publish(directory).poll(job, never);
    assert.ok(!first.done && first.seen !== undefined);
    time.ahead = 9_000;
    const early = await publish(directory).poll(job, never, first.seen);
    assert.deepEqual(early, { done: false, seen: first.seen });
    time.ahead = 10_500;
    assert.equal((await publish(directory).poll(job, never)).done, false);
    assert.equal((await publish(open({})).poll(job, never, first.seen)).done, true);
  });

  test("finds its jobs among many, and asks for them without parameters that the vendor does not know", async (context) => {
    const world = await start(context, { pageSize: 2 });
    const { strata, directory } = world;
    strata.setPushBehavior({ children: 0 });
    for (const _ of [1, 2, 3]) await publish(directory).start([], never);
    strata.setPushBehavior({ children: 1, childEnd: "FIN/FAIL" });
    const job = await publish(directory).start([], never);
    assert.equal((await follow(world, job)).ok, false);
    const asked = strata.calls.filter(({ route }) => route === "jobs").map(({ query, status }) => [query, status]);
    assert.ok(asked.length > 0 && asked.every(([query, status]) => query === "" && status === 200));
  });

  test("has not ended while the list of jobs leaves it out", async (context) => {
    const world = await start(context);
    const { strata, directory } = world;
    strata.setPushBehavior({ children: 0 });
    const job = await publish(directory).start([], never);
    strata.setFault({ kind: "row-field", on: "jobs", field: "id", value: "7" });
    assert.deepEqual(await publish(directory).poll(job, never), { done: false });
    strata.clearFaults();
    assert.equal((await follow(world, job)).ok, true);
    strata.setFault({ kind: "row-field", on: "job", field: "id", value: "7" });
    await assert.rejects(publish(directory).poll(job, never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("answered without a body is followed by its job all the same", async (context) => {
    const world = await start(context);
    const { strata, directory } = world;
    strata.setPushBehavior({ children: 0 });
    const earlier = await publish(directory).start(["Mobile Users/duo-0"], never);
    strata.setFault({ kind: "no-body", on: "push" });
    const job = await publish(directory).start(["Mobile Users/duo-0"], never);
    assert.notEqual(job, earlier);
    assert.match((await follow(world, job)).detail, /^job 102 FIN\/OK$/);
  });

  test("answered without a body, and of which no job can be seen, is an error", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "no-body", on: "push" });
    strata.setFault({ kind: "error", status: 403, on: "jobs" });
    await assert.rejects(publish(directory).start([], never), { code: "ERR_PUBLISH_FAILED" });
  });

  test("that begins no job is an error", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "drop", on: "push", field: "job_id" });
    await assert.rejects(publish(directory).start([], never), { code: "ERR_PUBLISH_FAILED" });
  });

  test("that the vendor does not begin is an error", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "error", status: 403, on: "push" });
    await assert.rejects(publish(directory).start([], never), {
      code: "ERR_VENDOR_DENIED",
      message: /push the configuration/,
    });
  });

  test("is nobody's but a person's with push: false, and where it would take everybody's changes", async (context) => {
    const { open } = await start(context);
    for (const settings of [{ push: false }, { location: { folder: "All" } }, { location: { folder: "Global" } }]) {
      const directory = open(settings);
      assert.deepEqual([directory.publish, directory.candidate], [undefined, true]);
      const push = (await directory.check(never)).find(({ name }) => name === "push");
      assert.match(push?.detail ?? "", /Nothing is pushed/);
    }
  });
});

/** HTTP status, vendor's code and message, and what becomes of it. */
const ERRORS: [status: number, code: string | number, message: string, ours: string, sentence: RegExp][] = [
  [400, "E003", "Input Format Mismatch: input-format=json", "ERR_VENDOR_REJECTED", /the format of what was sent/],
  [400, "E003", "Output Format Mismatch: Accept=xml", "ERR_VENDOR_REJECTED", /the format that was asked for/],
  [400, "E003", "Missing Query Parameter: name", "ERR_VENDOR_REJECTED", /a query parameter that is missing/],
  [
    400,
    "E003",
    "Invalid Query Parameter: folder=x",
    "ERR_VENDOR_REJECTED",
    /a query parameter that is not valid \(folder\)/,
  ],
  [400, "E003", "Missing Body", "ERR_VENDOR_REJECTED", /a body that is missing/],
  [400, "E003", "Invalid Object", "ERR_VENDOR_REJECTED", /an object that is not valid/],
  [400, "E003", "Invalid Command", "ERR_VENDOR_REJECTED", /a command that is not valid/],
  [400, "E003", "Malformed Command", "ERR_VENDOR_REJECTED", /a command that is not well formed/],
  [400, "E013", "Bad XPath", "ERR_VENDOR_REJECTED", /an XPath that is not valid/],
  [400, "E777", "Who knows", "ERR_VENDOR_REJECTED", /rejected the request/],
  [401, "E016", "Not Authenticated", "ERR_VENDOR_AUTH", /tenant service group/],
  [401, "E016", "Invalid Credential", "ERR_VENDOR_AUTH", /clientId and clientSecret/],
  [401, "E016", "Key Too Long", "ERR_VENDOR_AUTH", /too long/],
  [401, "E016", "Key Expired", "ERR_VENDOR_AUTH", /expired/],
  [401, "E016", "The password needs to be changed.", "ERR_VENDOR_AUTH", /password of its service account changed/],
  [403, "E007", "Unauthorized", "ERR_VENDOR_DENIED", /see MFA servers/],
  [404, "E005", "Object Not Present", "ERR_VENDOR_NOT_FOUND", /no such object/],
  [409, "E016", "Object Not Unique", "ERR_VENDOR_REJECTED", /this object more than once/],
  [409, "E006", "Name Not Unique", "ERR_VENDOR_REJECTED", /another object of this name/],
  [409, "E009", "Reference Not Zero", "ERR_VENDOR_REJECTED", /references to this object/],
  [405, "E012", "Action Not Supported: move", "ERR_VENDOR_REJECTED", /lacks the endpoint/],
  [501, "E012", "Method Not Supported", "ERR_VENDOR_REJECTED", /lacks the endpoint/],
  [501, "E012", "Version Not Supported", "ERR_VENDOR_REJECTED", /lacks the endpoint/],
  [400, "4", "Session Timeout", "ERR_VENDOR_TIMEOUT", /ended our session/],
  [403, 4, "Session Timeout", "ERR_VENDOR_TIMEOUT", /ended our session/],
  [404, "API_I00013", "Your configuration is not valid", "ERR_VENDOR_NOT_FOUND", /no such object/],
  [409, "API_I00013", "Your configuration is not valid", "ERR_VENDOR_REJECTED", /conflict/],
  [400, "API_I00035", "Invalid Request Payload", "ERR_VENDOR_REJECTED", /rejected the request/],
];

describe("an error of the vendor", { concurrency: 8 }, () => {
  for (const [status, code, message, ours, sentence] of ERRORS) {
    test(`${status} ${code} ${message}: ${ours}`, async (context) => {
      const { strata, directory } = await start(context);
      strata.setFault({ kind: "error", on: "servers", status, code, message });
      const error = await trouble(directory.page(undefined, never));
      assert.deepEqual([error.code, error.detail.status, error.detail.vendorCode], [ours, status, String(code)]);
      assert.match(error.message, sentence);
      assert.match(error.message, /^Directory firewalls /);
      assert.match(error.detail.requestId ?? "", /^[0-9a-f-]{36}$/);
      const more = { ERR_VENDOR_AUTH: 2, ERR_VENDOR_TIMEOUT: 3 }[ours] ?? 1;
      assert.equal(strata.counts()["GET servers"], more);
      assert.equal(strata.counts()["POST token"], ours === "ERR_VENDOR_AUTH" ? 2 : 1);
      const checks = await directory.check(never);
      const seen = checks.find(({ name }) => name === "read profiles");
      assert.equal(seen?.result, "failed");
      assert.match(seen?.detail ?? "", sentence);
    });
  }

  const passing: [title: string, fault: Fault][] = [
    ["a session that ended, with 504", { kind: "error", status: 504, times: 1 }],
    ["a session that ended, with 400", { kind: "error", status: 400, code: "4", message: "Session Timeout", times: 2 }],
    ["a token that is no longer accepted", { kind: "expire-token", times: 1 }],
    ["a fault", { kind: "error", status: 500, code: "E001", message: "Oops", times: 1 }],
  ];
  for (const [title, fault] of passing) {
    test(`is got over: ${title}`, async (context) => {
      const { strata, directory } = await start(context);
      await directory.page(undefined, never);
      strata.setFault({ ...fault, on: "servers" });
      assert.equal((await directory.page(undefined, never)).subjects.length, 4);
    });
  }

  test("500 without end is told in so many words", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "error", on: "servers", status: 500, code: "E001", message: "Oops" });
    const error = await trouble(directory.page(undefined, never));
    assert.equal(error.code, "ERR_VENDOR_UNAVAILABLE");
    assert.match(error.message, /this tenant does not offer the endpoint/);
    assert.equal(strata.counts()["GET servers"], 6);
  });

  test("says which permission is missing", async (context) => {
    const { strata, directory } = await start(context);
    strata.setFault({ kind: "error", status: 403, on: "server" });
    await assert.rejects(enforce(directory, "duo-0"), { code: "ERR_VENDOR_DENIED", message: /change MFA servers/ });
    strata.setFault({ kind: "error", status: 403, on: "job" });
    await assert.rejects(directory.publish?.poll("7", never) ?? assert.fail(), { message: /see configuration jobs/ });
    strata.setFault({ kind: "error", status: 403, on: "uses" });
    const checks = await directory.check(never);
    assert.match(checks.find(({ name }) => name === "read use")?.detail ?? "", /see authentication profiles/);
  });

  const kept: [title: string, problems: Extract<Fault, { kind: "errors" }>["problems"], detail: FailedCall][] = [
    [
      "every entry, details as an object",
      [
        { code: "API_I00013", message: "x", details: { errorType: "Name Not Unique" }, help: "https://pan.dev/x" },
        { code: "E006", message: "Name Not Unique" },
      ],
      {
        ...{ vendorCode: "API_I00013 E006", targets: ["API_I00013 Name Not Unique", "E006 Name Not Unique"] },
        said: { errorType: "Name Not Unique", help: "https://pan.dev/x" },
      },
    ],
    [
      "details as a list of texts",
      [{ code: "E003", message: "Invalid Object", details: ["duo_api_host of jane@example.com is bad"] }],
      { vendorCode: "E003", targets: ["E003 Invalid Object", "duo_api_host"] },
    ],
    [
      "details as a list of objects",
      [{ code: "E003", message: "", details: [{ errorType: "Invalid Object" }] }],
      { vendorCode: "E003", targets: ["E003 Invalid Object"], said: { errorType: "Invalid Object" } },
    ],
    [
      "details as a text",
      [{ code: "E003", message: "", details: '{"errorType":"Reference Not Zero"}' }],
      { vendorCode: "E003", targets: ["E003 Reference Not Zero"] },
    ],
    [
      "nothing of what may be somebody's",
      [{ code: "<b>", message: "jane", details: { errorType: "jane@x", a: 1 } }],
      {},
    ],
  ];
  for (const [title, problems, detail] of kept) {
    test(`is kept: ${title}`, async (context) => {
      const { strata, directory } = await start(context);
      strata.setFault({ kind: "errors", status: 409, problems, on: "servers" });
      const error = await trouble(directory.page(undefined, never));
      const { vendorCode, targets, said } = error.detail;
      const found = Object.entries({ vendorCode, targets, said }).filter(([, value]) => value !== undefined);
      assert.deepEqual(Object.fromEntries(found), detail);
      assert.ok(!JSON.stringify([error, error.message]).includes("jane"));
    });
  }

  for (const body of ["null", "[]", '{"_errors":7}', '{"_errors":[null,7,{"code":[]}],"_request_id":{}}', "<html>"]) {
    test(`is an error whatever its body: ${body}`, async (context) => {
      const { open } = await start(context);
      const directory = open({});
      assert.ok(directory);
      const answering = openDirectory("strata", {
        ...{ id: "firewalls", settings: SETTINGS, secret: SECRET, secretVersion: "1", clock: Date.now },
        fetch: async (input) =>
          String(input).includes("oauth2")
            ? Response.json({ access_token: "t", token_type: "Bearer" })
            : new Response(body, { status: 400 }),
      });
      await assert.rejects(answering.page(undefined, never), { code: "ERR_VENDOR_REJECTED" });
    });
  }
});

const DUO = { duo_api_host: "api-00000000.duosecurity.com" };
const server = { name: "duo", certificateProfile: "certs", duo_security_v2: DUO };
const SETTINGS = { tenant: "1234567890", location: { folder: "Mobile Users" }, servers: [server] };
const DUO_SECRET = { duo_secret_key: "0123456789abcdef", duo_integration_key: "DI0123456789ABCDEF" };
const SECRET = { clientId: "id", clientSecret: "word", servers: { duo: DUO_SECRET } };

test("without endpoints only the vendor's own hosts are called", async () => {
  const called: string[] = [];
  const directory = openDirectory("strata", {
    ...{ id: "firewalls", settings: SETTINGS, secret: SECRET, secretVersion: "1", clock: Date.now },
    fetch: async (input, init) => {
      called.push(`${init?.method} ${String(input).split("?")[0]}`);
      if (String(input).includes("oauth2")) {
        assert.equal(String(init?.body), "scope=tsg_id%3A1234567890&grant_type=client_credentials");
        return Response.json({ access_token: "t", token_type: "Bearer", expires_in: 900 });
      }
      return Response.json(init?.method === "POST" ? { success: true, job_id: 7 } : { data: [], total: 0 });
    },
  });
  await directory.page(undefined, never);
  assert.equal(await directory.publish?.start([], never), "7");
  assert.deepEqual(called.toSorted(), [
    "GET https://api.strata.paloaltonetworks.com/config/identity/v1/authentication-profiles",
    "GET https://api.strata.paloaltonetworks.com/config/identity/v1/mfa-servers",
    "GET https://api.strata.paloaltonetworks.com/config/operations/v1/jobs",
    "POST https://api.strata.paloaltonetworks.com/config/operations/v1/config-versions/candidate:push",
    "POST https://auth.apps.paloaltonetworks.com/oauth2/access_token",
  ]);
});
