/** `sweep`: one run over the policy's directories, and what it came to. */

import { Command, Option } from "commander";
import { manifestHeads } from "../../lib/evidence/index.ts";
import type { Mode } from "../../lib/model/index.ts";
import type { RunReport } from "../../lib/run/index.ts";
import { clock, openRecords, originOf, portsFor, type Records, using } from "../local/laptop.ts";
import { runHere } from "../local/runner.ts";
import { sealHere } from "../local/sealing.ts";
import { readInput } from "../terminal/input.ts";
import { acting, collect, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { dim, type Piece } from "../terminal/piece.ts";
import { watch } from "../terminal/progress.ts";
import { exitCode, reportJson, showReport } from "../terminal/summary.ts";

interface SweepOptions extends PolicyOptions {
  readonly mode: Mode;
}

export const sweepCommand = (): Command =>
  withPolicy(new Command("sweep"))
    .description("Reads and judges every account; with --mode enforce, also switches MFA on where the policy says so")
    .addOption(new Option("--mode <mode>", "plan changes nothing").choices(["plan", "enforce"]).default("plan"))
    .option("--directory <id>", "only this directory; may be repeated", collect)
    .action(acting(sweep));

async function sweep(options: SweepOptions): Promise<number> {
  const signal = new AbortController().signal;
  const input = await readInput(options, clock, signal);
  return using(await openRecords(options, signal), async (records) => {
    const { stop, onProgress } = options.json ? SILENT : watch(process.stderr, clock);
    const ports = { ...portsFor(input, records, options), onProgress };
    const how = ["sweep", "--mode", options.mode, ...(options.directory ?? []).flatMap((id) => ["--directory", id])];
    // In AWS a function does it, every hour.
    if (!options.aws) await sealHere(ports, signal);
    const order = { mode: options.mode, origin: originOf(how.join(" "), options.aws), directories: input.directories };
    const report = await runHere(ports, order).finally(stop);
    if (options.json) results.json(reportJson(report));
    else await show(report, records, options);
    return exitCode(report);
  });
}

const SILENT = { onProgress: () => {}, stop: () => {} };

async function show(report: RunReport, records: Records, { mode }: SweepOptions): Promise<void> {
  await showReport(results, report, records.ledger);
  results.line();
  showPlaces(records, report.run);
  showHeads(report);
  const next = mode === "plan" ? nextStep(report) : undefined;
  if (next !== undefined) results.line(dim(`Nothing was changed. ${next}`));
}

/** Written down elsewhere, it shows later that this run is still there: `verify --expect-head` takes it. */
function showHeads(report: RunReport): void {
  for (const { directory, hash } of manifestHeads(report)) results.line(dim("head      "), `${hash}  `, dim(directory));
}

/** After a plan. Nothing where no change could be made. */
function nextStep({ status, directories }: RunReport): string | undefined {
  if (status !== "completed") return "Mend the problem above first, then sweep again.";
  if (!directories.some(({ changes }) => changes.planned > changes["needs-user"])) return undefined;
  return "Sweep with --mode enforce to make the planned changes.";
}

/** Where a person finds what was written down. */
export function showPlaces({ evidence, place }: Pick<Records, "evidence" | "place">, run: string): void {
  const row = (name: string, value: string): Piece[] => [dim(name), value];
  results.line(...row("evidence  ", `${evidence.place.replace(/\/$/, "")}/runs/${run}/`));
  results.line(...row("state     ", place));
}
