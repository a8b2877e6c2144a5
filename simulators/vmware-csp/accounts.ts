/** The accounts of the simulated VMware Cloud Services over time, and the MFA log of each principal. */

import type { AuditEvent, Principal, PrincipalSeed, User } from "./people.ts";
import { createPrincipal, createUser, userIdOf } from "./seed.ts";

export interface Accounts {
  principals: Principal[];
  /** All of the organisation, principals among them, in the order of their ids. */
  members(): User[];
  find(username: string): Principal | undefined;
  join(username: string): User;
  leave(userId: string): void;
  /** Newest first. */
  events(username: string): AuditEvent[];
  recordEvent(action: string, principal: Principal): void;
}

interface Settings {
  seed: number;
  principals: PrincipalSeed[];
  /** How many users there are besides. */
  users: number;
  now: () => number;
}

interface State {
  principals: Principal[];
  others: User[];
  events: AuditEvent[];
}

/** Creates the accounts; the same settings give the same ones. */
export function createAccounts({ seed, principals, users, now }: Settings): Accounts {
  const state: State = {
    principals: principals.map((given) => createPrincipal(given, seed)),
    others: Array.from({ length: users }, (_, n) => createUser(n, seed)),
    events: [],
  };
  return {
    principals: state.principals,
    members: () => listMembers(state),
    find: (username) => state.principals.find((one) => one.username.toLowerCase() === username.toLowerCase()),
    join: (username) => {
      const user = { userId: userIdOf(username, seed), username };
      state.others.push(user);
      return user;
    },
    leave: (userId) => removeUser(state, userId),
    events: (username) => state.events.filter((event) => event.username === username).reverse(),
    recordEvent: (action, principal) => recordEvent(state, action, principal, now()),
  };
}

function listMembers({ others, principals }: State): User[] {
  return [...others, ...principals.filter(({ member, gone }) => member && !gone)]
    .map(({ userId, username }) => ({ userId, username }))
    .sort((a, b) => (a.userId < b.userId ? -1 : 1));
}

function removeUser({ others }: State, userId: string): void {
  const index = others.findIndex((one) => one.userId === userId);
  if (index < 0) throw new Error(`There is no user ${userId}`);
  others.splice(index, 1);
}

function recordEvent({ events }: State, action: string, { username, deviceName }: Principal, now: number): void {
  events.push({
    action,
    details: { deviceName },
    eventDate: now,
    eventId: `event-${events.length + 1}`,
    modifiedBy: username,
    username,
  });
}
