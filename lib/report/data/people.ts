/**
 * People in place of accounts: how they are covered over all directories, and how weak their weakest way in is. The rows are read twice:
 * once to join them, and once to say what the people are called that are shown.
 */
import { type CountedList, keepFirst } from "./first-items.ts";
import type { ReportData } from "./gather.ts";
import type { ReportPorts, ReportRow } from "./model.ts";
import {
  earlierAccounts,
  earlierSweeps,
  type JoinedAccounts,
  joinAccounts,
  reportedAccounts,
} from "./people-accounts.ts";
import type { People, PeopleOrigin, Person, UnjoinedAccount } from "./people-model.ts";
import { peopleBasis, peopleNames } from "./people-names.ts";
import type { JoinedPeople } from "./person-join.ts";
import { formatCount, joinWords, pluralize } from "./wording.ts";

/** What is known once all accounts are joined. */
export interface PeopleJoin {
  /** The report's own rows with the person that each is of; every row once, in the order in which they were joined. */
  addPeople(rows: readonly ReportRow[]): readonly ReportRow[];
  /** To be called when all of these rows have passed. */
  end(signal: AbortSignal): Promise<People>;
}

/** People of each list that are named. */
const MAX_LISTED = 200;

const nobody = () => false;

/** `undefined`: the policy joins nobody. Throws as `data.rows` does; what is wrong with earlier evidence is only said. */
export async function joinPeople(
  ports: ReportPorts,
  data: ReportData,
  signal: AbortSignal,
): Promise<PeopleJoin | undefined> {
  if (!data.policy?.people) return undefined;
  return openJoin(ports, await joinAccounts(ports, data, nobody, signal));
}

/** As `joinPeople`, where nobody writes a report. */
export async function countPeople(
  ports: ReportPorts,
  data: ReportData,
  signal: AbortSignal,
): Promise<People | undefined> {
  const join = await joinPeople(ports, data, signal);
  if (!join) return undefined;
  for await (const rows of data.rows(signal)) join.addPeople(rows);
  return join.end(signal);
}

function openJoin(ports: ReportPorts, accounts: JoinedAccounts): PeopleJoin {
  const { joined, sources } = accounts;
  const weakest = listWeakest(joined);
  const ambiguous = listAmbiguous(joined);
  const names = peopleNames(accounts, [...weakest.first, ...ambiguous.first]);
  const isReported = reportedAccounts(sources);
  const nameAll = ({ count, first }: CountedList<number>): CountedList<Person> => ({
    count,
    first: first.map(names.personAs),
  });
  return {
    addPeople: (rows) =>
      rows.map((row) => {
        const person = isReported(row) ? names.take(row) : undefined;
        if (person === undefined) return row;
        return { ...row, belongsTo: { person: joined.idOf(person), coverage: joined.coverageOf(person) } };
      }),
    async end(signal) {
      for (const swept of earlierSweeps(sources))
        for await (const row of earlierAccounts(ports, swept, signal)) names.take(row);
      return { ...countsOf(accounts), weakest: nameAll(weakest), ambiguous: nameAll(ambiguous) };
    },
  };
}

const countsOf = (accounts: JoinedAccounts): Omit<People, "weakest" | "ambiguous"> => ({
  people: Object.values(accounts.joined.counts).reduce((sum, count) => sum + count, 0),
  coverage: accounts.joined.counts,
  inSeveralDirectories: accounts.joined.inSeveral,
  notJoined: accounts.notJoined,
  basis: peopleBasis(accounts),
  missing: accounts.missing,
});

/** Whoever has one account stands among the open accounts already. Who is covered elsewhere comes before who is covered nowhere. */
function listWeakest(joined: JoinedPeople): CountedList<number> {
  const order = (person: number) => (joined.coverageOf(person) === "somewhere" ? 0 : 1);
  const list = keepFirst<number>(
    MAX_LISTED,
    (a, b) => joined.weaknessOf(a) - joined.weaknessOf(b) || order(a) - order(b) || a - b,
  );
  let count = 0;
  for (const person of joined.people()) {
    const coverage = joined.coverageOf(person);
    if (!joined.isInSeveral(person) || (coverage !== "somewhere" && coverage !== "nowhere")) continue;
    count++;
    list.add(person);
  }
  return { count, first: list.end() };
}

function listAmbiguous(joined: JoinedPeople): CountedList<number> {
  const first: number[] = [];
  for (const person of joined.people()) {
    if (first.length === MAX_LISTED) break;
    if (joined.coverageOf(person) === "ambiguous") first.push(person);
  }
  return { count: joined.counts.ambiguous, first };
}

/** Who was looked for. */
export interface FoundPeople extends PeopleOrigin {
  /** Each with all accounts. */
  readonly people: readonly Person[];
  readonly notJoined: readonly UnjoinedAccount[];
}

/** Everybody with an account that fits, whatever their other accounts are called. Throws as `joinPeople` does. */
export async function findPeople(
  ports: ReportPorts,
  data: ReportData,
  fits: (row: ReportRow) => boolean,
  signal: AbortSignal,
): Promise<FoundPeople> {
  const accounts = await joinAccounts(ports, data, fits, signal);
  const { sources, found } = accounts;
  const names = peopleNames(accounts, found);
  const isReported = reportedAccounts(sources);
  for await (const rows of data.rows(signal)) for (const row of rows) if (isReported(row)) names.take(row);
  for (const swept of earlierSweeps(sources))
    for await (const row of earlierAccounts(ports, swept, signal)) names.take(row);
  return {
    people: found.map(names.personAs),
    notJoined: accounts.foundUnjoined,
    basis: peopleBasis(accounts),
    missing: accounts.missing,
  };
}

/** One sentence for people. */
export function describePeople({ people, coverage, inSeveralDirectories, notJoined, missing }: People): string {
  const counts = [
    `${formatCount(coverage.everywhere)} covered everywhere`,
    `${formatCount(coverage.somewhere)} somewhere`,
    `${formatCount(coverage.nowhere)} nowhere`,
    ...(coverage.ambiguous > 0 ? [`${formatCount(coverage.ambiguous)} ambiguous`] : []),
    ...(coverage["out-of-scope"] > 0 ? [`${formatCount(coverage["out-of-scope"])} out of scope`] : []),
    ...(coverage.disabled > 0 ? [`${formatCount(coverage.disabled)} disabled`] : []),
  ];
  const unjoined = notJoined.count > 0 ? `; ${pluralize(notJoined.count, "account")} not joined` : "";
  const without = missing.length > 0 ? `; without ${joinWords(missing.map(({ directory }) => directory))}` : "";
  return `${formatCount(people)}, ${formatCount(inSeveralDirectories)} of them in several directories: ${counts.join(", ")}${unjoined}${without}.`;
}
