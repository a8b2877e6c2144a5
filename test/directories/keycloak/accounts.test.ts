/** Keycloak's users as a sweep and a person read them. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFlow } from "../../../simulators/keycloak/index.ts";
import { never } from "../tenant.ts";
import { browserFlow, conditional, everybody, noon, openOn, start } from "./realm.ts";

describe("the listing", () => {
  test("asks for no more than its pages and what the realm's sign-in asks for, where one-time passwords are all it asks for", async (context) => {
    const { keycloak, directory } = await start(context, { accounts: 95 });
    const subjects = await everybody(directory);
    assert.equal(subjects.length, 95);
    assert.deepEqual(
      subjects.filter(({ facts }) => !facts.enabled.known || !facts.devices.known),
      [],
    );
    assert.deepEqual(keycloak.counts(), {
      "POST token": 1,
      "GET users": 10,
      "GET realm": 1,
      "GET executions": 1,
      "GET config": 1,
      "GET actions": 1,
    });
  });

  test("leaves nobody out while others are deleted or join", async (context) => {
    const { keycloak, directory } = await start(context, { accounts: 50 });
    const staying = Array.from({ length: 50 }, (_, index) => keycloak.account(index)).filter(
      (_, index) => index % 9 !== 3,
    );
    const leaving = Array.from({ length: 50 }, (_, index) => keycloak.account(index)).filter(
      (_, index) => index % 9 === 3,
    );
    const seen = new Set<string>();
    let next: string | undefined;
    do {
      const page = await directory.page(next, never);
      for (const { id } of page.subjects) seen.add(id);
      next = page.next;
      const gone = leaving.pop();
      if (gone) keycloak.leave(gone.id);
      if (leaving.length % 2 === 0) keycloak.join({ username: `aaa.${leaving.length}` });
    } while (next !== undefined);
    assert.deepEqual(
      staying.filter(({ id }) => !seen.has(id)).map(({ username }) => username),
      [],
    );
  });

  test("notices that the last one it saw was deleted with others before", async (context) => {
    const { keycloak, directory } = await start(context, { accounts: 30 });
    const all = Array.from({ length: 30 }, (_, index) => keycloak.account(index).id);
    const { next } = await directory.page(undefined, never);
    for (const id of [all[9], all[2], all[4]]) keycloak.leave(id ?? "");
    const seen: string[] = [];
    for (let cursor = next; cursor !== undefined; ) {
      const page = await directory.page(cursor, never);
      seen.push(...page.subjects.map(({ id }) => id));
      cursor = page.next;
    }
    assert.deepEqual(
      all.slice(10).filter((id) => !seen.includes(id)),
      [],
    );
  });

  test("is not whole when so many were deleted at once that nobody can tell who was left out", async (context) => {
    const { keycloak, directory } = await start(context, { accounts: 40 });
    const { next } = await directory.page(undefined, never);
    for (const index of Array.from({ length: 15 }, () => 0)) keycloak.leave(keycloak.account(index).id);
    await assert.rejects(directory.page(next, never), { code: "ERR_READ_SHORT" });
  });

  test("goes on from no cursor but its own", async (context) => {
    const { directory } = await start(context);
    for (const cursor of ["", "7", "[0,1,2]", '{"offset":1}', '[-3,"a","b"]'])
      await assert.rejects(directory.page(cursor, never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("takes a field of another kind for not known", async (context) => {
    for (const [field, fact] of [
      ["enabled", "active"],
      ["totp", "enabled"],
      ["requiredActions", "enabled"],
      ["createdTimestamp", "createdAt"],
    ] as const) {
      const { keycloak, directory } = await start(context, { otpShare: 0 });
      keycloak.setFault({ kind: "field", field, value: "yes", on: "users" });
      const [first] = (await directory.page(undefined, never)).subjects;
      assert.deepEqual(first?.facts[fact], { known: false, why: `Keycloak answered without a readable ${field}` });
    }
  });
});

describe("an account", () => {
  test("that is asked to register is on, and has no device", async (context) => {
    const { keycloak, subject } = await start(context, { otpShare: 0 });
    keycloak.change(keycloak.account(0).id, { requiredActions: ["VERIFY_EMAIL", "CONFIGURE_TOTP"] });
    const asked = await subject(0);
    assert.deepEqual(
      [asked.facts.enabled, asked.facts.devices],
      [
        { known: true, value: true },
        { known: true, value: [] },
      ],
    );
    assert.equal(asked.switchNeedsDevice, true);
  });

  test("is not on by an action that the realm does not carry out, or that registers what the sign-in does not ask for", async (context) => {
    const { keycloak, subject } = await start(context, { otpShare: 0 });
    keycloak.change(keycloak.account(0).id, { requiredActions: ["CONFIGURE_TOTP"] });
    keycloak.change(keycloak.account(1).id, { requiredActions: ["webauthn-register"] });
    for (const action of keycloak.settings.actions) action.enabled = action.alias === "webauthn-register";
    for (const index of [0, 1]) assert.deepEqual((await subject(index)).facts.enabled, { known: true, value: false });
  });

  test("costs a call of its own where the sign-in asks for security keys too", async (context) => {
    const { keycloak, directory } = await start(context, { otpShare: 0 });
    keycloak.settings.flows.set(
      "browser",
      createFlow(browserFlow(...conditional("auth-otp-form", "webauthn-authenticator"))),
    );
    const { id } = keycloak.account(0);
    keycloak.register(id, "webauthn");
    const listed = (await directory.page(undefined, never)).subjects.filter((one) => one.id === id);
    assert.equal(listed[0]?.facts.enabled.known, false);
    const [found] = (await directory.complete?.(listed, ["enabled", "devices"], never)) ?? [];
    assert.deepEqual(found?.facts.enabled, { known: true, value: true });
    assert.deepEqual(found?.facts.devices, { known: true, value: [{ method: "fido2", usable: true, name: "new" }] });
    assert.equal(keycloak.counts()["GET credentials"], 1);
  });

  test("is in the groups above its own", async (context) => {
    const { keycloak, directory, subject } = await start(context);
    const [staff, admins] = keycloak.groups;
    keycloak.change(keycloak.account(0).id, { groups: [admins?.id ?? ""] });
    const [found] = (await directory.complete?.([await subject(0)], ["groups"], never)) ?? [];
    assert.deepEqual(found?.facts.groups, { known: true, value: [admins?.id, staff?.id] });
  });

  test("one account's failure leaves its own facts unknown", async (context) => {
    const { keycloak, directory, subject } = await start(context);
    const two = [await subject(0), await subject(1)];
    keycloak.setFault({ kind: "error", status: 404, on: "memberships", user: two[0]?.id ?? "" });
    const found = (await directory.complete?.(two, ["groups"], never)) ?? [];
    assert.deepEqual(
      found.map(({ facts }) => facts.groups.known),
      [false, true],
    );
  });

  test("of a client is told apart from a person who is called like one", async (context) => {
    const { keycloak, directory } = await start(context);
    const client = keycloak.join({ username: "service-account-robot", isService: true });
    const person = keycloak.join({ username: "service-account-fan" });
    assert.equal((await directory.read(client.id, never))?.serviceAccount, true);
    assert.equal((await directory.read(person.id, never))?.serviceAccount, undefined);
    assert.equal(await directory.total?.(never), 21, "clients are in no count");
    assert.deepEqual(
      (await everybody(directory)).filter(({ id }) => id === client.id),
      [],
    );
  });

  test("has an address, or none", async (context) => {
    const { keycloak, directory } = await start(context);
    const { id, email } = keycloak.account(0);
    assert.equal(await directory.emailOf?.(id, never), email);
    keycloak.change(id, { email: "" });
    assert.equal(await directory.emailOf?.(id, never), undefined);
    assert.equal(await directory.emailOf?.("00000000-0000-4000-8000-000000000000", never), undefined);
  });
});

describe("what a rule names", () => {
  test("is a group, and never a population", async (context) => {
    const { keycloak, directory } = await start(context);
    const { id } = keycloak.groups[0] ?? assert.fail("no group");
    assert.equal(await directory.exists?.("group", id, never), true);
    assert.equal(await directory.exists?.("group", "00000000-0000-4000-8000-000000000000", never), false);
    assert.equal(await directory.exists?.("population", id, never), false);
  });
});

describe("the coverage of a client", () => {
  const cases = [
    [["view-users"], "whole"],
    [["manage-users"], "whole"],
    [["query-users"], "limited"],
    [["view-realm"], "limited"],
    [[], "unknown"],
  ] as const;
  for (const [roles, extent] of cases) {
    test(`with ${roles.join(", ") || "no role"} is ${extent}`, async (context) => {
      const { directory } = await start(context, { roles: [...roles] });
      assert.equal((await directory.coverage?.(never))?.extent, extent);
    });
  }

  test("is limited where fine-grained permissions narrow listing and count alike", async (context) => {
    const [one] = [(await start(context)).keycloak.account(3).username];
    const { directory } = await start(context, { roles: ["query-users", "view-realm"], visible: [one ?? ""] });
    const { subjects } = await directory.page(undefined, never);
    assert.deepEqual([subjects.length, await directory.total?.(never)], [1, 1], "they agree, and are wrong");
    assert.equal((await directory.coverage?.(never))?.extent, "limited");
  });

  test("is not known where its tokens name no roles", async (context) => {
    const { directory } = await start(context, { bareToken: true });
    assert.equal((await directory.coverage?.(never))?.extent, "unknown");
  });

  test("is read where a client of the master realm says what it may do in this one", async (context) => {
    const { directory } = await start(context, { clientRealm: "master" });
    assert.deepEqual(await directory.coverage?.(never), { extent: "whole" });
    assert.deepEqual(directory.scopes(), [
      "view-users",
      "query-groups",
      "query-users",
      "manage-users",
      "view-realm",
      "view-events",
    ]);
  });
});

describe("the log of an account", () => {
  test("has what the person did and what was done to it, newest first, and nothing of others", async (context) => {
    let now = noon;
    const { keycloak, directory } = await start(context, { now: () => now++ });
    const { id } = keycloak.account(0);
    keycloak.register(id, "otp");
    keycloak.change(id, { enabled: true });
    keycloak.register(keycloak.account(1).id, "otp");
    const events = (await directory.log?.(id, new Date(noon - 1000), new Date(noon + 60_000), never)) ?? [];
    assert.deepEqual(
      events.map(({ action }) => action),
      ["UPDATE USER", "UPDATE_CREDENTIAL", "UPDATE_TOTP"],
    );
  });

  test("says what is not kept, and is refused where nothing is", async (context) => {
    const { keycloak, directory } = await start(context);
    const { id } = keycloak.account(0);
    const read = () => directory.log?.(id, new Date(noon - 1000), new Date(noon), never) ?? assert.fail("no log");
    keycloak.events.config.eventsEnabled = false;
    assert.deepEqual(
      (await read()).map(({ action }) => action),
      ["not kept"],
    );
    keycloak.events.config.adminEventsEnabled = false;
    await assert.rejects(read(), { code: "ERR_VENDOR_DENIED", message: /has no log/ });
  });
});

describe("the credential", () => {
  test("goes to no server that the secret does not name", async (context) => {
    const { keycloak } = await start(context);
    const directory = openOn(keycloak, { server: "https://sso.example.com" });
    await assert.rejects(directory.total?.(never) ?? assert.fail(), {
      code: "ERR_VENDOR_ORIGIN",
      message: /under origins in the secret/,
    });
  });

  test("may be of the realm or of master, and of no other realm", async (context) => {
    const { keycloak } = await start(context);
    assert.throws(() => openOn(keycloak, { clientRealm: "third" }), { code: "ERR_POLICY_INVALID" });
  });
});
