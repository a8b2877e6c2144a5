/** `demo --large`: a tenant with 40 % violating is refused, planned, approved, applied in waves, halted, resumed and rolled back. */

import { userInfo } from "node:os";
import { approvePlans } from "../../lib/approval/index.ts";
import type { Ledger, Origin, PlanRecord } from "../../lib/model/index.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import type { ProgressEvent } from "../../lib/sweep/index.ts";
import { approvalPorts } from "../approval/ports.ts";
import { readInput } from "../input/read-input.ts";
import { originOf } from "../local/origin.ts";
import { sweepPorts } from "../local/ports.ts";
import { clock, type Records } from "../local/records.ts";
import { DIRECTORIES, type SampleFiles } from "../local/sample-settings.ts";
import type { Simulators } from "../local/simulators.ts";
import { runUntilStopped } from "../local/stoppable-run.ts";
import { readPlan } from "../plan/read-plan.ts";
import { showPlan, showRuleCounts } from "../plan/show-plan.ts";
import { commandWord } from "../terminal/command-text.ts";
import { results } from "../terminal/output.ts";
import { bold, cyan, dim } from "../terminal/piece.ts";
import { showProgress } from "../terminal/progress.ts";
import { showDirectory } from "../terminal/summary.ts";
import { showHeading } from "./heading.ts";
import { breakPingOne, mendPingOne } from "./vendor-changes.ts";

/** A plan of a few hundred changes begins with a wave of a few; the second is the one that goes wrong. */
export const LARGE_TENANT = {
  accounts: 1_000,
  mfaEnabledShare: 0.6,
  changesPerRun: 50,
  approvers: [userInfo().username, "colleague"],
} as const;

const DIRECTORY = DIRECTORIES.pingone;
const DEADLINE_MS = 60_000;
/** A change that does not show is given up soon: the audience waits. */
const TIMES = { lease: 60, patience: 1_500 };
/** So many changes are well before the vendor breaks: the first wave, and some of the second. */
const CHANGES_BEFORE_FAULT = 6;
const PLANNED_SHOWN = 4;
const SCHEDULE: Origin = { by: "nightly schedule", how: "demo" };
const YOU = originOf("demo --large", false);
/** Nobody approves the plan of a run that they started: what a halt left, somebody else must approve. */
const COLLEAGUE: Origin = { by: "colleague", how: "demo" };

export interface LargeStage {
  readonly records: Records;
  readonly files: SampleFiles;
  readonly simulators: Simulators;
}

/** Answers whether everything went as it says, and the last run. */
export async function runLargeDemo(stage: LargeStage): Promise<{ readonly asExpected: boolean; readonly run: string }> {
  const refused = await showRefusal(stage);
  const halted = await showHalt(stage, refused);
  const resumed = await showResumption(stage, halted);
  const undone = await showUndoing(stage, resumed);
  const statuses = [refused, halted, resumed, undone].map(({ status }) => status);
  return { asExpected: statuses.join() === "awaiting-approval,halted,completed,completed", run: undone.run };
}

async function showRefusal(stage: LargeStage): Promise<RunReport> {
  showHeading("1  Refused", "the nightly sweep wants to change more than a run may");
  const report = await run(stage, { mode: "enforce", origin: SCHEDULE, directories: [DIRECTORY] });
  showOutcome(report);
  const changes = await readPlan(stage.records.ledger, report.run, DIRECTORY);
  results.line();
  results.line(bold("  the plan"), dim(`  of run ${report.run}`));
  showRuleCounts(results, changes);
  showPlan(results, changes, PLANNED_SHOWN, `plan ${report.run}`);
  return report;
}

async function showHalt(stage: LargeStage, { run: planned }: RunReport): Promise<RunReport> {
  const plan = await openPlan(stage.records.ledger, planned);
  showHeading("2  Approved, and halted", "you approve it by its hash; in the second wave the vendor breaks");
  showCommand(`approve ${planned} --plan ${plan.hash}`);
  const report = await apply(stage, plan, YOU, breakAfter(stage, CHANGES_BEFORE_FAULT));
  await mendPingOne(stage.simulators);
  showOutcome(report);
  return report;
}

async function showResumption(stage: LargeStage, { run: halted }: RunReport): Promise<RunReport> {
  const plan = await openPlan(stage.records.ledger, halted);
  showHeading(
    "3  Resumed",
    `the vendor works again; the ${plan.changes} changes that were not begun waited as a plan; a colleague approves it`,
  );
  showCommand(`approve ${halted} --plan ${plan.hash}`);
  const report = await apply(stage, plan, COLLEAGUE);
  showOutcome(report);
  return report;
}

async function showUndoing(stage: LargeStage, { run: resumed }: RunReport): Promise<RunReport> {
  showHeading("4  Rolled back", "a plan of its own, with its own approval, waves and read-backs");
  showCommand(`rollback ${resumed}`);
  const planned = await run(stage, {
    mode: "plan",
    origin: SCHEDULE,
    directories: [DIRECTORY],
    undoes: { run: resumed },
  });
  const plan = await openPlan(stage.records.ledger, planned.run);
  results.line(`  ${plan.changes} changes can be put back.`);
  showCommand(`approve ${planned.run} --plan ${plan.hash}`);
  const report = await apply(stage, plan, YOU);
  showOutcome(report);
  return report;
}

async function openPlan(ledger: Ledger, run: string): Promise<PlanRecord> {
  const plan = (await ledger.readPlans(run)).find(({ status }) => status === "waiting");
  if (plan) return plan;
  throw new Error(`run ${run} left no plan that waits`);
}

/** As `approve` does it: a person approves, and a run applies. */
async function apply(
  stage: LargeStage,
  { run: planned, hash }: PlanRecord,
  origin: Origin,
  onProgress?: OnProgress,
): Promise<RunReport> {
  const input = await readInput({ ...stage.files, directory: [DIRECTORY] }, clock, AbortSignal.timeout(DEADLINE_MS));
  const ports = approvalPorts(input.policy, stage.records.ledger);
  const applies = await approvePlans(ports, { run: planned, directory: DIRECTORY, hash, origin });
  return run(stage, { mode: "enforce", origin, directories: [DIRECTORY], applies }, onProgress);
}

type OnProgress = (event: ProgressEvent) => void;

async function run({ records, files }: LargeStage, order: RunOrder, onProgress?: OnProgress): Promise<RunReport> {
  const input = await readInput({ ...files, directory: [DIRECTORY] }, clock, AbortSignal.timeout(DEADLINE_MS));
  const shown = showProgress(process.stderr, clock);
  const progress = {
    ...shown,
    onProgress: (event: ProgressEvent) => {
      onProgress?.(event);
      shown.onProgress(event);
    },
  };
  return runUntilStopped(sweepPorts(input, records, TIMES), order, progress, false);
}

/** Breaks the vendor when so many changes are on record. */
function breakAfter({ simulators }: LargeStage, changes: number): OnProgress {
  let recorded = 0;
  return ({ did }) => {
    if (did === "recorded" && ++recorded === changes) void breakPingOne(simulators);
  };
}

function showOutcome({ directories }: RunReport): void {
  for (const record of directories) showDirectory(results, record);
}

const showCommand = (text: string): void => results.line(dim(`  $ ${commandWord} `), cyan(text));
