/** The benchmark: `npm run bench -- [changes] [sweep] [memory] [judging] [directories] [events] [growth] [report] [people] [rate] [cost] [bundle]`. Prints a table, writes JSON; a missed target fails it with `--check` alone. */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { measureChanges } from "./changes/index.ts";
import { measureCost } from "./cost/index.ts";
import { measureDirectories } from "./directories/index.ts";
import { measureEvents } from "./events/index.ts";
import { measureGrowth } from "./growth/index.ts";
import { writePage } from "./page/index.ts";
import { measurePeople } from "./people/index.ts";
import { measureRate } from "./rate/index.ts";
import { measureReport } from "./report/index.ts";
import { fixed } from "./shared/figures.ts";
import { readLoad } from "./shared/stopwatch.ts";
import { type Row, renderTable } from "./shared/table.ts";
import { measureBundle, measureJudging, measureMemory, measureSweep } from "./sweep/index.ts";

const USAGE = `npm run bench -- [rows] [options]
  rows            changes, sweep, memory, judging, bundle; all of them unless named; directories,
                  events, report, people, rate, growth and cost, some minutes each, only when named
  --accounts N    accounts of the sweep, directories, growth, memory and people rows, 1 to 1,000,000;
                  default 100,000, but 40,000 for memory and 1,000,000 for people
  --full          the rows of memory and growth with 1,000,000 accounts; takes about half an hour
  --policy FILE   whose deployment the rows of cost are of, with --accounts in each directory
  --latency MS    before each answer of the vendor in the sweep rows; default 50
  --check         ends with 1 if a target is missed; those of changes are counts, and hold on a
                  busy machine too
  --page          writes docs/performance.md and its charts too
  --json          prints JSON in place of the table
  --out FILE      where the JSON goes as well; default bench.json`;

const SWEEP_ACCOUNTS = 100_000;
const MEMORY_ACCOUNTS = 40_000;
const MAX_ACCOUNTS = 1_000_000;
const GIB = 2 ** 30;

interface Sizes {
  readonly accounts: number | undefined;
  readonly full: boolean;
  readonly latency: number;
  readonly policy?: string;
}

const MEASUREMENTS: Readonly<Record<string, (sizes: Sizes) => Row[] | Promise<Row[]>>> = {
  changes: () => measureChanges(),
  sweep: ({ accounts = SWEEP_ACCOUNTS, latency }) => measureSweep(accounts, latency),
  memory: ({ accounts = MEMORY_ACCOUNTS, full }) => measureMemory(full ? MAX_ACCOUNTS : accounts),
  judging: async () => [await measureJudging()],
  directories: ({ accounts = SWEEP_ACCOUNTS }) => measureDirectories(accounts),
  events: () => measureEvents(),
  report: () => measureReport(),
  people: ({ accounts = MAX_ACCOUNTS }) => measurePeople(accounts),
  growth: ({ accounts = SWEEP_ACCOUNTS, full }) => measureGrowth(full ? [accounts, MAX_ACCOUNTS] : [accounts]),
  rate: () => measureRate(),
  cost: (sizes) => measureCost(sizes),
  bundle: () => measureBundle(),
};

const MEASURED_UNLESS_NAMED = ["changes", "sweep", "memory", "judging", "bundle"];

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      accounts: { type: "string" },
      full: { type: "boolean", default: false },
      latency: { type: "string", default: "50" },
      policy: { type: "string" },
      page: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      out: { type: "string", default: "bench.json" },
    },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown !== undefined) throw new Error(`There are no rows ${unknown}.`);
  const accounts = values.accounts === undefined ? undefined : parseWholeNumber("accounts", values.accounts, 1);
  const latency = parseWholeNumber("latency", values.latency, 0);
  return { ...values, accounts, latency, names: positionals.length > 0 ? positionals : MEASURED_UNLESS_NAMED };
}

function parseWholeNumber(name: string, text: string, min: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= MAX_ACCOUNTS) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${MAX_ACCOUNTS}.`);
}

const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memoryGiB: Number(fixed(totalmem() / GIB, 1)),
  node: process.version,
  system: `${process.platform} ${process.arch}`,
  loadBefore: readLoad(),
});

async function measureAll(names: readonly string[], sizes: Sizes): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    if (process.stderr.isTTY) console.error(`measuring ${name} …`);
    rows.push(...((await MEASUREMENTS[name]?.(sizes)) ?? []));
  }
  return rows;
}

async function run(): Promise<void> {
  const { names, check, page, json, out, ...sizes } = readOptions();
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const rows = await measureAll(names, sizes);
  const result = { startedAt, endedAt: new Date().toISOString(), machine, rows };
  await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
  if (page) await writePage(result);
  if (check && rows.some(({ met }) => !met)) process.exitCode = 1;
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
