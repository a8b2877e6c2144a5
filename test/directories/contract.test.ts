/** What every directory must do, whoever its vendor is; runs over the registry. */

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { openDirectory, vendors } from "../../lib/directories/index.ts";
import { keepsContract } from "./contract.ts";
import { fixtures } from "./fixtures.ts";

describe("the registry", () => {
  const root = new URL("../..", import.meta.url);
  const folders = readdirSync(new URL("lib/directories", root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

  test("names every vendor that has a folder, and no other", () => {
    assert.deepEqual(Object.keys(vendors).sort(), folders.sort());
  });

  for (const vendor of Object.keys(vendors)) {
    test(`has a simulator and a fixture for ${vendor}`, () => {
      assert.ok(existsSync(new URL(`simulators/${vendor}/index.ts`, root)));
      assert.ok(fixtures[vendor]);
    });
  }

  test("refuses a vendor that it does not have, with a code", () => {
    const needs = { id: "workforce", settings: {}, secret: {}, secretVersion: "1", fetch, clock: Date.now };
    for (const name of ["nobody", "__proto__", "toString"]) {
      assert.throws(() => openDirectory(name, needs), { code: "ERR_POLICY_INVALID", message: /workforce/ });
    }
  });
});

for (const [vendor, fixture] of Object.entries(fixtures))
  describe(`a ${vendor} directory`, { concurrency: 8 }, () => keepsContract(vendor, fixture));
