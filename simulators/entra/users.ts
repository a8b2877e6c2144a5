/** The users of the simulated tenant over time, in the order in which lists show them. */

import type { Patch, User } from "./people.ts";
import type { Seed } from "./seed.ts";

/** How names are sorted: by character, or like words, where hyphens and apostrophes hardly count. */
export type Collation = "characters" | "words";

export interface Users {
  /** Those who are there, by user name. */
  all(collation?: Collation): readonly User[];
  /** Who is there. */
  find(id: string): User | undefined;
  at(index: number): User;
  change(id: string, patch: Patch): void;
  join(patch: Patch): User;
  /** Deletes it; it can be restored. */
  leave(id: string, at: string): void;
  restore(id: string): void;
}

const sortKeys: Record<Collation, (name: string) => string> = {
  characters: (name) => name.toLowerCase(),
  words: (name) => `${name.toLowerCase().replace(/[-']/g, "")} ${name.toLowerCase()}`,
};

interface State {
  seed: Seed;
  users: User[];
  byId: Map<string, User>;
  /** Lists that still hold. */
  sorted: Map<Collation, readonly User[]>;
  now: () => number;
}

export function createUsers(seed: Seed, size: number, now: () => number): Users {
  const users = Array.from({ length: size }, (_, index) => seed.user(index));
  const state: State = { seed, users, byId: new Map(users.map((user) => [user.id, user])), sorted: new Map(), now };
  return {
    all: (collation = "characters") => listUsers(state, collation),
    find: (id) => {
      const user = state.byId.get(id.toLowerCase());
      return user?.deletedDateTime === undefined ? user : undefined;
    },
    at: (index) => users[index] as User,
    change: (id, patch) => changeUser(state, id, patch),
    join: (patch) => addUser(state, patch),
    leave: (id, at) => changeUser(state, id, { deletedDateTime: at }),
    restore: (id) => {
      delete state.byId.get(id)?.deletedDateTime;
      state.sorted.clear();
    },
  };
}

function listUsers({ users, sorted }: State, collation: Collation): readonly User[] {
  const known = sorted.get(collation);
  if (known) return known;
  const present = users.filter(({ deletedDateTime }) => deletedDateTime === undefined);
  const list = sortBy(present, sortKeys[collation]);
  sorted.set(collation, list);
  return list;
}

function changeUser({ byId, sorted }: State, id: string, patch: Patch): void {
  const user = byId.get(id);
  if (!user) throw new Error(`There is no user ${id}`);
  if (patch.userPrincipalName !== undefined || "deletedDateTime" in patch) sorted.clear();
  Object.assign(user, patch);
}

function addUser({ seed, users, byId, sorted, now }: State, patch: Patch): User {
  const createdDateTime = new Date(now()).toISOString();
  const user: User = { ...seed.user(users.length), createdDateTime, inReport: false, ...patch };
  users.push(user);
  byId.set(user.id, user);
  sorted.clear();
  return user;
}

function sortBy(users: readonly User[], keyOf: (name: string) => string): User[] {
  const keyed = users.map((user) => ({ user, key: keyOf(user.userPrincipalName) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ user }) => user);
}
