/** What a test can see and do of the simulated Strata Cloud Manager: in its own process, and at the control address. */

import type { Credentials } from "../shared/client-tokens.ts";
import { type ControlActions, sharedActions } from "../shared/control.ts";
import type { OwnPart, Simulator } from "../shared/simulator.ts";
import type { Configuration } from "./configuration.ts";
import type { Fault } from "./faults.ts";
import { type Location, type Profile, showProfile } from "./profile.ts";
import type { PushBehavior } from "./push-jobs.ts";
import { createProfile, type Wish } from "./seed.ts";
import { type AuthenticationProfile, COLLEAGUE, type Tenant } from "./tenant.ts";
import { VENDORS_PATH, type VendorKeys } from "./vendors.ts";

/** A call that changes something is logged with its body, without the secrets. */
export interface Strata extends Simulator<Fault> {
  endpoints: { api: string; operations: string; auth: string };
  /** Stands before `/<host>/<path>` of a vendor behind a profile. */
  vendors: string;
  tenant: string;
  location: Location;
  credentials: Credentials;
  /** The profiles that there are at first, and further ones that there could be, as a policy names them. */
  wish(n: number): Wish;
  /** With their secrets. */
  candidate(): Profile[];
  running(): Profile[];
  pending: Configuration["pending"];
  /** Changes the candidate, as another administrator would; a profile of this name is made where there is none. */
  edit(name: string, patch: Partial<Profile>, admin?: string): void;
  remove(name: string, admin?: string): void;
  authenticationProfiles: AuthenticationProfile[];
  /** Folders and snippets whose profiles a folder's listing shows too. */
  inherited: string[];
  /** How pushes go from now on. */
  setPushBehavior(change: Partial<PushBehavior>): void;
  keys: VendorKeys;
}

/** What a test can see and do, but for what every simulator has. */
export function openTenant(tenant: Tenant, origin: string): OwnPart<Strata> {
  const { configuration } = tenant;
  return {
    endpoints: { api: `${origin}/config/identity/v1`, operations: `${origin}/config/operations/v1`, auth: origin },
    vendors: `${origin}${VENDORS_PATH}`,
    tenant: tenant.tenant,
    location: tenant.location,
    credentials: tenant.credentials,
    wish: tenant.wish,
    candidate: configuration.candidate,
    running: configuration.running,
    pending: configuration.pending,
    edit: (name, patch, admin = COLLEAGUE) => editProfile(tenant, name, patch, admin),
    remove: (name, admin = COLLEAGUE) => configuration.remove(findNamed(tenant, name)?.id ?? "", admin),
    authenticationProfiles: tenant.authenticationProfiles,
    inherited: tenant.inherited,
    setPushBehavior: tenant.jobs.setBehavior,
    keys: tenant.keys,
  };
}

function editProfile(tenant: Tenant, name: string, patch: Partial<Profile>, admin: string): void {
  const profile = findNamed(tenant, name) ?? createProfile({ ...tenant.wish(0), name }, tenant.location);
  tenant.configuration.put({ ...profile, ...patch }, admin);
}

function findNamed({ configuration }: Tenant, name: string): Profile | undefined {
  return configuration.candidate().find((profile) => profile.name === name);
}

/** What can be asked at the control address. */
export function controlActions({ log, faults }: Tenant, strata: OwnPart<Strata>): ControlActions {
  return {
    ...sharedActions(log, faults),
    "GET candidate": () => strata.candidate().map((profile) => showProfile(profile)),
    "GET running": () => strata.running().map((profile) => showProfile(profile)),
    "GET pending": () => strata.pending(),
    "POST push-behavior": (change: Partial<PushBehavior>) => strata.setPushBehavior(change),
    "POST edit": ({ name, patch, admin }) => strata.edit(name, patch, admin),
    "POST remove": ({ name, admin }) => strata.remove(name, admin),
  };
}
