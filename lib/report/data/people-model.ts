/** People as a report says it of them: counted over all directories, and named where they are shown. */

import type { CountedList } from "./first-items.ts";
import type { PersonCoverage, ReportRow } from "./model.ts";
import type { MissingDirectory } from "./people-sources.ts";

/** An account of a person. */
export interface PersonAccount
  extends Pick<ReportRow, "directory" | "vendor" | "id" | "username" | "verdict" | "requirement" | "why" | "since"> {
  /** Nobody can sign in with it. */
  readonly disabled?: true;
}

export interface Person {
  readonly id: string;
  readonly coverage: PersonCoverage;
  /** Weakest way in first; those that nobody can sign in with last. */
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
export interface UnjoinedAccount extends Pick<ReportRow, "directory" | "id" | "username" | "verdict" | "requirement"> {
  /** One plain clause. */
  readonly why: string;
}

/** From which sweeps something is said of people. */
export interface PeopleOrigin {
  readonly basis: readonly PeopleBasis[];
  readonly missing: readonly MissingDirectory[];
}

export interface People extends PeopleOrigin {
  readonly people: number;
  readonly coverage: Readonly<Record<PersonCoverage, number>>;
  /** How many of them have accounts in several directories. */
  readonly inSeveralDirectories: number;
  /** In several directories, and not covered in all of them; the weakest way in first. */
  readonly weakest: CountedList<Person>;
  readonly ambiguous: CountedList<Person>;
  readonly notJoined: CountedList<UnjoinedAccount>;
}
