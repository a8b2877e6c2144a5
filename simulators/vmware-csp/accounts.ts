/** The accounts of the simulated VMware Cloud Services: principals with their credentials, and an organisation's users. */

import { createHash } from "node:crypto";
import { encodeBase32 } from "./totp.ts";

/** An account with its own credentials, as a test may state it; what is left out follows from its name and the seed. */
export interface PrincipalSeed {
  username: string;
  password?: string;
  apiToken?: string;
  /** Base32. */
  totpSeed?: string;
  /** A device is registered; default true. */
  activated?: boolean;
  /** MFA is switched on; default false. */
  turnedOn?: boolean;
  deviceName?: string;
  /** It belongs to the organisation; default true. */
  member?: boolean;
  /** A service account: it can list users, and not use the MFA API; default false. */
  service?: boolean;
}

/** An account as it truly is, whatever a fault makes the API say about it. */
export interface Principal extends Required<PrincipalSeed> {
  userId: string;
  wrongPasswords: number;
  locked: boolean;
  /** Somebody else removed it. */
  gone: boolean;
}

export interface User {
  userId: string;
  username: string;
}

/** One line of a principal's own MFA log. */
export interface AuditEvent {
  action: string;
  details: { deviceName: string };
  eventDate: number;
  eventId: string;
  modifiedBy: string;
  username: string;
}

export interface Accounts {
  principals: Principal[];
  /** All of the organisation, principals among them, in the order of their ids. */
  members(): User[];
  find(username: string): Principal | undefined;
  join(username: string): User;
  leave(userId: string): void;
  /** Newest first. */
  events(username: string): AuditEvent[];
  record(action: string, principal: Principal): void;
}

/** Derives everything from the seed, so that the same settings give the same accounts. */
export function openAccounts(settings: {
  seed: number;
  principals: PrincipalSeed[];
  users: number;
  now: () => number;
}): Accounts {
  const { seed, now } = settings;
  const principals = settings.principals.map((given) => fillIn(given, seed));
  const others = Array.from({ length: settings.users }, (_, index) => describeUser(index, seed));
  const events: AuditEvent[] = [];
  return {
    principals,
    members: () =>
      [...others, ...principals.filter(({ member, gone }) => member && !gone)]
        .map(({ userId, username }) => ({ userId, username }))
        .sort((a, b) => (a.userId < b.userId ? -1 : 1)),
    find: (username) => principals.find((one) => one.username.toLowerCase() === username.toLowerCase()),
    join: (username) => {
      const user = { userId: idOf(username, seed), username };
      others.push(user);
      return user;
    },
    leave: (userId) => {
      const index = others.findIndex((one) => one.userId === userId);
      if (index < 0) throw new Error(`There is no user ${userId}`);
      others.splice(index, 1);
    },
    events: (username) => events.filter((event) => event.username === username).reverse(),
    record: (action, { username, deviceName }) =>
      void events.push({
        action,
        details: { deviceName },
        eventDate: now(),
        eventId: `event-${events.length + 1}`,
        modifiedBy: username,
        username,
      }),
  };
}

function fillIn(given: PrincipalSeed, seed: number): Principal {
  const { username } = given;
  return {
    password: `P-${digest(`password ${username}`, seed).toString("base64url").slice(0, 16)}`,
    apiToken: digest(`token ${username}`, seed).toString("base64url"),
    totpSeed: encodeBase32(digest(`seed ${username}`, seed).subarray(0, 20)),
    activated: true,
    turnedOn: false,
    deviceName: "Authenticator",
    member: true,
    service: false,
    ...given,
    userId: idOf(username, seed),
    wrongPasswords: 0,
    locked: false,
    gone: false,
  };
}

const givenNames = "ada alan barbara claude dennis edsger frances grace hedy ken linus margaret".split(" ");
const awkwardNames = ["😀@example.com", "\u202Emoc.elpmaxe@eve", "line\nbreak@example.com", "__proto__"];

function describeUser(index: number, seed: number): User {
  const name = `${givenNames[index % givenNames.length]}.${index}@example.com`;
  const username = index % 50 === 7 ? (awkwardNames[Math.floor(index / 50)] ?? name) : name;
  return { userId: idOf(`user ${index}`, seed), username };
}

const idOf = (name: string, seed: number) => `vmware.com:${digest(`id ${name}`, seed).toString("hex").slice(0, 32)}`;

const digest = (text: string, seed: number) => createHash("sha256").update(`${seed} ${text}`).digest();
