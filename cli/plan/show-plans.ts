/** Says after a run who would be changed, and how a plan that waits is approved. */

import type { DirectoryRecord, Ledger, PlanRecord } from "../../lib/model/index.ts";
import { planStatusAt } from "../../lib/model/index.ts";
import { shellWord } from "../../lib/notice/index.ts";
import { clock } from "../local/records.ts";
import { commandLine, inputOption, recordsOption } from "../terminal/command-text.ts";
import type { PolicyOptions, StateOptions } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim } from "../terminal/piece.ts";
import { readPlan } from "./read-plan.ts";
import { showPlan } from "./show-plan.ts";

const MAX_PLANNED_SHOWN = 10;

interface PlannedRun {
  readonly run: string;
  readonly directories: readonly DirectoryRecord[];
}

/** Of every directory where something is left to do. */
export async function showPlans(
  { run, directories }: PlannedRun,
  ledger: Ledger,
  options: PolicyOptions,
): Promise<void> {
  const plans = await ledger.readPlans(run);
  for (const { id, changes, mode } of directories) {
    const plan = plans.find(({ directory }) => directory === id);
    const waits = plan?.status === "waiting";
    if (changes.planned === 0 || (mode === "enforce" && !waits)) continue;
    results.line();
    results.line(bold(id), "  what would be changed");
    const showAll = `plan ${run} --directory ${shellWord(id)} ${recordsOption(options)}`;
    showPlan(results, await readPlan(ledger, run, id), MAX_PLANNED_SHOWN, showAll);
    if (plan && waits) showApproval(plan, options, `${inputOption(options)} `);
  }
}

/** A plan that waits ends with the command that approves it. @param input the options that name policy and secrets again */
export function showApproval(plan: PlanRecord, options: StateOptions, input = ""): void {
  const { run, directory, hash, expiresAt } = plan;
  if (planStatusAt(plan, clock()) !== "waiting") return;
  results.line(dim(`  The plan waits until ${expiresAt}. Who may approve it does so with:`));
  const command = approveCommand({ run, directory, hash }, `${input}${recordsOption(options)}`);
  results.line(`  ${commandLine(command)}`);
}

export const approveCommand = (
  { run, directory, hash }: Pick<PlanRecord, "run" | "directory" | "hash">,
  where: string,
): string => `approve ${run} --directory ${shellWord(directory)} --plan ${hash} ${where}`;
