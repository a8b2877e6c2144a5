/** Lists the accounts that fit what was asked for: verdict, rule, directory, and since when. */

import { InvalidArgumentError } from "commander";
import { WardenError } from "../../lib/errors.ts";
import {
  type DirectoryRecord,
  isReadWhole,
  type Judgement,
  type Ledger,
  omitUndefined,
  type SubjectState,
  type Verdict,
} from "../../lib/model/index.ts";
import { latestRecords } from "../local/latest.ts";
import { clock } from "../local/records.ts";
import { OPEN_VERDICTS, reasonOf } from "../terminal/open-accounts.ts";
import { results } from "../terminal/output.ts";
import { dim, red } from "../terminal/piece.ts";
import { verdictPiece, verdictText } from "../terminal/verdict-text.ts";

/** Verdicts that the ledger can list; everybody else is in the report. */
export const LISTED_VERDICTS = ["violating", "unknown", "pending", "grace", "exempt"] satisfies Verdict[];

export function collectVerdict(text: string, before: readonly Verdict[] = []): Verdict[] {
  const verdict = LISTED_VERDICTS.find((known) => known === text);
  if (verdict !== undefined) return [...before, verdict];
  throw new InvalidArgumentError(
    `Those that can be listed are ${LISTED_VERDICTS.join(", ")}; \`report\` has everybody.`,
  );
}

export interface AccountFilter {
  /** Violating and unknown unless given. */
  readonly verdict?: readonly Verdict[];
  readonly rule?: readonly string[];
  readonly directory?: readonly string[];
  /** Only who has had the verdict for at most so long, in ms; who it is not known of counts. */
  readonly since?: number;
}

export interface FoundAccounts {
  /** Ids of those that were looked at. */
  readonly directories: readonly string[];
  readonly accounts: readonly SubjectState[];
  /** How many more fit. */
  readonly leftOut: number;
  /** Directories whose last sweep did not read everybody: somebody who fits may not be known. */
  readonly incomplete: readonly string[];
}

/** More accounts than a directory has. */
const ALL = 100_000_000;

/** From an index, so it may lag behind. */
export async function listAccounts(ledger: Ledger, filter: AccountFilter, limit: number): Promise<FoundAccounts> {
  const verdicts = filter.verdict ?? OPEN_VERDICTS;
  const records = chooseRecords(await latestRecords(ledger), filter.directory);
  const directories = records.map(({ id }) => id);
  const accounts: SubjectState[] = [];
  let fitting = 0;
  for (const directory of directories)
    for (const verdict of verdicts)
      for (const state of await ledger.listByVerdict(directory, verdict, ALL)) {
        if (!fits(state, filter)) continue;
        fitting++;
        if (accounts.length < limit) accounts.push(state);
      }
  const incomplete = records.filter(({ status }) => !isReadWhole(status)).map(({ id }) => id);
  return { directories, accounts, leftOut: fitting - accounts.length, incomplete };
}

/** Throws `ERR_INPUT_INVALID`: of a directory that was never swept nothing can be listed, which is not that nobody fits. */
function chooseRecords(records: readonly DirectoryRecord[], wanted: readonly string[] | undefined): DirectoryRecord[] {
  const known = records.map(({ id }) => id);
  const unknown = wanted?.find((id) => !known.includes(id));
  if (unknown === undefined) return records.filter(({ id }) => wanted?.includes(id) ?? true);
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `No sweep of ${unknown} is recorded; there are ${known.join(", ") || "none"}.`,
  );
}

function fits({ judgement, since }: SubjectState, { rule, since: spanMs }: AccountFilter): boolean {
  if (rule && !rule.includes(judgement.rule ?? "")) return false;
  return spanMs === undefined || since === undefined || clock() - Date.parse(since) <= spanMs;
}

const COLUMNS = [
  { head: "directory" },
  { head: "account", most: 36 },
  { head: "verdict" },
  { head: "since" },
  { head: "rule", most: 20 },
  { head: "why", most: 140 },
];

export function showAccounts(found: FoundAccounts, { rule }: AccountFilter): void {
  const { directories, accounts, leftOut, incomplete } = found;
  const nobody =
    directories.length === 0
      ? "No sweep is recorded, so nobody was looked for; run a sweep."
      : `No account fits in ${directories.join(", ")}.`;
  for (const id of incomplete)
    results.line(red("incomplete"), `: the last sweep of ${id} did not read everybody; somebody may be missing here`);
  if (accounts.length === 0 && rule)
    results.line(`${nobody} Whether there is a rule ${rule.join(" or ")} is not known here; the policy tells.`);
  else if (accounts.length === 0) results.line(nobody);
  else results.table(COLUMNS, accounts.map(accountRow));
  if (leftOut > 0) results.line(dim(`  and ${leftOut} more; --limit ${accounts.length + leftOut} lists them all`));
}

const accountRow = ({ directory, username, judgement, since, event }: SubjectState) => [
  directory,
  username,
  verdictPiece(judgement),
  since?.slice(0, 10) ?? "",
  judgement.rule ?? "",
  reasonOf(judgement, event),
];

export const accountsJson = ({ directories, accounts, leftOut, incomplete }: FoundAccounts): object => ({
  directories,
  accounts: accounts.map(({ directory, id, username, judgement, since, event }) => ({
    directory,
    id,
    username,
    ...judgementJson(judgement),
    ...omitUndefined({ since, outcome: event.outcome }),
  })),
  leftOut,
  incomplete,
});

const judgementJson = (judgement: Judgement) => ({ ...judgement, text: verdictText(judgement) });
