/** `plan`: who would be changed by the plan of a run, by which rule, and what became of it. Changes nothing. */

import { Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import type { Change, Ledger } from "../../lib/model/index.ts";
import { openExistingRecords, withRecords } from "../local/records.ts";
import { changeJson, readPlan } from "../plan/read-plan.ts";
import { showPlan } from "../plan/show-plan.ts";
import { exitWith, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim } from "../terminal/piece.ts";

const DEADLINE_MS = 60_000;

interface PlanOptions extends StateOptions {
  readonly directory?: string;
}

interface DirectoryPlan {
  readonly id: string;
  /** SHA-256 over its changes with the facts they rest on; absent where the sweep did not come so far. */
  readonly hash?: string | undefined;
  readonly changes: readonly Change[];
}

export const planCommand = (): Command =>
  withState(new Command("plan"))
    .description("Shows every change that a run planned: whom, by which rule, and what would be done")
    .argument("[run]", "id of the run (default: the last one)")
    .option("--directory <id>", "only this directory of the run")
    .action(exitWith(plan));

async function plan(run: string | undefined, options: PlanOptions): Promise<number> {
  return withRecords(await openExistingRecords(options, AbortSignal.timeout(DEADLINE_MS)), async ({ ledger }) => {
    const found = await findRun(ledger, run);
    const plans = await readPlans(ledger, found, options.directory);
    if (options.json) results.json({ run: found, directories: plans.map(planJson) });
    else showPlans(found, plans);
    return 0;
  });
}

async function findRun(ledger: Ledger, run: string | undefined): Promise<string> {
  const id = run ?? (await ledger.listRuns(1))[0]?.run;
  if (id !== undefined) return id;
  throw new WardenError("ERR_RUN_UNKNOWN", "There is no run yet; sweep first.");
}

async function readPlans(ledger: Ledger, run: string, directory: string | undefined): Promise<DirectoryPlan[]> {
  const record = await ledger.readRun(run);
  if (!record) throw new WardenError("ERR_RUN_UNKNOWN", `There is no run ${run}; \`status\` lists the last ones.`);
  const chosen = record.directories.filter(({ id }) => directory === undefined || id === directory);
  if (directory !== undefined && chosen.length === 0)
    throw new WardenError("ERR_INPUT_INVALID", `Run ${run} has no directory ${directory}.`);
  return Promise.all(
    chosen.map(async ({ id, plan: hash }) => ({ id, hash, changes: await readPlan(ledger, run, id) })),
  );
}

const planJson = ({ id, hash, changes }: DirectoryPlan) => ({
  id,
  plan: { hash: hash ?? null, changes: changes.map(changeJson) },
});

function showPlans(run: string, plans: readonly DirectoryPlan[]): void {
  for (const { id, hash, changes } of plans) {
    results.line(bold(id), dim(`  of run ${run}${hash === undefined ? "" : `, hash ${hash}`}`));
    if (changes.length === 0) results.line("  No change was planned.");
    showPlan(results, changes, changes.length, "");
    results.line();
  }
}
