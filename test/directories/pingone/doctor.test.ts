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
