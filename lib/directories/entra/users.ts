/** Entra's users: listed in order, read and found. https://learn.microsoft.com/graph/api/user-list */

import * as v from "valibot";
import { hasCode, WardenError } from "../../errors.ts";
import { type Collection, MAX_COLLECTIONS, omitUndefined } from "../../model/index.ts";
import { textOrEmpty, uuid } from "../fields.ts";
import type { EntraApi } from "./api.ts";
import { type EntraUser, isSameId, listOf, user, userList } from "./schema.ts";

const USERS_PATH = "/v1.0/users";
const USER_PATH = "/v1.0/users/{id}";
const FIELDS = "id,userPrincipalName,accountEnabled,userType,creationType,createdDateTime,mail,employeeId";
/** The most that Graph gives. */
const PAGE_LIMIT = "999";

export interface UserPage {
  readonly users: readonly EntraUser[];
  readonly next?: string;
  /** The vendor's clock, ISO 8601. */
  readonly date?: string;
}

/** By user name, as the registration report is. @param link a page's `next` */
export async function listUsers(api: EntraApi, link: string | undefined, signal: AbortSignal): Promise<UserPage> {
  const { body, date } = await requestUsers(api, link, signal);
  return omitUndefined({ users: body.value, next: body["@odata.nextLink"], date });
}

async function requestUsers(api: EntraApi, link: string | undefined, signal: AbortSignal) {
  const request = { path: USERS_PATH, url: link, schema: userList, signal };
  const query = { $select: `${FIELDS},perUserMfaState`, $orderby: "userPrincipalName", $top: PAGE_LIMIT };
  try {
    return await api.call({ ...request, query });
  } catch (error) {
    // The state in a list is in no document: where it is not served, each account is asked.
    if (link !== undefined || !hasCode(error, "ERR_VENDOR_REJECTED")) throw error;
    return api.call({ ...request, query: { ...query, $select: FIELDS } });
  }
}

/** Reads one user of the listing, whoever it is; answers the vendor's clock too. */
export async function probeListing(api: EntraApi, signal: AbortSignal): Promise<UserPage> {
  const query = { $select: FIELDS, $top: "1" };
  const { body, date } = await api.call({ path: USERS_PATH, query, schema: userList, signal });
  return omitUndefined({ users: body.value, date });
}

/** `undefined` if Graph says that there is no such user; one who was deleted and can be restored is none. */
export async function readUser(api: EntraApi, id: string, signal: AbortSignal): Promise<EntraUser | undefined> {
  const found = await ifFound(api.call({ path: USER_PATH, id, query: { $select: FIELDS }, schema: user, signal }));
  if (!found || isSameId(found.body.id, id)) return found?.body;
  throw api.vendorError("ERR_VENDOR_FORMAT", { method: "GET", path: USER_PATH }, "answered about another account");
}

const address = v.object({ id: v.string(), mail: textOrEmpty });

/** The account's address; `undefined` if it has none, or there is no such account. */
export async function readEmail(api: EntraApi, id: string, signal: AbortSignal): Promise<string | undefined> {
  const query = { $select: "id,mail" };
  const found = await ifFound(api.call({ path: USER_PATH, id, query, schema: address, signal }));
  return found && isSameId(found.body.id, id) && found.body.mail !== "" ? found.body.mail : undefined;
}

/** The id of the account with exactly this user name. */
export async function findUser(api: EntraApi, username: string, signal: AbortSignal): Promise<string | undefined> {
  const query = { $select: FIELDS, $filter: `userPrincipalName eq '${username.replaceAll("'", "''")}'` };
  const { body } = await api.call({ path: USERS_PATH, query, schema: userList, signal });
  const hits = body.value.filter((hit) => hit.userPrincipalName === username);
  return hits.length === 1 ? hits[0]?.id : undefined;
}

const GROUP_PATH = "/v1.0/groups/{id}";

const namedGroups = listOf(v.object({ id: uuid, displayName: textOrEmpty }));

/** The first groups, as Graph orders them. https://learn.microsoft.com/graph/api/group-list */
export async function listCollections(api: EntraApi, signal: AbortSignal): Promise<Collection[]> {
  const query = { $select: "id,displayName", $top: `${MAX_COLLECTIONS}` };
  const { body } = await api.call({ path: "/v1.0/groups", query, schema: namedGroups, signal });
  return body.value.map(({ id, displayName }) => ({ kind: "group", id, name: displayName }));
}

/** Whether a group that a rule names is there. */
export async function hasGroup(api: EntraApi, id: string, signal: AbortSignal): Promise<boolean> {
  const schema = v.object({ id: v.string() });
  const found = await ifFound(api.call({ path: GROUP_PATH, id, query: { $select: "id" }, schema, signal }));
  return found !== undefined;
}

/** What Graph says when there is no such object; any other 404 may be a proxy's. */
const NO_OBJECT = ["Request_ResourceNotFound", "ResourceNotFound", "UserNotFound"];

export const isNoObject = (error: unknown): boolean =>
  hasCode(error, "ERR_VENDOR_NOT_FOUND") &&
  // Without a status nobody was asked: the id is no UUID.
  (error.detail.status === undefined || NO_OBJECT.includes(error.detail.vendorCode ?? ""));

export async function ifFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof WardenError && isNoObject(error)) return undefined;
    throw error;
  }
}
