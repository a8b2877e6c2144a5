/** How the directories of the deployed policy are doing, from the ledger alone: what alarms are set on. */

import { BUDGET_SCOPE } from "../enforcement/index.ts";
import type { Clock, Ledger, RunStatus } from "../model/index.ts";
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

/** Farther back nobody looks: whoever has not completed within this many runs is missing. */
const MOST_RUNS = 200;

export async function checkHealth({ policy, ledger, clock }: HealthPorts): Promise<RunHealth> {
  const ids = policy.directories.map(({ id }) => id);
  const ends = await lastEnds(ledger, ids);
  const now = clock();
  const directories = ids.map((directory): DirectoryHealth => {
    const { status, completedAt = Number.NEGATIVE_INFINITY } = ends.get(directory) ?? {};
    return {
      directory,
      failed: status === "failed" || status === "refused",
      incomplete: status === "incomplete",
      missing: now - completedAt > 2 * intervalOf(policy, directory),
    };
  });
  const spent = await ledger.countSpentBudget(BUDGET_SCOPE);
  return { directories, budgetPercent: Math.floor((100 * spent) / policy.limits.changesPerDay) };
}

/** Milliseconds between two sweeps at most; for ever where no schedule names the directory, none where one cannot be read. */
function intervalOf({ deploy }: Policy, id: string): number {
  const schedules = (deploy?.schedules ?? []).filter(({ directories }) => directories?.includes(id) ?? true);
  return Math.min(...schedules.map(({ cron }) => longestGap(cron) ?? 0));
}

interface End {
  readonly status?: RunStatus;
  /** Epoch ms. */
  readonly completedAt?: number;
}

/** How the last sweep of each directory ended, and when the last one completed. */
async function lastEnds(ledger: HealthPorts["ledger"], ids: readonly string[]): Promise<Map<string, End>> {
  const ends = new Map<string, End>();
  const isKnown = (id: string) => ends.get(id)?.completedAt !== undefined;
  for (const { run, startedAt, endedAt = startedAt } of await ledger.listRuns(MOST_RUNS)) {
    if (ids.every(isKnown)) break;
    const found = await ledger.readRun(run);
    for (const { id, status } of found?.directories ?? []) {
      if (status === "running" || isKnown(id)) continue;
      const completedAt = status === "completed" ? { completedAt: Date.parse(endedAt) } : {};
      ends.set(id, { status: ends.get(id)?.status ?? status, ...completedAt });
    }
  }
  return ends;
}
