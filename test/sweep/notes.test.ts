/** Notes of a sweep name whom they are about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLimits } from "../../lib/sweep/limits.ts";

const LIMITS = {
  changesPerRun: { count: 9, percent: 50 },
  changesPerDay: 9,
  exemptionDays: 90,
  exemptions: { percent: 10 },
};

test("accounts with another user name than in the policy are named, the first of them", () => {
  const noteOf = (renamed: number, renamedNames: readonly string[]) =>
    checkLimits(LIMITS, {
      ...{ directory: "workforce", planned: 0, inScope: 100, exempt: 0, recent: 0, used: [] },
      ...{ renamed, renamedNames },
    }).notes.map(({ message }) => message);
  assert.deepEqual(noteOf(0, []), []);
  assert.deepEqual(noteOf(2, ['"jane" (id-1)', '"joe" (id-2)']), [
    '2 accounts of workforce are named in the policy and have another user name now: "jane" (id-1), "joe" (id-2). Check who they are.',
  ]);
  assert.match(noteOf(3, ['"jane" (id-1)'])[0] ?? "", /: "jane" \(id-1\), 2 more\. Check/);
  // As an earlier version counted them.
  assert.match(noteOf(3, [])[0] ?? "", /: 3 more\. Check/);
});
