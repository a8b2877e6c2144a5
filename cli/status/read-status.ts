/** Reads what `status` shows from the ledger. */

import {
  type DirectoryRecord,
  type Hold,
  type Ledger,
  omitUndefined,
  type PlanRecord,
  planStatusAt,
  type RunRecord,
  type SubjectState,
} from "../../lib/model/index.ts";
import { latestRecords } from "../local/latest.ts";
import { clock } from "../local/records.ts";
import { listOpenStates } from "../terminal/open-accounts.ts";
import { findDeadRuns } from "./dead-runs.ts";

const RUNS_SHOWN = 10;

export interface DirectoryStatus {
  readonly record: DirectoryRecord;
  /** Why changes are halted; absent while they are allowed. */
  readonly halted?: string;
  /** Of that run; absent where it made none. */
  readonly plan?: PlanRecord;
  readonly open: readonly SubjectState[];
  /** Accounts that a person said nothing changes for some hours. */
  readonly holds: readonly Hold[];
  /** There are more than are listed. */
  readonly cut: boolean;
}

export interface Status {
  readonly runs: readonly RunRecord[];
  /** Ids of those that were killed: they say `running`, and do not run. */
  readonly dead: ReadonlySet<string>;
  /** Those that are halted first. */
  readonly directories: readonly DirectoryStatus[];
  /** Plans of the last runs that wait, and undo what an earlier one changed. */
  readonly undoing: readonly PlanRecord[];
  /** Why changes to all directories are halted; absent while they are allowed. */
  readonly halted?: string;
}

/** @param maxOpen open accounts of each directory */
export async function readStatus(ledger: Ledger, maxOpen: number): Promise<Status> {
  const runs = await ledger.listRuns(RUNS_SHOWN);
  const newest = await latestRecords(ledger);
  const directories = await Promise.all(newest.map((record) => readDirectoryStatus(ledger, record, maxOpen)));
  const { halted } = await ledger.readGuards("all");
  return omitUndefined({
    runs,
    dead: await findDeadRuns(ledger, runs),
    directories: [...directories.filter(isHalted), ...directories.filter((directory) => !isHalted(directory))],
    undoing: await readUndoing(ledger, runs),
    halted,
  });
}

/** A newer sweep supersedes none of them, so that they may be older than it. */
async function readUndoing(ledger: Ledger, runs: readonly RunRecord[]): Promise<readonly PlanRecord[]> {
  const undoing = runs.filter(({ undoes }) => undoes !== undefined);
  const plans = await Promise.all(undoing.map(({ run }) => ledger.readPlans(run)));
  return plans.flat().filter((plan) => planStatusAt(plan, clock()) === "waiting");
}

async function readDirectoryStatus(ledger: Ledger, record: DirectoryRecord, most: number): Promise<DirectoryStatus> {
  const [{ halted }, plans, holds, found] = await Promise.all([
    ledger.readGuards(record.id),
    ledger.readPlans(record.run),
    ledger.listHolds(record.id),
    listOpenStates(ledger, record.id, most + 1),
  ]);
  const plan = plans.find(({ directory, undoes }) => directory === record.id && undoes === undefined);
  return omitUndefined({ record, plan, holds, open: found.slice(0, most), cut: found.length > most, halted });
}

export const isHalted = ({ halted }: DirectoryStatus) => halted !== undefined;
