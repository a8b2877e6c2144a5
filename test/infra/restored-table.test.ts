/** A restored table is gone on with as the ledger only when it is kept as a ledger must be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRestored, type RestoredTable } from "../../infra/restored-table.ts";

const READY: RestoredTable = {
  hashKey: "pk",
  rangeKey: "sk",
  globalSecondaryIndexes: [{ name: "runs" }, { name: "open" }],
  pointInTimeRecovery: { enabled: true },
  ttl: { attributeName: "forgetAt", enabled: true },
  deletionProtectionEnabled: true,
};

const complaint = (table: Partial<RestoredTable>, isProduction = true) => {
  try {
    checkRestored("restored", { ...READY, ...table }, isProduction);
    return undefined;
  } catch (error) {
    return error instanceof Error ? /lacks (.*?)\. Nothing was deployed/.exec(error.message)?.[1] : undefined;
  }
};

test("one with everything is taken; outside of production it need not be protected", () => {
  assert.equal(complaint({}), undefined);
  assert.equal(complaint({ deletionProtectionEnabled: false }, false), undefined);
});

test("whatever is missing is said", () => {
  const lacking: [Partial<RestoredTable>, string][] = [
    [{ hashKey: "id" }, "the keys of a ledger"],
    [{ globalSecondaryIndexes: [{ name: "open" }] }, "the indexes open and runs"],
    [{ pointInTimeRecovery: { enabled: false } }, "point-in-time recovery"],
    [{ ttl: { attributeName: "expires", enabled: true } }, "time to live on forgetAt"],
    [{ deletionProtectionEnabled: false }, "deletion protection"],
  ];
  for (const [table, lacks] of lacking) assert.equal(complaint(table), lacks);
});
