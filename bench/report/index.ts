/** Rows of the report, over two stored runs of few subjects and of many. */
import { join } from "node:path";
import * as v from "valibot";
import { fastest } from "../shared/figures.ts";
import { runScript } from "../shared/processes.ts";
import type { Row } from "../shared/table.ts";
import { withTemporaryFolder } from "../shared/temporary-folder.ts";
import { measureFirstPaints } from "./first-paint.ts";
import { measureFloors } from "./floor.ts";
import type { ReportInput } from "./report-process.ts";
import { type MeasuredReports, type ReportFigures, reportRows } from "./rows.ts";
import { storeRuns } from "./store-runs.ts";
import { measureVerify } from "./verify.ts";

const SUBJECTS = [10_000, 1_000_000] as const;
const REPETITIONS = 3;
const REPORT_TIMEOUT_MS = 30 * 60_000;

const figuresSchema = v.object({
  seconds: v.number(),
  cpuSeconds: v.number(),
  peakBytes: v.number(),
  rows: v.number(),
  pageBytes: v.number(),
  bytes: v.number(),
});

/** @param sizes of the populations */
export async function measureReport(sizes: readonly number[] = SUBJECTS): Promise<Row[]> {
  const rows: Row[] = [];
  for (const subjects of sizes) rows.push(...reportRows(await measureReports(subjects)));
  return rows;
}

const measureReports = (subjects: number): Promise<MeasuredReports> =>
  withTemporaryFolder(async (state) => {
    await storeRuns(state, subjects);
    const usual: ReportFigures[] = [];
    for (let i = 0; i < REPETITIONS; i++) usual.push(await writeOne(state, "usual"));
    const paints = await measureFirstPaints(join(state, "report", "report.html"));
    return {
      subjects,
      repetitions: usual.map(({ seconds }) => seconds),
      usual: fastest(usual),
      paints,
      all: await writeOne(state, "all"),
      compared: await writeOne(state, "compared"),
      verify: await measureVerify(state),
      floors: measureFloors(state),
    };
  });

/** Writes one report in a fresh process. */
async function writeOne(state: string, kind: ReportInput["kind"]): Promise<ReportFigures> {
  const input: ReportInput = { state, kind };
  return v.parse(figuresSchema, await runScript("bench/report/report-process.ts", input, REPORT_TIMEOUT_MS));
}
