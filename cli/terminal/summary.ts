/** Says what a run came to: counts before and after, changes by outcome, problems, and who is left. */

import {
  type DirectoryRecord,
  type Ledger,
  OUTCOMES,
  type Outcome,
  VERDICTS,
  type Verdict,
} from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { showChangeReasons } from "../sweep/show-reasons.ts";
import { isNote } from "./notes.ts";
import { listOpenStates, OPEN_VERDICTS, showCut, showStates } from "./open-accounts.ts";
import { bold, dim, type Piece, red, yellow } from "./piece.ts";
import type { Screen } from "./print.ts";
import { statusPiece, verdictName } from "./verdict-text.ts";

const MAX_OPEN_SHOWN = 10;

/** 0: nobody violates or is unknown, and every change took; 1 otherwise; 3: the run is not complete. */
export function exitCode({ status, directories }: RunReport): number {
  if (status !== "completed") return 3;
  return directories.every(({ after, changes }) => countOpen(after) === 0 && countNotTaken(changes) === 0) ? 0 : 1;
}

const countOpen = (after: DirectoryRecord["after"]) => OPEN_VERDICTS.reduce((sum, verdict) => sum + after[verdict], 0);
const TAKEN: readonly Outcome[] = ["enforced", "reverted", "already"];
/** Whether a change that ended so is made. */
const isTaken = (outcome: Outcome): boolean => TAKEN.includes(outcome);

/** Of a run or a directory: how many changes were tried or refused, and are not made. */
export const countNotTaken = (changes: DirectoryRecord["changes"]) =>
  OUTCOMES.filter((outcome) => !isTaken(outcome)).reduce((sum, outcome) => sum + changes[outcome], 0);

/** @param policy that the run judged by */
export async function showReport(screen: Screen, report: RunReport, ledger: Ledger, policy?: Policy): Promise<void> {
  screen.line(bold(`Run ${report.run}`), `  mode ${report.mode}, `, statusPiece(report.status));
  for (const record of report.directories) {
    screen.line();
    showDirectory(screen, record);
    await showChangeReasons(screen, record, ledger, policy);
    if (record.read > 0) await showOpenAccounts(screen, record, ledger, policy);
  }
}

const COUNT_COLUMNS = [
  { head: "verdict" },
  { head: "before", align: "right" },
  { head: "after", align: "right" },
  { head: "", align: "right" },
] as const;

/** Counts, changes, facts and problems of one directory. */
export function showDirectory(screen: Screen, record: DirectoryRecord): void {
  const { id, vendor, status, read, verdicts, after, changes, facts = [], problems } = record;
  screen.line(bold(id), ` (${vendor})  `, statusPiece(status), `, ${readText(record)}`);
  if (read > 0) {
    screen.table(
      COUNT_COLUMNS,
      VERDICTS.map((verdict) => countRow(verdict, verdicts[verdict], after[verdict])),
    );
    screen.line("  changes: ", changesText(changes, record.mode));
  }
  for (const { meaning } of facts) screen.line("  ", dim("fact"), ` ${meaning}`);
  for (const problem of problems)
    screen.line("  ", isNote(problem) ? yellow("note") : red(problem.code), ` ${problem.message}`);
}

function readText({ status, read, total }: Pick<DirectoryRecord, "status" | "read" | "total">): string {
  if (status === "running") return `${read} accounts read so far`;
  if (total !== undefined) return `${read} of ${total} accounts read`;
  return read === 0 ? "nothing was read" : `${read} accounts read (the vendor does not say how many there are)`;
}

function countRow(verdict: Verdict, before: number, after: number): Piece[] {
  if (before === 0 && after === 0) return [dim(verdict), dim(0), dim(0)];
  const difference = after - before;
  const sign = difference > 0 ? "+" : "";
  return [verdictName(verdict), before, bold(after), difference === 0 ? "" : `${sign}${difference}`];
}

export function changesText(changes: DirectoryRecord["changes"], mode: DirectoryRecord["mode"]): string {
  if (changes.planned === 0) return "none needed";
  const ended = OUTCOMES.filter((outcome) => changes[outcome] > 0).map((outcome) => `${changes[outcome]} ${outcome}`);
  const open = OUTCOMES.reduce((sum, outcome) => sum - changes[outcome], changes.planned);
  const openText = open > 0 ? [`${open} ${mode === "plan" ? "to make" : "not made"}`] : [];
  return `${changes.planned} planned: ${[...openText, ...ended].join(", ")}`;
}

async function showOpenAccounts(
  screen: Screen,
  record: DirectoryRecord,
  ledger: Ledger,
  policy: Policy | undefined,
): Promise<void> {
  const count = countOpen(record.after);
  if (count === 0) return;
  const states = await listOpenStates(ledger, record.id, MAX_OPEN_SHOWN, policy);
  screen.line(
    "  violating or unknown: ",
    bold(count),
    count > states.length ? `, the first ${states.length} are shown` : "",
  );
  showStates(screen, states);
  if (count > states.length) showCut(screen);
}
