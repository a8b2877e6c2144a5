/** Every run, and what it did in each directory. */
import type { DirectoryRecord, Ledger, RunRecord } from "../model/index.ts";
import { type Item, iso, type Key, type LedgerContext } from "./table.ts";

const runKey = (run: string): Key => ({ pk: `RUN#${run}`, sk: "RUN" });
const INDEX = "RUNS";
const recordOf = (item: Item): RunRecord => item.record;

export function runs({
  table,
  clock,
}: LedgerContext): Pick<Ledger, "openRun" | "closeRun" | "saveDirectory" | "readRun" | "listRuns"> {
  return {
    async openRun(record) {
      const listed = { runs: INDEX, started: `${record.startedAt}#${record.run}` };
      await table.put({ ...runKey(record.run), ...listed, record }, { when: "attribute_not_exists(pk)" });
    },

    async closeRun(run, status) {
      await table.update(runKey(run), {
        set: ["#record.#status = :status", "#record.#endedAt = :endedAt"],
        when: "#record.#status = :running OR #record.#status = :failed",
        values: { status, endedAt: iso(clock()), running: "running", failed: "failed" },
      });
    },

    async saveDirectory(record) {
      await table.put({ pk: `RUN#${record.run}`, sk: `DIRECTORY#${record.id}`, record });
    },

    async readRun(run) {
      const values = { pk: `RUN#${run}`, of: "DIRECTORY#" };
      const [item, pages] = await Promise.all([
        table.get(runKey(run)),
        Array.fromAsync(table.query({}, "pk = :pk AND begins_with(sk, :of)", values)),
      ]);
      return item && { run: recordOf(item), directories: pages.flat().map((one): DirectoryRecord => one.record) };
    },

    async listRuns(limit) {
      const found: RunRecord[] = [];
      const newestFirst = { IndexName: "runs", ScanIndexForward: false, Limit: limit };
      for await (const page of table.query(newestFirst, "#runs = :runs", { runs: INDEX })) {
        found.push(...page.map(recordOf));
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
  };
}
