/** PingOne's accounts: listed, counted, found and read. https://developer.pingidentity.com/pingone-api/platform/users.html */

import * as v from "valibot";
import { hasCode } from "../../errors.ts";
import {
  type Fact,
  omitUndefined,
  type Page,
  type SeenPopulations,
  type Shard,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import { uuid } from "../fields.ts";
import type { PingOneApi } from "./api.ts";
import { readMfaSwitch } from "./mfa.ts";
import { groupsOf, isSameId, populationList, subjectOf, user, userEmail, userList } from "./schema.ts";

const USERS_PATH = "/environments/{env}/users";
const USER_PATH = "/environments/{env}/users/{id}";
const POPULATIONS_PATH = "/environments/{env}/populations";
/** Accounts a page; PingOne may give fewer. */
const PAGE_LIMIT = "1000";

/** @param cursor a page's `next`: the address of the page behind it */
export async function listAccounts(api: PingOneApi, cursor: string | undefined, signal: AbortSignal): Promise<Page> {
  const { body, date } = await api.call({
    path: USERS_PATH,
    query: { limit: PAGE_LIMIT },
    url: cursor,
    schema: userList,
    signal,
  });
  return omitUndefined({
    subjects: body._embedded.users.map(subjectOf),
    next: body._links.next?.href,
    claimed: body.count,
    date,
  });
}

/** Reads one account of the listing, whoever it is; answers the vendor's clock, ISO 8601. */
export async function probeListing(api: PingOneApi, signal: AbortSignal): Promise<string | undefined> {
  const { date } = await api.call({ path: USERS_PATH, query: { limit: "1" }, schema: userList, signal });
  return date;
}

const UNCOUNTED = "lists a population without the number of its users, so nothing confirms the total";

export interface CountedAccounts {
  readonly total: number;
  readonly populations: SeenPopulations;
  /** `undefined`: they cannot be listed one by one. */
  readonly shards: readonly Shard[] | undefined;
}

/**
 * The sum of all populations: a count that is independent of the listing. Throws `ERR_READ_TOTAL` where PingOne does not
 * count one of them.
 */
export async function countAccounts(api: PingOneApi, signal: AbortSignal): Promise<CountedAccounts> {
  const place = { method: "GET", path: POPULATIONS_PATH };
  const ids: string[] = [];
  let total = 0;
  const shards: Shard[] = [];
  for await (const { _embedded } of api.pages({ path: POPULATIONS_PATH, schema: populationList, signal })) {
    for (const { id, userCount } of _embedded.populations) {
      if (userCount === undefined) throw api.vendorError("ERR_READ_TOTAL", place, UNCOUNTED);
      ids.push(id.toLowerCase());
      total += userCount;
      shards.push({ id, accounts: userCount, first: firstPageOf(api, id) });
    }
  }
  // Every environment has a population; a list without any counts nothing.
  if (ids.length > 0) return { total, populations: seenPopulations(ids), shards: shardsOf(shards) };
  throw api.vendorError("ERR_VENDOR_FORMAT", place, "listed no population; it proves nothing");
}

/** Only ids of PingOne's form go into a filter, and each population is listed once. */
function shardsOf(shards: readonly Shard[]): readonly Shard[] | undefined {
  const ids = new Set(shards.map(({ id }) => id.toLowerCase()));
  return ids.size === shards.length && shards.every(({ id }) => v.is(uuid, id)) ? shards : undefined;
}

const firstPageOf = (api: PingOneApi, population: string): string =>
  api.urlOf({ path: USERS_PATH, query: { limit: PAGE_LIMIT, filter: `population.id eq "${population}"` } });

/** What is kept of them by name. */
const MAX_POPULATIONS = 1_000;

function seenPopulations(ids: readonly string[]): SeenPopulations {
  const areKept = ids.length <= MAX_POPULATIONS && !ids.includes("");
  return omitUndefined({ count: ids.length, ids: areKept ? ids.toSorted() : undefined });
}

/** `undefined` if PingOne says that there is no such account. */
export async function readAccount(api: PingOneApi, id: string, signal: AbortSignal): Promise<Subject | undefined> {
  const [found, enabled = unknownFact("PingOne has no mfaEnabled of this user")] = await Promise.all([
    readRecord(api, id, signal),
    ifFound(readMfaSwitch(api, id, signal)),
  ]);
  return found && { ...found, facts: { ...found.facts, enabled } };
}

/** By the account's own record alone, which tells of its MFA switch, too. */
export async function readRecord(api: PingOneApi, id: string, signal: AbortSignal): Promise<Subject | undefined> {
  const found = await ifFound(readUser(api, id, signal));
  return found && { ...found.subject, facts: { ...found.subject.facts, groups: found.groups } };
}

/** The account as it was right before its change, with its MFA switch read anew; `undefined` if there is no such account any more. */
export async function readSwitchBack(
  api: PingOneApi,
  changed: Subject,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const enabled = await ifFound(readMfaSwitch(api, changed.id, signal));
  if (enabled) return { ...changed, facts: { ...changed.facts, enabled } };
  return readAccount(api, changed.id, signal);
}

/** The account's groups, which only a read of one account shows. */
export async function readGroups(api: PingOneApi, id: string, signal: AbortSignal): Promise<Fact<readonly string[]>> {
  return (await readUser(api, id, signal)).groups;
}

async function readUser(api: PingOneApi, id: string, signal: AbortSignal) {
  const { body } = await api.call({
    path: USER_PATH,
    id,
    query: { include: "memberOfGroupIDs" },
    schema: user,
    signal,
  });
  if (isSameId(body.id, id)) return { subject: subjectOf(body), groups: groupsOf(body) };
  const place = { method: "GET", path: USER_PATH };
  throw api.vendorError("ERR_VENDOR_FORMAT", place, "answered about another account");
}

/** The account's address; `undefined` if it has none, or there is no such account. */
export async function readEmail(api: PingOneApi, id: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await ifFound(api.call({ path: USER_PATH, id, schema: userEmail, signal }));
  return found && isSameId(found.body.id, id) && found.body.email !== "" ? found.body.email : undefined;
}

/** The id of the account with exactly this user name. */
export async function findAccount(api: PingOneApi, username: string, signal: AbortSignal): Promise<string | undefined> {
  const filter = `username eq "${username.replace(/["\\]/g, "\\$&")}"`;
  const { body } = await api.call({ path: USERS_PATH, query: { filter }, schema: userList, signal });
  const hits = body._embedded.users.filter((hit) => hit.username === username);
  return hits.length === 1 ? hits[0]?.id : undefined;
}

/** Whether a group or population that a rule names is there. */
export async function hasCollection(
  api: PingOneApi,
  kind: "group" | "population",
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/environments/{env}/${kind}s/{id}`;
  const found = await ifFound(api.call({ path, id, schema: v.object({ id: v.string() }), signal }));
  return found !== undefined;
}

async function ifFound<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ERR_VENDOR_NOT_FOUND")) return undefined;
    throw error;
  }
}
