/** A client of the simulated PingOne, for the tests of its API. */

import type { TestContext } from "node:test";
import { type PingOne, type PingOneSettings, startPingOne } from "../../simulators/pingone/index.ts";

export const noon = Date.parse("2026-11-20T12:00:00Z");

// Fields are read freely here: that they are there is what the tests are about.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Body = any;

export interface Client {
  pingone: PingOne;
  get(path: string): Promise<Response>;
  read(path: string): Promise<Body>;
  send(method: string, path: string, body: unknown): Promise<Response>;
  /** All users of a listing, over its pages. */
  walk(path?: string): Promise<Body[]>;
}

/** Starts a PingOne with 50 people at noon, which ends with the test, and connects to it. */
export async function open(context: TestContext, settings: Partial<PingOneSettings> = {}): Promise<Client> {
  const pingone = await startPingOne({ accounts: 50, now: () => noon, ...settings });
  context.after(() => pingone.close());
  return connect(pingone);
}

/** Gets a token, and answers what calls with it. */
export async function connect(pingone: PingOne): Promise<Client> {
  const { access_token: token } = (await (await askToken(pingone)).json()) as Body;
  const authorization = `Bearer ${token}`;
  const base = `${pingone.endpoints.api}/environments/${pingone.environment}`;
  const locate = (path: string) => (path.startsWith("http") ? path : base + path);
  const get = (path: string) => fetch(locate(path), { headers: { authorization }, redirect: "manual" });
  const read = async (path: string) => (await get(path)).json() as Promise<Body>;
  return {
    pingone,
    get,
    read,
    send: (method, path, body) =>
      fetch(locate(path), {
        method,
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    walk: async (path = "/users") => {
      const users: Body[] = [];
      for (let next: string | undefined = path; next; ) {
        const page: Body = await read(next);
        users.push(...page._embedded.users);
        next = page._links.next?.href;
      }
      return users;
    },
  };
}

/** Asks for a token; `change` is put over the proper form. */
export function askToken({ endpoints, environment, credentials }: PingOne, change: Record<string, string> = {}) {
  const { clientId, clientSecret } = credentials;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, ...change };
  return fetch(`${endpoints.auth}/${environment}/as/token`, { method: "POST", body: new URLSearchParams(form) });
}

/** The fields and types of a document, for lists those of their first item. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

export const idsOf = (users: Body[]): string[] => users.map(({ id }) => id);
/** The id of the first account. */
export const first = (pingone: PingOne) => pingone.account(0).id;
