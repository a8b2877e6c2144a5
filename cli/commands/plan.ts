/** `plan`: who would be changed by the plan of a run, by which rule, and what became of it. Changes nothing. */

import { Command } from "commander";
import { hashRun } from "../../lib/approval/index.ts";
import { WardenError } from "../../lib/errors.ts";
import {
  type Change,
  type DecisionAttempt,
  type Ledger,
  omitUndefined,
  type PlanNoticeRecord,
  type PlanRecord,
  type PlanStatus,
  type Problem,
  planStatusAt,
} from "../../lib/model/index.ts";
import { clock, openExistingRecords, withRecords } from "../local/records.ts";
import { changeJson, readPlan } from "../plan/read-plan.ts";
import { showPlan, showRuleCounts } from "../plan/show-plan.ts";
import { approveCommand, showApproval } from "../plan/show-plans.ts";
import { recordsOption } from "../terminal/command-text.ts";
import { isNote } from "../terminal/notes.ts";
import { exitWith, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, yellow } from "../terminal/piece.ts";

const DEADLINE_MS = 60_000;

interface PlanOptions extends StateOptions {
  readonly directory?: string;
}

interface DirectoryPlan {
  readonly id: string;
  /** SHA-256 over its changes with the facts they rest on; absent where the sweep did not come so far. */
  readonly hash?: string | undefined;
  /** Absent where it did not pass the gate, or an earlier version made it. */
  readonly record?: PlanRecord | undefined;
  readonly changes: readonly Change[];
  /** What a person should know before the changes are made. */
  readonly warnings: readonly Problem[];
}

export const planCommand = (): Command =>
  withState(new Command("plan"))
    .description(
      "Shows the plan of a run: whom it would change, by which rule and why, and the command that approves it",
    )
    .argument("[run]", "id of the run (default: the last one)")
    .option("--directory <id>", "only this directory of the run")
    .action(exitWith(plan));

async function plan(run: string | undefined, options: PlanOptions): Promise<number> {
  return withRecords(await openExistingRecords(options, AbortSignal.timeout(DEADLINE_MS)), async ({ ledger }) => {
    const found = await findRun(ledger, run);
    const { told, plans } = await readPlans(ledger, found, options.directory);
    const decided = { told, attempts: await ledger.listAttempts(found) };
    if (options.json) results.json(runJson(found, plans, decided, options));
    else showPlans(found, plans, decided, options);
    return 0;
  });
}

async function findRun(ledger: Ledger, run: string | undefined): Promise<string> {
  const id = run ?? (await ledger.listRuns(1))[0]?.run;
  if (id !== undefined) return id;
  throw new WardenError("ERR_RUN_UNKNOWN", "There is no run yet; sweep first.");
}

async function readPlans(ledger: Ledger, run: string, directory: string | undefined) {
  const known = await ledger.readRun(run);
  if (!known) throw new WardenError("ERR_RUN_UNKNOWN", `There is no run ${run}; \`status\` lists the last ones.`);
  const chosen = known.directories.filter(({ id }) => directory === undefined || id === directory);
  if (directory !== undefined && chosen.length === 0)
    throw new WardenError("ERR_INPUT_INVALID", `Run ${run} has no directory ${directory}.`);
  const records = await ledger.readPlans(run);
  const plans = await Promise.all(
    chosen.map(async ({ id, plan: planned, problems }): Promise<DirectoryPlan> => {
      const record = records.find((found) => found.directory === id);
      const changes = await readPlan(ledger, run, id);
      return { id, hash: record?.hash ?? planned, record, changes, warnings: problems.filter(isNote) };
    }),
  );
  return { told: known.run.told, plans };
}

/** Who heard of the plans of a run, and who wanted to decide on them. */
interface Decided {
  readonly told: PlanNoticeRecord | undefined;
  readonly attempts: readonly DecisionAttempt[];
}

const statusOf = ({ record }: DirectoryPlan): PlanStatus | undefined => record && planStatusAt(record, clock());

function runJson(
  run: string,
  plans: readonly DirectoryPlan[],
  { told, attempts: decisions }: Decided,
  options: StateOptions,
): object {
  const records = plans.flatMap(({ record }) => record ?? []);
  return {
    run,
    hash: hashRun(records) ?? null,
    directories: plans.map((found) => planJson(found, options)),
    ...omitUndefined({ told }),
    decisions,
  };
}

function planJson(found: DirectoryPlan, options: StateOptions): object {
  const { id, hash, record, changes, warnings } = found;
  const status = statusOf(found) ?? null;
  const approve = record && status === "waiting" ? approveCommand(record, recordsOption(options)) : undefined;
  const { policy, undoes, madeAt, expiresAt, decision, appliedBy, why } = record ?? {};
  const described = {
    hash: hash ?? null,
    status,
    policy,
    undoes,
    madeAt,
    expiresAt,
    decision,
    appliedBy,
    why,
    approve,
  };
  return {
    id,
    plan: {
      ...omitUndefined(described),
      warnings: warnings.map(({ message }) => message),
      changes: changes.map(changeJson),
    },
  };
}

function showPlans(
  run: string,
  plans: readonly DirectoryPlan[],
  { told, attempts }: Decided,
  options: StateOptions,
): void {
  for (const found of plans) {
    const { id, hash, record, changes, warnings } = found;
    results.line(bold(id), dim(`  of run ${run}${hash === undefined ? "" : `, hash ${hash}`}`));
    if (record) results.line("  ", describeStatus(record));
    if (record?.undoes !== undefined) results.line(`  It puts back what run ${record.undoes} changed.`);
    if (changes.length === 0) results.line("  No change was planned.");
    else showRuleCounts(results, changes);
    for (const { message } of warnings) results.line("  ", yellow("note"), ` ${message}`);
    showPlan(results, changes, changes.length, "");
    if (record) showApproval(record, options);
    results.line();
  }
  if (told) results.line(dim(`${told.at}  ${describeTold(told)}`));
  for (const { by, at, action, refused } of attempts)
    results.line(dim(`${at}  ${by}: ${action}${refused === undefined ? "" : `, not allowed: ${refused}`}`));
}

/** What is not known to have gone out counts as failed. */
const describeTold = ({ status, by, failed, why = "nobody knows whether it went out" }: PlanNoticeRecord): string =>
  status === "sent"
    ? `the approvers were told, by ${by}`
    : `the approvers were not told, by ${failed?.join(", ") ?? by} (${why})`;

function describeStatus(record: PlanRecord): string {
  const { decision, appliedBy, why, run } = record;
  const decided = decision && `decided by ${decision.by} at ${decision.at}`;
  const applied = appliedBy === undefined || appliedBy === run ? undefined : `applied by run ${appliedBy}`;
  return [planStatusAt(record, clock()), decided, applied, why].filter((part) => part !== undefined).join(", ");
}
