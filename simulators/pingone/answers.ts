/** What the simulated PingOne says: its documents and its errors, in the vendor's shapes. */

import { randomUUID } from "node:crypto";
import type { Answer, Hal } from "../shared/answers.ts";
import type { Device, Named, Person, User } from "./people.ts";

interface Detail {
  code: string;
  target: string;
  message: string;
}

const problems: Record<number, { code: string; message: string }> = {
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

const unexpected = { code: "UNEXPECTED_ERROR", message: "The request could not be completed. Please try again." };

const usualDetails: Record<number, Detail> = {
  401: {
    code: "INVALID_TOKEN",
    target: "Authentication Credentials",
    message: "The authorization token is either missing or invalid, or it has expired.",
  },
  403: { code: "INSUFFICIENT_PERMISSIONS", target: "permissions", message: "The application lacks a permission." },
};

export function answerOk(body: Hal): Answer {
  return { status: 200, body };
}

/** An error as the API words it; 401 and 403 bring their usual detail along. */
export function answerProblem(status: number, detail: Detail | undefined = usualDetails[status]): Answer {
  const body = { id: randomUUID(), ...(problems[status] ?? unexpected) };
  return { status, body: detail ? { ...body, details: [detail] } : body };
}

/** A page of a list under `name`; `count` is that of the whole list. */
export function showList(
  name: string,
  items: Record<string, unknown>[],
  page: { self: string; next?: string | undefined; count: number },
): Hal {
  const next = page.next === undefined ? {} : { next: { href: page.next } };
  return {
    _links: { self: { href: page.self }, ...next },
    _embedded: { [name]: items },
    count: page.count,
    size: items.length,
  };
}

/** The same for users that are JSON already. */
export function writeUsers(users: string[], page: { self: string; next?: string | undefined; count: number }): string {
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

export function showSwitch(base: string, id: string, mfaEnabled: boolean): Hal {
  const user = `${base}/users/${id}`;
  return { _links: { self: { href: `${user}/mfaEnabled` }, user: { href: user } }, mfaEnabled };
}

export function showDevices(base: string, environment: string, user: User): Hal {
  const self = `${base}/users/${user.id}/devices`;
  const devices = user.devices.map((device, n) => showDevice(base, environment, user, device, n));
  return showList("devices", devices, { self, count: devices.length });
}

function showDevice(base: string, environment: string, user: User, device: Device, n: number): Hal {
  // Any id will do that is the user's own, stable, and of the right form.
  const id = device.id ?? user.id.replace(/.$/, (digit) => ((Number.parseInt(digit, 16) + n + 1) % 16).toString(16));
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

/** A population or a group: `folder` is "populations" or "groups". */
export function showNamed(base: string, environment: string, folder: string, named: Named, more: Hal = {}): Hal {
  const links = { self: { href: `${base}/${folder}/${named.id}` }, environment: { href: base } };
  return { _links: links, id: named.id, name: named.name, environment: { id: environment }, ...more };
}
