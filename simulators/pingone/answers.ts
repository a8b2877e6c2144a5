/** What the simulated PingOne says: its documents and its errors, in the vendor's shapes. */

import { randomUUID } from "node:crypto";
import type { Answer, Document } from "../shared/answers.ts";
import type { Device, Named, Person, User } from "./people.ts";

interface Link {
  href: string;
}

/** A document of the API; every answer is one. */
export interface Hal extends Document {
  _links?: Record<string, Link>;
  _embedded?: Record<string, Document[]>;
  count?: number;
  size?: number;
}

interface Detail {
  code: string;
  target: string;
  message: string;
}

const PROBLEMS: Record<number, { code: string; message: string }> = {
  400: {
    code: "INVALID_DATA",
    message: "The request could not be completed. One or more validation errors were in the request.",
  },
  401: {
    code: "ACCESS_FAILED",
    message: "The request could not be completed. You do not have access to this resource.",
  },
  403: {
    code: "ACCESS_FAILED",
    message: "The request could not be completed. You do not have access to this resource.",
  },
  404: { code: "NOT_FOUND", message: "The request could not be completed. The requested resource was not found." },
  429: { code: "REQUEST_LIMITED", message: "The request could not be completed. There are too many requests." },
};

const UNEXPECTED = { code: "UNEXPECTED_ERROR", message: "The request could not be completed. Please try again." };

const USUAL_DETAILS: Record<number, Detail> = {
  401: {
    code: "INVALID_TOKEN",
    target: "Authentication Credentials",
    message: "The authorization token is either missing or invalid, or it has expired.",
  },
  403: { code: "INSUFFICIENT_PERMISSIONS", target: "permissions", message: "The application lacks a permission." },
};

/** An error as the API words it; 401 and 403 have a detail of their own. */
export function answerProblem(status: number, detail: Detail | undefined = USUAL_DETAILS[status]): Answer {
  const body = { id: randomUUID(), ...(PROBLEMS[status] ?? UNEXPECTED) };
  return { status, body: detail ? { ...body, details: [detail] } : body };
}

interface PageFacts {
  self: string;
  next?: string | undefined;
  /** Of the whole list. */
  count: number;
}

/** A page of a list under `name`. */
export function showList(name: string, items: Document[], page: PageFacts): Hal {
  const next = page.next === undefined ? {} : { next: { href: page.next } };
  return {
    _links: { self: { href: page.self }, ...next },
    _embedded: { [name]: items },
    count: page.count,
    size: items.length,
  };
}

/** A page of users that are JSON already. */
export function writeUsers(users: string[], page: PageFacts): string {
  const [head, tail] = JSON.stringify({ ...showList("users", [], page), size: users.length }).split('"users":[]');
  return `${head}"users":[${users.join(",")}]${tail}`;
}

/** An account as JSON; `base` is the environment's address. Written by hand, because a page holds a thousand of them. */
export function writeUser(base: string, environment: string, person: Person): string {
  const { id, createdAt, email, enabled, mfaEnabled, given, family, population, updatedAt } = person;
  return `{"_links":{"self":{"href":"${base}/users/${id}"},"environment":{"href":"${base}"}},"id":"${id}",\
"environment":{"id":"${environment}"},"account":{"canAuthenticate":${enabled},"status":"OK"},\
"createdAt":"${createdAt}","email":"${email}","enabled":${enabled},"identityProvider":{"type":"PING_ONE"},\
"lifecycle":{"status":"ACCOUNT_OK"},"mfaEnabled":${mfaEnabled},"name":{"given":"${given}","family":"${family}"},\
"population":{"id":"${population}"},"updatedAt":"${updatedAt}",\
"username":${JSON.stringify(person.username)},"verifyStatus":"NOT_INITIATED"}`;
}

/** An account as a document; groups are left out unless they are asked for. */
export function showUser(base: string, environment: string, person: Person, withGroups = false): Hal {
  const document: Hal = JSON.parse(writeUser(base, environment, person));
  return withGroups ? { ...document, memberOfGroupIDs: person.groups } : document;
}

/** The switch of an account: whether MFA is on. */
export function showSwitch(base: string, id: string, mfaEnabled: boolean): Hal {
  const user = `${base}/users/${id}`;
  return { _links: { self: { href: `${user}/mfaEnabled` }, user: { href: user } }, mfaEnabled };
}

/** Whether an account may bypass MFA now, and until when; neither of the two where it may not. */
export function showBypass(base: string, { id, bypassUntil = "" }: Person, now: number): Hal {
  const user = `${base}/users/${id}`;
  const links = { self: { href: `${user}/bypassMFA` }, user: { href: user } };
  const isActive = Date.parse(bypassUntil) > now;
  return { _links: links, ...(isActive ? { bypassMFAEnabledUntil: bypassUntil, canBypassMFA: true } : {}) };
}

/** All devices of an account, as one page. */
export function showDevices(base: string, environment: string, user: User): Hal {
  const self = `${base}/users/${user.id}/devices`;
  const devices = user.devices.map((device, n) => showDevice(base, environment, user, device, n));
  return showList("devices", devices, { self, count: devices.length });
}

function showDevice(base: string, environment: string, user: User, device: Device, n: number): Hal {
  const id = device.id ?? deviceId(user.id, n);
  const owner = `${base}/users/${user.id}`;
  return {
    _links: { self: { href: `${owner}/devices/${id}` }, environment: { href: base }, user: { href: owner } },
    id,
    environment: { id: environment },
    user: { id: user.id },
    type: device.type,
    status: device.status,
    block: device.block ?? { status: "UNBLOCKED" },
    lock: device.lock ?? { status: "UNLOCKED" },
    createdAt: device.createdAt ?? user.createdAt,
    updatedAt: device.createdAt ?? user.createdAt,
  };
}

// Any id will do that is the user's own, stable, and of the right form.
function deviceId(userId: string, n: number): string {
  return userId.replace(/.$/, (digit) => ((Number.parseInt(digit, 16) + n + 1) % 16).toString(16));
}

/** A population or a group: `folder` is "populations" or "groups". */
export function showNamed(base: string, environment: string, folder: string, named: Named, more: Hal = {}): Hal {
  const links = { self: { href: `${base}/${folder}/${named.id}` }, environment: { href: base } };
  return { _links: links, id: named.id, name: named.name, environment: { id: environment }, ...more };
}
