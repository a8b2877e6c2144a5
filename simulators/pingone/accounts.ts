/** The accounts of the simulated PingOne over time: people as seeded, and on top of them only what has changed. */

import type { Person, User } from "./people.ts";
import type { People } from "./seed.ts";

/** What may be changed about an account; a field that is left out stays as it is. */
export type Patch = Partial<Pick<User, (typeof CHANGEABLE)[number]>>;

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

export interface Accounts {
  /** As the API shows it now; a change that is still held back does not show. */
  show(index: number): Person;
  /** As it truly is. */
  user(index: number): User;
  find(id: string): number | undefined;
  page(after: number, limit: number, filter: Filter): Page;
  /** Up to `limit` accounts at or before an index, in index order. */
  before(index: number, limit: number, filter: Filter): number[];
  count(filter: Filter): number;
  change(index: number, patch: Patch): void;
  /** Changes the switch, but shows the old one until `visibleAt` (ms). */
  switchLate(index: number, mfaEnabled: boolean, visibleAt: number): void;
  join(patch: Patch): number;
  leave(index: number): void;
}

const CHANGEABLE = ["enabled", "mfaEnabled", "username", "population", "devices", "groups"] as const;

interface Needs {
  people: People;
  now: () => number;
  /** Asked at every look. */
  missing: () => Missing;
}

interface State extends Needs {
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

/** Creates a directory with `size` people in it. */
export function createAccounts(size: number, needs: Needs): Accounts {
  const state: State = { ...needs, size, changes: new Map(), held: new Map(), left: new Set(), moves: 0 };
  return {
    show: (index) => showPerson(state, index),
    user: (index) => trueUser(state, index),
    find: (id) => findIndex(state, id),
    page: (after, limit, filter) => cutPage(state, after, limit, filter),
    before: (index, limit, filter) => take(walk(state, index, -1, filter), limit).reverse(),
    count: (filter) => countAccounts(state, filter),
    change: (index, patch) => change(state, index, patch),
    switchLate: (index, mfaEnabled, until) => {
      const shown = truePerson(state, index).mfaEnabled;
      change(state, index, { mfaEnabled });
      state.held.set(index, { mfaEnabled: shown, until });
    },
    join: (patch) => join(state, patch),
    leave: (index) => {
      state.left.add(index);
      state.moves += 1;
    },
  };
}

function truePerson({ people, changes }: State, index: number): Person {
  return { ...people.describe(index), ...changes.get(index) };
}

function trueUser(state: State, index: number): User {
  const devices = state.changes.get(index)?.devices ?? state.people.devicesOf(index);
  return { ...truePerson(state, index), devices };
}

function showPerson(state: State, index: number): Person {
  const late = state.held.get(index);
  const person = truePerson(state, index);
  return late && state.now() < late.until ? { ...person, mfaEnabled: late.mfaEnabled } : person;
}

function findIndex(state: State, id: string): number | undefined {
  const index = state.people.indexOf(id);
  return index !== undefined && exists(state, index) ? index : undefined;
}

function exists({ missing, size, left }: State, index: number): boolean {
  const gone = missing();
  return index >= 0 && index < size && !left.has(index) && gone !== "all" && !(gone === "half" && index % 2 === 1);
}

function populationOf({ changes, people }: State, index: number): string {
  return changes.get(index)?.population ?? people.populationOf(index);
}

function matches(state: State, index: number, filter: Filter): boolean {
  if (!exists(state, index)) return false;
  if (filter.population !== undefined && populationOf(state, index) !== filter.population) return false;
  if (filter.group === undefined && filter.username === undefined) return true;
  const { groups, username } = truePerson(state, index);
  const isNamed = filter.username === undefined || username.toLowerCase() === filter.username.toLowerCase();
  return isNamed && (filter.group === undefined || groups.includes(filter.group));
}

function* walk(state: State, from: number, step: 1 | -1, filter: Filter): Generator<number> {
  for (let index = from; index >= 0 && index < state.size; index += step) {
    if (matches(state, index, filter)) yield index;
  }
}

function take(indexes: Iterable<number>, limit: number): number[] {
  const taken: number[] = [];
  for (const index of indexes) if (taken.push(index) >= limit) break;
  return taken;
}

function cutPage(state: State, after: number, limit: number, filter: Filter): Page {
  const indexes = take(walk(state, after + 1, 1, filter), limit + 1);
  if (indexes.length <= limit) return { indexes };
  indexes.pop();
  return { indexes, after: indexes.at(-1) ?? after };
}

function countAccounts(state: State, filter: Filter): number {
  if (filter.group !== undefined || filter.username !== undefined) return [...walk(state, 0, 1, filter)].length;
  const counts = countPopulations(state);
  if (filter.population !== undefined) return counts.get(filter.population) ?? 0;
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

// Counted anew only after somebody came, went or moved: a million accounts take tens of milliseconds.
function countPopulations(state: State): Map<string, number> {
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

function change(state: State, index: number, patch: Patch): void {
  const given = CHANGEABLE.filter((key) => patch[key] !== undefined).map((key) => [key, patch[key]]);
  if (patch.population !== undefined) state.moves += 1;
  state.held.delete(index);
  const updatedAt = new Date(state.now()).toISOString();
  state.changes.set(index, { ...state.changes.get(index), ...Object.fromEntries(given), updatedAt });
}

function join(state: State, patch: Patch): number {
  const index = state.size;
  state.size += 1;
  state.moves += 1;
  state.changes.set(index, { createdAt: new Date(state.now()).toISOString() });
  change(state, index, patch);
  return index;
}
