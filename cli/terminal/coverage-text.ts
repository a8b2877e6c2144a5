/** How much of the accounts is proven, as one line: of one directory, or of all that a run was to read. */

import { addCounts, type DirectoryRecord, isReadWhole, noVerdicts, type Verdict } from "../../lib/model/index.ts";
import { formatShare, measureCoverage } from "../../lib/report/index.ts";
import { bold, type Piece, red } from "./piece.ts";
import { verdictName } from "./verdict-text.ts";

export interface CoverageCounts {
  /** In scope, also who is known to be there and was not read. */
  readonly accounts: number;
  readonly proven: number;
  readonly violating: number;
  readonly unknown: number;
  readonly pending: number;
  readonly grace: number;
  readonly exempt: number;
  /** Known to be there, by the vendor's count. */
  readonly unread: number;
  /** Directories that were not read whole. */
  readonly incomplete: readonly string[];
}

/** @param expected ids of the directories that something should be known of; those of the records unless given */
export function countCoverage(
  records: readonly DirectoryRecord[],
  expected: readonly string[] = records.map(({ id }) => id),
): CoverageCounts {
  const { violating, unknown, pending, grace, exempt, ...verdicts } = records.reduce(
    (sum, { after }) => addCounts(sum, after),
    noVerdicts(),
  );
  const counts = { violating, unknown, pending, grace, exempt };
  const { covered, population, unread } = measureCoverage({ ...verdicts, ...counts }, records, expected);
  const whole = new Set(records.filter(({ status }) => isReadWhole(status)).map(({ id }) => id));
  const incomplete = expected.filter((id) => !whole.has(id));
  return { accounts: population, proven: covered, ...counts, unread, incomplete };
}

const SHOWN_WHERE_ANY: readonly (Verdict & keyof CoverageCounts)[] = ["pending", "grace", "exempt"];

/** `57 of 60 accounts proven (95.0 %), 3 violating, 0 unknown`; no share where a directory was not read whole. */
export function coveragePieces(counts: CoverageCounts): Piece[] {
  const { violating, unknown, unread } = counts;
  const others = SHOWN_WHERE_ANY.filter((verdict) => counts[verdict] > 0);
  return [
    bold(provenText(counts)),
    ", ",
    countPiece(violating, "violating"),
    ", ",
    countPiece(unknown, "unknown"),
    ...others.flatMap((verdict): Piece[] => [`, ${counts[verdict]} `, verdictName(verdict)]),
    ...(unread > 0 ? [", ", red(`${unread} not read`)] : []),
  ];
}

/** The same as the last line of a run: what was not read whole stands first. */
export const closingPieces = (counts: CoverageCounts): Piece[] =>
  counts.incomplete.length === 0
    ? coveragePieces(counts)
    : [red(`incomplete: ${counts.incomplete.join(", ")} not read whole`), "; ", ...coveragePieces(counts)];

function provenText({ accounts, proven, incomplete }: CoverageCounts): string {
  if (incomplete.length > 0) return `${proven} of at least ${accounts} accounts proven`;
  const share = accounts === 0 ? "" : ` (${formatShare(proven / accounts)})`;
  return `${proven} of ${accounts} accounts proven${share}`;
}

const countPiece = (count: number, verdict: "violating" | "unknown"): Piece =>
  count > 0 ? red(`${count} ${verdict}`) : `${count} ${verdict}`;
