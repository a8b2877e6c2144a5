/** One run, as a durable workflow: one execution per directory, four at a time, and the worst of them is the run's status. */

import { type Durable, runStep } from "../durable.ts";
import { problemOf, WardenError } from "../errors.ts";
import { manifestHeads } from "../evidence/index.ts";
import { closeFinishedRun } from "../ledger/index.ts";
import {
  type AnnounceRun,
  type DirectoryRecord,
  type Ledger,
  type Mode,
  noChanges,
  noVerdicts,
  type Origin,
  type Problem,
  type RunStatus,
  worstStatus,
} from "../model/index.ts";
import { directoryConfig } from "../policy/index.ts";
import type { SweepOrder, SweepPorts } from "../sweep/index.ts";

export { checkHealth } from "./health.ts";

export interface RunOrder {
  readonly mode: Mode;
  readonly origin: Origin;
  /** All of the policy's directories unless given. */
  readonly directories?: readonly string[];
}

export interface RunReport {
  readonly run: string;
  readonly mode: Mode;
  readonly status: RunStatus;
  readonly directories: readonly DirectoryRecord[];
}

export interface RunPorts
  extends Pick<SweepPorts, "policy" | "policyHash" | "ledger" | "clock" | "ulid" | "code" | "invokedAt"> {
  /** It may be called twice for one run, and what it throws is for its own log: the run is over, and recorded. */
  readonly announce?: AnnounceRun;
}

const AT_ONCE = 4;

/** @param sweeper the function that `ctx.invoke` calls once for each directory */
export async function runDirectories(
  ctx: Durable,
  ports: RunPorts,
  order: RunOrder,
  sweeper: string,
): Promise<RunReport> {
  // A step of its own, without any effect: whatever is run again after this has the same name.
  const named = await runStep(ctx, ports, "name", 60_000, async () => ({ run: ports.ulid(), at: ports.clock() }));
  const opened = named.ok ? await runStep(ctx, ports, "open", 60_000, () => open(ports, order, named.value)) : named;
  if (!opened.ok) throw new WardenError("ERR_LEDGER_UNAVAILABLE", opened.problem.message);
  const { run, startedAt, directories } = opened.value;
  const sweeps = await ctx.map<string, DirectoryRecord>(
    "sweeps",
    directories,
    (child, directory) => {
      const payload: SweepOrder = { run, directory, mode: order.mode, origin: order.origin, startedAt };
      return child.invoke<SweepOrder, DirectoryRecord>(directory, sweeper, payload);
    },
    { maxConcurrency: AT_ONCE, completionConfig: { toleratedFailureCount: directories.length } },
  );
  const results = new Map(sweeps.all.map(({ index, result }) => [index, result]));
  const records = directories.map((id, index) => results.get(index) ?? lost(ports, run, order.mode, id));
  const closed = await runStep(ctx, ports, "close", 60_000, () => close(ports.ledger, run, records));
  const status = worstStatus([...records.map(statusOf), ...(closed.ok ? [] : ["failed" as const])]);
  const report = { run, mode: order.mode, status, directories: records };
  const { announce } = ports;
  if (announce) {
    const message = { run, mode: order.mode, status, heads: manifestHeads(report) };
    await runStep(ctx, ports, "announce", 30_000, (signal) => announce(message, signal));
  }
  return report;
}

const statusOf = ({ status }: DirectoryRecord): RunStatus => (status === "running" ? "failed" : status);

async function open(ports: RunPorts, order: RunOrder, { run, at }: { readonly run: string; readonly at: number }) {
  const { policy, policyHash, ledger, code } = ports;
  const startedAt = new Date(at).toISOString();
  const directories = [...(order.directories ?? policy.directories.map(({ id }) => id))];
  for (const earlier of await ledger.listRuns(20))
    if (earlier.status === "running") await closeFinishedRun(ledger, earlier.run);
  await ledger.openRun({
    run,
    mode: order.mode,
    status: "running",
    origin: order.origin,
    policy: policyHash,
    code,
    startedAt,
    directories,
  });
  if (order.mode === "enforce") await ledger.setDeployedPolicy(policyHash);
  return { run, startedAt, directories };
}

async function close(ledger: Ledger, run: string, records: readonly DirectoryRecord[]): Promise<true> {
  for (const record of records) await ledger.saveDirectory(record);
  await closeFinishedRun(ledger, run);
  return true;
}

/** The execution of a directory itself failed: the engine knows why, the ledger says that it did. */
function lost(ports: RunPorts, run: string, mode: Mode, directory: string): DirectoryRecord {
  const vendor = directoryConfig(ports.policy, directory)?.vendor ?? "unknown";
  const problem: Problem = problemOf(
    new WardenError("ERR_INTERNAL", `The sweep of ${directory} ended without an answer; look at its log.`),
    directory,
  );
  return {
    run,
    id: directory,
    vendor,
    status: "failed",
    mode,
    read: 0,
    verdicts: noVerdicts(),
    after: noVerdicts(),
    changes: noChanges(),
    problems: [problem],
  };
}
