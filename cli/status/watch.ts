/** Shows a run while it is going: on a terminal in place, elsewhere a line for each step. */

import { setTimeout as delay } from "node:timers/promises";
import type { DirectoryRecord, Ledger } from "../../lib/model/index.ts";
import { clock } from "../local/records.ts";
import { exitBy, onStop } from "../terminal/interrupt.ts";
import { results } from "../terminal/output.ts";
import { bold, dim } from "../terminal/piece.ts";
import { changesText } from "../terminal/summary.ts";
import { statusPiece } from "../terminal/verdict-text.ts";
import { findDeadRuns } from "./dead-runs.ts";
import { type OneRun, readOneRun, showOneRun } from "./one-run.ts";

const INTERVAL_MS = 1_000;
const RUNS_LOOKED_AT = 10;
/** So that what was on the terminal before is there again afterwards; without cursor. */
const ENTER_SCREEN = "\x1b[?1049h\x1b[?25l";
const LEAVE_SCREEN = "\x1b[?25h\x1b[?1049l";
const CLEAR = "\x1b[H\x1b[J";

interface Display {
  readonly show: (found: OneRun) => void;
  readonly end: () => void;
}

/** The newest run that is going, or `undefined`. */
export async function findRunning(ledger: Ledger): Promise<string | undefined> {
  const runs = await ledger.listRuns(RUNS_LOOKED_AT);
  const dead = await findDeadRuns(ledger, runs);
  return runs.find(({ run, status }) => status === "running" && !dead.has(run))?.run;
}

/** Until the run is over or has died; then it shows what the run came to. */
export async function watchRun(ledger: Ledger, run: string): Promise<void> {
  const display = process.stdout.isTTY ? inPlace() : asLines();
  onStop((signal) => {
    display.end();
    exitBy(signal);
  });
  let found = await readOneRun(ledger, run);
  for (; isGoing(found); found = await readOneRun(ledger, run)) {
    display.show(found);
    await delay(INTERVAL_MS);
  }
  display.end();
  showOneRun(found);
}

const isGoing = ({ run, isDead }: OneRun): boolean => run.status === "running" && !isDead;

/** Each picture reaches the terminal in one piece, so that nothing flickers. */
function inPlace(): Display {
  let isOpen = false;
  const write = (text: string) => process.stdout.write(text);
  return {
    show: (found) => {
      process.stdout.cork();
      if (!isOpen) write(ENTER_SCREEN);
      isOpen = true;
      write(CLEAR);
      showPicture(found);
      process.stdout.uncork();
    },
    end: () => {
      if (isOpen) write(LEAVE_SCREEN);
      isOpen = false;
    },
  };
}

function asLines(): Display {
  let before = "";
  return {
    show: ({ run, directories }) => {
      const steps = run.directories.map((id) => `${id} ${stepText(directories.find((record) => record.id === id))}`);
      const line = `run ${run.run}: ${steps.join("; ")}`;
      if (line !== before) results.line(line);
      before = line;
    },
    end: () => {},
  };
}

function stepText(record: DirectoryRecord | undefined): string {
  if (record === undefined) return "not begun";
  return record.status === "running" ? "running" : `${record.status}, ${record.read} accounts read`;
}

const COLUMNS = [
  { head: "directory" },
  { head: "status" },
  { head: "read", align: "right" },
  { head: "changes" },
] as const;
/** Besides the directories. */
const OTHER_LINES = 5;

function showPicture({ run, directories }: OneRun): void {
  const seconds = Math.max(0, Math.round((clock() - Date.parse(run.startedAt)) / 1000));
  results.line(bold(`Run ${run.run}`), `  mode ${run.mode}, `, statusPiece(run.status), ` for ${seconds} s`);
  const room = Math.max(1, process.stdout.rows - OTHER_LINES);
  const shown = run.directories.slice(0, room);
  results.table(
    COLUMNS,
    shown.map((id) =>
      rowOf(
        id,
        directories.find((record) => record.id === id),
      ),
    ),
  );
  if (shown.length < run.directories.length) results.line(dim(`  and ${run.directories.length - shown.length} more`));
  results.line(dim("Ctrl-C ends this view; the run goes on."));
}

function rowOf(id: string, record: DirectoryRecord | undefined) {
  if (record === undefined) return [id, dim("not begun"), "", ""];
  if (record.status === "running") return [id, statusPiece(record.status), "", ""];
  return [id, statusPiece(record.status), record.read, changesText(record.changes, record.mode)];
}
