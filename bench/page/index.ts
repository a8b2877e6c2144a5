/** Writes what was measured into docs/performance.md: the machine, the date, the table; and its charts beside it. */
import { readFile, writeFile } from "node:fs/promises";
import { pathOf } from "../shared/processes.ts";
import type { Row } from "../shared/table.ts";
import { drawGrowth } from "./growth-chart.ts";
import { drawRatios } from "./ratio-chart.ts";

export interface BenchResult {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
    readonly system: string;
    readonly loadBefore: readonly number[];
  };
  readonly rows: readonly Row[];
}

const PAGE = "docs/performance.md";
const REGION = /(<!-- measured -->\n)[\s\S]*?(<!-- end of what was measured -->)/;

export async function writePage(result: BenchResult): Promise<void> {
  const page = await readFile(pathOf(PAGE), "utf8");
  await writeFile(
    pathOf(PAGE),
    page.replace(REGION, (_, start, end) => `${start}\n${renderMeasured(result)}\n${end}`),
  );
  await writeFile(pathOf("docs/performance.svg"), drawRatios(result.rows));
  const growth = drawGrowth(result.rows);
  if (growth !== undefined) await writeFile(pathOf("docs/growth.svg"), growth);
}

function renderMeasured({ startedAt, machine, rows }: BenchResult): string {
  const { cpu, cores, memoryGiB, node, system, loadBefore } = machine;
  const place = `${startedAt.slice(0, 10)}, ${cores} cores of ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node.slice(1)}; load before ${loadBefore[0]}.`;
  return `${place}\n\n${renderTable(rows)}\n`;
}

/** Padded, as the other tables of the docs are. */
function renderTable(rows: readonly Row[]): string {
  const cells = [
    ["what", "figure", "measured"],
    ...rows.map(({ what, target, measured, met }) => [what, target, met ? measured : `**missed**: ${measured}`]),
  ].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = [0, 1, 2].map((i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const render = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const ruler = render(widths.map((width) => "-".repeat(width)));
  const [head = [], ...body] = cells;
  return [render(head), ruler, ...body.map(render)].join("\n");
}
