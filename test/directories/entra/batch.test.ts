/** Answers of a batch are read one by one, whatever the whole one says. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";
import { countsOf, listAll, start } from "./tenant.ts";

describe("groups, asked for in batches of twenty", () => {
  test("are those of each account, also by way of other groups", async (context) => {
    const { entra, directory } = await start(context, { users: 45, pageSize: 45 });
    const [group] = entra.groups;
    for (const index of [0, 21, 44]) entra.change(entra.user(index).id, { groups: [group?.id ?? ""] });
    const subjects = await listAll(directory);
    const asked = (await directory.complete?.(subjects, ["groups"], never)) ?? [];
    for (const { id, facts } of asked) assert.deepEqual(facts.groups, { known: true, value: entra.find(id)?.groups });
    assert.equal(countsOf(entra)["POST batch"], 1 + 3);
  });

  test("are followed over several pages", async (context) => {
    const { entra, directory } = await start(context, { users: 10, pageSize: 2, limitsReports: false });
    const groups = Array.from({ length: 5 }, (_, n) => `00000000-0000-4000-8000-00000000000${n}`);
    entra.change(entra.user(0).id, { groups });
    const subject = await directory.read(entra.user(0).id, never);
    const [asked] = (await directory.complete?.(subject ? [subject] : [], ["groups"], never)) ?? [];
    assert.deepEqual(asked?.facts.groups, { known: true, value: groups });
  });

  test("one that is throttled is asked again by itself", async (context) => {
    const { entra, directory } = await start(context);
    const subjects = await listAll(directory);
    const before = countsOf(entra)["POST batch"] ?? 0;
    entra.setFault({ kind: "limited", retryAfter: 1, on: "groupsOfUser", user: subjects[7]?.id ?? "", times: 1 });
    const asked = (await directory.complete?.(subjects, ["groups"], never)) ?? [];
    assert.ok(asked.every(({ facts }) => facts.groups.known));
    assert.equal((countsOf(entra)["POST batch"] ?? 0) - before, 2);
  });

  test("one that is told to wait for long is not, and leaves its account alone unknown", async (context) => {
    const { entra, directory } = await start(context);
    const subjects = await listAll(directory);
    entra.setFault({ kind: "limited", retryAfter: 3600, on: "groupsOfUser", user: subjects[7]?.id ?? "" });
    const asked = (await directory.complete?.(subjects, ["groups"], never)) ?? [];
    const unknown = asked.filter(({ facts }) => !facts.groups.known);
    assert.deepEqual(
      unknown.map(({ id }) => id),
      [subjects[7]?.id],
    );
    assert.match(JSON.stringify(unknown[0]?.facts.groups), /ERR_VENDOR_THROTTLED/);
  });

  for (const [what, fault, code] of [
    ["is denied", { kind: "error", status: 403 }, "ERR_VENDOR_DENIED"],
    ["is not found", { kind: "error", status: 404 }, "ERR_VENDOR_NOT_FOUND"],
    ["depends on another that failed", { kind: "error", status: 424 }, "ERR_VENDOR_REJECTED"],
  ] as const) {
    test(`one that ${what} is unknown, with the reason, and the others are not`, async (context) => {
      const { entra, directory } = await start(context);
      const subjects = await listAll(directory);
      entra.setFault({ ...fault, on: "groupsOfUser", user: subjects[3]?.id ?? "" });
      const asked = (await directory.complete?.(subjects, ["groups"], never)) ?? [];
      const unknown = asked.filter(({ facts }) => !facts.groups.known);
      assert.equal(unknown.length, 1);
      assert.match(JSON.stringify(unknown[0]?.facts.groups), new RegExp(code));
    });
  }

  const broken: [what: string, fault: Fault][] = [
    ["leaves an item out", { kind: "lost-item", index: 4 }],
    ["has no answers", { kind: "drop", field: "responses" }],
    ["is of HTML", { kind: "html" }],
  ];
  for (const [what, fault] of broken) {
    test(`a batch that ${what} is refused whole`, async (context) => {
      const { entra, directory } = await start(context);
      const subjects = await listAll(directory);
      entra.setFault({ on: "batch", ...fault });
      await assert.rejects(async () => directory.complete?.(subjects, ["groups"], never), {
        code: "ERR_VENDOR_FORMAT",
      });
    });
  }
});

describe("what holds for a tenant, read in one batch", () => {
  test("each part is unknown by itself, with its reason", async (context) => {
    const { entra, directory } = await start(context, { securityDefaults: true });
    entra.setFault({ kind: "error", status: 403, on: "conditionalAccess" });
    const facts = (await directory.facts?.(never)) ?? [];
    assert.deepEqual(
      facts.map(({ name, value }) => [name, value]),
      [
        ["securityDefaults", true],
        ["conditionalAccess", null],
      ],
    );
    assert.match(facts[1]?.meaning ?? "", /is not known: ERR_VENDOR_DENIED/);
    assert.equal(await directory.total?.(never), 20);
  });

  test("policies are counted over all pages, and none is left out silently", async (context) => {
    const asking = {
      state: "enabled",
      grantControls: { builtInControls: ["mfa"] },
      conditions: { users: { includeUsers: ["All"] }, applications: { includeApplications: ["All"] } },
    };
    const quiet = { state: "enabled", grantControls: { builtInControls: ["block"] } };
    const policies = [...Array.from({ length: 120 }, () => quiet), asking];
    const { directory } = await start(context, { policies });
    const [, access] = (await directory.facts?.(never)) ?? [];
    assert.equal(access?.value, true);
    assert.match(access?.meaning ?? "", /^1 Conditional Access policies may ask for MFA, 1 of them for all users/);
  });

  test("a policy that nobody can read leaves unknown what they come to", async (context) => {
    const { directory } = await start(context, { policies: [{ state: "enabled", grantControls: "mfa" }] });
    const [, access] = (await directory.facts?.(never)) ?? [];
    assert.equal(access?.value, null);
  });

  test("is unknown, and no error, where the vendor is down", async (context) => {
    const { entra, directory } = await start(context);
    entra.setFault({ kind: "error", status: 400, on: "batch" });
    const facts = (await directory.facts?.(never)) ?? [];
    assert.deepEqual(
      facts.map(({ value }) => value),
      [null, null],
    );
    await assert.rejects(async () => directory.facts?.(AbortSignal.abort()), { code: "ERR_ABORTED" });
  });
});
