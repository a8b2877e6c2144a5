/** Rows of the report: how fast it is written and in how much memory, how soon its page shows, and how fast the evidence is verified. */
import { fixed, listFixed, MIB, median, thousands } from "../shared/figures.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import type { Floors } from "./floor.ts";
import type { VerifyTime } from "./verify.ts";

const MIN_ROWS_PER_SECOND = 100_000;
/** Of fewer, starting up takes longer than the work, and of the rate nothing is asked. */
const MIN_SUBJECTS_OF_RATE = 100_000;
const MAX_MIB = 256;
const MAX_COMPARED_RATIO = 2.5;
const MAX_VERIFY_RATIO = 1.5;
const MAX_PAINT_MS = 1_000;
const MAX_PAGE_BYTES = 2e6;

/** What one report needed. */
export interface ReportFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly rows: number;
  readonly pageBytes: number;
  readonly bytes: number;
}

export interface MeasuredReports {
  readonly subjects: number;
  /** Seconds of all repetitions of `usual`. */
  readonly repetitions: readonly number[];
  readonly usual: ReportFigures;
  readonly all: ReportFigures;
  /** Compared with a run before of the same size. */
  readonly compared: ReportFigures;
  readonly verify: VerifyTime;
  readonly floors: Floors;
  /** Milliseconds; absent without a browser. */
  readonly paints: readonly number[] | undefined;
}

export function reportRows(measured: MeasuredReports): Row[] {
  const { subjects, repetitions, usual, all, compared, verify, floors, paints } = measured;
  const minRate = subjects >= MIN_SUBJECTS_OF_RATE ? MIN_ROWS_PER_SECOND : 0;
  const written = `written to disk; the fastest of ${listFixed(repetitions, 1)} s; evidence in a folder, ledger in memory`;
  const rows = [
    writingRow("page, CSV, JSON Lines", usual, minRate, written),
    writingRow("page and all formats", all, minRate, "thrown away"),
    comparedRow(compared, floors),
    pageRow(usual.pageBytes),
    paintRow(paints),
    verifyRow(verify, floors),
  ];
  return rows.map((row) => ({ ...row, what: `${row.what}, ${thousands(subjects)} subjects` }));
}

function writingRow(what: string, report: ReportFigures, minRate: number, note: string): Row {
  const { seconds, cpuSeconds, bytes } = report;
  return {
    ...rateAndMemory(what, report, minRate),
    note: `${fixed(seconds, 1)} s, of all threads ${fixed(cpuSeconds, 1)} s of CPU, ${fixed(bytes / MIB, 0)} MiB ${note}`,
  };
}

/** Everything is read twice, and the run before once. */
function comparedRow(report: ReportFigures, { unzip }: Floors): Row {
  const mib = report.peakBytes / MIB;
  const row = ratioRow({
    what: "compared with the run before ÷ floor",
    ratio: report.seconds / unzip,
    maxRatio: MAX_COMPARED_RATIO,
    detail: `${fixed(report.seconds, 1)} s, ${fixed(mib, 0)} MiB`,
    note: `page, CSV, JSON Lines and difference, ${thousands(report.rows / report.seconds)} rows/s; floor ${fixed(unzip)} s: both runs' evidence read and unzipped`,
    figures: { ...report, unzip },
  });
  return { ...row, target: `${row.target}, ≤ ${MAX_MIB} MiB`, met: row.met && mib <= MAX_MIB };
}

function rateAndMemory(what: string, report: ReportFigures, minRate: number): Row {
  const rate = report.rows / report.seconds;
  const mib = report.peakBytes / MIB;
  return {
    what,
    target: `${minRate > 0 ? `≥ ${thousands(minRate)} rows/s, ` : ""}≤ ${MAX_MIB} MiB`,
    measured: `${thousands(rate)} rows/s, ${fixed(mib, 0)} MiB`,
    met: rate >= minRate && mib <= MAX_MIB,
    figures: { ...report },
  };
}

const pageRow = (bytes: number): Row => ({
  what: "the page",
  target: `< ${MAX_PAGE_BYTES / 1e6} MB`,
  measured: `${fixed(bytes / 1e6)} MB`,
  met: bytes < MAX_PAGE_BYTES,
  figures: { bytes },
});

function paintRow(paints: readonly number[] | undefined): Row {
  const what = "the page opens";
  const target = `first contentful paint ≤ ${MAX_PAINT_MS / 1000} s`;
  if (!paints) return { what, target, measured: "no browser", met: false, note: "set CHROMIUM_PATH", figures: {} };
  return {
    what,
    target,
    measured: `${fixed(median(paints), 0)} ms`,
    met: median(paints) <= MAX_PAINT_MS,
    note: `median of ${paints.length} fresh browsers: ${listFixed(paints, 0)} ms`,
    figures: { paints },
  };
}

const verifyRow = (verify: VerifyTime, { hashAndUnzip }: Floors): Row =>
  ratioRow({
    what: "verify ÷ floor",
    ratio: verify.seconds / hashAndUnzip,
    maxRatio: MAX_VERIFY_RATIO,
    detail: `${fixed(verify.bytes / verify.seconds / 1e6, 0)} MB/s as stored`,
    note: `${fixed(verify.bytes / 1e6)} MB in ${fixed(verify.seconds)} s; floor ${fixed(hashAndUnzip)} s: SHA-256 and unzip of the same files`,
    figures: { ...verify, hashAndUnzip },
  });
