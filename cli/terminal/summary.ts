/** Says what a run came to: counts before and after, changes by outcome, problems, and who is left. */

import {
  type DirectoryRecord,
  type Judgement,
  type Ledger,
  OUTCOMES,
  type SubjectState,
  VERDICTS,
  type Verdict,
} from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { bold, cyan, dim, green, type Piece, red, yellow } from "./piece.ts";
import type { Screen } from "./print.ts";

const LEFT: readonly Verdict[] = ["violating", "unknown"];
const MOST_LEFT = 10;

const PAINT: Readonly<Record<Verdict, (text: string | number) => Piece>> = {
  compliant: green,
  pending: cyan,
  violating: red,
  grace: cyan,
  exempt: yellow,
  unknown: red,
  "out-of-scope": dim,
};

/** `compliant (enabled)`: a verdict never stands without what was required. */
export function verdictText({ verdict, requirement }: Pick<Judgement, "verdict" | "requirement">): string {
  return requirement === undefined || requirement === "none" ? verdict : `${verdict} (${requirement})`;
}
export const verdictPiece = (judgement: Pick<Judgement, "verdict" | "requirement">): Piece =>
  PAINT[judgement.verdict](verdictText(judgement));

/** 0: nobody violates or is unknown, and every change took; 1 otherwise; 3: the run is not complete. */
export function exitCode({ status, directories }: RunReport): number {
  if (status !== "completed") return 3;
  return directories.every(({ after, changes }) => left(after) === 0 && lacking(changes) === 0) ? 0 : 1;
}

const left = (after: DirectoryRecord["after"]) => LEFT.reduce((sum, verdict) => sum + after[verdict], 0);
const lacking = (changes: DirectoryRecord["changes"]) =>
  OUTCOMES.filter((outcome) => outcome !== "enforced" && outcome !== "already").reduce(
    (sum, outcome) => sum + changes[outcome],
    0,
  );

/** The one object of `sweep --json`. */
export const reportJson = ({ run, mode, status, directories }: RunReport): object => ({
  run,
  mode,
  status,
  directories: directories.map((record) => ({
    id: record.id,
    vendor: record.vendor,
    status: record.status,
    total: record.total ?? null,
    read: record.read,
    verdicts: record.verdicts,
    changes: record.changes,
    after: record.after,
    head: record.manifest ?? null,
    problems: record.problems.map(({ code, message }) => ({ code, message })),
  })),
});

export async function showReport(screen: Screen, report: RunReport, ledger: Ledger): Promise<void> {
  screen.line(bold(`Run ${report.run}`), `  mode ${report.mode}, `, statusPiece(report.status));
  for (const record of report.directories) {
    screen.line();
    showDirectory(screen, record);
    if (record.read > 0) await showLeft(screen, record, ledger);
  }
}

export const statusPiece = (status: DirectoryRecord["status"]): Piece =>
  status === "completed"
    ? green(status)
    : status === "running" || status === "awaiting-approval"
      ? yellow(status)
      : red(status);

/** Counts, changes and problems of one directory. */
export function showDirectory(screen: Screen, record: DirectoryRecord): void {
  const { id, vendor, status, read, verdicts, after, changes, problems } = record;
  screen.line(bold(id), ` (${vendor})  `, statusPiece(status), `, ${readText(record)}`);
  if (read > 0) {
    const columns = [
      { head: "verdict" },
      { head: "before", align: "right" },
      { head: "after", align: "right" },
      { head: "", align: "right" },
    ] as const;
    screen.table(
      columns,
      VERDICTS.map((verdict) => countRow(verdict, verdicts[verdict], after[verdict])),
    );
    screen.line("  changes: ", changesText(changes, record.mode));
  }
  for (const { code, message } of problems)
    screen.line("  ", status === "completed" ? yellow(code) : red(code), ` ${message}`);
}

function readText({ status, read, total }: Pick<DirectoryRecord, "status" | "read" | "total">): string {
  if (status === "running") return `${read} accounts read so far`;
  if (total !== undefined) return `${read} of ${total} accounts read`;
  return read === 0 ? "nothing was read" : `${read} accounts read (nothing confirms the total)`;
}

function countRow(verdict: Verdict, before: number, after: number): Piece[] {
  if (before === 0 && after === 0) return [dim(verdict), dim(0), dim(0)];
  const change = after - before;
  return [PAINT[verdict](verdict), before, bold(after), change === 0 ? "" : change > 0 ? `+${change}` : change];
}

export function changesText(changes: DirectoryRecord["changes"], mode: DirectoryRecord["mode"]): string {
  if (changes.planned === 0) return "none needed";
  const settled = OUTCOMES.filter((outcome) => changes[outcome] > 0).map((outcome) => `${changes[outcome]} ${outcome}`);
  const rest = OUTCOMES.reduce((sum, outcome) => sum - changes[outcome], changes.planned);
  const open = rest > 0 ? [`${rest} ${mode === "plan" ? "to make" : "not made"}`] : [];
  return `${changes.planned} planned: ${[...open, ...settled].join(", ")}`;
}

async function showLeft(screen: Screen, record: DirectoryRecord, ledger: Ledger): Promise<void> {
  const count = left(record.after);
  if (count === 0) return;
  const states = await openStates(ledger, record.id, MOST_LEFT);
  screen.line(`  left: `, bold(count), count > states.length ? `, of whom ${states.length} are shown` : "");
  showStates(screen, states);
  if (count > states.length) showCut(screen);
}

/** Under a list that does not show everybody. */
export const showCut = (screen: Screen): void => screen.line(dim("  …, `status --all` lists them all"));

/**
 * At most so many; those who must do something themselves first, then violating ones, then those that nothing is known
 * of. From an index, so it may lag behind.
 */
export async function openStates(ledger: Ledger, directory: string, most: number): Promise<SubjectState[]> {
  const found: SubjectState[] = [];
  for (const verdict of LEFT)
    if (found.length < most) found.push(...(await ledger.listByVerdict(directory, verdict, most - found.length)));
  return found.toSorted((a, b) => Number(needOf(a) === undefined) - Number(needOf(b) === undefined));
}

/** What only the person can bring about; for people to look at, no decision rests on it. */
export function needOf({ judgement, event }: SubjectState): "user" | "device" | undefined {
  if (event.outcome === "needs-user") return "user";
  return judgement.verdict === "violating" && /no usable device/i.test(judgement.why) ? "device" : undefined;
}

export function showStates(screen: Screen, states: readonly SubjectState[]): void {
  const columns = [
    { head: "account", most: 36 },
    { head: "verdict" },
    { head: "rule", most: 20 },
    { head: "why", most: 140 },
  ];
  screen.table(
    columns,
    states.map((state) => [
      state.username,
      verdictPiece(state.judgement),
      state.judgement.rule ?? "",
      reason(state.judgement, state.event),
    ]),
  );
}

/** What the last change came to says more than the verdict it left. */
const reason = ({ why }: Judgement, { outcome, why: because }: SubjectState["event"]) =>
  outcome === undefined ? why : `${outcome}: ${because}`;
