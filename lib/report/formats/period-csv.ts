/** A period as tables for spreadsheets: runs, changes, exemptions, gaps. With a byte order mark, and nothing that is calculated. */

import { OUTCOMES, VERDICTS } from "../../model/index.ts";
import type { PeriodChange, PeriodData, PeriodSweep } from "../data/index.ts";
import { field } from "./csv.ts";

/** `plain`: a day or a month of ours, which a spreadsheet may take for one. */
type Cell = string | number | undefined | { readonly plain: string };

const line = (cells: readonly Cell[]): string => `${cells.map(cellText).join(",")}\r\n`;

function cellText(cell: Cell): string {
  if (typeof cell === "object") return cell.plain;
  return typeof cell === "number" ? String(cell) : field(cell);
}

const heading = (columns: readonly string[]): string => `\ufeff${columns.join(",")}\r\n`;
const yesOrNo = (value: boolean): string => (value ? "yes" : "no");

const RUN_COLUMNS = [
  "run",
  "started_at",
  "ended_at",
  "started_by",
  "how",
  "mode",
  "run_status",
  "directory",
  "vendor",
  "status",
  "read_everybody",
  "accounts_read",
  "vendor_total",
  ...VERDICTS.map((verdict) => `read_${verdict.replaceAll("-", "_")}`),
  ...VERDICTS.map((verdict) => `after_${verdict.replaceAll("-", "_")}`),
  "changes_planned",
  ...OUTCOMES.map((outcome) => `changes_${outcome.replaceAll("-", "_")}`),
  "approved_by",
  "applies",
  "undoes",
  "policy",
  "code",
  "evidence",
  "manifest",
  "follows_run",
  "follows_manifest",
  "counts_from",
  "problems",
];

/** A line a run and directory; a run that left nothing on record has one without a directory. */
export function* runsCsv({ runs, sweeps }: PeriodData): Generator<string> {
  yield heading(RUN_COLUMNS);
  const byRun = Map.groupBy(sweeps, ({ run }) => run);
  for (const run of runs) {
    const { run: id, startedAt, endedAt, origin, mode, status } = run;
    const start = [id, startedAt, endedAt, origin.by, origin.how, mode, status];
    for (const sweep of byRun.get(id) ?? [undefined])
      yield line([...start, ...sweepCells(sweep), run.applies, run.undoes, run.policy, run.code, ...sealCells(sweep)]);
  }
}

function sweepCells(sweep: PeriodSweep | undefined): Cell[] {
  if (!sweep) return Array.from({ length: 8 + 2 * VERDICTS.length + OUTCOMES.length });
  const { directory, vendor, status, isWhole, read, total, verdicts, after, changes, approval } = sweep;
  return [
    directory,
    vendor,
    status,
    yesOrNo(isWhole),
    read,
    total,
    ...VERDICTS.map((verdict) => verdicts[verdict]),
    ...VERDICTS.map((verdict) => after[verdict]),
    changes.planned,
    ...OUTCOMES.map((outcome) => changes[outcome] ?? 0),
    approval?.by,
  ];
}

function sealCells(sweep: PeriodSweep | undefined): Cell[] {
  if (!sweep) return ["none", undefined, undefined, undefined, "ledger", "it left nothing on record"];
  const { evidence, manifest, follows, problems } = sweep;
  const said = problems.map(({ code, message }) => `${code} ${message}`).join(" ");
  return [evidence, manifest, follows?.run, follows?.hash, evidence === "sealed" ? "evidence" : "ledger", said];
}

const CHANGE_COLUMNS = [
  "at",
  "directory",
  "id",
  "username",
  "outcome",
  "why",
  "rule",
  "requirement",
  "run",
  "event",
  "undoes",
  "allowed_by",
  "approved_by",
  "approved_at",
  "note",
  "plan",
  "recorded_in",
];

/** A line a change that was tried. */
export async function* changesCsv(changes: AsyncIterable<readonly PeriodChange[]>): AsyncGenerator<string> {
  yield heading(CHANGE_COLUMNS);
  for await (const page of changes) yield page.map((change) => line(changeCells(change))).join("");
}

const changeCells = (change: PeriodChange): Cell[] => [
  change.at,
  change.directory,
  change.id,
  change.username,
  change.outcome,
  change.why,
  change.rule,
  change.requirement,
  change.run,
  change.event,
  change.undoes,
  change.approvedBy === undefined ? "policy" : "person",
  change.approvedBy,
  change.approvedAt,
  change.note,
  change.plan,
  change.recordedIn,
];

const EXEMPTION_COLUMNS = [
  "directory",
  "account",
  "username",
  "reason",
  "ticket",
  "approved_by",
  "owner",
  "control",
  "first_day",
  "last_day",
  "in_policy_since",
  "removed_from_policy",
];

/** A line an exemption that was in force in the period. */
export function* exemptionsCsv({ exemptions }: PeriodData): Generator<string> {
  yield heading(EXEMPTION_COLUMNS);
  for (const { exemption, named, removed, firstDay, lastDay } of exemptions) {
    const { directory, account, username, reason, ticket, approvedBy, owner, control } = exemption;
    yield line([
      directory,
      account,
      username,
      reason,
      ticket,
      approvedBy,
      owner,
      control,
      { plain: firstDay },
      { plain: lastDay },
      named,
      removed,
    ]);
  }
}

/** A line a rule, directory and month. */
export function* rulesCsv({ rules }: PeriodData): Generator<string> {
  const verdictColumns = VERDICTS.map((verdict) => `read_${verdict.replaceAll("-", "_")}`);
  yield heading(["month", "directory", "rule", "run", "ended_at", ...verdictColumns]);
  for (const { month, directory, rule, run, endedAt, verdicts } of rules)
    yield line([{ plain: month }, directory, rule, run, endedAt, ...VERDICTS.map((verdict) => verdicts[verdict])]);
}

/** A line a gap. */
export function* gapsCsv({ gaps }: PeriodData): Generator<string> {
  yield heading(["directory", "from", "to", "hours", "allowed_hours", "tried", "before_records", "lasts_to_the_end"]);
  for (const { directory, from, to, allowedMs, tried, isBeforeRecords, isOpen } of gaps) {
    const hours = Math.round((Date.parse(to) - Date.parse(from)) / HOUR_MS);
    yield line([directory, from, to, hours, allowedMs / HOUR_MS, tried, yesOrNo(isBeforeRecords), yesOrNo(isOpen)]);
  }
}

const HOUR_MS = 3_600_000;
