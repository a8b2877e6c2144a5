/** `status`: the last runs, what the newest one of each directory came to, the kill switch, and who is open. */

import { Command } from "commander";
import type { DirectoryRecord, Ledger, RunRecord, State } from "../../lib/model.ts";
import { clock, hasRecords, openRecords, using } from "../laptop.ts";
import { latestRecords } from "../latest.ts";
import { acting, type StateOptions, withState } from "../options.ts";
import { results } from "../output.ts";
import { bold, dim, green, red } from "../print.ts";
import { openStates, showDirectory, showStates, statusPiece } from "../summary.ts";

const RUNS = 10;
const OPEN = 10;

export const statusCommand = (): Command =>
  withState(new Command("status"))
    .description("Shows the last runs, what they came to, the kill switch, and which accounts are open")
    .action(acting(status));

interface Place {
  readonly record: DirectoryRecord;
  /** Why changes are halted; absent while they are allowed. */
  readonly halted?: string;
  readonly open: readonly State[];
}

async function status(options: StateOptions): Promise<number> {
  if (!hasRecords(options)) return nothing(options);
  return using(await openRecords(options, AbortSignal.timeout(60_000)), async ({ ledger }) => {
    const runs = await ledger.runs(RUNS);
    const places = await Promise.all((await latestRecords(ledger)).map((record) => look(ledger, record)));
    const { halted } = await ledger.guards("all");
    if (options.json) results.json({ runs, halted: halted ?? null, directories: places.map(placeJson) });
    else show(runs, places, halted);
    return 0;
  });
}

function nothing({ json, state }: StateOptions): number {
  if (json) results.json({ runs: [], halted: null, directories: [] });
  else results.line(`Nothing is recorded in ${state} yet; run a sweep.`);
  return 0;
}

async function look(ledger: Ledger, record: DirectoryRecord): Promise<Place> {
  const [{ halted }, open] = await Promise.all([ledger.guards(record.id), openStates(ledger, record.id, OPEN)]);
  return { record, open, ...(halted === undefined ? {} : { halted }) };
}

const placeJson = ({ record, halted, open }: Place) => ({
  ...record,
  halted: halted ?? null,
  open: open.map(({ id, username, judgement }) => ({ id, username, ...judgement })),
});

function show(runs: readonly RunRecord[], places: readonly Place[], halted: string | undefined): void {
  if (runs.length === 0) results.line("No run yet.");
  else showRuns(runs);
  results.line();
  results.line("changes: ", halted === undefined ? green("allowed") : red(`halted: ${halted}`));
  for (const place of places) {
    results.line();
    showDirectory(results, place.record);
    results.line(dim(`  from run ${place.record.run}`));
    if (place.halted !== undefined && place.halted !== halted)
      results.line("  ", red(`changes are halted: ${place.halted}`));
    if (place.open.length > 0) results.line("  ", bold("open"), ` (the first ${place.open.length})`);
    if (place.open.length > 0) showStates(results, place.open);
  }
}

function showRuns(runs: readonly RunRecord[]): void {
  const columns = [
    { head: "run" },
    { head: "started" },
    { head: "took", align: "right" },
    { head: "mode" },
    { head: "status" },
    { head: "directories" },
    { head: "by" },
  ] as const;
  results.table(
    columns,
    runs.map(({ run, startedAt, endedAt, mode, status, directories, origin }) => [
      run,
      startedAt,
      tookText(startedAt, endedAt),
      mode,
      statusPiece(status),
      directories.join(", "),
      origin.by,
    ]),
  );
}

function tookText(startedAt: string, endedAt: string | undefined): string {
  const seconds = ((endedAt === undefined ? clock() : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000;
  return seconds < 600 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
