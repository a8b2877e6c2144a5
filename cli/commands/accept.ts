/** `accept`: a person vouches that a population unlike the one before is right; it becomes the new baseline, on record. */

import { Command } from "commander";
import { type Code, WardenError } from "../../lib/errors.ts";
import { type DirectoryRecord, type Ledger, omitUndefined } from "../../lib/model/index.ts";
import { plainReason } from "../input/reason.ts";
import { latestRecords } from "../local/latest.ts";
import { originOf } from "../local/origin.ts";
import { openExistingRecords, withRecords } from "../local/records.ts";
import { isNote } from "../terminal/notes.ts";
import { exitWith, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

interface AcceptOptions extends StateOptions {
  readonly reason: string;
  readonly directory?: string;
}

export const acceptCommand = (): Command =>
  withState(new Command("accept"))
    .description(
      "Accepts the accounts that an incomplete run read as right, where they are many more or fewer than before, or come from another source",
    )
    .argument("<run>", "id of the run")
    .requiredOption("--reason <text>", "why it is right; kept on record", plainReason)
    .option("--directory <id>", "only this directory of the run")
    .action(exitWith(accept));

/** What a person can vouch for. */
const ACCEPTABLE_CODES: readonly string[] = ["ERR_READ_SHRUNK", "ERR_READ_GREW", "ERR_READ_SOURCE"] satisfies Code[];

async function accept(run: string, options: AcceptOptions): Promise<number> {
  return withRecords(await openExistingRecords(options, AbortSignal.timeout(60_000)), async ({ ledger }) => {
    const chosen = await chooseRecords(ledger, run, options.directory);
    const origin = originOf(`accept ${run}`, options.aws);
    for (const { id, read, listed } of chosen)
      await ledger.acceptBaseline(id, omitUndefined({ run, read, listed }), origin, options.reason);
    const accepted = chosen.map(({ id, read }) => ({ id, read }));
    if (options.json) results.json({ run, accepted });
    else
      for (const { id, read } of accepted)
        results.line(`${id}: the ${read} accounts of run ${run} are the baseline now. Sweep again to act on them.`);
    return 0;
  });
}

/** All that can be accepted, or an error and none. */
async function chooseRecords(ledger: Ledger, run: string, directory: string | undefined): Promise<DirectoryRecord[]> {
  const known = await ledger.readRun(run);
  if (!known) throw new WardenError("ERR_RUN_UNKNOWN", `There is no run ${run}; \`status\` lists the last ones.`);
  const records = known.directories.filter(({ id, status }) =>
    directory === undefined ? status !== "completed" : id === directory,
  );
  if (records.length === 0)
    throw refusal(
      `Run ${run} has ${directory === undefined ? "nothing that is incomplete" : `no directory ${directory}`}.`,
    );
  const newest = new Map((await latestRecords(ledger)).map((record) => [record.id, record.run]));
  for (const record of records) checkAcceptable(record, newest.get(record.id));
  return records;
}

function checkAcceptable({ run, id, problems }: DirectoryRecord, newest: string | undefined): void {
  if (newest !== run)
    throw refusal(
      `Run ${run} is not the newest run of ${id}. The newest is ${newest}; accept that one if it is right.`,
    );
  const codes = problems.filter((problem) => !isNote(problem)).map(({ code }) => code);
  const unacceptable = codes.find((code) => !ACCEPTABLE_CODES.includes(code));
  if (unacceptable !== undefined)
    throw refusal(
      `${id} is incomplete because of ${unacceptable}, which cannot be accepted; correct the cause and sweep again.`,
    );
  if (codes.length === 0)
    throw refusal(`The population of ${id} is like the one before in run ${run}; there is nothing to accept.`);
}

const refusal = (message: string) => new WardenError("ERR_INPUT_INVALID", message);
