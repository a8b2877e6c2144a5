/** Asks on a terminal before accounts of a directory are changed for the first time. */

import { WardenError } from "../../lib/errors.ts";
import type { DirectoryRecord, Ledger } from "../../lib/model/index.ts";
import { mayChange, type Policy } from "../../lib/policy/index.ts";
import { formatAge } from "../../lib/report/index.ts";
import { latestRecords } from "../local/latest.ts";
import { clock } from "../local/records.ts";
import { openInterview } from "../terminal/interview.ts";
import { errors } from "../terminal/output.ts";
import { bold } from "../terminal/piece.ts";

/** One in mode enforce that is older is not looked for: then the question comes once more. */
const RUNS = 50;

interface Chosen {
  readonly policy: Policy;
  readonly directories: readonly string[];
}

interface AskOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Asks nothing where there is no terminal, or where each directory was enforced before. Throws `ERR_ABORTED` unless the answer is yes. */
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

async function neverEnforced({ policy, directories }: Chosen, ledger: Ledger): Promise<string[]> {
  const runs = await ledger.listRuns(RUNS);
  const enforced = new Set(runs.flatMap((run) => (run.mode === "enforce" ? run.directories : [])));
  return directories.filter((id) => mayChange(policy, id, "enforce") && !enforced.has(id));
}

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
