/** What a row says of the devices that its verdict rests on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { factNotes } from "../../../lib/report/data/index.ts";

test("a row says how old its devices are, and that another network may show others", () => {
  const row = { factsReadAt: { devices: "2026-11-27T03:00:00.000Z" }, factCaveats: { devices: "network" as const } };
  assert.deepEqual(factNotes(row), [
    "Devices as read on 27 Nov 2026, 03:00 UTC.",
    "From another network, more or fewer devices may show.",
  ]);
  assert.deepEqual(factNotes({}), []);
});
