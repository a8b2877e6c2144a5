/** Reads the accounts that are joined, directory by directory, and joins them. */

import { createHash } from "node:crypto";
import { omitUndefined } from "../../model/index.ts";
import type { CountedList } from "./first-items.ts";
import type { ReportData } from "./gather.ts";
import type { ReportPorts, ReportRow, SweptDirectory } from "./model.ts";
import type { UnjoinedAccount } from "./people-model.ts";
import { evidenceProblem, findPeopleSources, type PeopleSource, type PeopleSources } from "./people-sources.ts";
import { type JoinedPeople, personJoin } from "./person-join.ts";
import { readRows } from "./rows.ts";

export interface JoinedAccounts extends PeopleSources {
  readonly joined: JoinedPeople;
  readonly notJoined: CountedList<UnjoinedAccount>;
  /** By directory: the number of its first account, and how many it has. */
  readonly ranges: ReadonlyMap<string, AccountRange>;
  /** The people who have an account that was looked for. */
  readonly found: readonly number[];
  /** Accounts that were looked for, and are of no known person. */
  readonly foundUnjoined: readonly UnjoinedAccount[];
}

interface AccountRange {
  readonly start: number;
  count: number;
}

/** Accounts of each list that are kept. */
const MAX_LISTED = 200;

/**
 * Throws as `data.rows` does; directories whose earlier evidence is not whole are left out, and named.
 * @param fits whom somebody looks for
 */
export async function joinAccounts(
  ports: ReportPorts,
  data: ReportData,
  fits: (row: ReportRow) => boolean,
  signal: AbortSignal,
): Promise<JoinedAccounts> {
  let { sources, missing } = await findPeopleSources(ports, data);
  for (;;) {
    const read = await readAccounts({ ports, data, fits }, sources, signal);
    if (!("broken" in read)) return { ...read, sources, missing };
    const { broken, why } = read;
    sources = sources.filter(({ swept }) => swept !== broken);
    missing = [...missing, { directory: broken.record.id, why }];
  }
}

interface Reading {
  readonly ports: ReportPorts;
  readonly data: ReportData;
  readonly fits: (row: ReportRow) => boolean;
}

/** What was read does not count where a directory breaks off. */
async function readAccounts(
  { ports, data, fits }: Reading,
  sources: readonly PeopleSource[],
  signal: AbortSignal,
): Promise<Omit<JoinedAccounts, keyof PeopleSources> | { readonly broken: SweptDirectory; readonly why: string }> {
  const collector = collectAccounts(fits);
  const isReported = reportedAccounts(sources);
  for await (const rows of data.rows(signal)) for (const row of rows) if (isReported(row)) collector.add(row);
  for (const swept of earlierSweeps(sources)) {
    try {
      for await (const row of earlierAccounts(ports, swept, signal)) collector.add(row);
    } catch (error) {
      signal.throwIfAborted();
      return { broken: swept, why: evidenceProblem(error) };
    }
  }
  return collector.end();
}

/** Whether a row of the report is of an account that is joined. */
export function reportedAccounts(sources: readonly PeopleSource[]): (row: ReportRow) => boolean {
  const reported = new Set(sources.filter(({ isReported }) => isReported).map(({ swept }) => swept.record.id));
  return ({ kind, directory }) => kind === "account" && reported.has(directory);
}

export const earlierSweeps = (sources: readonly PeopleSource[]): readonly SweptDirectory[] =>
  sources.filter(({ isReported }) => !isReported).map(({ swept }) => swept);

export async function* earlierAccounts(
  ports: ReportPorts,
  swept: SweptDirectory,
  signal: AbortSignal,
): AsyncGenerator<ReportRow> {
  for await (const rows of readRows(ports, [swept], signal)) yield* rows.filter(({ kind }) => kind === "account");
}

function collectAccounts(fits: (row: ReportRow) => boolean) {
  const join = personJoin();
  const ranges = new Map<string, AccountRange>();
  const unjoined: UnjoinedAccount[] = [];
  const foundUnjoined: UnjoinedAccount[] = [];
  const found: number[] = [];
  let accounts = 0;
  return {
    add(row: ReportRow): void {
      const { directory, verdict, requirement, person: keys } = row;
      const range = ranges.get(directory) ?? { start: accounts, count: 0 };
      ranges.set(directory, range);
      range.count++;
      // Rows come directory by directory.
      const number = ranges.size - 1;
      const judged = { verdict, ...omitUndefined({ requirement }) };
      join.add({ directory: number, ...judged, keys, ownKey: () => ownKeyOf(row) });
      const isJoined = keys !== undefined && !keys.renamed;
      if (!isJoined && unjoined.length < MAX_LISTED) unjoined.push(unjoinedAccount(row));
      if (fits(row) && isJoined) found.push(accounts);
      else if (!isJoined && fits(row)) foundUnjoined.push(unjoinedAccount(row));
      accounts++;
    },
    end() {
      const joined = join.end();
      const people = new Set(found.flatMap((account) => joined.personOf(account) ?? []));
      return {
        joined,
        notJoined: { count: joined.notJoined, first: unjoined },
        ranges,
        found: [...people],
        foundUnjoined,
      };
    },
  };
}

/** Of an account that is joined by no key. */
const ownKeyOf = ({ directory, id }: ReportRow): string =>
  createHash("sha256").update(`account\0${directory}/${id}`).digest().toString("base64url", 0, 12);

const unjoinedAccount = ({ directory, id, username, verdict, requirement, person }: ReportRow): UnjoinedAccount => ({
  directory,
  id,
  username,
  verdict,
  ...omitUndefined({ requirement }),
  why: person?.renamed
    ? "an exception names it by its id, and its user name is no longer the one given there"
    : "its vendor says nothing that it could be joined by",
});
