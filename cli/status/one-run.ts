/** What one run came to. */

import { WardenError } from "../../lib/errors.ts";
import {
  type DirectoryRecord,
  type Ledger,
  omitUndefined,
  type PlanRecord,
  planStatusAt,
  type RunRecord,
} from "../../lib/model/index.ts";
import { clock } from "../local/records.ts";
import { closingPieces, countCoverage } from "../terminal/coverage-text.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, red, yellow } from "../terminal/piece.ts";
import { showDirectory } from "../terminal/summary.ts";
import { statusPiece } from "../terminal/verdict-text.ts";
import { findDeadRuns } from "./dead-runs.ts";

export interface OneRun {
  readonly run: RunRecord;
  readonly isDead: boolean;
  /** One for each directory whose sweep has begun. */
  readonly directories: readonly DirectoryRecord[];
  readonly plans: readonly PlanRecord[];
}

/** Throws `ERR_RUN_UNKNOWN`. */
export async function readOneRun(ledger: Ledger, id: string): Promise<OneRun> {
  const known = await ledger.readRun(id);
  if (!known) throw new WardenError("ERR_RUN_UNKNOWN", `There is no run ${id}; \`status\` lists the last ones.`);
  const { run, directories } = known;
  const isDead = (await findDeadRuns(ledger, [run])).has(id);
  return { run, isDead, directories, plans: await ledger.readPlans(id) };
}

/** Directories that it was to sweep count as incomplete until they are read whole. */
const runCoverage = ({ run, directories }: OneRun) => countCoverage(directories, run.directories);

export function showOneRun(found: OneRun): void {
  const { run, isDead, directories, plans } = found;
  results.line(bold(`Run ${run.run}`), `  mode ${run.mode}, `, isDead ? red("died") : statusPiece(run.status));
  results.line(
    dim(`started ${run.startedAt}${run.endedAt === undefined ? "" : `, ended ${run.endedAt}`}, by ${run.origin.by}`),
  );
  for (const record of directories) {
    results.line();
    showDirectory(results, record);
  }
  for (const id of missingFrom(found)) results.line(bold(id), "  ", yellow("not begun"));
  for (const plan of plans) results.line(dim(`plan of ${plan.directory}: ${planStatusAt(plan, clock())}`));
  results.line();
  results.line(...closingPieces(runCoverage(found)));
}

const missingFrom = ({ run, directories }: OneRun): string[] =>
  run.directories.filter((id) => !directories.some((record) => record.id === id));

export const oneRunJson = (found: OneRun): object => ({
  ...found.run,
  ...omitUndefined({ died: found.isDead || undefined }),
  coverage: runCoverage(found),
  directories: found.directories,
  notBegun: missingFrom(found),
  plans: found.plans.map((plan) => ({ ...plan, status: planStatusAt(plan, clock()) })),
});
