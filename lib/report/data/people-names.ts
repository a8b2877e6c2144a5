/** Names the people who are shown: by their rows, which are read once more. */

import { omitUndefined } from "../../model/index.ts";
import type { ReportRow } from "./model.ts";
import type { JoinedAccounts } from "./people-accounts.ts";
import type { PeopleBasis, Person, PersonAccount } from "./people-model.ts";
import { weaknessOf } from "./way-in.ts";

/** Takes the rows once more, in the order in which they were joined. */
export interface PeopleNames {
  /** The person of the next account of its directory; `undefined`: not known. */
  take(row: ReportRow): number | undefined;
  /** To be called when all rows have passed. @param person one of `shown` */
  personAs(person: number): Person;
}

/** @param shown people whose accounts are kept */
export function peopleNames({ joined, ranges }: JoinedAccounts, shown: readonly number[]): PeopleNames {
  const accounts = new Map<number, PersonAccount[]>(shown.map((person) => [person, []]));
  const next = new Map(Array.from(ranges, ([directory, { start }]) => [directory, start]));
  return {
    take(row) {
      const account = next.get(row.directory) ?? 0;
      next.set(row.directory, account + 1);
      const person = joined.personOf(account);
      if (person !== undefined) accounts.get(person)?.push(accountOf(row));
      return person;
    },
    personAs: (person) => ({
      id: joined.idOf(person),
      coverage: joined.coverageOf(person),
      accounts: (accounts.get(person) ?? []).toSorted(compareWeakness),
    }),
  };
}

function accountOf(row: ReportRow): PersonAccount {
  const { directory, vendor, id, username, verdict, requirement, why, since } = row;
  const disabled = weaknessOf(row) === undefined ? (true as const) : undefined;
  return { directory, vendor, id, username, verdict, why, since, ...omitUndefined({ requirement, disabled }) };
}

/** What nobody can sign in with comes last. */
const compareWeakness = (a: PersonAccount, b: PersonAccount): number =>
  (weaknessOf(a) ?? Number.MAX_SAFE_INTEGER) - (weaknessOf(b) ?? Number.MAX_SAFE_INTEGER);

/** The sweeps that people are joined from. */
export const peopleBasis = ({ sources, ranges }: JoinedAccounts): PeopleBasis[] =>
  sources.map(({ swept: { record, manifest, manifestHash }, isReported }) => ({
    directory: record.id,
    run: record.run,
    manifest: manifestHash,
    endedAt: manifest.endedAt,
    accounts: ranges.get(record.id)?.count ?? 0,
    ...omitUndefined({ earlier: isReported ? undefined : (true as const) }),
  }));
