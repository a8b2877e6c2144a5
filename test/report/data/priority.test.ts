/** Whose trouble is read first: break-glass accounts, then administrators, then everybody else; of those, the oldest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { priorities, rowPrioritizer } from "../../../lib/report/data/index.ts";
import { compareByAge } from "../../../lib/report/data/row-order.ts";
import { compile } from "../../world.ts";
import { reportRow } from "../builders.ts";

const GLASS = "05AD3CC6-8723-4f85-9711-05ad549717f6";
const policy = compile(`version: 1
directories:
  - { id: workforce, vendor: pingone, environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6, region: com, mode: observe }
rules:
  - { name: last-resort, match: { populations: [workforce/74851398-e77e-448e-ab0d-403318d745f8] }, require: enabled, enforce: never }
  - { name: everyone, match: all, require: enabled }
breakGlass:
  - { id: workforce/${GLASS}, username: glass }
`);

test("the policy says who comes first, and without one the requirement does", () => {
  const judged = { directory: "workforce", id: "id-1", rule: "everyone", requirement: "enabled" };
  const of = priorities(policy);
  assert.equal(of(judged), 3);
  assert.equal(of({ ...judged, requirement: "phishing-resistant" }), 2);
  assert.equal(of({ ...judged, rule: "last-resort" }), 1);
  assert.equal(of({ ...judged, id: GLASS.toLowerCase() }), 1);
  assert.equal(of({ ...judged, id: GLASS.toLowerCase(), directory: "partners" }), 3);
  assert.equal(priorities(undefined)({ ...judged, rule: "last-resort" }), 3);
  assert.equal(priorities(undefined)({ ...judged, requirement: "phishing-resistant" }), 2);
});

test("rows are listed by that, and then the oldest first", () => {
  const rows = [
    reportRow({ id: "new", since: "2026-09-03T00:00:00.000Z" }),
    reportRow({ id: "old", since: "2026-09-01T00:00:00.000Z" }),
    reportRow({ id: "admin", since: "2026-09-04T00:00:00.000Z", requirement: "phishing-resistant" }),
    reportRow({ id: GLASS, since: "2026-09-05T00:00:00.000Z" }),
  ].map(rowPrioritizer(policy));
  assert.deepEqual(
    rows.toSorted(compareByAge).map(({ id }) => id),
    [GLASS, "admin", "old", "new"],
  );
});
