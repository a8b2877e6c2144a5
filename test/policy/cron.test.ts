/** Schedules as EventBridge reads them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isCron, longestGap, monthlyOccurrences } from "../../lib/policy/cron.ts";

const HOUR = 3_600_000;

const GAPS: Record<string, number> = {
  "0 3 * * ? *": 24,
  "0 3 ? * * *": 24,
  "30 */6 * * ? *": 6,
  "0 0/8 * * ? *": 8,
  "*/10 * * * ? *": 1 / 6,
  "0 8,20 * * ? *": 12,
  "0 8,9 * * ? *": 23,
  "0 3 ? * MON-FRI *": 3 * 24,
  "0 3 ? * mon *": 7 * 24,
  "0 3 ? * 2 *": 7 * 24,
  "0 3 1 * ? *": 31 * 24,
  "0 3 L * ? *": 31 * 24,
  "0 3 31 * ? *": 61 * 24,
  "0 3 15W * ? *": 31 * 24,
  "0 3 ? * 6L *": 35 * 24,
  "0 3 ? * 3#2 *": 35 * 24,
  "0 3 1 JAN,JUL ? *": 184 * 24,
  "0 3 29 2 ? *": 1461 * 24,
  "0 3 * * ? 2026-2099": 24,
};

test("the longest time between two sweeps", () => {
  for (const [cron, hours] of Object.entries(GAPS)) assert.equal(longestGap(cron), hours * HOUR, cron);
});

test("how often they come in a month", () => {
  const MONTHLY = { "0 3 * * ? *": 30.4, "0 * * * ? *": 730.5, "0 3 ? * MON-FRI *": 21.8, "0 3 1 * ? *": 1 };
  for (const [cron, times] of Object.entries(MONTHLY))
    assert.equal(monthlyOccurrences(cron)?.toFixed(1), times.toFixed(1), cron);
  assert.equal(monthlyOccurrences("0 3 30 2 ? *"), undefined);
});

test("what is no schedule, or one that never comes", () => {
  const wrong = [
    ...["", "0 3 * * *", "0 3 * * ? * *", "@daily", "cron(0 3 * * ? *)", "rate(1 day)"],
    ...["0 3 * * * *", "0 3 ? * ? *", "60 3 * * ? *", "0 24 * * ? *", "0 3 0 * ? *", "0 3 32 * ? *", "0 3 * 13 ? *"],
    ...[
      "0 3 ? * 8 *",
      "0 3 ? * MOON *",
      "0 3 * * ? 1969",
      "0 3-1 * * ? *",
      "*/0 3 * * ? *",
      "0 3 30 2 ? *",
      "0 3 1,, * ? *",
    ],
    ...["0 3 ? * 3#6 *", "-1 3 * * ? *", "0 3 * * ?; *"],
  ];
  for (const cron of wrong) assert.equal(isCron(cron), false, cron);
});
