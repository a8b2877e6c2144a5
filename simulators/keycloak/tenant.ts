/** One simulated Keycloak realm: what is in it, who may ask it, and what it is told. */

import { type CallLog, createCallLog } from "../shared/call-log.ts";
import { type ClientTokens, type Credentials, createClientTokens } from "../shared/client-tokens.ts";
import { createFaultSet, type FaultSet } from "../shared/faults.ts";
import type { ServerSettings } from "../shared/simulator.ts";
import { createEventLog, type EventLog } from "./event-log.ts";
import type { Fault } from "./faults.ts";
import { type Execution, type RequiredAction, usualActions, usualFlows } from "./flows.ts";
import type { Group } from "./people.ts";
import { seedGroups, seedUser } from "./seed.ts";
import { createTokenMaker } from "./token.ts";
import { createUsers, type Users } from "./users.ts";

/** A role of the client that administers the realm. */
export type Role = "view-users" | "manage-users" | "query-users" | "view-realm" | "view-events";

/** Keycloak gives as many rows as it was asked for, so `pageSize` is only what a client should ask for. */
export interface KeycloakSettings extends ServerSettings {
  /** How many people there are at first. */
  accounts: number;
  /** The same seed and number give the same people; default 1. */
  seed?: number | undefined;
  realm?: string | undefined;
  /** Where the client is registered; default: the realm itself. */
  clientRealm?: string | undefined;
  clientId?: string;
  clientSecret?: string;
  /** The share of people who have a one-time password, 0 to 1; default 0.9. */
  otpShare?: number | undefined;
  /** What the client may do; default: view-users, manage-users, view-realm, view-events. */
  roles?: Role[];
  /** User names that fine-grained permissions let it see where its roles do not; default: none are set up. */
  visible?: string[];
  /** The token names no roles; default false. */
  bareToken?: boolean;
  /** Seconds; default 300. */
  tokenLifetime?: number;
}

/** What the realm is set to; a test may change all of it. */
export interface Realm {
  browserFlow: string;
  directGrantFlow: string;
  /** By alias. */
  flows: Map<string, Execution[]>;
  /** By id: the settings of an authenticator. */
  configs: Map<string, Record<string, string>>;
  actions: RequiredAction[];
  /** Seconds that events of administrators are kept; 0: for ever. */
  adminEventsExpiration: number;
}

export interface Tenant {
  realm: string;
  clientRealm: string;
  pageSize: number;
  now: () => number;
  credentials: Credentials;
  tokens: ClientTokens;
  roles: Role[];
  visible: string[] | undefined;
  users: Users;
  groups: Group[];
  settings: Realm;
  events: EventLog;
  faults: FaultSet<Fault>;
  log: CallLog;
}

/** Creates a realm as its settings say. @param origin of the server that answers for it */
export function createTenant(settings: KeycloakSettings, origin: string): Tenant {
  const { accounts, seed = 1, realm = "acme", otpShare = 0.9, pageSize = 500, now = Date.now } = settings;
  const { clientRealm = realm, clientId = "mfa-warden", clientSecret = "simulated-secret" } = settings;
  const { roles = ["view-users", "manage-users", "view-realm", "view-events"] } = settings;
  const credentials = { clientId, clientSecret };
  const groups = seedGroups(seed);
  const people = { seed, now: now(), share: otpShare, groups };
  const createToken = createTokenMaker({ ...settings, origin, realm, clientRealm, clientId, roles, now });
  const lifetime = settings.tokenLifetime ?? 300;
  return {
    realm,
    clientRealm,
    pageSize,
    now,
    credentials,
    tokens: createClientTokens(credentials, { lifetime, createToken, now }),
    roles,
    visible: settings.visible,
    users: createUsers(Array.from({ length: accounts }, (_, index) => seedUser(index, people))),
    groups,
    settings: usualRealm(),
    events: createEventLog(now),
    faults: createFaultSet(),
    log: createCallLog(),
  };
}

const usualRealm = (): Realm => ({
  browserFlow: "browser",
  directGrantFlow: "direct grant",
  flows: usualFlows(),
  configs: new Map([["722866ba-3d32-4843-9fa1-9b05536feb53", { credentials: "webauthn-passwordless" }]]),
  actions: usualActions(),
  adminEventsExpiration: 0,
});
