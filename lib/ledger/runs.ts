/** Every run, and what it did in each directory. */
import { type DirectoryRecord, MAX_CLOCK_SKEW_MS, noChanges, type RunRecord, type RunStore } from "../model/index.ts";
import { iso, type LedgerContext } from "./context.ts";
import { DIRECTORY_PREFIX, directoryKey, runKey, runPartition } from "./keys.ts";
import type { Item, Table } from "./table.ts";

/** The one partition of the index `runs`. */
const RUNS_PARTITION = "RUNS";

/** Runs with their directories. */
export const runStore = ({ table, clock }: LedgerContext): RunStore => ({
  async openRun(record) {
    const { run, startedAt } = record;
    await table.put(
      { ...runKey(run), runs: RUNS_PARTITION, started: `${startedAt}#${run}`, record },
      { when: "attribute_not_exists(pk)" },
    );
  },

  async closeRun(run, status) {
    await table.update(runKey(run), {
      set: ["#record.#status = :status", "#record.#endedAt = :endedAt"],
      when: "#record.#status = :running OR #record.#status = :failed",
      values: { status, endedAt: iso(clock()), running: "running", failed: "failed" },
    });
  },

  async saveDirectory(record) {
    await table.put({ ...directoryKey(record.run, record.id), record });
  },

  async saveTold(run, told) {
    const item = await table.update(runKey(run), {
      set: ["#record.#told = :told"],
      // Begun by nobody, or by this very try: its time tells.
      when: "attribute_exists(pk) AND (attribute_not_exists(#record.#told) OR #record.#told.#at = :at)",
      values: { told, at: told.at },
    });
    return item !== undefined;
  },

  readRun: (run) => readRun(table, run),
  listRuns: (limit) => listRuns(table, limit, clock() + MAX_CLOCK_SKEW_MS),
});

async function readRun(table: Table, run: string) {
  const values = { pk: runPartition(run), prefix: DIRECTORY_PREFIX };
  const [item, pages] = await Promise.all([
    table.get(runKey(run)),
    Array.fromAsync(table.query({}, "pk = :pk AND begins_with(sk, :prefix)", values)),
  ]);
  return item && { run: runIn(item), directories: pages.flat().map(directoryIn) };
}

/** @param latest start, in ms: what a clock that was ahead left behind is not the newest run */
async function listRuns(table: Table, limit: number, latest: number): Promise<RunRecord[]> {
  const found: RunRecord[] = [];
  const newestFirst = { IndexName: "runs", ScanIndexForward: false, Limit: limit };
  const values = { runs: RUNS_PARTITION, latest: iso(latest) };
  for await (const page of table.query(newestFirst, "#runs = :runs AND #started <= :latest", values)) {
    found.push(...page.map(runIn));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

const runIn = (item: Item): RunRecord => item.record;

/** Earlier versions counted fewer kinds of outcome. */
const directoryIn = ({ record }: Item): DirectoryRecord => ({
  ...record,
  changes: { ...noChanges(), ...record.changes },
});
