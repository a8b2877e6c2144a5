/** `status`: the last runs, what the newest one of each directory came to, the kill switch, and who is open. */

import { Command } from "commander";
import type { DirectoryRecord, Ledger, RunRecord, SubjectState } from "../../lib/model/index.ts";
import { clock, hasRecords, openRecords, using } from "../local/laptop.ts";
import { latestRecords } from "../local/latest.ts";
import { acting, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, red } from "../terminal/piece.ts";
import { needOf, openStates, showCut, showDirectory, showStates, statusPiece } from "../terminal/summary.ts";

const RUNS = 10;
const OPEN = 10;
/** More accounts than a directory has. */
const ALL = 100_000_000;

interface StatusOptions extends StateOptions {
  readonly all?: boolean;
}

export const statusCommand = (): Command =>
  withState(new Command("status"))
    .description("Shows the last runs, what they came to, the kill switch, and which accounts are open")
    .option("--all", `lists all open accounts, not just the first ${OPEN}`)
    .action(acting(status));

interface Place {
  readonly record: DirectoryRecord;
  /** Why changes are halted; absent while they are allowed. */
  readonly halted?: string;
  readonly open: readonly SubjectState[];
  /** There are more than are listed. */
  readonly cut: boolean;
}

async function status(options: StatusOptions): Promise<number> {
  if (!hasRecords(options)) return nothing(options);
  return using(await openRecords(options, AbortSignal.timeout(60_000)), async ({ ledger }) => {
    const runs = await ledger.listRuns(RUNS);
    const looked = await Promise.all(
      (await latestRecords(ledger)).map((record) => look(ledger, record, options.all ? ALL : OPEN)),
    );
    const places = [...looked.filter(isHalted), ...looked.filter((place) => !isHalted(place))];
    const { halted } = await ledger.readGuards("all");
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

async function look(ledger: Ledger, record: DirectoryRecord, most: number): Promise<Place> {
  const [{ halted }, found] = await Promise.all([
    ledger.readGuards(record.id),
    openStates(ledger, record.id, most + 1),
  ]);
  return { record, open: found.slice(0, most), cut: found.length > most, ...(halted === undefined ? {} : { halted }) };
}

const isHalted = ({ halted }: Place) => halted !== undefined;

const placeJson = ({ record, halted, open }: Place) => ({
  ...record,
  halted: halted ?? null,
  open: open.map((state) => ({
    id: state.id,
    username: state.username,
    needs: needOf(state) ?? null,
    ...state.judgement,
  })),
});

function show(runs: readonly RunRecord[], places: readonly Place[], halted: string | undefined): void {
  if (runs.length === 0) results.line("No run yet.");
  else showRuns(runs);
  results.line();
  showSwitch(places, halted);
  for (const place of places) {
    results.line();
    showDirectory(results, place.record);
    results.line(dim(`  from run ${place.record.run}`));
    if (place.halted !== undefined && place.halted !== halted)
      results.line("  ", red(`changes are halted: ${place.halted}`));
    if (place.open.length > 0)
      results.line("  ", bold("open"), ` (${place.cut ? "the first " : ""}${place.open.length})`);
    if (place.open.length > 0) showStates(results, place.open);
    if (place.cut) showCut(results);
  }
}

/** Never a bare "allowed" while a directory is halted. */
function showSwitch(places: readonly Place[], halted: string | undefined): void {
  const alone = halted === undefined ? places.filter(isHalted) : [];
  for (const { record, halted: why } of alone) results.line("changes: ", red(`halted for ${record.id}: ${why}`));
  if (halted !== undefined) results.line("changes: ", red(`halted: ${halted}`));
  else if (alone.length > 0) results.line("changes: allowed elsewhere");
  else results.line("changes: ", green("allowed"));
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
