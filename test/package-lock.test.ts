/** What `npm ci` installs is what was reviewed: each package of the lock file is held by its hash, from whichever registry it comes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as v from "valibot";

const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
const lock = v.parse(
  v.object({ packages: v.record(v.string(), v.object({ integrity: v.optional(v.string()) })) }),
  JSON.parse(text),
);
/** The entry without a name is the project itself. */
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");

test("every package has a SHA-512 hash", () => {
  assert.ok(packages.length > 100);
  const unhashed = packages.filter(([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/.test(integrity));
  assert.deepEqual(
    unhashed.map(([path]) => path),
    [],
  );
});

test("no registry is named", () => {
  assert.doesNotMatch(text, /"resolved"/);
});
