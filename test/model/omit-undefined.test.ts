/** What a writer of objects may rely on: a key that has no value is not there, and nothing else changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { omitUndefined } from "../../lib/model/index.ts";

test("leaves out what is undefined, and keeps null, false, zero and the empty text", () => {
  const text: string | undefined = undefined;
  const kept = omitUndefined({ text, none: null, no: false, zero: 0, empty: "" });
  assert.deepEqual(Object.keys(kept), ["none", "no", "zero", "empty"]);
});

test("fits where a key is optional and may not be undefined", () => {
  const why = Math.random() > 2 ? "a reason" : undefined;
  const result: { outcome: string; why?: string } = omitUndefined({ outcome: "refused", why });
  assert.equal(JSON.stringify(result), '{"outcome":"refused"}');
});
