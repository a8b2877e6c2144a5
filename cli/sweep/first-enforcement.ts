/** Asks on a terminal before accounts of a directory are changed for the first time. */

import { mapConcurrently } from "../../lib/concurrency.ts";
import { WardenError } from "../../lib/errors.ts";
import type { DirectoryRecord, Ledger, Outcome } from "../../lib/model/index.ts";
import { mayChange, type Policy } from "../../lib/policy/index.ts";
import { formatAge } from "../../lib/report/index.ts";
import { latestRecords } from "../local/latest.ts";
import { clock } from "../local/records.ts";
import { openInterview } from "../terminal/interview.ts";
import { errors } from "../terminal/output.ts";
import { bold } from "../terminal/piece.ts";

/** A change that is older is not looked for: then the question comes once more. */
const RUNS = 50;
const RUNS_IN_PARALLEL = 8;
/** Of changes that were tried, whatever became of them. */
const TRIED: readonly Outcome[] = ["enforced", "staged", "unverified", "failed", "reverted"];

interface Chosen {
  readonly policy: Policy;
  readonly directories: readonly string[];
}

interface AskOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Asks nothing where there is no terminal, or where accounts of each directory were changed before. Throws `ERR_ABORTED` unless the answer is yes. */
export async function confirmFirstEnforcement(chosen: Chosen, ledger: Ledger, options: AskOptions): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY || options.yes || options.json) return;
  const directories = await neverEnforced(chosen, ledger);
  if (directories.length === 0) return;
  const records = await latestRecords(ledger);
  errors.line(bold("This changes accounts for the first time in:"));
  for (const id of directories)
    errors.line(`  ${id}: ${describePlan(records.find((record) => record.id === id && record.read > 0))}`);
  if (await isConfirmed()) return;
  throw new WardenError(
    "ERR_ABORTED",
    "Nothing was read and nothing changed. `sweep` alone shows whom it would change, and --yes skips this question.",
  );
}

/** A run in mode enforce that failed, or whose policy only observed the directory, has changed nothing. */
async function neverEnforced({ policy, directories }: Chosen, ledger: Ledger): Promise<string[]> {
  const open = directories.filter((id) => mayChange(policy, id, "enforce"));
  if (open.length === 0) return [];
  const runs = (await ledger.listRuns(RUNS)).filter(({ mode }) => mode === "enforce");
  const read = await mapConcurrently(runs, RUNS_IN_PARALLEL, ({ run }) => ledger.readRun(run));
  const records = read.flatMap((one) => one?.directories ?? []);
  const changed = new Set(records.filter(hasTried).map(({ id }) => id));
  return open.filter((id) => !changed.has(id));
}

const hasTried = ({ changes }: DirectoryRecord): boolean => TRIED.some((outcome) => (changes[outcome] ?? 0) > 0);

/** What the last sweep would have changed; nobody knows yet what this one will. */
function describePlan(record: DirectoryRecord | undefined): string {
  if (record === undefined) return "no sweep has looked yet, so nobody knows how many accounts";
  const { changes, read, endedAt, status } = record;
  const age = endedAt === undefined ? "" : `, ${formatAge(Math.max(0, clock() - Date.parse(endedAt)))} old`;
  const whole = status === "completed" ? "" : `, ${status}`;
  return `${changes.planned - changes["needs-user"]} of ${read} accounts, by the last sweep (run ${record.run}${whole}${age})`;
}

async function isConfirmed(): Promise<boolean> {
  const interview = openInterview();
  try {
    return (await interview.ask("Type yes to go on")) === "yes";
  } catch (error) {
    if (interview.isEnded()) return false;
    throw error;
  } finally {
    interview.close();
  }
}
