/** Says what a report came to and where it is, for people and as JSON. */

import { isReadWhole, omitUndefined } from "../../lib/model/index.ts";
import {
  type Comparison,
  comparisonCounts,
  describeComparison,
  describePeople,
  describePrevious,
  formatShare,
  type People,
  peopleCounts,
  type ReportHead,
} from "../../lib/report/index.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, red, yellow } from "../terminal/piece.ts";
import type { MadeReport } from "./make-report.ts";
import type { Packed } from "./pack.ts";

/** @param kept the folder is still there, beside the pack */
export const reportJson = (
  { head, summary, comparison, people, files, place, page, rows }: MadeReport,
  kept: boolean,
  packed?: Packed,
) => ({
  run: head.run,
  status: head.status,
  incomplete: head.incomplete,
  ...omitUndefined({ day: head.day, asOf: head.asOf, rests: head.basis }),
  ...omitUndefined({ place: kept ? place : undefined, page: kept ? page : undefined }),
  files,
  subjects: rows,
  verdicts: summary.counts,
  ...omitUndefined({
    approvals: head.approvals,
    difference: comparison && comparisonCounts(comparison),
    people: people && peopleCounts(people),
    pack: packed && { ...packed, verify: verifyText(head, packed) },
  }),
});

/** As typed where the archive was unpacked. */
const verifyText = ({ run }: ReportHead, { heads, fingerprint }: Packed) =>
  `node verify.mjs . --pack --key public-key.pem --expect-key ${fingerprint} --from ${run} --expect-head ${heads.join(",")}`;

export function showMadeReport(made: MadeReport, kept: boolean, packed?: Packed): void {
  const { head, files, place, page } = made;
  showAnswer(made);
  if (made.people) showPeople(made.people);
  if (made.comparison) showDifference(made.comparison);
  if (kept) {
    results.line(dim("page      "), page);
    results.line(dim("tables    "), files.slice(1).join(", "), dim(`  in ${place}`));
  }
  if (packed) showPack(packed, verifyText(head, packed));
}

function showAnswer(made: MadeReport): void {
  const { head, summary, coverage } = made;
  const { incomplete, run, day, asOf, basis = [] } = head;
  if (incomplete.length > 0) results.line(red("Incomplete"), `: ${describeGap(head)}`);
  for (const { code, message } of incomplete) results.line("  ", red(code), ` ${message}`);
  const open = summary.counts.violating + summary.counts.unknown;
  results.line(
    bold(day === undefined ? `Run ${run}` : `As of ${day}`),
    ...(asOf === undefined ? [] : [dim(`, until ${asOf}`)]),
    `  ${coverage.covered} of ${coverage.population} in scope are covered, ${formatShare(coverage.share)}; `,
    open > 0
      ? red(`${open} violating or unknown`)
      : isWholePopulation(made)
        ? green(NOBODY)
        : yellow(`${NOBODY} among those read`),
  );
  for (const sentence of basis) results.line("  ", sentence);
}

/** How much of the directories is missing. */
function describeGap({ run, status, day, directories }: ReportHead): string {
  const what = day === undefined ? `run ${run}, ${status}` : `as of ${day}`;
  const unread = directories.filter((directory) => !isReadWhole(directory.status)).length;
  if (unread === 0) return `something is missing (${what}).`;
  const verb = unread === 1 ? "was" : "were";
  return `${unread} of ${directories.length} directories ${verb} not read completely (${what}).`;
}

const NOBODY = "nobody is violating or unknown";
/** Only of a population that was read, and read whole, is it good news that nobody is. */
function isWholePopulation({ head, coverage: { population, unread } }: MadeReport): boolean {
  return head.incomplete.length === 0 && population > 0 && unread === 0;
}

function showPeople(people: People): void {
  const open = people.coverage.somewhere + people.coverage.nowhere + people.coverage.ambiguous;
  const text = describePeople(people);
  results.line(dim("people    "), open > 0 ? red(text) : text);
  for (const { directory, why } of people.missing) results.line("  ", yellow(`not joined: ${directory}`), `: ${why}`);
}

function showDifference(compared: Comparison): void {
  const text = describeComparison(compared);
  if ("difference" in compared)
    results.line(dim("changes   "), `since ${describePrevious(compared.difference)}: ${text}`);
  else if (compared.code === undefined) results.line(dim("changes   "), text);
  else results.line(dim("changes   "), red(compared.code), ` ${text}`);
}

/** @param check how it is checked, as typed where it was unpacked */
export function showPack(packed: Packed, check: string): void {
  results.line(dim("pack      "), packed.file);
  for (const hash of packed.heads) results.line(dim("head      "), hash, dim("  tell the auditor by another way"));
  results.line(dim("key       "), packed.fingerprint, dim("  and this"));
  results.line(dim("check     "), check, dim("  where it was unpacked"));
}
