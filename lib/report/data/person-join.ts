/**
 * Joins accounts that have a key in common into people, and counts how those are covered. It needs 24 bytes an account, and 16 to 46 for
 * each different key, whatever anybody is called.
 */
import { JOIN_KEYS, type JoinKeys } from "../../model/index.ts";
import { type KeyWords, keyTable, keyText, keyWords } from "./key-table.ts";
import type { PersonCoverage } from "./model.ts";
import { type Columns, emptyColumns, grownColumns, ID_WORDS, rootOf, unite } from "./person-columns.ts";
import { type JudgedAccount, weaknessOf } from "./way-in.ts";

/** Of an account that nobody can sign in with. */
const NO_WAY_IN = 255;
const FIRST_ACCOUNTS = 1 << 12;

const COVERED = 1;
const OPEN = 2;
/** A rule requires nothing of it. */
const UNREQUIRED = 4;
const AMBIGUOUS = 8;
const IN_SEVERAL = 16;
const FURTHER = 32;
const NOT_JOINED = 64;

const flagOf = ({ verdict }: JudgedAccount): number => {
  if (verdict === "compliant") return COVERED;
  return verdict === "out-of-scope" ? UNREQUIRED : OPEN;
};

/** What is joined: accounts directory by directory. */
export interface AccountToJoin extends JudgedAccount {
  /** Number of the directory, from 0. */
  readonly directory: number;
  readonly keys: JoinKeys | undefined;
  /** What stands for the person where the account has no key: 96 bits in base64url. */
  readonly ownKey: () => string;
}

/** A person is named by the number of the first of their accounts. */
export interface JoinedPeople {
  readonly counts: Readonly<Record<PersonCoverage, number>>;
  /** People with accounts in several directories, of all that are counted. */
  readonly inSeveral: number;
  /** Accounts that are of no known person. */
  readonly notJoined: number;
  /** `undefined`: of no known person. */
  personOf(account: number): number | undefined;
  coverageOf(person: number): PersonCoverage;
  /** Of the weakest way in; the weakest is 0. */
  weaknessOf(person: number): number;
  isInSeveral(person: number): boolean;
  /** The first key of the person's first account, as its row has it: the same from sweep to sweep while that stays. */
  idOf(person: number): string;
  /** Everybody, in the order in which they were met. */
  people(): Generator<number>;
}

export interface PersonJoin {
  add(account: AccountToJoin): void;
  end(): JoinedPeople;
}

/** Accounts are added directory by directory. */
export function personJoin(): PersonJoin {
  const table = keyTable();
  let columns = emptyColumns(FIRST_ACCOUNTS);
  let count = 0;

  function addKeys(account: number, keys: JoinKeys): KeyWords | undefined {
    let first: KeyWords | undefined;
    for (const kind of ["named", ...JOIN_KEYS] as const) {
      const digest = keys[kind];
      if (digest === undefined) continue;
      const words = keyWords(digest);
      const owner = table.firstWith(words, account);
      unite(columns.parent, owner, account);
      if (kind === "employeeNumber") columns.employee[account] = owner;
      first ??= words;
    }
    return first;
  }

  return {
    add({ directory, keys, ownKey, ...judged }) {
      if (count === columns.parent.length) columns = grownColumns(columns);
      const account = count++;
      const weakness = weaknessOf(judged);
      const isJoined = keys !== undefined && !keys.renamed;
      columns.parent[account] = account;
      columns.directory[account] = directory;
      columns.employee[account] = -1;
      columns.weakness[account] = weakness ?? NO_WAY_IN;
      columns.flags[account] =
        (weakness === undefined ? 0 : flagOf(judged)) | (keys?.further ? FURTHER : 0) | (isJoined ? 0 : NOT_JOINED);
      const first = isJoined ? addKeys(account, keys) : undefined;
      columns.id.set(first ?? keyWords(ownKey()), account * ID_WORDS);
    },
    end: () => countPeople(columns, count),
  };
}

/** Adds up what each person's accounts are, at the first of them; whoever comes to a person later finds it there. */
function countPeople(columns: Columns, accounts: number): JoinedPeople {
  const { parent, flags, weakness, id } = columns;
  const lastDirectory = new Int16Array(accounts).fill(-1);
  let notJoined = 0;
  for (let account = 0; account < accounts; account++) {
    if (isOf(columns, account, NOT_JOINED)) notJoined++;
    else addToPerson(columns, lastDirectory, account);
  }
  const coverageOf = (person: number) => coverageBy(flags[person] ?? 0);
  function* people(): Generator<number> {
    for (let account = 0; account < accounts; account++)
      if (parent[account] === account && !isOf(columns, account, NOT_JOINED)) yield account;
  }
  const counts = { everywhere: 0, somewhere: 0, nowhere: 0, ambiguous: 0, "out-of-scope": 0, disabled: 0 };
  let inSeveral = 0;
  for (const person of people()) {
    counts[coverageOf(person)]++;
    if (isOf(columns, person, IN_SEVERAL)) inSeveral++;
  }
  return {
    counts,
    inSeveral,
    notJoined,
    people,
    coverageOf,
    personOf: (account) => (isOf(columns, account, NOT_JOINED) ? undefined : rootOf(parent, account)),
    weaknessOf: (person) => weakness[person] ?? NO_WAY_IN,
    isInSeveral: (person) => isOf(columns, person, IN_SEVERAL),
    idOf(person) {
      const [a = 0, b = 0, c = 0] = id.subarray(person * ID_WORDS, (person + 1) * ID_WORDS);
      return keyText([a, b, c]);
    },
  };
}

const isOf = ({ flags }: Columns, account: number, flag: number): boolean => ((flags[account] ?? 0) & flag) !== 0;

/** @param lastDirectory of each person, where the last account was that is not a further one: same directories come one after the other */
function addToPerson(columns: Columns, lastDirectory: Int16Array, account: number): void {
  const { parent, directory, flags, weakness, employee } = columns;
  const person = rootOf(parent, account);
  const own = directory[account] ?? 0;
  let found = (flags[person] ?? 0) | ((flags[account] ?? 0) & (COVERED | OPEN | UNREQUIRED));
  if (own !== directory[person]) found |= IN_SEVERAL;
  if (!isOf(columns, account, FURTHER)) {
    if (lastDirectory[person] === own) found |= AMBIGUOUS;
    lastDirectory[person] = own;
  }
  const number = employee[account] ?? -1;
  if (number >= 0 && (employee[person] ?? -1) < 0) employee[person] = number;
  else if (number >= 0 && number !== employee[person]) found |= AMBIGUOUS;
  flags[person] = found;
  weakness[person] = Math.min(weakness[person] ?? NO_WAY_IN, weakness[account] ?? NO_WAY_IN);
}

function coverageBy(flags: number): PersonCoverage {
  if (flags & AMBIGUOUS) return "ambiguous";
  const ways = flags & (COVERED | OPEN | UNREQUIRED);
  if (ways === 0) return "disabled";
  if (ways === UNREQUIRED) return "out-of-scope";
  if (ways === COVERED) return "everywhere";
  return ways & COVERED ? "somewhere" : "nowhere";
}
