/** Everything a report is made from: what the ledger knows of a run, the manifests behind it, and its rows as a stream. */

import { WardenError } from "../../errors.ts";
import { readSweepManifest } from "../../evidence/index.ts";
import { findNewestRun } from "../../ledger/index.ts";
import { type Clock, type DirectoryRecord, omitUndefined, type Problem, type RunRecord } from "../../model/index.ts";
import type { Policy } from "../../policy/index.ts";
import { readApprovals } from "./approvals.ts";
import type { ReportHead, ReportPorts, ReportRow, SweptDirectory } from "./model.ts";
import { readRunPolicy } from "./policy.ts";
import { readRows } from "./rows.ts";
import { readTrend, type TrendPoint } from "./trend.ts";

/** What a report is made from. */
export interface ReportData {
  readonly head: ReportHead;
  /** Directories that left evidence, in the order of the policy. */
  readonly swept: readonly SweptDirectory[];
  /** What it was judged by; absent where the run did not keep it. */
  readonly policy?: Policy;
  /** The runs up to this one over the same directories, oldest first. */
  readonly trend: readonly TrendPoint[];
  /** A page of the evidence at a time, each subject once, outcomes taken in. Throws when the evidence is not whole. */
  rows(signal: AbortSignal): AsyncGenerator<readonly ReportRow[]>;
}

/**
 * Reads what is said of a run before its rows. @param run the one that ended last unless given
 * Throws `ERR_RUN_UNKNOWN`, `ERR_EVIDENCE_UNAVAILABLE`, `ERR_EVIDENCE_ALTERED`.
 */
export async function gatherRun(ports: ReportPorts, run?: string): Promise<ReportData> {
  const { record, directories } = await findRun(ports.ledger, run);
  const swept = await Promise.all(directories.filter(hasEvidence).map((one) => readSwept(ports, one)));
  const [policy, trend, approvals] = await Promise.all([
    readRunPolicy(ports.evidence, record.policy),
    readTrend(ports.ledger, record),
    readApprovals(ports.ledger, record.run, swept, ports.clock()),
  ]);
  return {
    head: { ...runHead(record, directories, policy, ports.clock), approvals },
    swept,
    ...omitUndefined({ policy }),
    trend,
    rows: (signal) => readRows(ports, swept, signal),
  };
}

/** So many of the latest runs are looked through for the one that ended last. */
const RECENT_RUNS = 50;

interface FoundRun {
  readonly record: RunRecord;
  readonly directories: readonly DirectoryRecord[];
}

async function findRun(ledger: ReportPorts["ledger"], wanted: string | undefined): Promise<FoundRun> {
  const run = wanted ?? (await lastRun(ledger));
  const found = await ledger.readRun(run);
  if (!found)
    throw new WardenError("ERR_RUN_UNKNOWN", `There is no run ${run} in the ledger; \`status\` lists the last ones.`);
  const order = found.run.directories;
  const place = ({ id }: DirectoryRecord) => order.indexOf(id);
  return { record: found.run, directories: found.directories.toSorted((a, b) => place(a) - place(b)) };
}

async function lastRun(ledger: ReportPorts["ledger"]): Promise<string> {
  const newest = await findNewestRun(ledger, await ledger.listRuns(RECENT_RUNS));
  if (newest) return newest.run;
  throw new WardenError("ERR_RUN_UNKNOWN", "The ledger holds no run yet; sweep first, then ask for a report.");
}

/** One whose lease was not got, or that died, left none, and its status says so. */
function hasEvidence({ id, run, status, manifest }: DirectoryRecord): boolean {
  if (manifest !== undefined || status !== "completed") return manifest !== undefined;
  const message = `The ledger says that ${id} was swept in run ${run}, and names no manifest; nothing can be said of this run.`;
  throw new WardenError("ERR_EVIDENCE_UNAVAILABLE", message);
}

async function readSwept({ evidence }: ReportPorts, record: DirectoryRecord): Promise<SweptDirectory> {
  const manifestHash = record.manifest ?? "";
  const manifest = await readSweepManifest(evidence, record.sealedAs ?? record.run, record.id, manifestHash);
  return { record, manifestHash, manifest };
}

function runHead(
  record: RunRecord,
  directories: readonly DirectoryRecord[],
  policy: Policy | undefined,
  clock: Clock,
): ReportHead {
  const { run, mode, status, origin, code, startedAt, endedAt } = record;
  return {
    run,
    mode,
    status,
    origin,
    policy: record.policy,
    code,
    startedAt,
    ...omitUndefined({ endedAt }),
    madeAt: new Date(clock()).toISOString(),
    directories,
    incomplete: [...missingParts(record, directories), ...unsweptDirectories(record, policy)],
  };
}

/** Why it is less than whole: also of a run that is recorded as completed, whose directories say otherwise, or nothing. */
function missingParts(record: RunRecord, directories: readonly DirectoryRecord[]): Problem[] {
  const silent = record.directories.filter((id) => !directories.some((one) => one.id === id));
  return [
    ...silent.map((directory) => ({
      code: "ERR_RUN_DIED",
      directory,
      message: `Nothing is recorded of ${directory}: its sweep has not ended, or it died.`,
    })),
    ...directories.flatMap(problemsOf),
    ...(record.status === "running" ? [STILL_RUNNING] : []),
  ];
}

const STILL_RUNNING: Problem = {
  code: "ERR_RUN_DIED",
  message: "The run is recorded as running: it has not ended, or it died and no later sweep has closed it yet.",
};

function problemsOf({ id, status, problems }: DirectoryRecord): Problem[] {
  if (status === "completed") return [];
  if (problems.length > 0) return problems.map((problem) => ({ ...problem, directory: id }));
  const message = `The sweep of ${id} is recorded as ${status}, without a reason.`;
  return [{ code: "ERR_RUN_DIED", directory: id, message }];
}

/** A run over a few directories says nothing of the others. */
function unsweptDirectories(record: RunRecord, policy: Policy | undefined): Problem[] {
  const unswept = policy?.directories.filter(({ id }) => !record.directories.includes(id)) ?? [];
  return unswept.map(({ id }) => ({
    code: "ERR_REPORT_PARTIAL",
    directory: id,
    message: `${id} is in the policy and was not part of this run: nothing is said of its accounts.`,
  }));
}
