/** `hold`: for some hours nothing changes one account; sweeps and events go on judging it. */

import { Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { type Hold, MAX_HOLD_HOURS, type SubjectState } from "../../lib/model/index.ts";
import { findBasis } from "../../lib/report/index.ts";
import { findSubject } from "../history/find-subject.ts";
import { splitAccount } from "../input/account.ts";
import { plainReason } from "../input/reason.ts";
import { originOf } from "../local/origin.ts";
import { clock, openExistingRecords, type Records, withRecords } from "../local/records.ts";
import { exitWith, type StateOptions, wholeNumber, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, green, yellow } from "../terminal/piece.ts";

interface HoldOptions extends StateOptions {
  readonly hours?: number;
  readonly reason?: string;
  readonly end?: boolean;
}

const DEADLINE_MS = 300_000;
const HOUR_MS = 3_600_000;

export const holdCommand = (): Command =>
  withState(new Command("hold"))
    .description("Nothing changes this account for some hours, neither a sweep nor an event; they go on judging it")
    .argument("<directory/account>", "by the vendor's id, or by the exact user name it had in the last complete run")
    .option("--hours <n>", `for how many hours, from 1 to ${MAX_HOLD_HOURS}`, wholeNumber(1))
    .option("--reason <text>", "why; kept on record", plainReason)
    .option("--end", "ends the hold that is in force")
    .action(exitWith(hold));

async function hold(name: string, options: HoldOptions): Promise<number> {
  const account = splitAccount(name);
  checkOptions(options);
  return withRecords(await openExistingRecords(options, AbortSignal.timeout(DEADLINE_MS)), async (records) => {
    const { state } = await findSubject(records, account, findBasis(records, account.directory, clock()));
    if (!state) return 0;
    if (options.end) await endHold(records, state, options);
    else await makeHold(records, state, options);
    return 0;
  });
}

/** Throws `ERR_INPUT_INVALID`. */
function checkOptions({ hours, reason, end }: HoldOptions): void {
  if (end) {
    if (hours !== undefined || reason !== undefined)
      throw new WardenError("ERR_INPUT_INVALID", "--end takes neither --hours nor --reason; nothing was done.");
    return;
  }
  if (hours === undefined || reason === undefined)
    throw new WardenError("ERR_INPUT_INVALID", "A hold needs --hours and --reason; --end ends one. Nothing was done.");
  if (hours > MAX_HOLD_HOURS)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `A hold lasts at most ${MAX_HOLD_HOURS} hours; for longer, write an exemption into the policy. Nothing was done.`,
    );
}

async function makeHold({ ledger }: Records, state: SubjectState, options: HoldOptions): Promise<void> {
  const { directory, id, username } = state;
  const { hours = 1, reason = "" } = options;
  const at = clock();
  const made: Hold = {
    directory,
    id,
    username,
    reason,
    by: originOf("hold", options.aws),
    at: new Date(at).toISOString(),
    until: new Date(at + hours * HOUR_MS).toISOString(),
  };
  await ledger.holdSubject(made);
  if (options.json) results.json({ hold: made });
  else
    results.line("Nothing changes ", bold(username), ` (${directory}/${id}) until `, yellow(made.until), `: ${reason}`);
}

async function endHold({ ledger }: Records, state: SubjectState, options: HoldOptions): Promise<void> {
  const { directory, id, username } = state;
  const ended = await ledger.endHold(directory, id, originOf("hold --end", options.aws));
  if (!ended)
    throw new WardenError("ERR_INPUT_INVALID", `No hold is in force on ${directory}/${id}; nothing was done.`);
  if (options.json) results.json({ hold: null, ended });
  else
    results.line(
      "The hold on ",
      bold(username),
      ` (${directory}/${id}) is over; it may be `,
      green("changed"),
      " again.",
    );
}
