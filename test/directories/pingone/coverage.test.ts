/** Whether a worker application sees everybody: listing and total agree on what it may see, so only its own roles can tell. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault, PingOneSettings } from "../../../simulators/pingone/index.ts";
import { never } from "../tenant.ts";
import { start } from "./environment.ts";

const ADMIN = "Identity Data Admin";

describe("the coverage of a worker application", () => {
  test("is the whole environment where its role is for the environment", async (context) => {
    const { directory } = await start(context);
    assert.deepEqual(await directory.coverage?.(never), { extent: "whole" });
  });

  test("is limited where its role is for a population, which neither the listing nor the total shows", async (context) => {
    const { pingone, directory } = await start(context, {
      accounts: 200,
      pageSize: 200,
      roles: [{ name: ADMIN, population: 1 }],
    });
    const [seen] = pingone.populations;
    const { subjects, claimed } = await directory.page(undefined, never);
    assert.ok(subjects.length > 0 && subjects.length < 200);
    assert.deepEqual([claimed, await directory.total?.(never)], [subjects.length, subjects.length]);
    assert.deepEqual(await directory.coverage?.(never), { extent: "limited", limitedTo: [`population ${seen?.id}`] });
  });

  const roles: readonly [what: string, roles: PingOneSettings["roles"], extent: string, why?: RegExp][] = [
    [
      "two populations",
      [
        { name: ADMIN, population: 1 },
        { name: ADMIN, population: 0 },
      ],
      "limited",
    ],
    ["a population and the environment", [{ name: ADMIN, population: 1 }, { name: ADMIN }], "whole"],
    ["the environment, to read alone", [{ name: "Identity Data Read Only" }], "whole"],
    [
      "a population, and webhooks of the environment",
      [{ name: ADMIN, population: 1 }, { name: "Environment Admin" }],
      "limited",
    ],
    ["a population by a custom role", [{ name: "Our own", population: 1 }], "limited"],
    ["the environment by a custom role", [{ name: "Our\nown" }], "unknown", /whether its role "Our\?own" shows users/],
    ["something new", [{ name: ADMIN, scopeType: "PLANET" }], "unknown", /does not know the scope PLANET of its role/],
    ["an application", [{ name: ADMIN, scopeType: "APPLICATION" }], "unknown", /none of its role assignments/],
    ["the organisation", [{ name: ADMIN, scopeType: "ORGANIZATION" }], "whole"],
    ["webhooks alone", [{ name: "Environment Admin" }], "unknown", /none of its role assignments shows users/],
  ];
  for (const [what, given, extent, why] of roles) {
    test(`with a role for ${what} is ${extent}`, async (context) => {
      const { directory } = await start(context, { roles: given ?? [] });
      const coverage = (await directory.coverage?.(never)) ?? assert.fail("it tells none");
      assert.equal(coverage.extent, extent);
      if (why) assert.match(coverage.extent === "unknown" ? coverage.why : "", why);
    });
  }

  const documented: readonly [role: string, showsUsers: boolean][] = [
    ["Advanced Identity Cloud Super Admin", false],
    ["Advanced Identity Cloud Tenant Admin", false],
    ["Application Owner", false],
    ["Authorize Gateway Policy Evaluator", false],
    ["Client Application Developer", false],
    ["Configuration Read Only", false],
    ["Custom Roles Admin", false],
    ["DaVinci Admin", false],
    ["DaVinci Admin Read Only", false],
    ["Environment Admin", false],
    ["Help Desk Admin", true],
    ["Identity Data Admin", true],
    ["Identity Data Read Only", true],
    ["Organization Admin", false],
    ["PingFederate Administrator", false],
    ["PingFederate Auditor", false],
    ["PingFederate Crypto Administrator", false],
    ["PingFederate Expression Administrator", false],
    ["PingFederate User Administrator", false],
  ];
  test("is known of every documented role, beside one for a population", async (context) => {
    for (const [name, showsUsers] of documented) {
      const { directory } = await start(context, { roles: [{ name: ADMIN, population: 0 }, { name }] });
      assert.equal((await directory.coverage?.(never))?.extent, showsUsers ? "whole" : "limited", name);
    }
  });

  const unreadable: readonly Fault[] = [
    { kind: "error", status: 403, on: "roleAssignments" },
    { kind: "error", status: 404, on: "roleAssignments" },
    { kind: "error", status: 403, on: "role" },
    { kind: "html", on: "roleAssignments" },
    { kind: "drop", field: "_embedded", on: "roleAssignments" },
  ];
  for (const fault of unreadable) {
    test(`that cannot be read (${JSON.stringify(fault)}) is unknown, with the reason`, async (context) => {
      const { pingone, directory } = await start(context);
      pingone.setFault(fault);
      const coverage = await directory.coverage?.(never);
      assert.equal(coverage?.extent, "unknown");
      assert.match(JSON.stringify(coverage), /ERR_VENDOR_|does not know whether its role/);
    });
  }

  test("ends with the credential", async (context) => {
    const { directory } = await start(context, {}, { clientSecret: "wrong" });
    await assert.rejects(async () => directory.coverage?.(never), { code: "ERR_VENDOR_AUTH" });
  });
});
