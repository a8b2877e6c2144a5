/** The one object of `sweep --json`. */

import { hashRun } from "../../lib/approval/index.ts";
import {
  type DirectoryRecord,
  type Ledger,
  omitUndefined,
  type PlanRecord,
  type PlanStatus,
  planStatusAt,
  type RunRecord,
} from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { clock } from "../local/records.ts";
import { changeJson, readPlan } from "../plan/read-plan.ts";
import { approveCommand } from "../plan/show-plans.ts";
import { inputOption, recordsOption } from "../terminal/command-text.ts";
import { isNote, noteCode } from "../terminal/notes.ts";
import type { PolicyOptions } from "../terminal/options.ts";
import { type RecordPlaces, runFolder } from "../terminal/places.ts";

export async function sweepJson(
  { run, mode, status, directories }: RunReport,
  records: RecordPlaces & { readonly ledger: Ledger },
  options: PolicyOptions,
): Promise<object> {
  const recorded = await records.ledger.readRun(run);
  const plans = await records.ledger.readPlans(run);
  return {
    run,
    mode,
    status,
    ...timesJson(recorded?.run),
    ...omitUndefined({ undoes: recorded?.run.undoes }),
    state: records.place,
    evidence: runFolder(records, run),
    plan: runPlanJson(plans),
    directories: await Promise.all(
      directories.map((record) => directoryJson(record, { ledger: records.ledger, plans, options })),
    ),
  };
}

/** Of all directories: `waiting` where any of them waits. */
function runPlanJson(plans: readonly PlanRecord[]): { hash: string | null; status: PlanStatus | null } {
  const statuses = plans.map((plan) => planStatusAt(plan, clock()));
  const status = statuses.includes("waiting") ? "waiting" : (statuses[0] ?? null);
  return { hash: hashRun(plans) ?? null, status };
}

const timesJson = (record: RunRecord | undefined) =>
  omitUndefined({ startedAt: record?.startedAt, endedAt: record?.endedAt });

interface PlansOfRun {
  readonly ledger: Ledger;
  readonly plans: readonly PlanRecord[];
  readonly options: PolicyOptions;
}

async function directoryJson(record: DirectoryRecord, { ledger, plans, options }: PlansOfRun): Promise<object> {
  const plan = plans.find(({ directory }) => directory === record.id);
  const changes = record.changes.planned > 0 ? await readPlan(ledger, record.run, record.id) : [];
  return {
    id: record.id,
    vendor: record.vendor,
    status: record.status,
    total: record.total ?? null,
    read: record.read,
    verdicts: record.verdicts,
    changes: record.changes,
    after: record.after,
    plan: { ...planJson(record, plan, options), changes: changes.map(changeJson) },
    head: record.manifest ?? null,
    ...omitUndefined({ facts: record.facts }),
    problems: record.problems.filter((problem) => !isNote(problem)).map(({ code, message }) => ({ code, message })),
    notes: record.problems.filter(isNote).map((note) => ({ code: noteCode(note), message: note.message })),
  };
}

function planJson(record: DirectoryRecord, plan: PlanRecord | undefined, options: PolicyOptions): object {
  if (!plan) return { hash: record.plan ?? null, status: null };
  const status = planStatusAt(plan, clock());
  const where = `${inputOption(options)} ${recordsOption(options)}`;
  const approve = status === "waiting" ? approveCommand(plan, where) : undefined;
  return omitUndefined({ hash: plan.hash, status, approve });
}
