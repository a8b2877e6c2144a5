/** One simulated PingOne environment: what is in it, who may ask it, and what it is told. */

import { type CallLog, createCallLog } from "../shared/call-log.ts";
import { type BasicReading, type ClientTokens, type Credentials, createClientTokens } from "../shared/client-tokens.ts";
import { createFaultSet, type FaultSet } from "../shared/faults.ts";
import type { ServerSettings } from "../shared/simulator.ts";
import { type Accounts, createAccounts } from "./accounts.ts";
import { createEventSender, type EventSender } from "./event-sender.ts";
import { type Fault, missingAccounts, takeEventFaults } from "./faults.ts";
import type { Named } from "./people.ts";
import { populationFilter, type Role } from "./roles.ts";
import { seedPeople } from "./seed.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

/** `pageSize` is 1000 by default; the dates of people count from `now`, by the day. */
export interface PingOneSettings extends ServerSettings {
  /** How many people there are at first, 10 to 1,000,000. */
  accounts: number;
  /** The same seed and number give the same people; default 1. */
  seed?: number | undefined;
  environment?: string | undefined;
  clientId?: string;
  clientSecret?: string;
  /** The share of people whose MFA is switched on, 0 to 1; default 0.9. */
  mfaEnabledShare?: number | undefined;
  /** So many populations, each with as many people as any other; default: three of very different size. */
  equalPopulations?: number | undefined;
  /** What the client may do; default: Identity Data Admin for the environment. It sees only the populations of its roles. */
  roles?: Role[];
  /** Seconds; default 3600. */
  tokenLifetime?: number;
  /** How the token endpoint reads a Basic header; default: encoded. */
  basic?: BasicReading;
}

/** The switch of one account was on and is off now, or the other way round. */
export interface Switched {
  id: string;
  on: boolean;
  /** In ms. */
  at: number;
}

export interface Tenant {
  environment: string;
  /** The environment's address, without a slash at its end. */
  base: string;
  pageSize: number;
  now: () => number;
  credentials: Credentials;
  tokens: ClientTokens;
  /** Those that the client may see. */
  populations: Named[];
  allPopulations: Named[];
  groups: Named[];
  roles: Role[];
  accounts: Accounts;
  subscriptions: Subscriptions;
  events: EventSender;
  faults: FaultSet<Fault>;
  switched: Switched[];
  log: CallLog;
}

/** Creates an environment as its settings say. @param origin of the server that answers for it */
export function createTenant(settings: PingOneSettings, origin: string): Tenant {
  const { environment = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6", pageSize = 1000, now = Date.now } = settings;
  const base = `${origin}/v1/environments/${environment}`;
  const faults = createFaultSet<Fault>();
  const { seed = 1, mfaEnabledShare = 0.9, equalPopulations } = settings;
  const people = seedPeople({ seed, now: now(), mfaEnabledShare, equalPopulations });
  const missing = () => missingAccounts(faults);
  const roles = settings.roles ?? [{ name: "Identity Data Admin" }];
  const isVisible = populationFilter(roles, people.populations);
  const accounts = createAccounts(settings.accounts, { people, now, missing, isVisible });
  const subscriptions = createSubscriptions({ base, environment, now, onChange: () => events.sendQueued() });
  const events = createEventSender({
    subscriptions: subscriptions.all,
    base,
    environment,
    showPerson: accounts.show,
    takeFaults: () => takeEventFaults(faults),
    now,
  });
  return {
    environment,
    base,
    pageSize,
    now,
    ...createAccess(settings, now),
    populations: people.populations.filter(({ id }) => isVisible === undefined || isVisible(id)),
    allPopulations: [...people.populations],
    groups: people.groups,
    roles,
    accounts: withEvents(accounts, events),
    subscriptions,
    events,
    faults,
    switched: [],
    log: createCallLog(),
  };
}

function createAccess(settings: PingOneSettings, now: () => number): Pick<Tenant, "credentials" | "tokens"> {
  const { clientId = "6b1a9f4c-2d1e-4c58-9a57-0c3c5c0f8e21", clientSecret = "simulated-secret" } = settings;
  const credentials = { clientId, clientSecret };
  return {
    credentials,
    tokens: createClientTokens(credentials, { lifetime: settings.tokenLifetime ?? 3600, basic: settings.basic, now }),
  };
}

/** The same accounts, with an event for each change. */
function withEvents(accounts: Accounts, { queueEvent }: EventSender): Accounts {
  return {
    ...accounts,
    change: (index, patch) => {
      accounts.change(index, patch);
      queueEvent("USER.UPDATED", index);
    },
    switchLate: (index, mfaEnabled, visibleAt) => {
      accounts.switchLate(index, mfaEnabled, visibleAt);
      queueEvent("USER.UPDATED", index);
    },
    join: (patch) => {
      const index = accounts.join(patch);
      queueEvent("USER.CREATED", index);
      return index;
    },
    leave: (index) => {
      accounts.leave(index);
      queueEvent("USER.DELETED", index);
    },
  };
}
