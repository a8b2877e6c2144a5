/** Writes a report: one pass over the rows feeds the page and any number of tables, in memory that does not grow with them. */

import { omitUndefined } from "../model/index.ts";
import { frameworks } from "./controls/index.ts";
import {
  type Comparison,
  type Coverage,
  compareWithPrevious,
  type Format,
  gatherAsOf,
  gatherRun,
  joinPeople,
  type People,
  type PeopleJoin,
  type ReportData,
  type ReportHead,
  type ReportPorts,
  reportCoverage,
  rowPrioritizer,
  type Summary,
  summarizeDeparted,
  summarizeRows,
} from "./data/index.ts";
import { DIFFERENCE_FILE, differenceJson, PEOPLE_FILE, peopleJson } from "./formats/index.ts";
import { type ReportFile, renderPage } from "./page/index.ts";
import { openTableFile, type StoreFile } from "./table-file.ts";

/** What goes where; chosen when it is known which run it is, and by which policy. */
export interface ReportOutput {
  readonly formats: readonly Format[];
  readonly store: StoreFile;
}

/** What is asked for: a run, the last one unless named, or the end of a day: 2026-10-01. */
export interface ReportRequest {
  readonly run?: string | undefined;
  readonly asOf?: string | undefined;
  readonly prepare: (data: ReportData) => ReportOutput;
}

export interface WrittenReport {
  readonly head: ReportHead;
  readonly summary: Summary;
  readonly coverage: Coverage;
  /** With the complete run before; a past day is compared with nothing. */
  readonly comparison?: Comparison;
  /** Absent where the policy joins nobody. */
  readonly people?: People;
  /** Names, the page first. */
  readonly files: readonly string[];
  readonly rows: number;
  /** Of the page. */
  readonly bytes: number;
}

export const PAGE_FILE = "report.html";

/** Throws as `gatherRun` and `gatherAsOf` do, and what `store` throws. */
export async function writeReport(
  ports: ReportPorts,
  { run, asOf, prepare }: ReportRequest,
  signal: AbortSignal,
): Promise<WrittenReport> {
  const data = await (asOf === undefined ? gatherRun(ports, run) : gatherAsOf(ports, asOf));
  const { formats, store } = prepare(data);
  const departed = await summarizeDeparted(ports, data, signal);
  const joined = await joinPeople(ports, data, signal);
  const { summary, rows } = await writeTables(data, { formats, store, joined }, signal);
  const people = await joined?.end(signal);
  const { head, swept, trend, policy } = data;
  const comparison = head.asOf === undefined ? await compareWithPrevious(ports, data, signal) : undefined;
  if (comparison) await store(DIFFERENCE_FILE, "application/json", toStream(differenceJson(head, comparison)));
  if (people) await store(PEOPLE_FILE, "application/json", toStream(peopleJson(head, people)));
  const files = filesBesidePage(formats, comparison, people);
  const optional = omitUndefined({ comparison, policy, people });
  const page = renderPage({ head, swept, trend, summary, departed, controls: frameworks, files, ...optional });
  // Last: where there is a page, there is all of it.
  await store(PAGE_FILE, "text/html; charset=utf-8", toStream(page));
  return {
    head,
    summary,
    coverage: reportCoverage(head, summary.counts),
    files: [PAGE_FILE, ...files.map(({ file }) => file)],
    rows,
    bytes: Buffer.byteLength(page),
    ...omitUndefined({ comparison, people }),
  };
}

function filesBesidePage(
  formats: readonly Format[],
  comparison: Comparison | undefined,
  people: People | undefined,
): ReportFile[] {
  return [
    ...formats.map(({ file, purpose }) => ({ file, purpose })),
    ...(comparison ? [{ file: DIFFERENCE_FILE, purpose: "what changed since the sweep before" }] : []),
    ...(people
      ? [{ file: PEOPLE_FILE, purpose: "people over all directories, how they are covered, and from which sweeps" }]
      : []),
  ];
}

async function* toStream(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function writeTables(
  data: ReportData,
  { formats, store, joined }: ReportOutput & { readonly joined: PeopleJoin | undefined },
  signal: AbortSignal,
): Promise<{ readonly summary: Summary; readonly rows: number }> {
  const summary = summarizeRows(data);
  const tables = formats.map((format) => openTableFile(format, data.head, store));
  const prioritize = rowPrioritizer(data.policy);
  let count = 0;
  try {
    for await (const read of data.rows(signal)) {
      const prioritized = read.map(prioritize);
      const rows = joined?.addPeople(prioritized) ?? prioritized;
      for (const row of rows) summary.add(row);
      count += rows.length;
      for (const table of tables) await table.write(rows);
    }
    for (const table of tables) await table.finish();
  } catch (error) {
    await Promise.all(tables.map((table) => table.abort(error)));
    throw error;
  }
  await Promise.all(tables.map((table) => table.stored()));
  return { summary: summary.end(), rows: count };
}
