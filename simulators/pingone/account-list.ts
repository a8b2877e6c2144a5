/** Who is in the simulated PingOne now: found, listed in pages, and counted. */

import type { Person, User } from "./people.ts";
import type { People } from "./seed.ts";

/** What may be changed about an account; a field that is left out stays as it is. */
export type Patch = Partial<Pick<User, (typeof CHANGEABLE)[number]>>;

export const CHANGEABLE = [
  "enabled",
  "mfaEnabled",
  "username",
  "email",
  "population",
  "devices",
  "groups",
  "bypassUntil",
  "createdAt",
  "updatedAt",
] as const;

/** How much of the directory seems to have vanished. */
export type Missing = "none" | "half" | "all";

/** Which accounts a list is about. */
export interface Filter {
  population?: string;
  group?: string;
  username?: string;
}

export interface Page {
  indexes: number[];
  /** The index after which the next page starts; absent on the last page. */
  after?: number;
}

/** What the accounts follow from. */
export interface AccountSources {
  people: People;
  now: () => number;
  /** Asked at every look. */
  missing: () => Missing;
  /** Which populations the client may see, by id; undefined: all. */
  isVisible: ((population: string) => boolean) | undefined;
}

/** The people as seeded, and what has changed since. */
export interface AccountState extends AccountSources {
  /** How many indexes are taken, by those who left too. */
  size: number;
  changes: Map<number, Patch & Partial<Person>>;
  /** Switches that still show their old position. */
  held: Map<number, { mfaEnabled: boolean; until: number }>;
  left: Set<number>;
  /** How often somebody came, went or moved. */
  moves: number;
  /** Accounts by population, and what they were counted at. */
  counted?: { at: string; byPopulation: Map<string, number> };
}

/** An account as it truly is. */
export function truePerson({ people, changes }: AccountState, index: number): Person {
  return { ...people.describe(index), ...changes.get(index) };
}

/** The index of an account that is there. */
export function findIndex(state: AccountState, id: string): number | undefined {
  const index = state.people.indexOf(id);
  return index !== undefined && exists(state, index) ? index : undefined;
}

function exists(state: AccountState, index: number): boolean {
  const { missing, size, left, isVisible } = state;
  const gone = missing();
  if (isVisible && index >= 0 && index < size && !isVisible(populationOf(state, index))) return false;
  return index >= 0 && index < size && !left.has(index) && gone !== "all" && !(gone === "half" && index % 2 === 1);
}

function populationOf({ changes, people }: AccountState, index: number): string {
  return changes.get(index)?.population ?? people.populationOf(index);
}

function matches(state: AccountState, index: number, filter: Filter): boolean {
  if (!exists(state, index)) return false;
  if (filter.population !== undefined && populationOf(state, index) !== filter.population) return false;
  if (filter.group === undefined && filter.username === undefined) return true;
  const { groups, username } = truePerson(state, index);
  const isNamed = filter.username === undefined || username.toLowerCase() === filter.username.toLowerCase();
  return isNamed && (filter.group === undefined || groups.includes(filter.group));
}

/** The accounts that match, upwards or downwards from an index. */
function* walk(state: AccountState, from: number, step: 1 | -1, filter: Filter): Generator<number> {
  for (let index = from; index >= 0 && index < state.size; index += step) {
    if (matches(state, index, filter)) yield index;
  }
}

function take(indexes: Iterable<number>, limit: number): number[] {
  const taken: number[] = [];
  for (const index of indexes) if (taken.push(index) >= limit) break;
  return taken;
}

/** Up to `limit` accounts at or before an index, in index order. */
export function accountsUpTo(state: AccountState, index: number, limit: number, filter: Filter): number[] {
  return take(walk(state, index, -1, filter), limit).reverse();
}

/** The accounts after an index. */
export function pageAfter(state: AccountState, after: number, limit: number, filter: Filter): Page {
  const indexes = take(walk(state, after + 1, 1, filter), limit + 1);
  if (indexes.length <= limit) return { indexes };
  indexes.pop();
  return { indexes, after: indexes.at(-1) ?? after };
}

/** How many accounts match. */
export function countAccounts(state: AccountState, filter: Filter): number {
  if (filter.group !== undefined || filter.username !== undefined) return [...walk(state, 0, 1, filter)].length;
  const counts = countPopulations(state);
  if (filter.population !== undefined) return counts.get(filter.population) ?? 0;
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

// Counted anew only after somebody came, went or moved: a million accounts take tens of milliseconds.
function countPopulations(state: AccountState): Map<string, number> {
  const at = `${state.moves} ${state.missing()}`;
  if (state.counted?.at === at) return state.counted.byPopulation;
  const byPopulation = new Map<string, number>();
  for (const index of walk(state, 0, 1, {})) {
    const population = populationOf(state, index);
    byPopulation.set(population, (byPopulation.get(population) ?? 0) + 1);
  }
  state.counted = { at, byPopulation };
  return byPopulation;
}
