/** Rows of the report: how fast it is written and in how much memory, how soon its page shows, and how fast the evidence is verified. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import * as v from "valibot";
import { pathOf, productFlags, runChild } from "../children.ts";
import { fixed, median, type Row, thousands } from "../table.ts";
import { evidenceIn, makeRun } from "./evidence.ts";
import { measureVerify } from "./verify.ts";

const SIZES = [10_000, 1_000_000] as const;
const MIB = 2 ** 20;
const TARGETS = { rate: 100_000, mib: 256, verify: 50e6, paintMs: 1_000, pageBytes: 2e6 };
const TIMEOUT_MS = 30 * 60_000;
const PAINTS = 5;

const reportSchema = v.object({
  ...{
    seconds: v.number(),
    cpuSeconds: v.number(),
    peakBytes: v.number(),
    rows: v.number(),
    pageBytes: v.number(),
    bytes: v.number(),
  },
});
type Report = v.InferOutput<typeof reportSchema>;

interface Measured {
  readonly subjects: number;
  readonly tries: readonly Report[];
  /** The fastest of them. */
  readonly usual: Report;
  readonly all: Report;
  /** And compared with a run before of the same size. */
  readonly compared: Report;
  readonly verify: { readonly bytes: number; readonly seconds: number };
  /** Milliseconds until something is to be seen; absent without a browser. */
  readonly paints: readonly number[] | undefined;
}

export async function measureReport(sizes: readonly number[] = SIZES): Promise<Row[]> {
  const measured: Measured[] = [];
  for (const subjects of sizes) measured.push(await measure(subjects));
  return measured.flatMap(rowsOf);
}

async function measure(subjects: number): Promise<Measured> {
  const state = mkdtempSync(join(tmpdir(), "warden-bench-report-"));
  try {
    await makeRun(state, subjects);
    const flags = productFlags();
    const write = async (formats: string) =>
      v.parse(
        reportSchema,
        await runChild([...flags, pathOf("bench/report/report-process.ts"), state, formats], { timeout: TIMEOUT_MS }),
      );
    const tries = [await write("usual"), await write("usual"), await write("usual")];
    const usual = tries.toSorted((a, b) => a.seconds - b.seconds)[0] ?? (await write("usual"));
    const paints = await paint(join(state, "report", "report.html"));
    const [all, compared] = [await write("all"), await write("compared")];
    return { subjects, tries, usual, all, compared, verify: await measureVerify(evidenceIn(state)), paints };
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

const BROWSERS = [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/google-chrome"];

/** First contentful paint of the page, in a fresh headless browser each time. */
async function paint(page: string): Promise<number[] | undefined> {
  const executablePath = BROWSERS.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) return undefined;
  const times: number[] = [];
  for (let i = 0; i < PAINTS; i++) {
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    try {
      const tab = await browser.newPage();
      await tab.goto(pathToFileURL(page).href);
      times.push(await tab.evaluate(PAINT));
    } finally {
      await browser.close();
    }
  }
  return times;
}

const PAINT = `new Promise((done) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") done(entry.startTime);
}).observe({ type: "paint", buffered: true }))`;

function rowsOf({ subjects, tries, usual, all, compared, verify, paints }: Measured): Row[] {
  const what = (name: string) => `${name}, ${thousands(subjects)} subjects`;
  // Of a few thousand, starting up takes longer than the work.
  const least = subjects >= 100_000 ? TARGETS.rate : 0;
  const target = `${least > 0 ? `≥ ${thousands(least)} rows/s, ` : ""}≤ ${TARGETS.mib} MiB`;
  const rate = (report: Report, name: string, note: string): Row => ({
    ...{ what: what(name), target },
    measured: `${thousands(report.rows / report.seconds)} rows/s, ${fixed(report.peakBytes / MIB, 0)} MiB`,
    met: report.rows / report.seconds >= least && report.peakBytes / MIB <= TARGETS.mib,
    note: `${fixed(report.seconds, 1)} s, of all threads ${fixed(report.cpuSeconds, 1)} s of CPU, ${fixed(report.bytes / MIB, 0)} MiB ${note}`,
    figures: { ...report },
  });
  const others = `the fastest of ${tries.map(({ seconds }) => fixed(seconds, 1)).join(", ")} s`;
  const speed = verify.bytes / verify.seconds;
  return [
    rate(usual, "page, CSV, JSON Lines", `written to disk; ${others}; evidence in a folder, ledger in memory`),
    rate(all, "page and all formats", "thrown away"),
    comparedRow(what("compared with the run before"), compared),
    {
      ...{ what: what("the page"), target: "< 2 MB", measured: `${fixed(usual.pageBytes / 1e6)} MB` },
      met: usual.pageBytes < TARGETS.pageBytes,
      figures: { bytes: usual.pageBytes },
    },
    ...paintRow(what("the page opens"), paints),
    {
      what: what("verify"),
      target: "≥ 50 MB/s of evidence",
      measured: `${fixed(speed / 1e6, 0)} MB/s`,
      met: speed >= TARGETS.verify,
      note: `${fixed(verify.bytes / 1e6)} MB as stored, in ${fixed(verify.seconds, 2)} s`,
      figures: { ...verify },
    },
  ];
}

/** Everything is read twice, and the run before once: of the rate nothing is asked. */
const comparedRow = (what: string, report: Report): Row => ({
  ...{ what, target: `≤ ${TARGETS.mib} MiB` },
  measured: `${thousands(report.rows / report.seconds)} rows/s, ${fixed(report.peakBytes / MIB, 0)} MiB`,
  met: report.peakBytes / MIB <= TARGETS.mib,
  note: `page, CSV, JSON Lines and difference in ${fixed(report.seconds, 1)} s; every other row here has no run before`,
  figures: { ...report },
});

function paintRow(what: string, paints: readonly number[] | undefined): Row[] {
  const target = `first contentful paint ≤ ${TARGETS.paintMs / 1000} s`;
  if (!paints) return [{ what, target, measured: "no browser", met: false, note: "set CHROMIUM_PATH", figures: {} }];
  const shown = median(paints);
  const note = `median of ${paints.length} fresh browsers: ${paints.map((ms) => fixed(ms, 0)).join(", ")} ms`;
  return [
    { what, target, measured: `${fixed(shown, 0)} ms`, met: shown <= TARGETS.paintMs, note, figures: { paints } },
  ];
}
