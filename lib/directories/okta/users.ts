/** Okta's users: listed, found and read. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import type { OktaApi } from "./api.ts";
import { idList, type User, user, userList } from "./schema.ts";

export const USERS_PATH = "/api/v1/users";
const USER_PATH = "/api/v1/users/{id}";
const MEMBERSHIPS_PATH = "/api/v1/users/{id}/groups";
/** Okta gives no more. */
const MAX_PAGE_SIZE = 200;
/** A page's factors are read in one step, which may take four minutes. */
const MAX_MINUTES_PER_PAGE = 2;

export interface UserPage {
  readonly users: readonly User[];
  readonly next?: string;
  readonly date?: string;
}

/**
 * One page. Whoever is DEPROVISIONED is in no listing unless asked for, and is not asked for: nobody signs in with such an account, and
 * it is back in the listing as soon as it is activated again.
 * @param cursor a page's `next`
 */
export async function listUsers(api: OktaApi, cursor: string | undefined, signal: AbortSignal): Promise<UserPage> {
  const limit = Math.min(MAX_PAGE_SIZE, MAX_MINUTES_PER_PAGE * api.settings.factorReadsPerMinute);
  const query = { limit: `${limit}` };
  const { body, next, date } = await api.call({ path: USERS_PATH, query, url: cursor, schema: userList, signal });
  return { users: body, ...(next !== undefined && { next }), ...(date !== undefined && { date }) };
}

/** `undefined` if Okta says that there is no such user. Throws where the answer is about another one. */
export async function readUser(api: OktaApi, id: string, signal: AbortSignal): Promise<User | undefined> {
  const answer = await ifFound(api.call({ path: USER_PATH, id, schema: user, signal }));
  if (answer === undefined || answer.body.id === id) return answer?.body;
  const place = { method: "GET", path: USER_PATH };
  throw api.vendorError("ERR_VENDOR_FORMAT", place, "answered about another account");
}

const userEmail = v.object({ profile: v.object({ email: v.fallback(v.string(), "") }) });

/** The address alone; `undefined` if there is none, or no such user. */
export async function readEmail(api: OktaApi, id: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await ifFound(api.call({ path: USER_PATH, id, schema: userEmail, signal }));
  return found?.body.profile.email || undefined;
}

/** The id of the user with exactly this login. */
export async function findUser(api: OktaApi, login: string, signal: AbortSignal): Promise<string | undefined> {
  const query = { filter: `profile.login eq "${login.replace(/[\\"]/g, "\\$&")}"`, limit: "2" };
  const { body } = await api.call({ path: USERS_PATH, query, schema: userList, signal });
  const hits = body.filter(({ profile }) => profile.login === login);
  return hits.length === 1 ? hits[0]?.id : undefined;
}

/** The ids of the groups that the user is in. */
export async function readGroups(api: OktaApi, id: string, signal: AbortSignal): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of api.pages({ path: MEMBERSHIPS_PATH, id, schema: idList, signal }))
    ids.push(...page.map((group) => group.id));
  return ids;
}

export async function ifFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ERR_VENDOR_NOT_FOUND")) return undefined;
    throw error;
  }
}
