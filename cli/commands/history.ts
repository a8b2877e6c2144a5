/** `history`: everything that was recorded about one account, oldest first, what its vendor's own log says, or how it stood on a day. */

import { Command, Option } from "commander";
import { problemOf, WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import { endOfPolicyDay, findBasis, subjectAsOf } from "../../lib/report/index.ts";
import { findSubject } from "../history/find-subject.ts";
import { showHistory, showSubjectAsOf } from "../history/show.ts";
import { LOG_DAYS, readVendorLog } from "../history/vendor-log.ts";
import { type AccountName, splitAccount } from "../input/account.ts";
import { clock, openExistingRecords, type Records, withRecords } from "../local/records.ts";
import { basisJson, showBasis } from "../report/basis.ts";
import { exitWith, pathOption, type StateOptions, withState } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";

interface HistoryOptions extends StateOptions {
  readonly asOf?: string;
  readonly policy?: string;
  readonly secrets?: string;
  readonly secretsPrefix?: string;
}

const DEADLINE_MS = 300_000;

export const historyCommand = (): Command =>
  withState(new Command("history"))
    .description(
      "Shows what was recorded about one account, oldest first; with --policy also what its vendor's log says",
    )
    .argument("<directory/user>", "by the vendor's id, or by the exact user name it had in the last complete run")
    .addOption(
      pathOption(
        "--policy <file>",
        `policy file: then the vendor's own log of the last ${LOG_DAYS} days is asked, if it has one`,
      ),
    )
    .addOption(new Option("--as-of <day>", "how it stood at the end of that day, like 2026-10-01").conflicts("policy"))
    .addOption(
      pathOption("--secrets <file>", "with --policy: JSON file, directory id to secret; - reads standard input").env(
        "MFA_WARDEN_SECRETS_FILE",
      ),
    )
    .addOption(
      new Option("--secrets-prefix <prefix>", "with --aws: stands before a secret's name").env("MFA_WARDEN_SECRETS"),
    )
    .action(exitWith(history));

async function history(name: string, options: HistoryOptions): Promise<number> {
  const account = splitAccount(name);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return withRecords(await openExistingRecords(options, signal), async (records) => {
    const { asOf } = options;
    if (asOf === undefined) await printHistory(records, account, options, signal);
    else await printSubjectAsOf(records, account, asOf, options);
    return 0;
  });
}

async function printHistory(
  records: Records,
  account: AccountName,
  options: HistoryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { directory } = account;
  const now = clock();
  const search = findBasis(records, directory, now);
  const { state, events } = await findSubject(records, account, search);
  const basis = await search.catch(reportUnknownBasis);
  const holds = state ? await records.ledger.readHoldRecords(directory, state.id) : [];
  const { policy } = options;
  const vendorEvents =
    state && policy !== undefined
      ? await readVendorLog({ ...options, policy }, directory, state.id, signal)
      : undefined;
  if (options.json)
    results.json(
      omitUndefined({ directory, state: state ?? null, events, holds, vendorEvents, rests: basisJson(basis) }),
    );
  else if (state) {
    showHistory(directory, state, { events, holds, vendorEvents: vendorEvents ?? [] });
    showBasis(directory, events.at(-1), now, basis);
  }
}

/** What cannot be read hides nothing of what is recorded. */
function reportUnknownBasis(error: unknown): undefined {
  const { code, message } = problemOf(error);
  errors.line(`The sweep behind these lines cannot be named: ${message} (${code})`);
}

/** `--as-of`. Throws `ERR_RUN_UNKNOWN` where nothing at all is known of that day. */
async function printSubjectAsOf(
  records: Records,
  account: AccountName,
  day: string,
  { json }: HistoryOptions,
): Promise<void> {
  const { directory } = account;
  const moment = await endOfPolicyDay({ ...records, clock }, day);
  const { state } = await findSubject(records, account, findBasis(records, directory, moment));
  const subject = await subjectAsOf(records, directory, state?.id ?? account.account, moment);
  if (!subject.last && !subject.basis)
    throw new WardenError(
      "ERR_RUN_UNKNOWN",
      `No complete sweep of ${directory} ended before the end of ${day}: nothing is known of that day.`,
    );
  const { basis, ...facts } = subject;
  if (json) results.json({ day, ...facts, rests: basisJson(basis) });
  else showSubjectAsOf(day, subject);
}
