/** One report in a process that does nothing else; prints how long it took, its peak memory and what it wrote. */
import { createWriteStream, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { formatsWith, type StoreFile, writeReport } from "../../lib/report/index.ts";
import { portsOver } from "./evidence.ts";

const [state = "", which = ""] = process.argv.slice(2);
const out = join(state, "report");
mkdirSync(out, { recursive: true });

let bytes = 0;
const toFolder: StoreFile = async (file, _, body) => {
  await pipeline(body, createWriteStream(join(out, file)));
  bytes += statSync(join(out, file)).size;
};
/** All formats of a million are gigabytes: the disk is not what is measured. */
const toNothing: StoreFile = async (_file, _type, body) => {
  for await (const chunk of body) bytes += chunk.byteLength;
};

const all = formatsWith({ aws: { account: "270512345678", region: "eu-west-1" } });
const formats = which === "all" ? all : all.filter(({ name }) => name === "csv" || name === "jsonl");
const store = which === "all" ? toNothing : toFolder;
const ports = portsOver(state, which === "compared");
const before = process.cpuUsage();
const started = performance.now();
const written = await writeReport(ports, { prepare: () => ({ formats, store }) }, AbortSignal.timeout(30 * 60_000));
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
// KiB on every system that Node runs on.
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakBytes,
    rows: written.rows,
    pageBytes: written.bytes,
    bytes,
  }),
);
