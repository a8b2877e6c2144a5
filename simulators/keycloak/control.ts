/** What a test can see and do of the simulated Keycloak: in its own process, and from another at the control address. */

import { randomUUID } from "node:crypto";
import type { Credentials } from "../shared/client-tokens.ts";
import { type ControlActions, sharedActions } from "../shared/control.ts";
import type { OwnPart, Simulator } from "../shared/simulator.ts";
import type { EventLog } from "./event-log.ts";
import type { Fault } from "./faults.ts";
import type { Group, User } from "./people.ts";
import { idOf, seedCredentials } from "./seed.ts";
import type { Realm, Tenant } from "./tenant.ts";

export interface Keycloak extends Simulator<Fault> {
  /** What stands before `/realms/…` and `/admin/realms/…`. */
  server: string;
  realm: string;
  clientRealm: string;
  pageSize: number;
  credentials: Credentials;
  groups: Group[];
  /** What the realm is set to; a test may change all of it. */
  settings: Realm;
  events: EventLog;
  /** The n-th person in the order of the listing. */
  account(index: number): User;
  find(id: string): User | undefined;
  /** Changes an account as an administrator does in the console. */
  change(id: string, patch: Partial<User>): void;
  join(patch?: Partial<User>): User;
  leave(id: string): void;
  /** The person signs in and registers a second factor, which does away with the action. */
  register(id: string, type: string): void;
  /** The person takes a second factor away. */
  unregister(id: string, type: string): void;
}

/** What a test can see and do, but for what every simulator has. */
export function openTenant(tenant: Tenant, origin: string): OwnPart<Keycloak> {
  const { realm, clientRealm, pageSize, credentials, groups, settings, events } = tenant;
  return {
    server: origin,
    realm,
    clientRealm,
    pageSize,
    credentials,
    groups,
    settings,
    events,
    ...openAccounts(tenant),
    register: (id, type) => register(tenant, locate(tenant, id), type),
    unregister: (id, type) => unregister(tenant, locate(tenant, id), type),
  };
}

function locate({ users }: Tenant, id: string): User {
  const user = users.find(id);
  if (!user) throw new Error(`There is no user ${id}`);
  return user;
}

function openAccounts(tenant: Tenant): Pick<Keycloak, "account" | "find" | "change" | "join" | "leave"> {
  const { users, events, now, groups } = tenant;
  return {
    account: (index) => users.listed()[index] ?? locate(tenant, `number ${index}`),
    find: (id) => users.find(id),
    change: (id, patch) => {
      // Added anew, since another user name is listed elsewhere.
      users.add(Object.assign(locate(tenant, id), patch));
      events.addByAdmin("UPDATE", "USER", `users/${id}`);
    },
    join: (patch = {}) => {
      const user = newUser(patch, now(), groups);
      users.add(user);
      events.addByAdmin("CREATE", "USER", `users/${user.id}`);
      return user;
    },
    leave: (id) => {
      users.remove(locate(tenant, id).id);
      events.addByAdmin("DELETE", "USER", `users/${id}`);
    },
  };
}

function newUser(patch: Partial<User>, now: number, groups: Group[]): User {
  const { username = `new.${randomUUID()}` } = patch;
  return {
    id: idOf(username),
    username,
    email: `${username}@example.com`,
    firstName: "New",
    lastName: "Person",
    enabled: true,
    createdTimestamp: now,
    requiredActions: [],
    credentials: seedCredentials(username, now, false),
    groups: [groups[0]?.id ?? ""],
    attributes: {},
    ...patch,
  };
}

const ACTION_BY_TYPE: Record<string, string> = {
  otp: "CONFIGURE_TOTP",
  webauthn: "webauthn-register",
  "webauthn-passwordless": "webauthn-register-passwordless",
  "recovery-authn-codes": "CONFIGURE_RECOVERY_AUTHN_CODES",
};

function register({ events, now }: Tenant, user: User, type: string): void {
  user.credentials = [...user.credentials, { id: randomUUID(), type, userLabel: "new", createdDate: now() }];
  user.requiredActions = user.requiredActions.filter((action) => action !== ACTION_BY_TYPE[type]);
  if (type === "otp") events.addOwn("UPDATE_TOTP", user.id);
  events.addOwn("UPDATE_CREDENTIAL", user.id);
}

function unregister({ events }: Tenant, user: User, type: string): void {
  user.credentials = user.credentials.filter((credential) => credential.type !== type);
  if (type === "otp") events.addOwn("REMOVE_TOTP", user.id);
  events.addOwn("REMOVE_CREDENTIAL", user.id);
}

/** What can be asked at the control address. */
export function controlActions({ log, faults }: Tenant, keycloak: OwnPart<Keycloak>): ControlActions {
  return {
    ...sharedActions(log, faults),
    "GET user": (_, query) => keycloak.find(query.get("id") ?? ""),
    "POST change": ({ id, patch }) => keycloak.change(id, patch),
    "POST join": (patch) => keycloak.join(patch),
    "POST leave": ({ id }) => keycloak.leave(id),
    "POST register": ({ id, type }) => keycloak.register(id, type),
    "POST unregister": ({ id, type }) => keycloak.unregister(id, type),
  };
}
