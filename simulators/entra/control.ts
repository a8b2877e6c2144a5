/** What a test can see and do of the simulated tenant: in its own process, and from another at the control address. */

import type { Credentials } from "../shared/client-tokens.ts";
import { type ControlActions, sharedActions } from "../shared/control.ts";
import type { OwnPart, Simulator } from "../shared/simulator.ts";
import type { Fault } from "./faults.ts";
import type { Delivery } from "./notifications.ts";
import type { AccessPolicy, AuditLine, Group, Patch, Subscription, User } from "./people.ts";
import { active } from "./subscriptions.ts";
import type { Tenant } from "./tenant.ts";

export interface Entra extends Simulator<Fault> {
  /** `graph` stands before `/v1.0/…`, `login` before `/{tenant}/oauth2/…`. */
  endpoints: { graph: string; login: string };
  tenant: string;
  credentials: Credentials;
  groups: Group[];
  /** By index of the seed. */
  user(index: number): User;
  find(id: string): User | undefined;
  /** Everybody who is there. */
  all(): readonly User[];
  change(id: string, patch: Patch): void;
  join(patch?: Patch): User;
  /** Deletes an account, which can be restored for 30 days. */
  leave(id: string): void;
  restore(id: string): void;
  setSecurityDefaults(isEnabled: boolean): void;
  setPolicies(policies: AccessPolicy[]): void;
  /** Who has the role of the synchronisation. */
  setSynchronisers(ids: string[]): void;
  setPermissions(permissions: string[]): void;
  addAudit(line: AuditLine): void;
  /** Those whose time is not over. */
  subscriptions(): Subscription[];
  /** Tells every subscription of its own life: `reauthorizationRequired`, `missed` or `subscriptionRemoved`. */
  tellLifecycle(event: string): void;
  /** Every POST of a notification. */
  deliveries: Delivery[];
  /** Resolves when every notification has arrived. */
  waitUntilSent(): Promise<void>;
}

/** What a test can see and do, but for what every simulator has. */
export function openTenant(tenant: Tenant, origin: string): OwnPart<Entra> {
  const { notifier } = tenant;
  return {
    endpoints: { graph: origin, login: origin },
    tenant: tenant.id,
    credentials: tenant.credentials,
    groups: tenant.groups,
    ...openUsers(tenant),
    ...openPolicies(tenant),
    addAudit: (line) => void tenant.audit.push(line),
    subscriptions: () => active(tenant),
    tellLifecycle: (event) => notifier.tellLifecycle(active(tenant), event),
    deliveries: notifier.deliveries,
    waitUntilSent: notifier.waitUntilSent,
  };
}

/** The users, of whose changes every subscription is told. */
function openUsers(tenant: Tenant): Pick<Entra, "user" | "find" | "all" | "change" | "join" | "leave" | "restore"> {
  const { users, now, notifier } = tenant;
  const tell = (id: string) => notifier.tellUpdate(active(tenant), id);
  return {
    user: users.at,
    find: users.find,
    all: users.all,
    change: (id, patch) => {
      users.change(id, patch);
      tell(id);
    },
    join: (patch = {}) => {
      const user = users.join(patch);
      tell(user.id);
      return user;
    },
    leave: (id) => {
      users.leave(id, new Date(now()).toISOString());
      tell(id);
    },
    restore: users.restore,
  };
}

function openPolicies(
  tenant: Tenant,
): Pick<Entra, "setSecurityDefaults" | "setPolicies" | "setSynchronisers" | "setPermissions"> {
  return {
    setSecurityDefaults: (isEnabled) => {
      tenant.securityDefaults = isEnabled;
    },
    setPolicies: (policies) => {
      tenant.policies = policies;
    },
    setSynchronisers: (ids) => {
      tenant.synchronisers = ids;
    },
    // The same list, which the tokens show.
    setPermissions: (permissions) => void tenant.permissions.splice(0, tenant.permissions.length, ...permissions),
  };
}

/** What can be asked at the control address. */
export function controlActions({ log, faults }: Tenant, entra: OwnPart<Entra>): ControlActions {
  return {
    ...sharedActions(log, faults),
    "GET user": (_, query) => entra.find(query.get("id") ?? ""),
    "POST change": ({ id, patch }) => entra.change(id, patch),
    "POST join": (patch) => entra.join(patch),
    "POST leave": ({ id }) => entra.leave(id),
  };
}
