/** What a test can see and do of the simulated Okta: in its own process, and from another at the control address. */

import { randomUUID } from "node:crypto";
import { type ControlActions, sharedActions } from "../shared/control.ts";
import type { OwnPart, Simulator } from "../shared/simulator.ts";
import type { Fault } from "./faults.ts";
import type { EventHook, Policy, User } from "./people.ts";
import { type Groups, idOf, newFactor } from "./seed.ts";
import type { Credentials, Tenant } from "./tenant.ts";

export interface Okta extends Simulator<Fault> {
  org: string;
  credentials: Credentials;
  apiToken: string;
  known: Groups;
  groups: Tenant["groups"];
  policies: Policy[];
  hooks: EventHook[];
  /** Admin roles and scopes; a test may change them. */
  roles: string[];
  scopes: string[];
  app: Tenant["app"];
  /** Every nonce given out so far is refused from now on. */
  forgetNonces(): void;
  /** The n-th person in the order of the listing. */
  user(index: number): User;
  find(id: string): User | undefined;
  /** Changes an account as an administrator does in the console. */
  change(id: string, patch: Partial<User>): void;
  /** @param id one that nobody has; a random one unless given */
  join(login: string, id?: string): User;
  leave(id: string): void;
  /** The person signs in and registers a second factor. */
  register(id: string, type: string): void;
  /** The person loses a second factor. */
  unregister(id: string, type: string): void;
  /** How many calls of each kind the org takes in a minute; without limits at first. */
  rates: Tenant["rates"];
  /** Writes a line of the System Log, about nobody if none is named. */
  tell(eventType: string, user?: string): void;
  /** What was sent to event hooks. */
  deliveries: Tenant["sender"]["deliveries"];
  waitUntilSent(): Promise<void>;
}

/** What a test can see and do, but for what every simulator has. */
export function openTenant(tenant: Tenant, origin: string): OwnPart<Okta> {
  const { credentials, apiToken, known, groups, policies, hooks, roles, scopes, app, proofs, sender } = tenant;
  return {
    org: origin,
    credentials,
    apiToken,
    known,
    groups,
    policies,
    hooks,
    roles,
    scopes,
    app,
    forgetNonces: proofs.forgetNonces,
    rates: tenant.rates,
    tell: tenant.tell,
    deliveries: sender.deliveries,
    waitUntilSent: sender.waitUntilSent,
    ...openUsers(tenant),
  };
}

type UserPart = Pick<Okta, "user" | "find" | "change" | "join" | "leave" | "register" | "unregister">;

function openUsers(tenant: Tenant): UserPart {
  const { users, tell, now } = tenant;
  const locate = (id: string): User => {
    const user = users.get(id);
    if (!user) throw new Error(`There is no user ${id}`);
    return user;
  };
  return {
    user: (index) => [...users.values()][index] ?? locate(`number ${index}`),
    find: (id) => users.get(id),
    change: (id, patch) => {
      Object.assign(locate(id), { lastUpdated: new Date(now()).toISOString() }, patch);
    },
    join: (login, id = idOf("00u", randomUUID())) => {
      const at = new Date(now()).toISOString();
      const user = {
        id,
        login,
        email: login,
        status: "ACTIVE",
        created: at,
        lastUpdated: at,
        factors: [],
        groups: [],
      };
      users.set(user.id, user);
      tell("user.lifecycle.create", user.id);
      return user;
    },
    leave: (id) => {
      users.delete(locate(id).id);
      tell("user.lifecycle.delete.initiated", id);
    },
    register: (id, type) => {
      locate(id).factors.push(newFactor(type, randomUUID()));
      tell("user.mfa.factor.activate", id);
    },
    unregister: (id, type) => {
      const user = locate(id);
      user.factors = user.factors.filter(({ factorType }) => factorType !== type);
      tell("user.mfa.factor.deactivate", id);
    },
  };
}

/** What can be asked at the control address. */
export function controlActions({ log, faults }: Tenant, okta: OwnPart<Okta>): ControlActions {
  return {
    ...sharedActions(log, faults),
    "GET user": (_, query) => okta.find(query.get("id") ?? ""),
    "POST change": ({ id, patch }) => okta.change(id, patch),
    "POST join": ({ login, id }) => okta.join(login, id),
    "POST leave": ({ id }) => okta.leave(id),
    "POST register": ({ id, type }) => okta.register(id, type),
    "POST unregister": ({ id, type }) => okta.unregister(id, type),
  };
}
