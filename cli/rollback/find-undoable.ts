/** Finds out what a run changed and could be undone, before anybody is asked. */

import { WardenError } from "../../lib/errors.ts";
import { hourOfRun } from "../../lib/evidence/index.ts";
import type { Change, Ledger, RunRecord } from "../../lib/model/index.ts";
import { readMadeChanges } from "../../lib/sweep/index.ts";
import { splitAccount } from "../input/account.ts";

export interface Undoable {
  readonly run: string;
  /** Only of this account, by the vendor's id. */
  readonly id?: string;
  readonly directories: readonly string[];
  readonly made: readonly Change[];
}

/** What a person wants undone of a run: all of it unless they say so. */
interface Wanted {
  readonly account: string | undefined;
  readonly directory: string | undefined;
}

/** Throws `ERR_RUN_UNKNOWN`, or `ERR_INPUT_INVALID` where there is nothing to undo. */
export async function findUndoable(
  ledger: Pick<Ledger, "readRun" | "listChanges" | "listEventChanges">,
  run: string,
  wanted: Wanted,
): Promise<Undoable> {
  const searched =
    hourOfRun(run) === undefined ? await directoriesOfRun(ledger, run, wanted) : oneDirectory(run, wanted);
  const changes: Change[] = [];
  for (const directory of searched) changes.push(...(await readMadeChanges(ledger, directory, { run })).values());
  const made = chooseChanges(run, changes, wanted);
  const directories = [...new Set(made.map((change) => change.directory))];
  const id = wanted.account === undefined ? undefined : made[0]?.id;
  return { run, directories, made, ...(id === undefined ? {} : { id }) };
}

const chosenDirectory = ({ account, directory }: Wanted): string | undefined =>
  account === undefined ? directory : splitAccount(account).directory;

async function directoriesOfRun(
  ledger: Pick<Ledger, "readRun">,
  run: string,
  wanted: Wanted,
): Promise<readonly string[]> {
  const known = await ledger.readRun(run);
  if (known) return chooseDirectories(known.run, chosenDirectory(wanted));
  const ofEvent = run.startsWith(EVENT_PREFIX) ? `; what events changed is put back by the hour, ${HOUR_EXAMPLE}` : "";
  throw new WardenError("ERR_RUN_UNKNOWN", `There is no run ${run}; \`status\` lists the last ones${ofEvent}.`);
}

/** As a history shows the event that a change was made for. */
const EVENT_PREFIX = "event:";
const HOUR_EXAMPLE = "UTC, like `rollback events-2026-11-28T05 --account DIRECTORY/ACCOUNT`";

/** Events of one hour are a run in each directory, and nothing lists in which there are any. */
function oneDirectory(run: string, wanted: Wanted): readonly string[] {
  const directory = chosenDirectory(wanted);
  if (directory !== undefined) return [directory];
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Say with --directory or --account in which directory ${run} is to be undone.`,
  );
}

function chooseDirectories({ run, directories }: RunRecord, wanted: string | undefined): readonly string[] {
  if (wanted === undefined) return directories;
  if (directories.includes(wanted)) return [wanted];
  throw new WardenError("ERR_INPUT_INVALID", `Run ${run} has no directory ${wanted}.`);
}

function chooseChanges(run: string, changes: readonly Change[], { account }: Wanted): readonly Change[] {
  if (account === undefined) {
    if (changes.length > 0) return changes;
    throw new WardenError("ERR_INPUT_INVALID", `Run ${run} switched nothing on, so there is nothing to undo.`);
  }
  const name = splitAccount(account).account;
  const found = changes.filter(({ id, username }) => id === name || username === name);
  if (found.length === 1) return found;
  const ids = found.map(({ id }) => id).join(", ");
  throw new WardenError(
    "ERR_INPUT_INVALID",
    found.length === 0
      ? `Run ${run} did not change ${account}, so there is nothing to undo.`
      : `Run ${run} changed several accounts of the name ${name}; say which by its id: ${ids}.`,
  );
}
