/** Shows the last runs, what the newest one of each directory came to, the kill switch, and who is open. */

import { type PlanRecord, planStatusAt, type RunRecord } from "../../lib/model/index.ts";
import { clock } from "../local/records.ts";
import { showCut, showStates } from "../terminal/open-accounts.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, red, yellow } from "../terminal/piece.ts";
import { showDirectory } from "../terminal/summary.ts";
import { statusPiece } from "../terminal/verdict-text.ts";
import { type DirectoryStatus, isHalted, type Status } from "./read-status.ts";

export function showStatus({ runs, dead, directories, undoing, halted }: Status): void {
  if (runs.length === 0) results.line("No run yet.");
  else showRuns(runs, dead);
  results.line();
  showSwitch(directories, halted);
  for (const directory of directories) showDirectoryStatus(directory, halted);
  for (const plan of undoing) showUndoing(plan);
  if (dead.size > 0)
    results.line(dim("A run that died was killed or lost its machine. The next sweep finishes what it left open."));
}

function showUndoing({ run, directory, undoes, changes, expiresAt }: PlanRecord): void {
  const what = `a plan to put back ${changes} changes that run ${undoes} made in ${directory} waits until ${expiresAt}`;
  results.line();
  results.line(yellow(what), `: \`plan ${run}\``);
}

/** @param haltedAll why changes to all directories are halted */
function showDirectoryStatus(
  { record, plan, halted, holds, open, cut }: DirectoryStatus,
  haltedAll: string | undefined,
): void {
  results.line();
  showDirectory(results, record);
  results.line(dim(`  from run ${record.run}`));
  if (plan && planStatusAt(plan, clock()) === "waiting")
    results.line(
      "  ",
      yellow(`a plan of ${plan.changes} changes waits until ${plan.expiresAt}`),
      `: \`plan ${plan.run}\``,
    );
  if (halted !== undefined && halted !== haltedAll) results.line("  ", red(`changes are halted: ${halted}`));
  for (const { id, username, until, reason, by } of holds)
    results.line("  ", yellow("held"), ` until ${until}: ${username} (${record.id}/${id}): ${reason} (${by.by})`);
  if (open.length > 0) {
    results.line("  ", bold("open"), ` (${cut ? "the first " : ""}${open.length})`);
    showStates(results, open);
  }
  if (cut) showCut(results);
}

/** Never a bare "allowed" while a directory is halted. */
function showSwitch(directories: readonly DirectoryStatus[], halted: string | undefined): void {
  const haltedAlone = halted === undefined ? directories.filter(isHalted) : [];
  for (const { record, halted: why } of haltedAlone) results.line("changes: ", red(`halted for ${record.id}: ${why}`));
  if (halted !== undefined) results.line("changes: ", red(`halted: ${halted}`));
  else if (haltedAlone.length > 0) results.line("changes: allowed in all other directories");
  else results.line("changes: ", green("allowed"));
}

const RUN_COLUMNS = [
  { head: "run" },
  { head: "started" },
  { head: "took", align: "right" },
  { head: "mode" },
  { head: "status" },
  { head: "directories" },
  { head: "by" },
] as const;

function showRuns(runs: readonly RunRecord[], dead: ReadonlySet<string>): void {
  results.table(
    RUN_COLUMNS,
    runs.map(({ run, startedAt, endedAt, mode, undoes, status, directories, origin }) => [
      run,
      startedAt,
      dead.has(run) ? "" : durationText(startedAt, endedAt),
      undoes === undefined ? mode : `${mode} (undo)`,
      dead.has(run) ? red("died") : statusPiece(status),
      directories.join(", "),
      origin.by,
    ]),
  );
}

function durationText(startedAt: string, endedAt: string | undefined): string {
  const ms = (endedAt === undefined ? clock() : Date.parse(endedAt)) - Date.parse(startedAt);
  // A clock that was set back while it ran.
  const seconds = Math.max(0, ms) / 1000;
  return seconds < 600 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
