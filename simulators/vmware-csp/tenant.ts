/** One simulated organisation of VMware Cloud Services: its accounts, who may ask it, and what it is told. */

import { type CallLog, createCallLog } from "../shared/call-log.ts";
import { createFaultSet, type FaultSet } from "../shared/faults.ts";
import type { ServerSettings } from "../shared/simulator.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import type { Fault } from "./faults.ts";
import type { PrincipalSeed } from "./people.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** `pageSize` is 128 by default. */
export interface VmwareSettings extends ServerSettings {
  /** Default: ops@example.com, whose MFA is off, break-glass@example.com, whose is on, and ci@example.com without a device. */
  principals?: PrincipalSeed[];
  /** Other users of the organisation; default 40. */
  users?: number | undefined;
  /** The same settings give the same accounts and credentials; default 1. */
  seed?: number | undefined;
  organization?: string | undefined;
  /** An API token that can only list users. */
  readerToken?: string;
  /** Seconds; default 1800. */
  tokenLifetime?: number;
  /** Access tokens do not name whose they are; default false. */
  opaqueTokens?: boolean;
  /** What the organisation requires of its users; default nothing. */
  requires?: OrganizationRequirement;
}

export interface OrganizationRequirement {
  isMfaRequired: boolean;
  enforceUserApiTokenMfa: boolean;
}

export interface Tenant {
  organization: string;
  pageSize: number;
  now: () => number;
  readerToken: string;
  requires: OrganizationRequirement;
  tokens: Tokens;
  accounts: Accounts;
  faults: FaultSet<Fault>;
  log: CallLog;
}

const USUAL_PRINCIPALS: PrincipalSeed[] = [
  { username: "ops@example.com" },
  { username: "break-glass@example.com", turnedOn: true },
  { username: "ci@example.com", activated: false, member: false },
];

/** Creates an organisation as its settings say. */
export function createTenant(settings: VmwareSettings): Tenant {
  const { seed = 1, users = 40, principals = USUAL_PRINCIPALS, now = Date.now, pageSize = 128 } = settings;
  const { organization = "5a1c0de0-1111-4222-8333-444455556666", readerToken = "simulated-reader-token" } = settings;
  const accounts = createAccounts({ seed, principals, users, now });
  return {
    organization,
    pageSize,
    now,
    readerToken,
    requires: settings.requires ?? { isMfaRequired: false, enforceUserApiTokenMfa: false },
    tokens: createTokens({
      accounts,
      readerToken,
      lifetime: settings.tokenLifetime ?? 1800,
      opaqueTokens: settings.opaqueTokens ?? false,
      now,
    }),
    accounts,
    faults: createFaultSet(),
    log: createCallLog(),
  };
}
