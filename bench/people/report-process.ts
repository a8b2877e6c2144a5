/** One report with people in a process that does nothing else; prints how long it took, its peak memory and what it counted. */
import * as v from "valibot";
import type { RunRecord } from "../../lib/model/index.ts";
import { formatsWith, type ReportPorts, type StoreFile, writeReport } from "../../lib/report/index.ts";
import { readInput } from "../shared/child.ts";
import { folderEvidence } from "../shared/evidence-stores.ts";
import { readPeakBytes, startStopwatch } from "../shared/stopwatch.ts";
import { AT, DIRECTORIES, evidenceIn, ORIGIN, policyHash, RUN, readRecords } from "./store-directories.ts";

const REPORT_TIMEOUT_MS = 30 * 60_000;

const { state } = readInput(v.object({ state: v.string() }));
const run: RunRecord = {
  run: RUN,
  mode: "plan",
  status: "completed",
  origin: ORIGIN,
  policy: policyHash,
  code: "bench",
  startedAt: AT,
  endedAt: AT,
  directories: DIRECTORIES,
};
const records = readRecords(state);
const ledger: ReportPorts["ledger"] = {
  readRun: async (name) => (name === RUN ? { run, directories: records } : undefined),
  listRuns: async () => [run],
  async *listChanges() {},
  async *listEventChanges() {},
  readStates: async () => new Map(),
  readHistory: async () => ({ events: [] }),
  readPlans: async () => [],
  listAttempts: async () => [],
};
const ports: ReportPorts = { ledger, evidence: folderEvidence(evidenceIn(state)), clock: () => Date.parse(AT) };
const formats = formatsWith({}).filter(({ name }) => name === "csv" || name === "jsonl");
const storeNowhere: StoreFile = async (_file, _type, body) => {
  for await (const _ of body);
};

const readStopwatch = startStopwatch();
const { rows, people } = await writeReport(
  ports,
  { prepare: () => ({ formats, store: storeNowhere }) },
  AbortSignal.timeout(REPORT_TIMEOUT_MS),
);
console.log(JSON.stringify({ ...readStopwatch(), peakBytes: readPeakBytes(), rows, coverage: people?.coverage }));
