/** The accounts of the simulated PingOne over time: people as seeded, and on top of them only what has changed. */

import {
  type AccountSources,
  type AccountState,
  accountsUpTo,
  CHANGEABLE,
  countAccounts,
  type Filter,
  findIndex,
  type Page,
  type Patch,
  pageAfter,
  truePerson,
} from "./account-list.ts";
import type { Person, User } from "./people.ts";

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
  /** As an account has been for long, unless the patch says otherwise: what the API changes has an `updatedAt`. */
  change(index: number, patch: Patch): void;
  /** Changes the switch, but shows the old one until `visibleAt` (ms). */
  switchLate(index: number, mfaEnabled: boolean, visibleAt: number): void;
  join(patch: Patch): number;
  leave(index: number): void;
}

/** Creates a directory with `size` people in it. */
export function createAccounts(size: number, sources: AccountSources): Accounts {
  const state: AccountState = { ...sources, size, changes: new Map(), held: new Map(), left: new Set(), moves: 0 };
  return {
    show: (index) => showPerson(state, index),
    user: (index) => trueUser(state, index),
    find: (id) => findIndex(state, id),
    page: (after, limit, filter) => pageAfter(state, after, limit, filter),
    before: (index, limit, filter) => accountsUpTo(state, index, limit, filter),
    count: (filter) => countAccounts(state, filter),
    change: (index, patch) => change(state, index, patch),
    switchLate: (index, mfaEnabled, until) => {
      const shown = truePerson(state, index).mfaEnabled;
      change(state, index, { mfaEnabled, updatedAt: new Date(state.now()).toISOString() });
      state.held.set(index, { mfaEnabled: shown, until });
    },
    join: (patch) => join(state, patch),
    leave: (index) => {
      state.left.add(index);
      state.moves += 1;
    },
  };
}

function trueUser(state: AccountState, index: number): User {
  const devices = state.changes.get(index)?.devices ?? state.people.devicesOf(index);
  return { ...truePerson(state, index), devices };
}

function showPerson(state: AccountState, index: number): Person {
  const late = state.held.get(index);
  const person = truePerson(state, index);
  return late && state.now() < late.until ? { ...person, mfaEnabled: late.mfaEnabled } : person;
}

function change(state: AccountState, index: number, patch: Patch): void {
  const given = CHANGEABLE.filter((key) => patch[key] !== undefined).map((key) => [key, patch[key]]);
  if (patch.population !== undefined) state.moves += 1;
  state.held.delete(index);
  state.changes.set(index, { ...state.changes.get(index), ...Object.fromEntries(given) });
}

function join(state: AccountState, patch: Patch): number {
  const index = state.size;
  state.size += 1;
  state.moves += 1;
  const createdAt = new Date(state.now()).toISOString();
  state.changes.set(index, { createdAt, updatedAt: createdAt });
  change(state, index, patch);
  return index;
}
