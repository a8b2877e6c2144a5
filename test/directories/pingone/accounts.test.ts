/** How accounts are listed, counted, read and found, and what each broken answer means. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_ASKED } from "../../../lib/model/index.ts";
import { type Fault, startPingOne } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";
import { start } from "./environment.ts";

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

  for (const value of ["12", null, "", "many"]) {
    test(`whose count is ${JSON.stringify(value)} is read all the same`, async (context) => {
      const { pingone, directory } = await start(context);
      pingone.setFault({ kind: "user-field", on: "users", index: 99, field: "count", value });
      const { subjects, claimed } = await directory.page(undefined, never);
      assert.deepEqual([subjects.length, claimed], [10, value === "12" ? 12 : undefined]);
    });
  }

  test("whose next link is null is the last", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "user-field", on: "users", index: 99, field: "_links", value: { next: null } });
    assert.equal((await directory.page(undefined, never)).next, undefined);
  });

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

  test("that links to the vendor's own host is followed at the address of the policy", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "foreign-next", on: "users", origin: "https://api.pingone.eu", times: 1 });
    const { next, subjects } = await directory.page(undefined, never);
    assert.match(next ?? "", /^https:\/\/api\.pingone\.eu\//);
    const second = await directory.page(next, never);
    assert.deepEqual([second.subjects.length, second.next], [10, undefined]);
    assert.notEqual(second.subjects[0]?.id, subjects[0]?.id);
  });

  test("claims what the vendor claims, and brings its clock", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "miscount", on: "users", by: 5 });
    pingone.setFault({ kind: "skew", on: "users", seconds: 3600 });
    const { claimed, date } = await directory.page(undefined, never);
    assert.deepEqual([claimed, date], [25, "2026-11-20T13:00:00.000Z"]);
  });
});

describe("the total", () => {
  test("is the sum of all populations", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "miscount-populations", by: 3 });
    assert.equal(await directory.total?.(never), 23);
  });

  test("may come as text", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "user-field", on: "populations", index: 2, field: "userCount", value: "5" });
    const others = pingone.populations.slice(0, 2).map(({ id }) => id);
    const { subjects } = await directory.page(undefined, never);
    const { subjects: rest } = await directory.page((await directory.page(undefined, never)).next, never);
    const populations = [...subjects, ...rest].map(({ facts }) => facts.population.known && facts.population.value);
    const inOthers = populations.filter((id) => id !== false && others.includes(id));
    assert.equal(await directory.total?.(never), inOthers.length + 5);
  });

  for (const value of [undefined, null, "", "many", -1]) {
    test(`is not guessed where a population counts ${JSON.stringify(value)} users`, async (context) => {
      const { pingone, directory } = await start(context);
      pingone.setFault({ kind: "user-field", on: "populations", field: "userCount", value });
      await assert.rejects(async () => directory.total?.(never), { code: "ERR_READ_TOTAL" });
    });
  }

  test("is not guessed without permission, or from an empty list", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "error", on: "populations", status: 403, times: 1 });
    await assert.rejects(async () => directory.total?.(never), { code: "ERR_VENDOR_DENIED" });
    pingone.setFault({ kind: "empty", on: "populations" });
    await assert.rejects(async () => directory.total?.(never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("does not go round in circles", { timeout: 10_000 }, async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "same-cursor", on: "populations" });
    await assert.rejects(async () => directory.total?.(never), { code: "ERR_READ_LOOP" });
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
