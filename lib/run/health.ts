/** How the directories of the deployed policy are doing, from the ledger alone: what alarms are set on. */

import { mapConcurrently } from "../concurrency.ts";
import { countSpent, usedLimits } from "../enforcement/index.ts";
import { endedSweeps, expirePlan } from "../ledger/index.ts";
import {
  type Clock,
  isReadWhole,
  type Ledger,
  omitUndefined,
  type PlanRecord,
  type RunStatus,
} from "../model/index.ts";
import { type Policy, scheduleGapMs } from "../policy/index.ts";

export interface HealthPorts {
  readonly policy: Policy;
  readonly ledger: Pick<
    Ledger,
    "listRuns" | "readRun" | "countSpentBudget" | "trackDirectories" | "readPlans" | "movePlan"
  >;
  readonly clock: Clock;
}

/** Of one directory, by the sweep that ended last; one that a lease refused does not count. */
export interface DirectoryHealth {
  readonly directory: string;
  /** It was refused or failed. */
  readonly failed: boolean;
  /** It did not read all of it. */
  readonly incomplete: boolean;
  /** It read all of it, and its plan waits for a person, who has neither decided nor let the time run out. */
  readonly awaitingApproval: boolean;
  /** It read all of it, and changing accounts was stopped on the way. */
  readonly halted: boolean;
  /** None has read all of it for twice the time between two of its schedule, nor was it deployed within that time. */
  readonly missing: boolean;
}

export interface RunHealth {
  /** In the policy's order. */
  readonly directories: readonly DirectoryHealth[];
  /** How much of `limits.changesPerDay` the last 24 hours used up: of all directories', or of the one's that is nearest to its own. */
  readonly budgetPercent: number;
  /** Plans that nobody decided on in time, found out just now. */
  readonly expired: readonly PlanRecord[];
}

const READS_IN_PARALLEL = 8;
/** Runs farther back are not read: a directory that was not read whole within this many is missing. */
const MAX_RUNS_READ = 200;

/** Also puts on record which directories are deployed, so that the next time it is known since when, and which plans have expired. */
export async function checkHealth({ policy, ledger, clock }: HealthPorts): Promise<RunHealth> {
  const ids = policy.directories.map(({ id }) => id);
  const [deployed, sweeps, budgetPercent] = await Promise.all([
    ledger.trackDirectories(ids),
    readLastSweeps(ledger, ids),
    highestUse(ledger, policy),
  ]);
  const now = clock();
  const { waiting, expired } = await findWaiting(ledger, sweeps, now);
  const directories = ids.map((directory): DirectoryHealth => {
    const { status, wholeAt = Number.NEGATIVE_INFINITY } = sweeps.get(directory) ?? {};
    const expectedSince = Math.max(wholeAt, Date.parse(deployed.get(directory) ?? ""));
    return {
      directory,
      failed: status === "failed" || status === "refused",
      incomplete: status === "incomplete",
      awaitingApproval: status === "awaiting-approval" && waiting.has(directory),
      halted: status === "halted",
      missing: now - expectedSince > 2 * scheduleGapMs(policy, directory),
    };
  });
  return { directories, budgetPercent, expired };
}

/** The directories whose last sweep left a plan that waits. Sweeps of earlier versions left no record of theirs: it waits. */
async function findWaiting(
  ledger: HealthPorts["ledger"],
  sweeps: ReadonlyMap<string, LastSweep>,
  now: number,
): Promise<{ readonly waiting: ReadonlySet<string>; readonly expired: readonly PlanRecord[] }> {
  const expired: PlanRecord[] = [];
  const found = await mapConcurrently([...sweeps], READS_IN_PARALLEL, async ([directory, { run }]) => {
    const plan = (await ledger.readPlans(run)).find((one) => one.directory === directory);
    if (!plan) return [directory];
    const status = await expirePlan(ledger, plan, now);
    if (plan.status === "waiting" && status === "expired") expired.push({ ...plan, status });
    return status === "waiting" ? [directory] : [];
  });
  return { waiting: new Set(found.flat()), expired };
}

async function highestUse(ledger: HealthPorts["ledger"], policy: Policy): Promise<number> {
  const used = await mapConcurrently(policy.directories, READS_IN_PARALLEL, async ({ id }) =>
    usedLimits(policy, id, await countSpent(ledger, policy, id)),
  );
  return Math.max(...used.flat().map(({ limit, spent }) => Math.floor((100 * spent) / limit)));
}

interface LastSweep {
  /** The run of the one that ended last. */
  readonly run: string;
  /** Of the one that ended last. */
  readonly status?: RunStatus;
  /** When the last one that read everybody ended; epoch ms. */
  readonly wholeAt?: number;
}

async function readLastSweeps(ledger: HealthPorts["ledger"], ids: readonly string[]): Promise<Map<string, LastSweep>> {
  const sweeps = new Map<string, LastSweep>();
  const isKnown = (id: string) => sweeps.get(id)?.wholeAt !== undefined;
  for await (const { record, endedAt } of endedSweeps(ledger, await ledger.listRuns(MAX_RUNS_READ))) {
    if (ids.every(isKnown)) break;
    const { id, status, run } = record;
    if (status === "running" || isKnown(id)) continue;
    const wholeAt = isReadWhole(status) ? Date.parse(endedAt) : undefined;
    sweeps.set(id, omitUndefined({ run, status, ...sweeps.get(id), wholeAt }));
  }
  return sweeps;
}
