/** One run, as a durable workflow: one execution per directory, four at a time, and the worst of them is the run's status. */
import { type Durable, runStep } from "../durable.ts";
import { problemOf, WardenError } from "../errors.ts";
import { manifestHeads } from "../evidence/index.ts";
import { closeFinishedRun } from "../ledger/index.ts";
import {
  type DirectoryRecord,
  directoryRecord,
  type Ledger,
  type Mode,
  omitUndefined,
  type Problem,
  statusOfRun,
} from "../model/index.ts";
import { directoryConfig } from "../policy/index.ts";
import type { SweepOrder } from "../sweep/index.ts";
import { LEDGER_DEADLINE_MS, type OpenedRun, openRun } from "./open-run.ts";
import { announcePlans, notePlans } from "./plan-changes.ts";
import type { RunOrder, RunPorts, RunReport } from "./ports.ts";
import { tellApprovers } from "./tell-approvers.ts";
import { tellTeam } from "./tell-team.ts";

export { checkHealth } from "./health.ts";
export type { RunOrder, RunPorts, RunReport } from "./ports.ts";

const DIRECTORIES_IN_PARALLEL = 4;
const ANNOUNCE_DEADLINE_MS = 30_000;

/** @param sweeper the function that the engine invokes once for each directory */
export async function runDirectories(
  durable: Durable,
  ports: RunPorts,
  order: RunOrder,
  sweeper: string,
): Promise<RunReport> {
  const opened = await openRun(durable, ports, order);
  // Whoever opened it sweeps, closes and announces it.
  if (opened.isDuplicate) return { run: opened.run, mode: order.mode, status: "refused", directories: [] };
  const before = await notePlans(durable, ports, order, opened.directories);
  const swept = await sweepAll(durable, { ports, order, sweeper, opened });
  const untold = await tellApprovers(durable, ports, opened.run, swept);
  const directories = withNotes(swept, [...untold, ...(await tellTeam(durable, ports, opened.run, swept))]);
  const closed = await runStep(durable, ports, {
    name: "close",
    deadlineMs: LEDGER_DEADLINE_MS,
    work: () => closeRun(ports.ledger, opened.run, directories),
  });
  const statuses = directories.map(({ status }) => (status === "running" ? "failed" : status));
  const status = statusOfRun(closed.ok ? statuses : [...statuses, "failed"]);
  const report = { run: opened.run, mode: order.mode, status, directories };
  await announcePlans(durable, ports, opened.run, before);
  await announceRun(durable, ports, report);
  return report;
}

/** The records, with a note where somebody could not be told of something. */
function withNotes(records: readonly DirectoryRecord[], notes: readonly Problem[]): readonly DirectoryRecord[] {
  return records.map((record) => {
    const own = notes.filter(({ directory }) => directory === record.id);
    return own.length === 0 ? record : { ...record, problems: [...record.problems, ...own] };
  });
}

interface SweepsToStart {
  readonly ports: RunPorts;
  readonly order: RunOrder;
  readonly sweeper: string;
  readonly opened: OpenedRun;
}

/** A record for each directory, in the order of the run. */
async function sweepAll(
  durable: Durable,
  { ports, order, sweeper, opened }: SweepsToStart,
): Promise<DirectoryRecord[]> {
  const { run, startedAt, directories } = opened;
  const { mode, origin, applies, undoes, waveWaitSeconds } = order;
  const sweeps = await durable.map<string, DirectoryRecord>(
    "sweeps",
    [...directories],
    (child, directory) => {
      const hash = applies?.plans[directory];
      const plan = applies && hash !== undefined ? { run: applies.run, hash } : undefined;
      const payload: SweepOrder = omitUndefined({
        run,
        directory,
        mode,
        origin,
        startedAt,
        applies: plan,
        undoes,
        waveWaitSeconds,
      });
      return child.invoke<SweepOrder, DirectoryRecord>(directory, sweeper, payload);
    },
    {
      maxConcurrency: DIRECTORIES_IN_PARALLEL,
      completionConfig: { toleratedFailureCount: directories.length },
    },
  );
  const results = new Map(sweeps.all.map(({ index, result }) => [index, result]));
  return directories.map((id, index) => results.get(index) ?? unansweredRecord(ports, run, mode, id));
}

/** The execution of a directory itself failed: the engine knows why, the ledger says that it did. */
function unansweredRecord(ports: RunPorts, run: string, mode: Mode, id: string): DirectoryRecord {
  const vendor = directoryConfig(ports.policy, id)?.vendor ?? "unknown";
  const message = `The sweep of ${id} ended without an answer; look at its log.`;
  const problem = problemOf(new WardenError("ERR_INTERNAL", message), id);
  return directoryRecord({ run, id, vendor, status: "failed", mode }, { problems: [problem] });
}

async function closeRun(ledger: Ledger, run: string, records: readonly DirectoryRecord[]): Promise<true> {
  for (const record of records) await ledger.saveDirectory(record);
  await closeFinishedRun(ledger, run);
  return true;
}

async function announceRun(durable: Durable, ports: RunPorts, report: RunReport): Promise<void> {
  const { announce } = ports;
  if (!announce) return;
  const { run, mode, status } = report;
  const message = { run, mode, status, heads: manifestHeads(report) };
  await runStep(durable, ports, {
    name: "announce",
    deadlineMs: ANNOUNCE_DEADLINE_MS,
    work: (signal) => announce(message, signal),
  });
}
