/**
 * People in place of accounts: how they are covered over all directories, and how weak their weakest way in is. The rows are read twice:
 * once to join them, and once to say what the people are called that are shown.
 */
import { createHash } from "node:crypto";
import { omitUndefined } from "../../model/index.ts";
import { type CountedList, keepFirst } from "./first-items.ts";
import type { ReportData } from "./gather.ts";
import type { PersonCoverage, ReportPorts, ReportRow, SweptDirectory } from "./model.ts";
import { evidenceProblem, findPeopleSources, type MissingDirectory, type PeopleSource } from "./people-sources.ts";
import { type JoinedPeople, personJoin, weaknessOf } from "./person-join.ts";
import { readRows } from "./rows.ts";
import { formatCount, joinWords, pluralize } from "./wording.ts";

/** An account of a person. */
export interface PersonAccount
  extends Pick<ReportRow, "directory" | "vendor" | "id" | "username" | "verdict" | "requirement" | "why" | "since"> {
  /** Nobody can sign in with it. */
  readonly disabled?: true;
}

/** Weakest way in first. */
export interface Person {
  readonly id: string;
  readonly coverage: PersonCoverage;
  readonly accounts: readonly PersonAccount[];
}

/** A sweep that people are joined from, so that an auditor can do it again. */
export interface PeopleBasis {
  readonly directory: string;
  readonly run: string;
  /** SHA-256 of the manifest, hex. */
  readonly manifest: string;
  /** ISO 8601. */
  readonly endedAt: string;
  readonly accounts: number;
  /** It is of an earlier run than the one that is reported. */
  readonly earlier?: true;
}

/** An account of no known person. */
export interface UnjoinedAccount extends Pick<ReportRow, "directory" | "id" | "username" | "verdict"> {
  /** One plain clause. */
  readonly why: string;
}

export interface People {
  readonly people: number;
  readonly coverage: JoinedPeople["counts"];
  /** How many of them have accounts in several directories. */
  readonly inSeveralDirectories: number;
  /** In several directories, and not covered in all of them; the weakest way in first. */
  readonly weakest: CountedList<Person>;
  readonly ambiguous: CountedList<Person>;
  readonly notJoined: CountedList<UnjoinedAccount>;
  readonly basis: readonly PeopleBasis[];
  readonly missing: readonly MissingDirectory[];
}

/** What is known once all accounts are joined. */
export interface PeopleJoin {
  /** The report's own rows with the person that each is of; every row once, in the order in which they were joined. */
  addPeople(rows: readonly ReportRow[]): readonly ReportRow[];
  /** To be called when all of these rows have passed. */
  end(signal: AbortSignal): Promise<People>;
}

/** People of each list that are named. */
const MAX_LISTED = 200;

/** `undefined`: the policy joins nobody. Throws as `data.rows` does; directories whose earlier evidence is not whole are left out, and named. */
export async function joinPeople(
  ports: ReportPorts,
  data: ReportData,
  signal: AbortSignal,
): Promise<PeopleJoin | undefined> {
  if (!data.policy?.people) return undefined;
  let { sources, missing } = await findPeopleSources(ports, data);
  for (;;) {
    const joined = await joinSources(ports, data, sources, signal);
    if (!("broken" in joined)) return openView(ports, { ...joined, sources, missing });
    const { broken, why } = joined;
    sources = sources.filter(({ swept }) => swept !== broken);
    missing = [...missing, { directory: broken.record.id, why }];
  }
}

interface Joined {
  readonly joined: JoinedPeople;
  readonly notJoined: CountedList<UnjoinedAccount>;
  /** By directory, the number of its first account. */
  readonly starts: ReadonlyMap<string, number>;
  readonly counts: ReadonlyMap<string, number>;
}

interface BrokenSource {
  readonly broken: SweptDirectory;
  readonly why: string;
}

async function joinSources(
  ports: ReportPorts,
  data: ReportData,
  sources: readonly PeopleSource[],
  signal: AbortSignal,
): Promise<Joined | BrokenSource> {
  const reported = new Set(sources.filter(({ isReported }) => isReported).map(({ swept }) => swept.record.id));
  const collector = collectAccounts();
  for await (const rows of data.rows(signal)) collector.add(rows.filter((row) => isAccountOf(reported, row)));
  for (const { swept } of sources.filter(({ isReported }) => !isReported)) {
    try {
      for await (const rows of readRows(ports, [swept], signal)) collector.add(rows.filter(isAccount));
    } catch (error) {
      signal.throwIfAborted();
      return { broken: swept, why: evidenceProblem(error) };
    }
  }
  return collector.end();
}

const isAccount = ({ kind }: ReportRow): boolean => kind === "account";
const isAccountOf = (directories: ReadonlySet<string>, row: ReportRow): boolean =>
  isAccount(row) && directories.has(row.directory);

function collectAccounts() {
  const join = personJoin();
  const starts = new Map<string, number>();
  const counts = new Map<string, number>();
  const first: UnjoinedAccount[] = [];
  let accounts = 0;
  return {
    add(rows: readonly ReportRow[]): void {
      for (const row of rows) {
        const { directory, verdict, requirement, person: keys } = row;
        if (!starts.has(directory)) starts.set(directory, accounts);
        counts.set(directory, (counts.get(directory) ?? 0) + 1);
        accounts++;
        // Rows come directory by directory.
        const number = starts.size - 1;
        join.add({
          directory: number,
          verdict,
          ...omitUndefined({ requirement }),
          keys,
          ownKey: () => ownKeyOf(row),
        });
        if ((keys === undefined || keys.renamed) && first.length < MAX_LISTED) first.push(unjoined(row));
      }
    },
    end(): Joined {
      const joined = join.end();
      return { joined, notJoined: { count: joined.notJoined, first }, starts, counts };
    },
  };
}

/** Of an account that is joined by no key. */
const ownKeyOf = ({ directory, id }: ReportRow): string =>
  createHash("sha256").update(`account\0${directory}/${id}`).digest().toString("base64url", 0, 12);

const unjoined = ({ directory, id, username, verdict, person }: ReportRow): UnjoinedAccount => ({
  directory,
  id,
  username,
  verdict,
  why: person?.renamed
    ? "an exception names it by its id, and its user name is no longer the one given there"
    : "its vendor says nothing that it could be joined by",
});

interface ViewParts extends Joined {
  readonly sources: readonly PeopleSource[];
  readonly missing: readonly MissingDirectory[];
}

function openView(ports: ReportPorts, parts: ViewParts): PeopleJoin {
  const { joined, starts, sources } = parts;
  const weakest = listWeakest(joined);
  const ambiguous = listAmbiguous(joined);
  const shown = new Map<number, PersonAccount[]>([...weakest.first, ...ambiguous.first].map((person) => [person, []]));
  const next = new Map(starts);
  const reported = new Set(sources.filter(({ isReported }) => isReported).map(({ swept }) => swept.record.id));

  /** The person of the next row of its directory. */
  function takePerson(row: ReportRow): number | undefined {
    const account = next.get(row.directory) ?? 0;
    next.set(row.directory, account + 1);
    const person = joined.personOf(account);
    if (person !== undefined) shown.get(person)?.push(accountOf(row));
    return person;
  }

  const nameAll = (list: CountedList<number>): CountedList<Person> => ({
    count: list.count,
    first: list.first.map((person) => ({
      id: joined.idOf(person),
      coverage: joined.coverageOf(person),
      accounts: (shown.get(person) ?? []).toSorted(compareWeakness),
    })),
  });

  return {
    addPeople: (rows) =>
      rows.map((row) => {
        const person = isAccountOf(reported, row) ? takePerson(row) : undefined;
        if (person === undefined) return row;
        return { ...row, belongsTo: { person: joined.idOf(person), coverage: joined.coverageOf(person) } };
      }),
    async end(signal) {
      for (const { swept } of sources.filter(({ isReported }) => !isReported))
        for await (const rows of readRows(ports, [swept], signal))
          for (const row of rows.filter(isAccount)) takePerson(row);
      return { ...countsOf(parts), weakest: nameAll(weakest), ambiguous: nameAll(ambiguous) };
    },
  };
}

function countsOf({ joined, notJoined, sources, missing, counts }: ViewParts): Omit<People, "weakest" | "ambiguous"> {
  return {
    people: Object.values(joined.counts).reduce((sum, count) => sum + count, 0),
    coverage: joined.counts,
    inSeveralDirectories: joined.inSeveral,
    notJoined,
    basis: sources.map(({ swept: { record, manifest, manifestHash }, isReported }) => ({
      directory: record.id,
      run: record.run,
      manifest: manifestHash,
      endedAt: manifest.endedAt,
      accounts: counts.get(record.id) ?? 0,
      ...omitUndefined({ earlier: isReported ? undefined : (true as const) }),
    })),
    missing,
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
