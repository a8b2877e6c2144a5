/** Says what a report over a period came to and where it is, for people and as JSON. */

import { omitUndefined } from "../../lib/model/index.ts";
import { countEnded, coveredShare, describeGap, formatShare, type PeriodSweep } from "../../lib/report/index.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, red, yellow } from "../terminal/piece.ts";
import type { MadePeriod } from "./make-period.ts";
import type { Packed } from "./pack.ts";
import { showPack } from "./show-report.ts";

/** Sentences of one kind that are shown. */
const MAX_SENTENCES = 20;

/** @param kept the folder is still there, beside the pack */
export function periodJson({ data, summary, place, page, files }: MadePeriod, kept: boolean, packed?: Packed) {
  const { period, recordsBegin, runs, sweeps, gaps, exemptions, policies, acts } = data;
  return {
    period: {
      from: period.from,
      to: period.to,
      begins: new Date(period.begins).toISOString(),
      ends: new Date(period.ends).toISOString(),
      isCut: period.isCut,
    },
    recordsBegin,
    incomplete: summary.incomplete,
    ...omitUndefined({ place: kept ? place : undefined, page: kept ? page : undefined }),
    files,
    runs: runs.length,
    sweeps: { count: sweeps.length, whole: sweeps.filter(({ isWhole }) => isWhole).length },
    gaps,
    coverage: coverageOf(data),
    changes: { ended: countEnded(summary), approved: summary.approved, ...summary.outcomes },
    exemptions: exemptions.length,
    policyChanges: policies.length,
    switchTurns: acts.turns.length,
    holds: acts.holds.length,
    ...omitUndefined({ pack: packed && { ...packed, verify: verifyText(packed) } }),
  };
}

/** Of each directory at the first and at the last sweep that read everybody. */
const coverageOf = ({ sweeps }: MadePeriod["data"]) =>
  [
    ...Map.groupBy(
      sweeps.filter(({ isWhole }) => isWhole),
      ({ directory }) => directory,
    ),
  ].map(([directory, own]) => omitUndefined({ directory, first: shareOf(own[0]), last: shareOf(own.at(-1)) }));

const shareOf = (sweep: PeriodSweep | undefined) => sweep && coveredShare({ verdicts: sweep.after });

/** As typed where the archive was unpacked. */
const verifyText = ({ heads, fingerprint }: Packed) =>
  `node verify.mjs . --pack --key public-key.pem --expect-key ${fingerprint} --expect-head ${heads.join(",")}`;

export function showMadePeriod(made: MadePeriod, kept: boolean, packed?: Packed): void {
  const { data, summary, files, place, page } = made;
  const { period, gaps, runs, sweeps, exemptions } = data;
  results.line(bold(`${period.from} to ${period.to}`), dim(", UTC, both days included"));
  if (period.isCut) results.line("  ", yellow(`That end is yet to come: what is said ends at ${data.madeAt}.`));
  if (Date.parse(data.recordsBegin) > period.begins)
    results.line("  ", yellow(`Nothing is on record before ${data.recordsBegin}: what was before is not known.`));
  const whole = sweeps.filter(({ isWhole }) => isWhole).length;
  results.line(dim("runs      "), `${runs.length}; ${whole} of ${sweeps.length} sweeps of a directory read everybody`);
  for (const { directory, first = 0, last = 0 } of coverageOf(data))
    results.line(dim("coverage  "), `${directory} from ${formatShare(first)} to ${formatShare(last)}`);
  results.line(
    dim("changes   "),
    `${countEnded(summary)} came to an end, ${summary.outcomes.enforced} took, ${summary.approved} approved by a person`,
  );
  results.line(dim("exempt    "), `${exemptions.length} exemptions were in force on a day of it`);
  if (gaps.length === 0) results.line(dim("gaps      "), green("none"));
  for (const gap of gaps.slice(0, MAX_SENTENCES)) results.line(dim("gap       "), red(describeGap(gap)));
  const others = summary.incomplete.filter(({ message }) => !gaps.some((gap) => describeGap(gap) === message));
  for (const { code, message } of others.slice(0, MAX_SENTENCES)) results.line("  ", red(code), ` ${message}`);
  const left = Math.max(0, gaps.length - MAX_SENTENCES) + Math.max(0, others.length - MAX_SENTENCES);
  if (left > 0) results.line(dim(`  and ${left} more, on the page`));
  if (kept) {
    results.line(dim("page      "), page);
    results.line(dim("tables    "), files.slice(1).join(", "), dim(`  in ${place}`));
  }
  if (packed) showPack(packed, verifyText(packed));
}
