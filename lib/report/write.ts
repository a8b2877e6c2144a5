/** Writes a report: one pass over the rows feeds the page and any number of tables, in memory that does not grow with them. */

import { once } from "node:events";
import { PassThrough } from "node:stream";
import { frameworks } from "./controls/index.ts";
import { gatherAsOf } from "./data/as-of.ts";
import { type Compared, compareWithBefore, DIFFERENCE, differenceJson } from "./data/comparison.ts";
import { departedOf } from "./data/departed.ts";
import type { DifferencePorts } from "./data/difference.ts";
import { type Gathered, gather } from "./data/gather.ts";
import type { Format, ReportHead, ReportRow, Table } from "./data/model.ts";
import { type Summary, summarize } from "./data/summary.ts";
import { page } from "./page/index.ts";

/** Takes one file as it is made. What fails on the way must leave no file that looks whole. */
export type Store = (file: string, type: string, body: AsyncIterable<Uint8Array>) => Promise<void>;

/** What goes where; chosen when it is known which run it is, and by which policy. */
export interface Prepared {
  readonly formats: readonly Format[];
  readonly store: Store;
}

export interface Written {
  readonly head: ReportHead;
  readonly summary: Summary;
  /** With the complete run before; a past day is compared with nothing. */
  readonly compared?: Compared;
  /** Names, the page first. */
  readonly files: readonly string[];
  readonly rows: number;
  /** Of the page. */
  readonly bytes: number;
}

export const PAGE = "report.html";

/** What is asked for: a run, the last one unless named, or the end of a day: 2026-10-01. */
export interface Asked {
  readonly run?: string | undefined;
  readonly asOf?: string | undefined;
  readonly prepare: (gathered: Gathered) => Prepared;
}

/** Throws as `gather` and `gatherAsOf` do, and what `store` throws. */
export async function writeReport(
  ports: DifferencePorts,
  { run, asOf, prepare }: Asked,
  signal: AbortSignal,
): Promise<Written> {
  const gathered = await (asOf === undefined ? gather(ports, run) : gatherAsOf(ports, asOf));
  const { formats, store } = prepare(gathered);
  const departed = await departedOf(ports, gathered.sources, signal);
  const { summary, rows } = await writeTables(gathered, formats, store, signal);
  const { head, sources, trend, policy } = gathered;
  const compared = head.asOf === undefined ? await compareWithBefore(ports, gathered, signal) : undefined;
  if (compared) await store(DIFFERENCE, "application/json", toStream(differenceJson(head, compared)));
  const files = [
    ...formats.map(({ file, name }) => ({ file, what: WHAT[name] ?? "" })),
    ...(compared ? [{ file: DIFFERENCE, what: "what changed since the sweep before" }] : []),
  ];
  const text = page({
    ...{ head, sources, trend, summary, departed, controls: frameworks, files },
    ...(compared ? { compared } : {}),
    ...(policy ? { policy } : {}),
  });
  // Last: where there is a page, there is all of it.
  await store(PAGE, "text/html; charset=utf-8", toStream(text));
  const bytes = Buffer.byteLength(text);
  const names = [PAGE, ...files.map(({ file }) => file)];
  return { head, summary, files: names, rows, bytes, ...(compared ? { compared } : {}) };
}

const WHAT: Readonly<Record<string, string>> = {
  csv: "for spreadsheets",
  jsonl: "for programs, one account a line",
  ocsf: "findings for a security lake (OCSF 1.8)",
  oscal: "assessment results (OSCAL 1.2.2)",
  asff: "findings for AWS Security Hub",
  junit: "for pipelines",
};

async function* toStream(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function writeTables(
  gathered: Gathered,
  formats: readonly Format[],
  store: Store,
  signal: AbortSignal,
): Promise<{ readonly summary: Summary; readonly rows: number }> {
  const summarizer = summarize(gathered);
  const outlets = formats.map((format) => openOutlet(format, gathered.head, store));
  let rows = 0;
  try {
    for await (const some of gathered.rows(signal)) {
      summarizer.add(some);
      rows += some.length;
      for (const { table, write } of outlets) await write(textOf(table, some));
    }
    for (const { table, write } of outlets) await write(table.end());
  } catch (error) {
    await Promise.all(outlets.map(({ abort }) => abort(error)));
    throw error;
  }
  await Promise.all(outlets.map(({ end }) => end()));
  return { summary: summarizer.end(), rows };
}

function textOf(table: Table, rows: readonly ReportRow[]): string {
  let text = "";
  for (const row of rows) text += table.row(row);
  return text;
}

/** Between a table, which makes text, and its store, which takes bytes when it can. */
function openOutlet(format: Format, head: ReportHead, store: Store) {
  const table = format.open(head);
  const pipe = new PassThrough({ highWaterMark: 1 << 20 });
  // An error that the store has not met yet is met where the store is waited for.
  pipe.on("error", () => {});
  const stored = store(format.file, format.type, pipe);
  stored.catch(() => pipe.destroy());
  const write = async (text: string) => {
    if (text === "") return;
    if (pipe.destroyed) await stored;
    if (!pipe.write(text)) await Promise.race([once(pipe, "drain"), stored]);
  };
  const begun = table.begin();
  if (begun !== "") pipe.write(begun);
  return {
    ...{ table, write },
    end: () => {
      pipe.end();
      return stored;
    },
    abort: async (error: unknown) => {
      pipe.destroy(error instanceof Error ? error : undefined);
      await stored.catch(() => {});
    },
  };
}
