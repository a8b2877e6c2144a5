/** Shows what is recorded about one account: its whole history, or how it stood on a day. */

import { describeVendorAnswer } from "../../lib/errors.ts";
import {
  type FailedCall,
  type HistoryEvent,
  type HoldRecord,
  type NoticeRecord,
  type Outcome,
  REQUIREMENTS,
  type Revert,
  type SubjectState,
  type VendorEvent,
} from "../../lib/model/index.ts";
import type { SubjectAsOf } from "../../lib/report/index.ts";
import { showBasis } from "../report/basis.ts";
import { results } from "../terminal/output.ts";
import { bold, cyan, dim, type Piece } from "../terminal/piece.ts";
import { type JudgedVerdict, verdictPiece, verdictText } from "../terminal/verdict-text.ts";

const COLUMNS = [
  { head: "when" },
  { head: "what", most: 60 },
  { head: "rule", most: 20 },
  { head: "run" },
  { head: "why" },
];

/** What is shown of one account. */
export interface RecordedLines {
  readonly events: readonly HistoryEvent[];
  readonly holds: readonly HoldRecord[];
  readonly vendorEvents: readonly VendorEvent[];
}

/** Oldest first, what people and the vendor did between our own. */
export function showHistory(
  directory: string,
  { id, username, judgement, departed, notices = [] }: SubjectState,
  { events, holds, vendorEvents }: RecordedLines,
): void {
  const end = departed === undefined ? "" : ` departed (${departed})`;
  results.line(bold(username), dim(`  ${directory}/${id}  `), verdictPiece(judgement), end);
  results.line();
  const rows = [
    ...events.map(historyRow),
    ...notices.map(noticeRow),
    ...holds.map(holdRow),
    ...vendorEvents.map(vendorRow),
  ];
  results.table(
    COLUMNS,
    rows.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).map(({ at, cells }) => [at, ...cells]),
  );
}

interface TimedRow {
  readonly at: string;
  readonly cells: readonly Piece[];
}

const historyRow = (event: HistoryEvent): TimedRow => ({
  at: event.at,
  cells: [describeEvent(event), event.rule ?? "", event.run, reasonOf(event)],
});

const NOTICE_KINDS = { first: "told beforehand", last: "told on the last day" } as const;

/** What is not known to have gone out counts as failed. */
const noticeRow = ({
  kind,
  at,
  due,
  by,
  run,
  status,
  why = "nobody knows whether it went out",
}: NoticeRecord): TimedRow => ({
  at,
  cells: [
    status === "sent" ? `${NOTICE_KINDS[kind]}, by ${by}` : `notice failed, by ${by}`,
    "",
    run,
    status === "sent" ? `the change is due on ${due}` : why,
  ],
});

const holdRow = ({ did, at, by, reason = "", until }: HoldRecord): TimedRow => ({
  at,
  cells: [did === "held" ? `held until ${until}` : "hold ended", "", by.by, reason],
});

const vendorRow = ({ at, action, by = "", detail = "" }: VendorEvent): TimedRow => ({
  at,
  cells: [cyan(`the vendor: ${action}`), "", by, detail],
});

function describeEvent(event: HistoryEvent): string {
  if (event.kind === "departed") return "departed";
  if (event.outcome !== undefined) return describeOutcome(event.outcome, event.revert);
  const now = verdictText(verdictOf(event));
  if (event.was === undefined) return `first seen: ${now}`;
  return event.was === event.verdict ? `still ${now}` : `${event.was} → ${now}`;
}

/** What became of undoing a change is told from what became of making one. */
const describeOutcome = (outcome: Outcome, revert: Revert | undefined): string =>
  revert && outcome !== "reverted" ? `undoing run ${revert.run}: ${outcome}` : outcome;

const reasonOf = ({ why, detail }: HistoryEvent): string => (detail ? `${why} [${describeCall(detail)}]` : why);

/** What is kept of a call that failed, as names and numbers. */
function describeCall(detail: FailedCall): string {
  const call = [detail.method, detail.path, detail.status].filter((part) => part !== undefined).join(" ");
  return [call, describeVendorAnswer(detail)].filter(Boolean).join("; ");
}

function verdictOf({ verdict, requirement }: HistoryEvent): JudgedVerdict {
  const known = ([...REQUIREMENTS, "profile"] as const).find((name) => name === requirement);
  return known === undefined ? { verdict } : { verdict, requirement: known };
}

/** `--as-of`. */
export function showSubjectAsOf(day: string, subject: SubjectAsOf): void {
  const { directory, id, username, moment, last, since, departed, basis } = subject;
  results.line(bold(username ?? id), dim(`  ${directory}/${id}  `), dim(`as of ${day}, until ${moment}`));
  if (!last) results.line("No sweep had read this account by then.");
  else if (departed) results.line(`departed, since ${last.at}: ${last.why}`);
  else results.line(verdictPiece(verdictOf(last)), `  since ${since}: ${last.why}`);
  showBasis(directory, last, Date.parse(moment), basis);
}
