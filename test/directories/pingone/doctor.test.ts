/** What the doctor finds out without changing anything. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Directory } from "../../../lib/model/index.ts";
import { never } from "../tenant.ts";
import { start } from "./environment.ts";

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
      "see all accounts": "passed",
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

  test("says plainly that the worker sees some populations alone, or that nobody knows", async (context) => {
    const detailOf = async (directory: Directory) =>
      (await directory.check(never)).find(({ name }) => name === "see all accounts") ?? assert.fail("no such check");
    const narrow = await start(context, { roles: [{ name: "Identity Data Admin", population: 0 }] });
    const limited = await detailOf(narrow.directory);
    assert.equal(limited.result, "failed");
    assert.match(limited.detail, /sees only population [0-9a-f-]{36}: accounts elsewhere are in no listing/);
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "error", on: "roleAssignments", status: 403 });
    const unknown = await detailOf(directory);
    assert.equal(unknown.result, "cannot be tested");
    assert.match(unknown.detail, /is not known \(ERR_VENDOR_DENIED/);
  });
});
