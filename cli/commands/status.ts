/** `status`: the last runs, what the newest one of each directory came to, the kill switch, holds, and who is open. */

import { Command } from "commander";
import { planStatusAt } from "../../lib/model/index.ts";
import { countPeople, describePeople, gatherRun, type People, peopleCounts } from "../../lib/report/index.ts";
import { clock, hasRecords, openRecords, type Records, withRecords } from "../local/records.ts";
import { type DirectoryStatus, readStatus, type Status } from "../status/read-status.ts";
import { showStatus } from "../status/show-status.ts";
import { needOf } from "../terminal/open-accounts.ts";
import { exitWith, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, red } from "../terminal/piece.ts";

const DEADLINE_MS = 60_000;
const PEOPLE_DEADLINE_MS = 15 * 60_000;
const OPEN_SHOWN = 10;
/** More accounts than a directory has. */
const ALL_OPEN = 100_000_000;

interface StatusOptions extends StateOptions {
  readonly all?: boolean;
  readonly people?: boolean;
}

export const statusCommand = (): Command =>
  withState(new Command("status"))
    .description("Shows the last runs, what they came to, the kill switch, holds, and which accounts are open")
    .option("--all", `lists all open accounts, not just the first ${OPEN_SHOWN}`)
    .option(
      "--people",
      "also counts people over all directories, from the evidence, if the policy of the last run joins them",
    )
    .action(exitWith(status));

async function status(options: StatusOptions): Promise<number> {
  if (!hasRecords(options)) return showNothing(options);
  return withRecords(await openRecords(options, AbortSignal.timeout(DEADLINE_MS)), async (records) => {
    const found = await readStatus(records.ledger, options.all ? ALL_OPEN : OPEN_SHOWN);
    const people = options.people ? await readPeople(records) : undefined;
    if (options.json)
      results.json({ ...statusJson(found), ...(options.people && { people: people ? peopleCounts(people) : null }) });
    else showStatus(found);
    if (options.people && !options.json) showPeople(people);
    return 0;
  });
}

/** Reads every account of the newest whole sweeps, twice. */
async function readPeople(records: Records): Promise<People | undefined> {
  const ports = { ...records, clock };
  const signal = AbortSignal.timeout(PEOPLE_DEADLINE_MS);
  return countPeople(ports, await gatherRun(ports), signal);
}

function showPeople(people: People | undefined): void {
  results.line();
  results.line(
    bold("people"),
    "  ",
    people ? describePeople(people) : "The policy of the last run joins nobody: see docs/people.md.",
  );
  for (const { directory, why } of people?.missing ?? [])
    results.line("  ", red(`not joined: ${directory}`), `: ${why}`);
}

function showNothing({ json, state }: StateOptions): number {
  if (json) results.json({ runs: [], halted: null, directories: [] });
  else results.line(`Nothing is recorded in ${state} yet; run a sweep.`);
  return 0;
}

const statusJson = ({ runs, dead, halted, directories, undoing }: Status) => ({
  runs: runs.map((run) => (dead.has(run.run) ? { ...run, died: true } : run)),
  halted: halted ?? null,
  directories: directories.map(directoryJson),
  undoing,
});

const directoryJson = ({ record, plan, halted, holds, open }: DirectoryStatus) => ({
  ...record,
  waiting: plan && planStatusAt(plan, clock()) === "waiting" ? plan : null,
  halted: halted ?? null,
  holds,
  open: open.map((state) => ({
    id: state.id,
    username: state.username,
    needs: needOf(state) ?? null,
    ...state.judgement,
  })),
});
