/** `status`: the last runs, what the newest one of each directory came to, the kill switch, holds, and who is open. */

import { Command } from "commander";
import { planStatusAt } from "../../lib/model/index.ts";
import { clock, hasRecords, openRecords, withRecords } from "../local/records.ts";
import { type DirectoryStatus, readStatus, type Status } from "../status/read-status.ts";
import { showStatus } from "../status/show-status.ts";
import { needOf } from "../terminal/open-accounts.ts";
import { exitWith, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

const DEADLINE_MS = 60_000;
const OPEN_SHOWN = 10;
/** More accounts than a directory has. */
const ALL_OPEN = 100_000_000;

interface StatusOptions extends StateOptions {
  readonly all?: boolean;
}

export const statusCommand = (): Command =>
  withState(new Command("status"))
    .description("Shows the last runs, what they came to, the kill switch, holds, and which accounts are open")
    .option("--all", `lists all open accounts, not just the first ${OPEN_SHOWN}`)
    .action(exitWith(status));

async function status(options: StatusOptions): Promise<number> {
  if (!hasRecords(options)) return showNothing(options);
  return withRecords(await openRecords(options, AbortSignal.timeout(DEADLINE_MS)), async ({ ledger }) => {
    const found = await readStatus(ledger, options.all ? ALL_OPEN : OPEN_SHOWN);
    if (options.json) results.json(statusJson(found));
    else showStatus(found);
    return 0;
  });
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
