/** Runs one run here and says what it came to: the same for a sweep and for a plan that was approved. */

import { manifestHeads } from "../../lib/evidence/index.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import type { RunOrder, RunReport } from "../../lib/run/index.ts";
import type { Judged } from "../findings/judge.ts";
import type { Input } from "../input/read-input.ts";
import { sweepPorts } from "../local/ports.ts";
import { clock, type Records } from "../local/records.ts";
import { sealHere } from "../local/sealing.ts";
import { runUntilStopped } from "../local/stoppable-run.ts";
import { showPlans } from "../plan/show-plans.ts";
import { closingPieces, countCoverage } from "../terminal/coverage-text.ts";
import { isNote } from "../terminal/notes.ts";
import type { PolicyOptions } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";
import { dim } from "../terminal/piece.ts";
import { showPlaces } from "../terminal/places.ts";
import { showProgress } from "../terminal/progress.ts";
import { exitCode, showReport } from "../terminal/summary.ts";
import { sweepJson } from "./sweep-json.ts";

const NO_PROGRESS = { onProgress: () => {}, stop: () => {} };

export async function runSweep(
  input: Input,
  records: Records,
  options: PolicyOptions,
  order: RunOrder,
): Promise<RunReport> {
  const progress = options.json || options.quiet ? NO_PROGRESS : showProgress(process.stderr, clock);
  const ports = sweepPorts(input, records, options);
  // In AWS a function does it, every hour.
  if (!options.aws) await sealHere(ports, new AbortController().signal);
  return runUntilStopped(ports, order, progress, options.json);
}

/** What a run is shown with. */
interface RunView {
  /** That it judged by. */
  readonly policy: Policy;
  /** For the exit code, where somebody asked for one of their own. */
  readonly findings?: Judged | undefined;
}

/** Prints what the run came to, and answers the exit code. */
export async function showRun(
  report: RunReport,
  records: Records,
  options: PolicyOptions,
  { policy, findings }: RunView,
): Promise<number> {
  if (options.json) results.json({ ...(await sweepJson(report, records, options)), ...omitUndefined({ findings }) });
  else if (options.quiet) showProblems(report);
  else {
    await showReport(results, report, records.ledger, policy);
    await showPlans(report, records.ledger, options);
    results.line();
    showPlaces(records, report.run);
    showHeads(report);
  }
  if (!options.json) results.line(...closingPieces(countCoverage(report.directories)));
  return exitCode(report);
}

/** What is no note, where nothing but errors and the result is wanted. */
function showProblems({ directories }: RunReport): void {
  for (const { id, problems } of directories)
    for (const problem of problems) if (!isNote(problem)) errors.line(`${id}: ${problem.message} (${problem.code})`);
}

/** Written down elsewhere, it shows later that this run is still there: `verify --expect-head` takes it. */
function showHeads(report: RunReport): void {
  for (const { directory, hash } of manifestHeads(report)) results.line(dim("head      "), `${hash}  `, dim(directory));
}
