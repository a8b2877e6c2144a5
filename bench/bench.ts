/** The benchmark: `npm run bench -- [sweep] [memory] [judging] [events] [report] [bundle]`. Prints a table, writes JSON; a missed target is no failure. */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { measureBundle } from "./bundle.ts";
import { measureEvents } from "./events/index.ts";
import { measureReport } from "./report/index.ts";
import { measureSweep } from "./sweep/index.ts";
import { measureJudging } from "./sweep/judging.ts";
import { measureMemory } from "./sweep/memory.ts";
import { fixed, type Row, renderTable } from "./table.ts";

const USAGE = `npm run bench -- [rows] [options]
  rows            sweep, memory, judging, bundle; all of them unless named; events and report,
                  a minute or two each, only when named
  --accounts N    accounts of the sweep and memory rows, 1 to 1,000,000; default 100,000 and 40,000
  --full          the memory rows with 1,000,000 accounts; takes about half an hour
  --latency MS    before each answer of the vendor in the sweep rows; default 50
  --json          prints JSON in place of the table
  --out FILE      where the JSON goes as well; default bench.json`;

const SWEPT = 100_000;
const REMEMBERED = 40_000;
const MOST = 1_000_000;

interface Options {
  readonly accounts: number | undefined;
  readonly full: boolean;
  readonly latency: number;
}

const ROWS: Readonly<Record<string, (options: Options) => Row[] | Promise<Row[]>>> = {
  sweep: ({ accounts = SWEPT, latency }) => measureSweep(accounts, latency),
  memory: ({ accounts = REMEMBERED, full }) => measureMemory(full ? MOST : accounts),
  judging: () => [measureJudging()],
  events: () => measureEvents(),
  report: () => measureReport(),
  bundle: () => measureBundle(),
};

const UNNAMED = Object.keys(ROWS).filter((name) => name !== "events" && name !== "report");

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      accounts: { type: "string" },
      full: { type: "boolean", default: false },
      latency: { type: "string", default: "50" },
      json: { type: "boolean", default: false },
      out: { type: "string", default: "bench.json" },
    },
  });
  const strange = positionals.find((name) => !Object.hasOwn(ROWS, name));
  if (strange !== undefined) throw new Error(`There are no rows ${strange}.`);
  const accounts = values.accounts === undefined ? undefined : wholeNumber("accounts", values.accounts, 1);
  const latency = wholeNumber("latency", values.latency, 0);
  return { ...values, accounts, latency, names: positionals.length > 0 ? positionals : UNNAMED };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= MOST) return value;
  throw new Error(`--${name} takes a whole number from ${least} to ${MOST}.`);
}

const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memoryGiB: Number(fixed(totalmem() / 2 ** 30, 1)),
  node: process.version,
  system: `${process.platform} ${process.arch}`,
  loadBefore: loadavg().map((load) => Number(fixed(load))),
});

async function run(): Promise<void> {
  const { names, json, out, ...options } = readOptions();
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const rows: Row[] = [];
  for (const name of names) {
    if (process.stderr.isTTY) console.error(`measuring ${name} …`);
    rows.push(...((await ROWS[name]?.(options)) ?? []));
  }
  const result = { startedAt, endedAt: new Date().toISOString(), machine, rows };
  await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
  if (json) return console.log(JSON.stringify(result));
  const { cpu, cores, memoryGiB, node, system, loadBefore } = machine;
  console.log(
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}, load before ${loadBefore.join(" ")}\n`,
  );
  console.log(`${renderTable(rows)}\n\nwritten to ${out}`);
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
