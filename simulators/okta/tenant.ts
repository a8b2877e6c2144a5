/** One simulated Okta org: what is in it, who may ask it, and what it is told. */

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { type CallLog, createCallLog } from "../shared/call-log.ts";
import { createFaultSet, type FaultSet } from "../shared/faults.ts";
import type { ServerSettings } from "../shared/simulator.ts";
import { createEventSender, type EventSender } from "./event-sender.ts";
import type { Fault } from "./faults.ts";
import type { EventHook, Group, LogLine, Policy, User } from "./people.ts";
import { createProofChecker, type ProofChecker } from "./proofs.ts";
import { createRateLimits, type RateLimits } from "./rate-limits.ts";
import { type Groups, seedGroups, seedPolicies, seedUser } from "./seed.ts";
import { type AppSettings, createTokens, type Tokens } from "./tokens.ts";

/** `pageSize`: Okta gives at most 200 users, and 1,000 members of a group, the defaults here. */
export interface OktaSettings extends ServerSettings {
  /** How many people there are at first. */
  users: number;
  /** The same seed and number give the same people; default 1. */
  seed?: number | undefined;
  /** The share of people who are in the enrolment group and have a factor, 0 to 1; default 0.9. */
  mfaShare?: number | undefined;
  apiToken?: string | undefined;
  /** Id of the group whose members must register a second factor. */
  enrolmentGroup?: string | undefined;
  /** An event hook is verified without a call, whatever its address; default false. */
  trustsAddresses?: boolean;
  /** Of the key that the app signs in with. */
  keyId?: string | undefined;
  /** Whether the app is bound to prove that it holds a key, as new ones are; default: yes. */
  wantsDpop?: boolean | undefined;
  /** Admin roles of the app, and of whose API token it is; default: ORG_ADMIN. */
  roles?: string[];
  /** What the app was granted; default: all that are used. */
  scopes?: string[];
}

export interface Credentials {
  clientId: string;
  privateKey: string;
  keyId: string;
}

export interface Tenant {
  origin: string;
  now: () => number;
  pageSize: number;
  memberPageSize: number;
  credentials: Credentials;
  apiToken: string;
  tokens: Tokens;
  roles: string[];
  scopes: string[];
  /** What a test may change. */
  app: AppSettings;
  proofs: ProofChecker;
  users: Map<string, User>;
  /** Whose API token it is. */
  owner: string;
  groups: Group[];
  known: Groups;
  policies: Policy[];
  trustsAddresses: boolean;
  hooks: EventHook[];
  lines: LogLine[];
  sender: EventSender;
  /** Writes the System Log, and tells event hooks. */
  tell(eventType: string, user?: string): void;
  rates: RateLimits;
  faults: FaultSet<Fault>;
  log: CallLog;
}

const USUAL_SCOPES = [
  "okta.users.read",
  "okta.groups.read",
  "okta.groups.manage",
  "okta.policies.read",
  "okta.logs.read",
  "okta.roles.read",
  "okta.eventHooks.manage",
];

/** Creates an org as its settings say. @param origin of the server that answers for it */
export function createTenant(settings: OktaSettings, origin: string): Tenant {
  const { users: count, seed = 1, mfaShare = 0.9, pageSize = 200, now = Date.now } = settings;
  const { apiToken = "00simulatedApiToken", roles = ["ORG_ADMIN"], scopes = [...USUAL_SCOPES] } = settings;
  const known = seedGroups(seed, settings.enrolmentGroup);
  const people = { seed, now: now(), share: mfaShare, groups: known };
  const users = Array.from({ length: count }, (_, index) => seedUser(index, people));
  const keys = createKeys(settings.keyId);
  const app = { wantsDpop: settings.wantsDpop ?? true, apiWantsNonce: false };
  const proofs = createProofChecker(now);
  const audience = `${origin}/oauth2/v1/token`;
  const { clientId, keyId } = keys.credentials;
  const { publicKey } = keys;
  return {
    origin,
    now,
    pageSize,
    memberPageSize: settings.pageSize ?? 1_000,
    credentials: keys.credentials,
    apiToken,
    tokens: createTokens({ clientId, keyId, publicKey, audience, apiToken, scopes: () => scopes, app, proofs, now }),
    roles,
    scopes,
    app,
    proofs,
    users: new Map(users.map((user) => [user.id, user])),
    owner: users[0]?.id ?? "",
    groups: [known.everyone, known.enrolment, known.admins],
    known,
    policies: seedPolicies(known),
    trustsAddresses: settings.trustsAddresses ?? false,
    ...createNews(now),
    rates: createRateLimits(now),
    faults: createFaultSet(),
    log: createCallLog(),
  };
}

function createKeys(keyId = "simulated-key") {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { publicKey, credentials: { clientId: "0oa1simulated2app3id", privateKey: pem, keyId } };
}

function createNews(now: () => number): Pick<Tenant, "hooks" | "lines" | "sender" | "tell"> {
  const hooks: EventHook[] = [];
  const lines: LogLine[] = [];
  const sender = createEventSender();
  const tell = (eventType: string, user?: string) => {
    const line = { uuid: randomUUID(), at: new Date(now()).toISOString(), eventType, user };
    lines.push(line);
    sender.send(hooks, line);
  };
  return { hooks, lines, sender, tell };
}
