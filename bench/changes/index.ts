/** Rows of one change: what it asks of the vendor, what its guards and its budget cost in the ledger, and how soon a halt holds. All are counts. */
import { fixed, listCounts, sum } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";
import { type CountedChanges, countEventChanges, countSweptChanges, haltSweep } from "./counted-changes.ts";

const REQUIREMENTS = ["enabled", "registered", "phishing-resistant"];
const CHANGES = 50;
const CHANGES_TO_HALT = 200;
const CHANGES_BEFORE_HALT = 20;

const WAYS = [
  { how: "in a sweep", count: countSweptChanges, maxCalls: 5 },
  { how: "from an event", count: countEventChanges, maxCalls: 6 },
] as const;

const MAX_GUARD_READS = 2;
const MAX_GUARD_WRITES = 1;
const MAX_BEGUN_AFTER_HALT = 1;

export async function measureChanges(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { how, count, maxCalls } of WAYS)
    for (const requirement of REQUIREMENTS) {
      const counted = await count(CHANGES, requirement);
      rows.push(callsRow(`vendor calls of a change ${how}, ${requirement}`, counted, maxCalls));
      if (requirement === "enabled") rows.push(guardsRow(`guards and budget of a change ${how}`, counted));
    }
  return [...rows, await haltRow()];
}

function callsRow(what: string, { changes, vendorCalls }: CountedChanges, maxCalls: number): Row {
  const each = sum(Object.values(vendorCalls)) / changes;
  return {
    what,
    target: `≤ ${maxCalls}`,
    measured: fixed(each, 1),
    met: each <= maxCalls,
    note: `${changes} changes: ${listCounts(vendorCalls)}`,
    figures: { changes, each, vendorCalls },
  };
}

/** Items that a change reads or writes for its guards and its budget alone. */
const GUARD_ITEMS = /^(SWITCH|HOLD|BUDGET)#/;
const READS = ["GetItem", "BatchGetItem"];

function guardsRow(what: string, { changes, requests }: CountedChanges): Row {
  const ofGuards = requests.filter(({ keys }) => keys.some((key) => GUARD_ITEMS.test(key)));
  const reads = ofGuards.filter(({ operation }) => READS.includes(operation)).length / changes;
  const writes = ofGuards.length / changes - reads;
  const all = requests.length / changes;
  return {
    what,
    target: `≤ ${MAX_GUARD_READS} ledger reads, ≤ ${MAX_GUARD_WRITES} write`,
    measured: `${fixed(reads)} reads, ${fixed(writes)} writes`,
    met: reads <= MAX_GUARD_READS && writes <= MAX_GUARD_WRITES,
    note: `requests of DynamoDB over HTTP, ${changes} changes; with claim, record and all else ${fixed(all, 1)} for each`,
    figures: { changes, reads, writes, all },
  };
}

async function haltRow(): Promise<Row> {
  const halted = await haltSweep(CHANGES_TO_HALT, CHANGES_BEFORE_HALT);
  const { planned, underway, begunAfter } = halted;
  return {
    what: "changes begun after the kill switch was thrown",
    target: `≤ ${MAX_BEGUN_AFTER_HALT}`,
    measured: String(begunAfter),
    met: begunAfter <= MAX_BEGUN_AFTER_HALT,
    note: `${planned} planned, thrown after ${CHANGES_BEFORE_HALT}; ${underway} that were being changed already were ended`,
    figures: { ...halted },
  };
}
