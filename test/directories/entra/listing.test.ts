/** How users and the registration report are read side by side, and what each broken answer means. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WardenError } from "../../../lib/errors.ts";
import { NOT_ASKED, type Subject } from "../../../lib/model/index.ts";
import { type Entra, type Fault, startEntra } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";
import { countsOf, listAll, MEMBER, noon, openEntra, start } from "./tenant.ts";

const ids = (subjects: readonly { readonly id: string }[]) => subjects.map(({ id }) => id).toSorted();

/** Members who can sign in, whose methods the listing left open. */
const open = (entra: Entra, subjects: readonly Subject[]) =>
  subjects.filter(({ id, facts }) => facts.devices === NOT_ASKED && entra.find(id)?.accountEnabled);

describe("the listing", () => {
  test("joins everybody with what the report says, by one call for each page of each", async (context) => {
    const { entra, directory } = await start(context, { users: 50, pageSize: 10 });
    const subjects = await listAll(directory);
    assert.deepEqual(ids(subjects), ids(entra.all()));
    assert.deepEqual(open(entra, subjects), []);
    for (const { id, facts } of subjects) {
      const user = entra.find(id);
      if (user?.userType === "Guest") continue;
      const isRegistered = user?.methods.some((method) => method !== "email");
      assert.equal(facts.devices.known && facts.devices.value.some(({ usable }) => usable), isRegistered);
    }
    assert.deepEqual(countsOf(entra), {
      "POST token": 1,
      "POST batch": 1,
      "GET users": 5,
      "GET registrations": 5,
    });
  });

  test("goes on in another process, which reads no more of the report than it needs", async (context) => {
    const { entra, directory } = await start(context, { users: 100, pageSize: 10, limitsReports: false });
    let now = noon;
    // No call has to wait for the limit on reports.
    const clock = () => {
      now += 1_000;
      return now;
    };
    const first = openEntra(entra, { clock });
    let cursor: string | undefined;
    for (let page = 0; page < 8; page++) cursor = (await first.page(cursor, never)).next;
    const usual = await first.page(cursor, never);
    const before = countsOf(entra)["GET registrations"] ?? 0;
    const there = await directory.page(JSON.parse(JSON.stringify(cursor)), never);
    assert.deepEqual(there.subjects, usual.subjects);
    assert.deepEqual(open(entra, there.subjects), []);
    assert.ok((countsOf(entra)["GET registrations"] ?? 0) - before <= 3);
  });

  for (const [what, reportPageSize] of [
    ["smaller", 13],
    ["larger", 50],
  ] as const) {
    test(`joins everybody where pages of the report are ${what} than those of users`, async (context) => {
      const { entra, directory } = await start(context, { users: 50, pageSize: 20, reportPageSize });
      const subjects = await listAll(directory);
      assert.deepEqual(ids(subjects), ids(entra.all()));
      assert.deepEqual(open(entra, subjects), []);
    });
  }

  test("says nothing wrong of anybody where the report sorts names like words", async (context) => {
    const { entra, directory } = await start(context, { users: 200, pageSize: 50, reportOrder: "words" });
    const subjects = await listAll(directory);
    const inOrder = await start(context, { users: 200, pageSize: 50 });
    const usual = new Map((await listAll(inOrder.directory)).map((subject) => [subject.id, subject]));
    assert.deepEqual(ids(subjects), ids(entra.all()));
    assert.ok(open(entra, subjects).length < 10);
    for (const subject of subjects)
      if (subject.facts.devices !== NOT_ASKED) assert.deepEqual(subject.facts, usual.get(subject.id)?.facts);
  });

  test("leaves open who is not in the report, and asking for that one says so", async (context) => {
    const { entra, directory } = await start(context);
    const { id } = entra.user(3);
    entra.change(id, { ...MEMBER, inReport: false });
    const missing = (await listAll(directory)).filter(
      (subject) => subject.facts.devices === NOT_ASKED && entra.find(subject.id)?.accountEnabled,
    );
    assert.deepEqual(ids(missing), [id]);
    const [asked] = (await directory.complete?.(missing, ["devices"], never)) ?? [];
    assert.deepEqual(asked?.facts.devices, { known: false, why: "it is not in Entra's registration report" });
  });

  test("asks for nobody by himself who cannot sign in", async (context) => {
    const { entra, directory } = await start(context, { users: 60, pageSize: 20 });
    for (let index = 0; index < 60; index += 3)
      entra.change(entra.user(index).id, { accountEnabled: false, inReport: false });
    await listAll(directory);
    assert.equal(countsOf(entra)["GET registrations"], 2);
    assert.equal(countsOf(entra)["GET registration"], undefined);
  });

  test("looks up no more than 25 of a page by themselves, and says so of the rest", async (context) => {
    const { entra } = await start(context, { users: 60, pageSize: 60, limitsReports: false });
    for (const { id } of entra.all()) entra.change(id, { ...MEMBER, inReport: false });
    let now = noon;
    // Each look at the clock takes long enough that the limit on reports keeps nobody waiting.
    const clock = () => {
      now += 3_000;
      return now;
    };
    const directory = openEntra(entra, { clock });
    const { subjects } = await directory.page(undefined, never);
    const asked = (await directory.complete?.(subjects, ["devices"], never)) ?? [];
    const reasons = Map.groupBy(asked, ({ facts }) => (facts.devices.known ? "known" : facts.devices.why));
    assert.equal(countsOf(entra)["GET registration"], 25);
    assert.deepEqual(
      [...reasons].map(([why, { length }]) => [why, length]),
      [
        ["it is not in Entra's registration report", 25],
        ["more than 25 accounts of one page are not at their place in Entra's registration report", 35],
      ],
    );
  });
});

describe("a tenant whose report cannot be read", () => {
  const reasons: [what: string, fault: Fault, why: RegExp][] = [
    [
      "without a premium licence",
      { kind: "error", status: 403, code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant" },
      /takes a licence of Entra ID P1 or P2, which this tenant has not$/,
    ],
    ["without the permission", { kind: "error", status: 403 }, /cannot be read \(ERR_VENDOR_DENIED: .*permission/],
    ["in a cloud that has none", { kind: "error", status: 404 }, /cannot be read \(ERR_VENDOR_NOT_FOUND: /],
  ];
  for (const [what, fault, why] of reasons) {
    test(`${what} says so of everybody, and never that there is no MFA`, async (context) => {
      const { entra, directory } = await start(context);
      entra.setFault({ ...fault, on: "registrations" });
      const subjects = await listAll(directory);
      assert.equal(subjects.length, 20);
      for (const { facts } of subjects) {
        assert.ok(!facts.devices.known);
        assert.match(facts.devices.why, why);
      }
      // Who is told once that there is none does not ask again at every page.
      assert.equal(countsOf(entra)["GET registrations"], 1);
    });
  }

  test("for another reason is not listed at all", async (context) => {
    const { entra, directory } = await start(context);
    entra.setFault({ kind: "error", status: 400, on: "registrations" });
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_REJECTED" });
  });
});

describe("per-user MFA in a list", () => {
  test("that is refused is asked for by itself", async (context) => {
    const { entra, directory } = await start(context, { perUserMfaState: "refused" }, { perUserMfa: true });
    const subjects = await listAll(directory);
    assert.equal(subjects.length, 20);
    assert.ok(subjects.every(({ facts }) => !facts.enabled.known));
    const members = subjects.filter(({ id }) => entra.find(id)?.userType === "Member");
    assert.ok(members.every(({ facts }) => facts.enabled === NOT_ASKED && facts.bypass === NOT_ASKED));
    const completed = (await directory.complete?.(members, ["enabled", "bypass"], never)) ?? [];
    for (const { id, facts } of completed) {
      const state = entra.find(id)?.perUserMfaState;
      assert.deepEqual(facts.enabled, { known: true, value: state !== "disabled" });
      assert.deepEqual(facts.bypass, { known: true, value: { active: state === "enabled" } });
    }
    assert.equal(countsOf(entra)["POST batch"], 2);
  });

  test("that is left out silently is asked for too, and never counts as off", async (context) => {
    const { entra, directory } = await start(context, { perUserMfaState: "ignored" });
    const subjects = await listAll(directory);
    const members = subjects.filter(({ id }) => entra.find(id)?.userType === "Member");
    assert.ok(members.length > 0 && members.every(({ facts }) => facts.enabled === NOT_ASKED));
  });
});

describe("a page", () => {
  const refusals: [string, Fault, string][] = [
    ["without its list", { kind: "drop", field: "value" }, "ERR_VENDOR_FORMAT"],
    ["with a user without id", { kind: "row-field", field: "id", index: 3 }, "ERR_VENDOR_FORMAT"],
    ["with a user whose id is a path", { kind: "row-field", field: "id", value: "../../x" }, "ERR_VENDOR_FORMAT"],
    ["with a user without user name", { kind: "row-field", field: "userPrincipalName", index: 3 }, "ERR_VENDOR_FORMAT"],
    ["cut to half its JSON", { kind: "truncate" }, "ERR_VENDOR_FORMAT"],
    ["of HTML", { kind: "html" }, "ERR_VENDOR_FORMAT"],
  ];
  for (const [what, fault, code] of refusals) {
    test(`${what} is refused whole`, async (context) => {
      const { entra, directory } = await start(context);
      entra.setFault({ on: "users", ...fault });
      await assert.rejects(directory.page(undefined, never), { code, message: /^Directory office/ });
    });
  }

  for (const on of ["users", "registrations"])
    test(`whose link has expired (${on}) is an error, and the listing never a short one`, async (context) => {
      const { entra, directory } = await start(context, { users: 60 });
      entra.setFault({ kind: "expired-link", on });
      await assert.rejects(listAll(directory), (error) => {
        assert.ok(error instanceof WardenError);
        assert.equal(error.code, "ERR_VENDOR_REJECTED");
        assert.equal(error.detail.vendorCode, "Directory_ExpiredPageToken");
        return true;
      });
    });

  test("that links to another host is read, and the credential does not follow the link", async (context) => {
    const other = await startEntra({ users: 10 });
    context.after(() => other.close());
    const { entra, directory } = await start(context);
    for (const origin of [other.endpoints.graph, "https://graph.microsoft.us", "https://evil.example"]) {
      entra.setFault({ kind: "foreign-next", on: "users", origin, times: 1 });
      const { next, subjects } = await directory.page(undefined, never);
      assert.equal(subjects.length, 10);
      await assert.rejects(directory.page(next, never), { code: "ERR_VENDOR_ORIGIN" });
    }
    for (const cursor of ["not a cursor", "{}", JSON.stringify({ users: 7, report: "" })])
      await assert.rejects(directory.page(cursor, never), { code: "ERR_VENDOR_ORIGIN" });
    assert.equal(other.calls.length, 0);
  });

  test("that links to the cloud's own host is followed at the address of the policy", async (context) => {
    const { entra, directory } = await start(context);
    entra.setFault({ kind: "foreign-next", on: "users", origin: "https://graph.microsoft.com", times: 1 });
    const { next, subjects } = await directory.page(undefined, never);
    assert.match(next ?? "", /https:\/\/graph\.microsoft\.com\//);
    const second = await directory.page(next, never);
    assert.notEqual(second.subjects[0]?.id, subjects[0]?.id);
  });

  test("whose report goes round in circles is refused", { timeout: 10_000 }, async (context) => {
    const { entra, directory } = await start(context, { users: 40, pageSize: 40, reportPageSize: 10 });
    entra.setFault({ kind: "same-cursor", on: "registrations" });
    await assert.rejects(directory.page(undefined, never), { code: "ERR_READ_LOOP" });
  });

  for (const [field, fact] of [
    ["accountEnabled", "active"],
    ["createdDateTime", "createdAt"],
  ] as const) {
    for (const value of [undefined, null, "true", 1]) {
      test(`whose ${field} is ${JSON.stringify(value)} leaves ${fact} unknown, with the reason`, async (context) => {
        const { entra, directory } = await start(context);
        entra.setFault({ kind: "row-field", on: "users", index: 3, field, value });
        const { subjects } = await directory.page(undefined, never);
        assert.deepEqual(subjects[3]?.facts[fact], { known: false, why: `Entra answered without a readable ${field}` });
      });
    }
  }
});

describe("the total", () => {
  test("is counted by an index of its own, anew at every asking", async (context) => {
    const { entra, directory } = await start(context);
    assert.equal(await directory.total?.(never), 20);
    entra.join();
    assert.equal(await directory.total?.(never), 21);
    entra.setFault({ kind: "miscount", on: "users", by: 5 });
    assert.equal(await directory.total?.(never), 26);
  });

  test("costs nothing beside the facts of the tenant, which come along", async (context) => {
    const { entra, directory } = await start(context);
    await Promise.all([directory.total?.(never), directory.facts?.(never)]);
    assert.equal(countsOf(entra)["POST batch"], 1);
  });

  for (const [what, fault, code] of [
    ["is not allowed", { kind: "error", status: 403 }, "ERR_VENDOR_DENIED"],
    ["has no number", { kind: "row-field", field: "@odata.count", index: 99 }, "ERR_VENDOR_FORMAT"],
    ["is refused", { kind: "error", status: 400 }, "ERR_VENDOR_REJECTED"],
  ] as const) {
    test(`that ${what} is not guessed`, async (context) => {
      const { entra, directory } = await start(context);
      entra.setFault({ on: "users", ...fault });
      await assert.rejects(async () => directory.total?.(never), { code });
    });
  }
});
