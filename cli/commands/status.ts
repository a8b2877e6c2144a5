/** `status`: the last runs, what the newest one of each directory came to, the kill switch, holds, and who is open. */

import { Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import { countPeople, describePeople, gatherRun, type People, peopleCounts } from "../../lib/report/index.ts";
import { concludeFindings, exitCodeOfNothing, findingJudge } from "../findings/judge.ts";
import { type FindingOptions, withFindings } from "../findings/options.ts";
import { parseTimeSpan } from "../input/time-span.ts";
import { clock, hasRecords, openRecords, type Records, withRecords } from "../local/records.ts";
import {
  type AccountFilter,
  accountsJson,
  collectVerdict,
  LISTED_VERDICTS,
  listAccounts,
  showAccounts,
} from "../status/list-accounts.ts";
import { oneRunJson, readOneRun, showOneRun } from "../status/one-run.ts";
import { readStatus, type Status } from "../status/read-status.ts";
import { showStatus } from "../status/show-status.ts";
import { statusJson } from "../status/status-json.ts";
import { findRunning, watchRun } from "../status/watch.ts";
import { collect, exitWith, type StateOptions, wholeNumber, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, red } from "../terminal/piece.ts";

const DEADLINE_MS = 60_000;
const PEOPLE_DEADLINE_MS = 15 * 60_000;
const OPEN_SHOWN = 10;
const LIMIT = 50;
/** More accounts than a directory has. */
const ALL_OPEN = 100_000_000;

interface StatusOptions extends StateOptions, AccountFilter, FindingOptions {
  readonly all?: boolean;
  readonly people?: boolean;
  readonly watch?: boolean;
  readonly limit: number;
}

export const statusCommand = (): Command =>
  withFindings(withState(new Command("status")))
    .description(
      "Shows the last runs, what they came to, the kill switch, holds, and which accounts are open; or one run",
    )
    .argument("[run]", "id of a run: what it came to")
    .option("--watch", "shows a run while it is going, until it is over or Ctrl-C")
    .option(
      "--verdict <verdict>",
      `lists the accounts of this verdict: ${LISTED_VERDICTS.join(", ")}; may be repeated`,
      collectVerdict,
    )
    .option("--rule <name>", "lists the open accounts of this rule; may be repeated", collect)
    .option("--directory <id>", "lists the open accounts of this directory; may be repeated", collect)
    .option("--since <time>", "lists only who has had the verdict for at most so long, like 12h or 7d", parseTimeSpan)
    .option("--limit <number>", "how many accounts are listed; who is left out is counted", wholeNumber(1), LIMIT)
    .option("--all", `lists all open accounts, not just the first ${OPEN_SHOWN}`)
    .option(
      "--people",
      "also counts people over all directories, from the evidence, if the policy of the last run joins them",
    )
    .action(exitWith(status));

async function status(run: string | undefined, options: StatusOptions): Promise<number> {
  refuseFindingsOfAList(options);
  if (!hasRecords(options)) return showNothing(options);
  return withRecords(await openRecords(options, AbortSignal.timeout(DEADLINE_MS)), async (records) => {
    if (options.watch) return watch(run, records, options);
    if (run !== undefined) return showRun(run, records, options);
    if (isFiltered(options)) return showFiltered(records, options);
    const judge = await findingJudge(records, options);
    const found = await readStatus(records.ledger, options.all ? ALL_OPEN : OPEN_SHOWN);
    const swept = found.directories.map(({ record }) => record);
    const findings = await judge?.(swept, directoriesOf(found));
    const people = options.people ? await readPeople(records) : undefined;
    if (options.json)
      results.json({
        ...statusJson(found),
        ...(options.people && { people: people ? peopleCounts(people) : null }),
        ...omitUndefined({ findings }),
      });
    else showStatus(found);
    if (options.people && !options.json) showPeople(people);
    return concludeFindings(findings, swept.length === 0 ? exitCodeOfNothing(options) : 0);
  });
}

/** Also one whose sweep left no record. */
const directoriesOf = ({ runs, directories }: Status): string[] => [
  ...new Set([...directories.map(({ record }) => record.id), ...runs.flatMap((run) => run.directories)]),
];

/** They count whole directories. Throws `ERR_INPUT_INVALID`. */
function refuseFindingsOfAList(options: StatusOptions): void {
  if (options.failOn === undefined && options.newSince === undefined) return;
  if (!options.watch && !isFiltered(options)) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    "--fail-on and --new-since count everybody: use them without --watch, --verdict, --rule, --directory and --since.",
  );
}

const isFiltered = ({ verdict, rule, directory, since }: AccountFilter): boolean =>
  [verdict, rule, directory, since].some((wanted) => wanted !== undefined);

async function watch(asked: string | undefined, { ledger }: Records, { json }: StatusOptions): Promise<number> {
  if (json) throw new WardenError("ERR_INPUT_INVALID", "--watch is for people; `status RUN --json` is for machines.");
  const run = asked ?? (await findRunning(ledger));
  if (run === undefined) results.line("No run is going. `status` shows the last ones.");
  else await watchRun(ledger, run);
  return 0;
}

async function showRun(run: string, records: Records, options: StatusOptions): Promise<number> {
  const judge = await findingJudge(records, options);
  const found = await readOneRun(records.ledger, run);
  const findings = await judge?.(found.directories, found.run.directories);
  if (options.json) results.json({ ...oneRunJson(found), ...omitUndefined({ findings }) });
  else showOneRun(found);
  return concludeFindings(findings, 0);
}

async function showFiltered({ ledger }: Records, options: StatusOptions): Promise<number> {
  const found = await listAccounts(ledger, options, options.limit);
  if (options.json) results.json(accountsJson(found));
  else showAccounts(found, options);
  return 0;
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

function showNothing(options: StatusOptions): number {
  const { json, state } = options;
  if (json) results.json({ runs: [], halted: null, directories: [] });
  else results.line(`Nothing is recorded in ${state} yet; run a sweep.`);
  return exitCodeOfNothing(options);
}
