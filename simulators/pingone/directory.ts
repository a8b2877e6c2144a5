/** The accounts of the simulated PingOne over time: people as seeded, and on top of them only what has changed. */

import type { People, Person, User } from "./people.ts";

/** What may be changed about an account; a field that is left out stays as it is. */
export type Patch = Partial<Pick<User, (typeof changeable)[number]>>;

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

export interface Directory {
  /** As the API shows it now; a change that is still held back does not show. */
  show(index: number): Person;
  user(index: number): User;
  find(id: string): number | undefined;
  page(after: number, limit: number, filter: Filter): Page;
  /** Up to `limit` accounts at or before an index, in index order. */
  before(index: number, limit: number, filter: Filter): number[];
  count(filter: Filter): number;
  change(index: number, patch: Patch): void;
  /** Changes the flag, but shows the old one until `visibleAt` (ms). */
  switchLate(index: number, mfaEnabled: boolean, visibleAt: number): void;
  join(patch: Patch): number;
  leave(index: number): void;
}

const changeable = ["enabled", "mfaEnabled", "username", "population", "devices", "groups"] as const;

/** Opens a directory of `accounts` people; `missing` is asked at each look. */
export function openDirectory(options: {
  accounts: number;
  people: People;
  now: () => number;
  missing: () => Missing;
}): Directory {
  const { people, now, missing } = options;
  const changes = new Map<number, Patch & Partial<Person>>();
  const held = new Map<number, { mfaEnabled: boolean; until: number }>();
  const left = new Set<number>();
  let size = options.accounts;
  let census: { of: string; counts: Map<string, number> } | undefined;
  let moves = 0;

  function exists(index: number): boolean {
    const gone = missing();
    return index >= 0 && index < size && !left.has(index) && gone !== "all" && !(gone === "half" && index % 2 === 1);
  }

  const populationOf = (index: number) => changes.get(index)?.population ?? people.populationOf(index);
  const truth = (index: number): Person => ({ ...people.describe(index), ...changes.get(index) });

  function matches(index: number, filter: Filter): boolean {
    if (!exists(index)) return false;
    if (filter.population !== undefined && populationOf(index) !== filter.population) return false;
    if (filter.group === undefined && filter.username === undefined) return true;
    const { groups, username } = truth(index);
    const sameName = filter.username === undefined || username.toLowerCase() === filter.username.toLowerCase();
    return sameName && (filter.group === undefined || groups.includes(filter.group));
  }

  function* walk(from: number, step: 1 | -1, filter: Filter): Generator<number> {
    for (let index = from; index >= 0 && index < size; index += step) if (matches(index, filter)) yield index;
  }

  // Counted anew only after somebody came, went or moved: a million accounts take tens of milliseconds.
  function countPopulations(): Map<string, number> {
    const of = `${moves} ${missing()}`;
    if (census?.of === of) return census.counts;
    const counts = new Map<string, number>();
    for (const index of walk(0, 1, {})) {
      const population = populationOf(index);
      counts.set(population, (counts.get(population) ?? 0) + 1);
    }
    census = { of, counts };
    return counts;
  }

  function change(index: number, patch: Patch): void {
    const known = Object.fromEntries(
      changeable.filter((key) => patch[key] !== undefined).map((key) => [key, patch[key]]),
    );
    if (patch.population !== undefined) moves += 1;
    held.delete(index);
    changes.set(index, { ...changes.get(index), ...known, updatedAt: new Date(now()).toISOString() });
  }

  return {
    change,
    show: (index) => {
      const late = held.get(index);
      return late && now() < late.until ? { ...truth(index), mfaEnabled: late.mfaEnabled } : truth(index);
    },
    user: (index) => ({ ...truth(index), devices: changes.get(index)?.devices ?? people.devicesOf(index) }),
    find: (id) => {
      const index = people.indexOf(id);
      return index !== undefined && exists(index) ? index : undefined;
    },
    page: (after, limit, filter) => {
      const indexes = take(walk(after + 1, 1, filter), limit + 1);
      if (indexes.length <= limit) return { indexes };
      indexes.pop();
      return { indexes, after: indexes.at(-1) ?? after };
    },
    before: (index, limit, filter) => take(walk(index, -1, filter), limit).reverse(),
    count: (filter) => {
      if (filter.group !== undefined || filter.username !== undefined) return [...walk(0, 1, filter)].length;
      if (filter.population !== undefined) return countPopulations().get(filter.population) ?? 0;
      return [...countPopulations().values()].reduce((sum, count) => sum + count, 0);
    },
    switchLate: (index, mfaEnabled, visibleAt) => {
      const shown = truth(index).mfaEnabled;
      change(index, { mfaEnabled });
      held.set(index, { mfaEnabled: shown, until: visibleAt });
    },
    join: (patch) => {
      const index = size;
      size += 1;
      moves += 1;
      changes.set(index, { createdAt: new Date(now()).toISOString() });
      change(index, patch);
      return index;
    },
    leave: (index) => {
      left.add(index);
      moves += 1;
    },
  };
}

function take(indexes: Iterable<number>, limit: number): number[] {
  const taken: number[] = [];
  for (const index of indexes) if (taken.push(index) >= limit) break;
  return taken;
}
