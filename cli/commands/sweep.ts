/** `sweep`: one run over the policy's directories, and what it came to. */

import { Command, Option } from "commander";
import { manifestHeads } from "../../lib/evidence/index.ts";
import type { Mode } from "../../lib/model/index.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import { type Input, readInput } from "../input/read-input.ts";
import { originOf } from "../local/origin.ts";
import { sweepPorts } from "../local/ports.ts";
import { clock, openRecords, type Records, withRecords } from "../local/records.ts";
import { sealHere } from "../local/sealing.ts";
import { runUntilStopped } from "../local/stoppable-run.ts";
import { readPlan } from "../plan/read-plan.ts";
import { showPlan } from "../plan/show-plan.ts";
import { sweepJson } from "../sweep/sweep-json.ts";
import { recordsOption, shellWord } from "../terminal/command-text.ts";
import { collect, exitWith, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim } from "../terminal/piece.ts";
import { showPlaces } from "../terminal/places.ts";
import { showProgress } from "../terminal/progress.ts";
import { exitCode, showReport } from "../terminal/summary.ts";

interface SweepOptions extends PolicyOptions {
  readonly mode: Mode;
}

export const sweepCommand = (): Command =>
  withPolicy(new Command("sweep"))
    .description("Reads and judges every account; with --mode enforce, also switches MFA on where the policy says so")
    .addOption(new Option("--mode <mode>", "plan changes nothing").choices(["plan", "enforce"]).default("plan"))
    .option("--directory <id>", "only this directory; may be repeated", collect)
    .action(exitWith(sweep));

async function sweep(options: SweepOptions): Promise<number> {
  const { signal } = new AbortController();
  const input = await readInput(options, clock, signal);
  return withRecords(await openRecords(options, signal), async (records) => {
    const report = await runSweep(input, records, options, signal);
    if (options.json) results.json(await sweepJson(report, records));
    else await showSweep(report, records, options);
    return exitCode(report);
  });
}

const NO_PROGRESS = { onProgress: () => {}, stop: () => {} };

async function runSweep(
  input: Input,
  records: Records,
  options: SweepOptions,
  signal: AbortSignal,
): Promise<RunReport> {
  const progress = options.json ? NO_PROGRESS : showProgress(process.stderr, clock);
  const ports = sweepPorts(input, records, options);
  // In AWS a function does it, every hour.
  if (!options.aws) await sealHere(ports, signal);
  return runUntilStopped(ports, orderOf(input, options), progress, options.json);
}

function orderOf({ directories }: Input, { mode, directory = [], aws }: SweepOptions): RunOrder {
  const command = ["sweep", "--mode", mode, ...directory.flatMap((id) => ["--directory", id])];
  return { mode, origin: originOf(command.join(" "), aws), directories };
}

async function showSweep(report: RunReport, records: Records, options: SweepOptions): Promise<void> {
  await showReport(results, report, records.ledger);
  if (options.mode === "plan") await showPlans(report, records, options);
  results.line();
  showPlaces(records, report.run);
  showHeads(report);
  const next = options.mode === "plan" ? nextStep(report) : undefined;
  if (next !== undefined) results.line(dim(`Nothing was changed. ${next}`));
}

const MAX_PLANNED_SHOWN = 10;

async function showPlans({ run, directories }: RunReport, { ledger }: Records, options: SweepOptions): Promise<void> {
  for (const { id, changes } of directories) {
    if (changes.planned === 0) continue;
    results.line();
    results.line(bold(id), "  what would be changed");
    const showAll = `plan ${run} --directory ${shellWord(id)} ${recordsOption(options)}`;
    showPlan(results, await readPlan(ledger, run, id), MAX_PLANNED_SHOWN, showAll);
  }
}

/** Written down elsewhere, it shows later that this run is still there: `verify --expect-head` takes it. */
function showHeads(report: RunReport): void {
  for (const { directory, hash } of manifestHeads(report)) results.line(dim("head      "), `${hash}  `, dim(directory));
}

/** After a plan. Nothing where no change could be made. */
function nextStep({ status, directories }: RunReport): string | undefined {
  if (status !== "completed") return "Correct the problem above first, then sweep again.";
  if (!directories.some(({ changes }) => changes.planned > changes["needs-user"])) return undefined;
  return "Sweep with --mode enforce to make the planned changes.";
}
