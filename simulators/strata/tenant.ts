/** One simulated Strata tenant: its configuration, who may ask it, and what it is told. */

import { type CallLog, createCallLog } from "../shared/call-log.ts";
import { type BasicReading, type ClientTokens, type Credentials, createClientTokens } from "../shared/client-tokens.ts";
import { createFaultSet, type FaultSet } from "../shared/faults.ts";
import type { ServerSettings } from "../shared/simulator.ts";
import { type Configuration, createConfiguration } from "./configuration.ts";
import type { Fault } from "./faults.ts";
import type { Location, Profile } from "./profile.ts";
import { createPushJobs, type PushJobs } from "./push-jobs.ts";
import { createProfile, type Wish, wishFor } from "./seed.ts";
import type { VendorKeys } from "./vendors.ts";

/** `pageSize` is 200 by default. */
export interface StrataSettings extends ServerSettings {
  /** How many profiles there are at first; default 4, one of each kind. An authentication profile names all of them. */
  profiles?: number | undefined;
  /** Where the profiles are; default the folder "Mobile Users". */
  location?: { folder: string } | { snippet: string } | { device: string };
  tenant?: string | undefined;
  clientId?: string;
  clientSecret?: string;
  /** What the vendors behind the profiles accept. */
  keys?: Partial<VendorKeys>;
  /** Whether the hosts of the profiles are the vendors' own; default true. */
  realHosts?: boolean;
  /** Seconds; default 900. */
  tokenLifetime?: number;
  /** How the token endpoint reads a Basic header; default: encoded. */
  basic?: BasicReading;
  /** The stray `ping_org` of the vendor's document is required; default false. */
  needsPingOrg?: boolean;
  /** Secrets are encrypted anew for each answer, so that no two readings look alike; default false. */
  freshMasks?: boolean;
}

/** Names the profiles that its people use. */
export interface AuthenticationProfile extends Location {
  name: string;
  multi_factor_auth?: unknown;
}

export interface Tenant {
  tenant: string;
  location: Location;
  pageSize: number;
  now: () => number;
  credentials: Credentials;
  tokens: ClientTokens;
  keys: VendorKeys;
  /** The n-th profile that a policy would want. */
  wish(n: number): Wish;
  configuration: Configuration;
  jobs: PushJobs;
  authenticationProfiles: AuthenticationProfile[];
  /** Folders and snippets whose profiles a folder's listing shows too. */
  inherited: string[];
  needsPingOrg: boolean;
  freshMasks: boolean;
  faults: FaultSet<Fault>;
  log: CallLog;
}

/** Somebody in the console. */
export const COLLEAGUE = "colleague@example.com";

const USUAL_KEYS: VendorKeys = {
  okta_token: "simulated-okta-token",
  ping_use_base64_key: Buffer.from("simulated-pingid-key").toString("base64"),
  ping_token: "simulated-ping-token",
  ping_org_alias: "simulated-org-alias",
  rsa_accesskey: "simulated-rsa-key",
  duo_integration_key: "DISIMULATED000000000",
  duo_secret_key: "simulated-duo-secret-key",
};

/** Creates a tenant as its settings say, with all its profiles running. */
export function createTenant(settings: StrataSettings): Tenant {
  const { profiles = 4, tenant = "1234567890", pageSize = 200, now = Date.now } = settings;
  const {
    location = { folder: "Mobile Users" },
    realHosts = true,
    needsPingOrg = false,
    freshMasks = false,
  } = settings;
  const keys = { ...USUAL_KEYS, ...settings.keys };
  const wish = (n: number) => wishFor(n, keys, realHosts);
  const seeds = Array.from({ length: profiles }, (_, n) => createProfile(wish(n), location));
  return {
    tenant,
    location,
    pageSize,
    now,
    ...createAccess(settings, tenant, now),
    keys,
    wish,
    configuration: createRunning(seeds, location),
    jobs: createPushJobs(),
    authenticationProfiles: [nameAll(seeds, location)],
    inherited: [],
    needsPingOrg,
    freshMasks,
    faults: createFaultSet(),
    log: createCallLog(),
  };
}

function createAccess(
  settings: StrataSettings,
  tenant: string,
  now: () => number,
): Pick<Tenant, "credentials" | "tokens"> {
  const { clientId = `warden@${tenant}.iam.panserviceaccount.com`, clientSecret = "simulated-secret" } = settings;
  const credentials = { clientId, clientSecret };
  return {
    credentials,
    tokens: createClientTokens(credentials, { lifetime: settings.tokenLifetime ?? 900, basic: settings.basic, now }),
  };
}

function createRunning(profiles: Profile[], location: Location): Configuration {
  const configuration = createConfiguration();
  for (const profile of profiles) configuration.put(profile, COLLEAGUE);
  configuration.push(Object.values(location), undefined);
  return configuration;
}

function nameAll(profiles: Profile[], location: Location): AuthenticationProfile {
  const factors = profiles.map(({ name }) => name);
  return { name: "staff", ...location, multi_factor_auth: { mfa_enable: true, factors } };
}
