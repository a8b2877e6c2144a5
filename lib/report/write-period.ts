/** Writes a report over a period: the page, one object for the verifier, and tables, in memory that does not grow with the changes. */

import { WardenError } from "../errors.ts";
import {
  gatherPeriod,
  type Period,
  type PeriodData,
  type PeriodPorts,
  type PeriodSummary,
  summarizePeriod,
} from "./data/index.ts";
import {
  changesCsv,
  exemptionsCsv,
  gapsCsv,
  PERIOD_FILE,
  periodJson,
  periodLines,
  rulesCsv,
  runsCsv,
} from "./formats/index.ts";
import { type ReportFile, renderPeriodPage } from "./page/index.ts";
import type { StoreFile } from "./table-file.ts";

/** What is asked for: whole days, both included, and by which names of formats. */
export interface PeriodRequest {
  readonly from: string;
  readonly to: string;
  readonly formats: readonly string[];
  /** Chooses where it goes. */
  readonly storeFor: (period: Period) => StoreFile;
}

export interface WrittenPeriod {
  readonly data: PeriodData;
  readonly summary: PeriodSummary;
  /** Names, the page first. */
  readonly files: readonly string[];
}

const PERIOD_PAGE_FILE = "period.html";

type Changes = () => ReturnType<PeriodData["changes"]>;

interface PeriodFile extends ReportFile {
  readonly format: string;
  readonly type: string;
  readonly body: (
    data: PeriodData,
    summary: PeriodSummary,
    changes: Changes,
  ) => Iterable<string> | AsyncIterable<string>;
}

const CSV_TYPE = "text/csv; charset=utf-8; header=present";

const FILES: readonly PeriodFile[] = [
  {
    format: "csv",
    file: "runs.csv",
    type: CSV_TYPE,
    purpose: "every run, a line a directory",
    body: (data) => runsCsv(data),
  },
  {
    format: "csv",
    file: "changes.csv",
    type: CSV_TYPE,
    purpose: "every change, and who allowed it",
    body: (_, __, changes) => changesCsv(changes()),
  },
  {
    format: "csv",
    file: "exemptions.csv",
    type: CSV_TYPE,
    purpose: "every exemption that was in force",
    body: (data) => exemptionsCsv(data),
  },
  {
    format: "csv",
    file: "gaps.csv",
    type: CSV_TYPE,
    purpose: "where nobody looked",
    body: (data) => gapsCsv(data),
  },
  {
    format: "csv",
    file: "rules.csv",
    type: CSV_TYPE,
    purpose: "verdicts by rule, month by month",
    body: (data) => rulesCsv(data),
  },
  {
    format: "jsonl",
    file: "period.jsonl",
    type: "application/jsonl",
    purpose: "everything, for programs",
    body: (data, { incomplete }, changes) => periodLines(data, incomplete, changes()),
  },
];

/** Throws as `gatherPeriod` does, `ERR_INPUT_INVALID` for a format that a period has not, and what the store throws. */
export async function writePeriodReport(
  ports: PeriodPorts,
  { from, to, formats, storeFor }: PeriodRequest,
  signal: AbortSignal,
): Promise<WrittenPeriod> {
  const chosen = chooseFiles(formats);
  const data = await gatherPeriod(ports, from, to);
  const store = storeFor(data.period);
  const summary = await summarizePeriod(data, signal);
  // What cannot be read was told of the first time.
  const changes: Changes = () => data.changes(() => {}, signal);
  await store(PERIOD_FILE, "application/json", bytesOf([periodJson(data, summary.incomplete)]));
  for (const { file, type, body } of chosen) await store(file, type, bytesOf(body(data, summary, changes)));
  const files = [...chosen, { file: PERIOD_FILE, purpose: "the counts, for the verifier" }];
  // Last: where there is a page, there is all of it.
  await store(PERIOD_PAGE_FILE, "text/html; charset=utf-8", bytesOf([renderPeriodPage({ data, summary, files })]));
  return { data, summary, files: [PERIOD_PAGE_FILE, ...files.map(({ file }) => file)] };
}

function chooseFiles(names: readonly string[]): readonly PeriodFile[] {
  const known = new Set(FILES.map(({ format }) => format));
  const unknown = names.find((name) => name !== "all" && !known.has(name));
  if (unknown !== undefined)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `A period has no format ${unknown}; there are ${[...known].join(", ")}.`,
    );
  return names.includes("all") ? FILES : FILES.filter(({ format }) => names.includes(format));
}

async function* bytesOf(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) if (text !== "") yield encoder.encode(text);
}
