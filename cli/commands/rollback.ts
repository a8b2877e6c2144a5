/** `rollback`: makes a plan that puts back what a run changed; nothing is put back until somebody approves it. */

import { Command } from "commander";
import { omitUndefined } from "../../lib/model/index.ts";
import type { RunOrder } from "../../lib/run/index.ts";
import { readInput } from "../input/read-input.ts";
import { starterOf } from "../local/origin.ts";
import { clock, openExistingRecords, withRecords } from "../local/records.ts";
import { findUndoable, type Undoable } from "../rollback/find-undoable.ts";
import { showUndo } from "../rollback/show-undo.ts";
import { runSweep, showRun } from "../sweep/run-sweep.ts";
import { exitWith, type PolicyOptions, withPolicy } from "../terminal/options.ts";

interface RollbackOptions extends Omit<PolicyOptions, "directory"> {
  readonly account?: string;
  readonly directory?: string;
}

export const rollbackCommand = (): Command =>
  withPolicy(new Command("rollback"))
    .description("Plans to put back what a run changed, as it was before; `approve` then does it")
    .argument("<run>", "id of the run whose changes are to be undone; of events: events-YYYY-MM-DDTHH (UTC)")
    .option("--account <directory/account>", "only this account, by the vendor's id or the user name that it had")
    .option("--directory <id>", "only this directory of the run")
    .action(exitWith(rollback));

async function rollback(run: string, options: RollbackOptions): Promise<number> {
  const { account, directory, ...rest } = options;
  const { signal } = new AbortController();
  return withRecords(await openExistingRecords(options, signal), async (records) => {
    const undoable = await findUndoable(records.ledger, run, { account, directory });
    const policyOptions = { ...rest, directory: undoable.directories };
    const input = await readInput(policyOptions, clock, signal);
    const report = await runSweep(input, records, policyOptions, await orderOf(undoable, options));
    const code = await showRun(report, records, policyOptions, { policy: input.policy });
    if (!options.json) await showUndo(records.ledger, undoable, report);
    return code;
  });
}

async function orderOf(
  { run, id: account, directories }: Undoable,
  { account: name, directory, aws }: RollbackOptions,
): Promise<RunOrder> {
  const command = [
    ...["rollback", run],
    ...(name === undefined ? [] : ["--account", name]),
    ...(directory === undefined ? [] : ["--directory", directory]),
  ];
  return {
    mode: "plan",
    origin: await starterOf(command.join(" "), aws),
    directories,
    undoes: omitUndefined({ run, account }),
  };
}
