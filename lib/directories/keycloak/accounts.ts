/** Keycloak's users: listed, counted, found and read. https://www.keycloak.org/docs-api/latest/rest-api/index.html#_users */

import type * as v from "valibot";
import { hasCode } from "../../errors.ts";
import { omitUndefined, type Page, type Subject } from "../../model/index.ts";
import { count } from "../fields.ts";
import type { KeycloakApi } from "./api.ts";
import { readWindow, writeCursor } from "./paging.ts";
import type { ProtectionSource } from "./protection.ts";
import { type User, user, userEmail, userList } from "./schema.ts";
import { subjectOf } from "./subject.ts";

export const USERS_PATH = "/users";
export const USER_PATH = "/users/{id}";

/** What reading accounts takes: the API, and what the realm's sign-in asks for. */
export interface AccountSource {
  readonly api: KeycloakApi;
  readonly protection: ProtectionSource;
}

/** @param cursor a page's `next` */
export async function listAccounts(
  { api, protection }: AccountSource,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const [{ users, next, date }, realm] = await Promise.all([readWindow(api, cursor, signal), protection.get(signal)]);
  return omitUndefined({
    subjects: users.map((found) => subjectOf(found, realm)),
    next: next && writeCursor(next),
    date,
  });
}

/** Of everybody whom the credential may see, but for the service accounts of clients, which are in no listing either. */
export async function countAccounts(api: KeycloakApi, signal: AbortSignal): Promise<number> {
  return (await api.call({ path: "/users/count", schema: count, signal })).body;
}

/** `undefined` if Keycloak says that there is no such account. */
export async function readAccount(
  { api, protection }: AccountSource,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const [found, realm] = await Promise.all([ifFound(readUser(api, id, signal)), protection.get(signal)]);
  return found && subjectOf(found, realm, await isServiceAccount(api, found, signal));
}

export async function readUser(api: KeycloakApi, id: string, signal: AbortSignal): Promise<User> {
  return (await readSame(api, id, user, signal)) as User;
}

/** Throws where the answer is about another account. */
async function readSame<S extends v.GenericSchema<unknown, { readonly id: string }>>(
  api: KeycloakApi,
  id: string,
  schema: S,
  signal: AbortSignal,
): Promise<v.InferOutput<S>> {
  const { body } = await api.call({ path: USER_PATH, id, schema, signal });
  if (body.id === id) return body;
  const place = { method: "GET", path: USER_PATH };
  throw api.vendorError("ERR_VENDOR_FORMAT", place, "answered about another account");
}

const SERVICE_PREFIX = "service-account-";
const MAX_NAMESAKES = 100;

/**
 * Keycloak does not say so where it shows one account. It names the accounts of clients so, and leaves them out of a search; a person
 * may have chosen such a name too.
 */
async function isServiceAccount(api: KeycloakApi, { id, username }: User, signal: AbortSignal): Promise<boolean> {
  if (!username.startsWith(SERVICE_PREFIX)) return false;
  const query = { search: username, first: "0", max: `${MAX_NAMESAKES}`, briefRepresentation: "true" };
  const { body } = await api.call({ path: USERS_PATH, query, schema: userList, signal });
  return body.length < MAX_NAMESAKES && body.every((found) => found.id !== id);
}

/** The account's address; `undefined` if it has none, or there is no such account. */
export async function readEmail(api: KeycloakApi, id: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await ifFound(readSame(api, id, userEmail, signal));
  return found?.email || undefined;
}

/** The id of the account with exactly this user name. */
export async function findAccount(
  api: KeycloakApi,
  username: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { username, exact: "true", briefRepresentation: "true" };
  const { body } = await api.call({ path: USERS_PATH, query, schema: userList, signal });
  const hits = body.filter((hit) => hit.username === username);
  return hits.length === 1 ? hits[0]?.id : undefined;
}

export async function ifFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ERR_VENDOR_NOT_FOUND")) return undefined;
    throw error;
  }
}
