/** What a test can see and do of the simulated VMware Cloud Services: in its own process, and at the control address. */

import { type ControlActions, sharedActions } from "../shared/control.ts";
import type { OwnPart, Simulator } from "../shared/simulator.ts";
import type { Fault } from "./faults.ts";
import type { Principal, User } from "./people.ts";
import type { Tenant } from "./tenant.ts";
import { passcodeOf, stepAt } from "./totp.ts";

/** A directory's secret, as the product reads it. */
export interface VmwareCredentials {
  principals: Record<string, Pick<Principal, "apiToken" | "password" | "totpSeed">>;
  reader: { apiToken: string };
}

export interface Vmware extends Simulator<Fault> {
  /** What stands before `/csp/gateway`. */
  endpoints: { api: string };
  organization: string;
  credentials: VmwareCredentials;
  /** A copy. */
  principal(username: string): Principal;
  change(username: string, patch: Partial<Principal>): void;
  /** All of the organisation, principals among them. */
  members(): User[];
  join(username: string): User;
  leave(userId: string): void;
  /** What the account's authenticator app shows now, or `steps` later. */
  passcode(username: string, steps?: number): string;
}

/** What a test can see and do, but for what every simulator has. */
export function openTenant(tenant: Tenant, origin: string): OwnPart<Vmware> {
  const { organization, accounts, now } = tenant;
  return {
    endpoints: { api: origin },
    organization,
    credentials: credentialsOf(tenant),
    principal: (username) => ({ ...locate(tenant, username) }),
    change: (username, patch) => void Object.assign(locate(tenant, username), patch),
    members: accounts.members,
    join: accounts.join,
    leave: accounts.leave,
    passcode: (username, steps = 0) => passcodeOf(locate(tenant, username).totpSeed, stepAt(now()) + steps),
  };
}

function credentialsOf({ accounts, readerToken }: Tenant): VmwareCredentials {
  const principals = accounts.principals.map(({ username, apiToken, password, totpSeed }) => [
    username,
    { apiToken, password, totpSeed },
  ]);
  return { principals: Object.fromEntries(principals), reader: { apiToken: readerToken } };
}

function locate({ accounts }: Tenant, username: string): Principal {
  const found = accounts.find(username);
  if (!found) throw new Error(`There is no principal ${username}`);
  return found;
}

/** What can be asked at the control address. */
export function controlActions({ log, faults }: Tenant, vmware: OwnPart<Vmware>): ControlActions {
  return {
    ...sharedActions(log, faults),
    "GET principal": (_, query) => vmware.principal(query.get("username") ?? ""),
    "POST change": ({ username, patch }) => vmware.change(username, patch),
    "POST join": ({ username }) => vmware.join(username),
    "POST leave": ({ userId }) => vmware.leave(userId),
  };
}
