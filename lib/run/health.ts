/** How the directories of the deployed policy are doing, from the ledger alone: what alarms are set on. */
import { BUDGET_SCOPE } from "../enforcement/index.ts";
import { type Clock, type Ledger, omitUndefined, type RunStatus } from "../model/index.ts";
import { longestGap, type Policy } from "../policy/index.ts";

export interface HealthPorts {
  readonly policy: Policy;
  readonly ledger: Pick<Ledger, "listRuns" | "readRun" | "countSpentBudget">;
  readonly clock: Clock;
}

/** Of one directory. */
export interface DirectoryHealth {
  readonly directory: string;
  /** Its last sweep that ended was refused or failed. */
  readonly failed: boolean;
  /** Its last sweep that ended did not read all of it. */
  readonly incomplete: boolean;
  /** None of its sweeps has completed for twice the time between two of its schedule, or ever. */
  readonly missing: boolean;
}

export interface RunHealth {
  /** In the policy's order. */
  readonly directories: readonly DirectoryHealth[];
  /** How much of `limits.changesPerDay` the last 24 hours used up. */
  readonly budgetPercent: number;
}

/** Runs farther back are not read: a directory that has not completed within this many is missing. */
const MAX_RUNS_READ = 200;

export async function checkHealth({ policy, ledger, clock }: HealthPorts): Promise<RunHealth> {
  const ids = policy.directories.map(({ id }) => id);
  const sweeps = await readLastSweeps(ledger, ids);
  const now = clock();
  const directories = ids.map((directory): DirectoryHealth => {
    const { status, completedAt = Number.NEGATIVE_INFINITY } = sweeps.get(directory) ?? {};
    return {
      directory,
      failed: status === "failed" || status === "refused",
      incomplete: status === "incomplete",
      missing: now - completedAt > 2 * scheduleGapMs(policy, directory),
    };
  });
  const spent = await ledger.countSpentBudget(BUDGET_SCOPE);
  return { directories, budgetPercent: Math.floor((100 * spent) / policy.limits.changesPerDay) };
}

/** Milliseconds between two sweeps at most; infinite where no schedule names the directory, 0 where one cannot be read. */
function scheduleGapMs({ deploy }: Policy, id: string): number {
  const schedules = (deploy?.schedules ?? []).filter(({ directories }) => directories?.includes(id) ?? true);
  return Math.min(...schedules.map(({ cron }) => longestGap(cron) ?? 0));
}

interface LastSweep {
  /** Of the last one that ended. */
  readonly status?: RunStatus;
  /** When the last complete one ended; epoch ms. */
  readonly completedAt?: number;
}

async function readLastSweeps(ledger: HealthPorts["ledger"], ids: readonly string[]): Promise<Map<string, LastSweep>> {
  const sweeps = new Map<string, LastSweep>();
  const isKnown = (id: string) => sweeps.get(id)?.completedAt !== undefined;
  for (const { run, startedAt, endedAt = startedAt } of await ledger.listRuns(MAX_RUNS_READ)) {
    if (ids.every(isKnown)) break;
    const found = await ledger.readRun(run);
    for (const { id, status } of found?.directories ?? []) {
      if (status === "running" || isKnown(id)) continue;
      const completedAt = status === "completed" ? Date.parse(endedAt) : undefined;
      sweeps.set(id, omitUndefined({ status: sweeps.get(id)?.status ?? status, completedAt }));
    }
  }
  return sweeps;
}
