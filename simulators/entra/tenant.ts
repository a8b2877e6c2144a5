/** One simulated tenant: what is in it, who may ask it, and what it is told. */

import { type CallLog, createCallLog } from "../shared/call-log.ts";
import type { Credentials } from "../shared/client-tokens.ts";
import { createFaultSet, type FaultSet } from "../shared/faults.ts";
import type { ServerSettings } from "../shared/simulator.ts";
import type { Fault } from "./faults.ts";
import { createNotifier, type Notifier } from "./notifications.ts";
import type { AccessPolicy, AuditLine, Group, Subscription } from "./people.ts";
import { seedTenant } from "./seed.ts";
import { createTokens, type Tokens } from "./tokens.ts";
import { type Collation, createUsers, type Users } from "./users.ts";

/** `pageSize` is 999 by default; the dates of people count from `now`, by the day. */
export interface EntraSettings extends ServerSettings {
  /** How many users there are at first. */
  users: number;
  /** The same seed and number give the same users; default 1. */
  seed?: number | undefined;
  tenant?: string | undefined;
  clientId?: string;
  clientSecret?: string;
  /** PEM of the certificate that the app is registered with. */
  certificate?: string;
  /** Application permissions; default: all that are asked for anywhere. */
  permissions?: string[];
  /** Most rows of a page of the registration report; default: as `pageSize`. */
  reportPageSize?: number;
  /** Whether lists show `perUserMfaState`; default: served. */
  perUserMfaState?: "served" | "refused" | "ignored";
  /** Whether the tenant has Entra ID P1; default: true. */
  premium?: boolean;
  securityDefaults?: boolean;
  policies?: AccessPolicy[];
  /** How the registration report sorts names; default: by character, as users are. */
  reportOrder?: Collation;
  /** Whether the limit of 5 calls in 10 seconds on reports holds; default: true. */
  limitsReports?: boolean;
  /** Whether a subscription is shown without its clientState; default: it is shown. */
  hidesClientState?: boolean;
  /** Seconds; default 3600. */
  tokenLifetime?: number;
}

export interface Tenant {
  id: string;
  origin: string;
  settings: EntraSettings;
  pageSize: number;
  now: () => number;
  credentials: Credentials;
  permissions: string[];
  tokens: Tokens;
  users: Users;
  groups: Group[];
  /** Ids of who has the role of the synchronisation; undefined: nobody ever had it. */
  synchronisers: string[] | undefined;
  securityDefaults: boolean;
  policies: AccessPolicy[];
  audit: AuditLine[];
  subscriptions: Map<string, Subscription>;
  notifier: Notifier;
  /** States that still show as they were, and until when (ms). */
  late: Map<string, { state: string; until: number }>;
  /** When reports were asked for, by the machine's own clock. */
  reportCalls: number[];
  faults: FaultSet<Fault>;
  log: CallLog;
}

/** Every permission that something here asks for. */
const ALL_PERMISSIONS = [
  "User.Read.All",
  "GroupMember.Read.All",
  "AuditLog.Read.All",
  "Policy.Read.All",
  "RoleManagement.Read.Directory",
  "Policy.ReadWrite.AuthenticationMethod",
];

/** Creates a tenant as its settings say. @param origin of the server that answers for it */
export function createTenant(settings: EntraSettings, origin: string): Tenant {
  const { tenant: id = "0f1e2d3c-4b5a-4978-8877-665544332211", pageSize = 999, now = Date.now } = settings;
  const seed = seedTenant(settings.seed ?? 1, now());
  return {
    id,
    origin,
    settings,
    pageSize,
    now,
    ...createAccess(settings, id, now),
    users: createUsers(seed, settings.users, now),
    groups: seed.groups,
    synchronisers: undefined,
    securityDefaults: settings.securityDefaults ?? false,
    policies: settings.policies ?? [],
    audit: [],
    subscriptions: new Map(),
    notifier: createNotifier(id),
    late: new Map(),
    reportCalls: [],
    faults: createFaultSet<Fault>(),
    log: createCallLog(),
  };
}

function createAccess(
  settings: EntraSettings,
  tenant: string,
  now: () => number,
): Pick<Tenant, "credentials" | "permissions" | "tokens"> {
  const { clientId = "8c9d0e1f-2a3b-4c5d-8e6f-7a8b9c0d1e2f", clientSecret = "simulated-secret" } = settings;
  const credentials = { clientId, clientSecret };
  const permissions = settings.permissions ?? [...ALL_PERMISSIONS];
  const tokens = createTokens({
    tenant,
    credentials,
    certificate: settings.certificate,
    permissions: () => permissions,
    scope: "https://graph.microsoft.com/.default",
    audience: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
    lifetime: settings.tokenLifetime ?? 3600,
    now,
  });
  return { credentials, permissions, tokens };
}
