/** What a test can see and do of the simulated PingOne: in its own process, and from another at the control address. */

import { randomUUID } from "node:crypto";
import type { Credentials } from "../shared/client-tokens.ts";
import { type ControlActions, sharedActions } from "../shared/control.ts";
import type { OwnPart, Simulator } from "../shared/simulator.ts";
import type { Patch } from "./account-list.ts";
import type { Delivery } from "./deliveries.ts";
import type { Fault } from "./faults.ts";
import type { Named, User } from "./people.ts";
import type { Subscription } from "./subscription-fields.ts";
import type { Switched, Tenant } from "./tenant.ts";

export interface PingOne extends Simulator<Fault> {
  /** `api` stands before `/environments/…`, `auth` before `/{environment}/as/token`. */
  endpoints: { api: string; auth: string };
  environment: string;
  credentials: Credentials;
  populations: Named[];
  groups: Named[];
  account(index: number): User;
  find(id: string): User | undefined;
  change(id: string, patch: Patch): void;
  join(patch?: Patch): User;
  leave(id: string): void;
  /** An empty one, which the client may see. */
  createPopulation(name: string): Named;
  /** One that nobody is in. */
  deletePopulation(id: string): void;
  /** What the API has really switched, oldest first, whatever was answered. */
  switched: Switched[];
  /** As they are now. */
  subscriptions(): Subscription[];
  /** The last 10,000 POSTs of events at most. */
  deliveries: Delivery[];
  /** Resolves when every event that can be sent has arrived. */
  waitUntilSent(): Promise<void>;
}

/** What a test can see and do, but for what every simulator has. */
export function openTenant(tenant: Tenant, origin: string): OwnPart<PingOne> {
  const { environment, credentials, populations, groups, subscriptions, events } = tenant;
  return {
    endpoints: { api: `${origin}/v1`, auth: origin },
    environment,
    credentials,
    populations,
    groups,
    ...openAccounts(tenant),
    ...openPopulations(tenant),
    switched: tenant.switched,
    subscriptions: () => [...subscriptions.all.values()],
    deliveries: events.deliveries,
    waitUntilSent: events.waitUntilSent,
  };
}

function openAccounts({ accounts }: Tenant): Pick<PingOne, "account" | "find" | "change" | "join" | "leave"> {
  function locate(id: string): number {
    const index = accounts.find(id);
    if (index === undefined) throw new Error(`There is no user ${id}`);
    return index;
  }
  return {
    account: accounts.user,
    find: (id) => {
      const index = accounts.find(id);
      return index === undefined ? undefined : accounts.user(index);
    },
    change: (id, patch) => accounts.change(locate(id), patch),
    join: (patch = {}) => accounts.user(accounts.join(patch)),
    leave: (id) => accounts.leave(locate(id)),
  };
}

function openPopulations(tenant: Tenant): Pick<PingOne, "createPopulation" | "deletePopulation"> {
  const lists = [tenant.populations, tenant.allPopulations];
  return {
    createPopulation: (name) => {
      const population = { id: randomUUID(), name };
      for (const list of lists) list.push(population);
      return population;
    },
    deletePopulation: (id) => {
      if (tenant.accounts.count({ population: id }) > 0) throw new Error(`Population ${id} has users`);
      for (const list of lists) {
        const index = list.findIndex((population) => population.id === id);
        if (index >= 0) list.splice(index, 1);
      }
    },
  };
}

/** What can be asked at the control address. */
export function controlActions({ log, faults }: Tenant, pingone: OwnPart<PingOne>): ControlActions {
  return {
    ...sharedActions(log, faults),
    "GET deliveries": () => pingone.deliveries,
    "GET user": (_, query) => pingone.find(query.get("id") ?? ""),
    "POST change": ({ id, patch }) => pingone.change(id, patch),
    "POST join": (patch) => pingone.join(patch),
    "POST leave": ({ id }) => pingone.leave(id),
  };
}
