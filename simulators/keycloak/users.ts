/** The users of the simulated realm, in the order in which Keycloak lists them: by user name. */

import type { User } from "./people.ts";

export interface Users {
  /** People alone: the accounts of clients are in no listing. */
  listed(): readonly User[];
  find(id: string): User | undefined;
  named(username: string): User | undefined;
  add(user: User): void;
  remove(id: string): void;
}

export function createUsers(first: readonly User[]): Users {
  const byId = new Map(first.map((user) => [user.id, user]));
  let sorted: readonly User[] | undefined;
  const sort = () => [...byId.values()].filter(({ isService }) => !isService).toSorted(byUsername);
  return {
    listed: () => {
      sorted ??= sort();
      return sorted;
    },
    find: (id) => byId.get(id),
    named: (username) => [...byId.values()].find((user) => user.username === username),
    add: (user) => {
      byId.set(user.id, user);
      sorted = undefined;
    },
    remove: (id) => {
      byId.delete(id);
      sorted = undefined;
    },
  };
}

const byUsername = (a: User, b: User): number => {
  if (a.username === b.username) return 0;
  return a.username < b.username ? -1 : 1;
};
