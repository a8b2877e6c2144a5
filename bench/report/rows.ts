/** Rows of the report: how fast it is written and in how much memory, how soon its page shows, and how fast the evidence is verified. */
import { fixed, listFixed, MIB, median, thousands } from "../shared/figures.ts";
import type { Row } from "../shared/table.ts";
import type { VerifyTime } from "./verify.ts";

const MIN_ROWS_PER_SECOND = 100_000;
/** Of fewer, starting up takes longer than the work, and of the rate nothing is asked. */
const MIN_SUBJECTS_OF_RATE = 100_000;
const MAX_MIB = 256;
const MIN_VERIFY_BYTES_PER_SECOND = 50e6;
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
  /** Milliseconds; absent without a browser. */
  readonly paints: readonly number[] | undefined;
}

export function reportRows({ subjects, repetitions, usual, all, compared, verify, paints }: MeasuredReports): Row[] {
  const minRate = subjects >= MIN_SUBJECTS_OF_RATE ? MIN_ROWS_PER_SECOND : 0;
  const written = `written to disk; the fastest of ${listFixed(repetitions, 1)} s; evidence in a folder, ledger in memory`;
  const rows = [
    writingRow("page, CSV, JSON Lines", usual, minRate, written),
    writingRow("page and all formats", all, minRate, "thrown away"),
    comparedRow(compared),
    pageRow(usual.pageBytes),
    paintRow(paints),
    verifyRow(verify),
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

/** Everything is read twice, and the run before once: of the rate nothing is asked. */
const comparedRow = (report: ReportFigures): Row => ({
  ...rateAndMemory("compared with the run before", report, 0),
  note: `page, CSV, JSON Lines and difference in ${fixed(report.seconds, 1)} s; every other row here has no run before`,
});

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

function verifyRow(verify: VerifyTime): Row {
  const bytesPerSecond = verify.bytes / verify.seconds;
  return {
    what: "verify",
    target: `≥ ${MIN_VERIFY_BYTES_PER_SECOND / 1e6} MB/s of evidence`,
    measured: `${fixed(bytesPerSecond / 1e6, 0)} MB/s`,
    met: bytesPerSecond >= MIN_VERIFY_BYTES_PER_SECOND,
    note: `${fixed(verify.bytes / 1e6)} MB as stored, in ${fixed(verify.seconds, 2)} s`,
    figures: { ...verify },
  };
}
