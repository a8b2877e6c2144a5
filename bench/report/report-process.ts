/** One report in a process that does nothing else; prints how long it took, its peak memory and what it wrote. */
import { createWriteStream, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { formatsWith, type StoreFile, writeReport } from "../../lib/report/index.ts";
import { readInput } from "../shared/child.ts";
import { readPeakBytes, startStopwatch } from "../shared/stopwatch.ts";
import { reportPorts } from "./ports.ts";

const REPORT_TIMEOUT_MS = 30 * 60_000;

const inputSchema = v.object({
  /** A state folder with stored runs. */
  state: v.string(),
  /** `usual`: page, CSV and JSON Lines; `compared`: with the run before; `all`: all formats, thrown away. */
  kind: v.picklist(["usual", "compared", "all"]),
});
export type ReportInput = v.InferOutput<typeof inputSchema>;

const { state, kind } = readInput(inputSchema);
const out = join(state, "report");
mkdirSync(out, { recursive: true });

let bytes = 0;
const storeInFolder: StoreFile = async (file, _, body) => {
  await pipeline(body, createWriteStream(join(out, file)));
  bytes += statSync(join(out, file)).size;
};
/** All formats of a million are gigabytes: the disk is not what is measured. */
const storeNowhere: StoreFile = async (_file, _type, body) => {
  for await (const chunk of body) bytes += chunk.byteLength;
};

const allFormats = formatsWith({ aws: { account: "270512345678", region: "eu-west-1" } });
const formats = kind === "all" ? allFormats : allFormats.filter(({ name }) => name === "csv" || name === "jsonl");
const store = kind === "all" ? storeNowhere : storeInFolder;
const ports = reportPorts(state, kind === "compared");
const readStopwatch = startStopwatch();
const written = await writeReport(
  ports,
  { prepare: () => ({ formats, store }) },
  AbortSignal.timeout(REPORT_TIMEOUT_MS),
);
const duration = readStopwatch();
console.log(
  JSON.stringify({
    ...duration,
    peakBytes: readPeakBytes(),
    rows: written.rows,
    pageBytes: written.bytes,
    bytes,
  }),
);
