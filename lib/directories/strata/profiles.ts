/** The MFA server profiles of one location: listed, read and found. */

import * as v from "valibot";
import { type Fact, omitUndefined, type Page, type Subject } from "../../model/index.ts";
import { asCallFailure, type StrataApi } from "./api.ts";
import { compareProfile } from "./compare.ts";
import { isAtLocation, locationQuery } from "./location.ts";
import { readPage, readPages, repeatedPageError } from "./pages.ts";
import { type ProfileRow, profileList } from "./schema.ts";
import type { Location } from "./settings.ts";
import { absentProfile, findWanted, type ProfilePolicy, presentProfile } from "./subjects.ts";
import { type ProfileUse, readUse, useFact } from "./use.ts";

export const PROFILES_PATH = "/mfa-servers";

/** Where a listing goes on: what the page before began with, and which wanted profiles have been seen. */
const cursorSchema = v.object({ offset: v.number(), first: v.optional(v.string()), seen: v.array(v.string()) });
type Cursor = v.InferOutput<typeof cursorSchema>;
const START: Cursor = { offset: 0, seen: [] };

/** The last page has the wanted profiles that are not there, too. @param cursor a page's `next` */
export async function listProfiles(
  api: StrataApi,
  policy: ProfilePolicy,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const { offset, first, seen } = cursor === undefined ? START : v.parse(cursorSchema, JSON.parse(cursor));
  const query = locationQuery(policy.location);
  const [{ list, next, date }, use] = await Promise.all([
    readPage(api, listRequest(policy.location, signal), offset),
    readUse(api, query, signal),
  ]);
  const subjects = list.data.map((row) => presentProfile(row, policy, use));
  const begin = subjects[0]?.id;
  if (begin !== undefined && begin === first) throw repeatedPageError(api, PROFILES_PATH);
  const found = [...seen, ...subjects.filter(({ profile }) => profile?.wanted).map(({ id }) => id)];
  const claimed = list.total;
  if (next !== undefined) return omitUndefined({ subjects, next: writeCursor(next, begin, found), claimed, date });
  return omitUndefined({ subjects: [...subjects, ...findAbsent(policy, use, found)], claimed, date });
}

const writeCursor = (offset: number, first: string | undefined, seen: string[]): string =>
  JSON.stringify({ offset, first, seen } satisfies Cursor);

const findAbsent = (policy: ProfilePolicy, use: ProfileUse, found: readonly string[]): Subject[] =>
  policy.wanted.map((one) => absentProfile(one, policy, use)).filter(({ id }) => !found.includes(id));

/** Reads the first page; answers the vendor's clock, ISO 8601. */
export async function probeProfiles(
  api: StrataApi,
  location: Location,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await readPage(api, listRequest(location, signal), 0)).date;
}

/** `undefined` where nothing of this id is there or wanted. */
export async function readProfile(
  api: StrataApi,
  policy: ProfilePolicy,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const [found, use] = await Promise.all([
    readUnused(api, policy, id, signal),
    readUse(api, locationQuery(policy.location), signal),
  ]);
  return found && withUse(found, useFact(use, found.username));
}

/** The profile as it is now; whether it is in use stays as it was read right before its change. */
export async function readProfileBack(
  api: StrataApi,
  policy: ProfilePolicy,
  { id, profile }: Subject,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const found = profile && (await readUnused(api, policy, id, signal));
  return found && withUse(found, profile.used);
}

const NO_USE: ProfileUse = { names: new Set() };

/** As if nothing used it. */
async function readUnused(
  api: StrataApi,
  policy: ProfilePolicy,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const hasId = (row: ProfileRow) => presentProfile(row, policy, NO_USE).id === id;
  const row = await findProfile(api, policy.location, hasId, signal);
  if (row) return presentProfile(row, policy, NO_USE);
  const wanted = findWanted(policy, id);
  return wanted && absentProfile(wanted, policy, NO_USE);
}

const withUse = (subject: Subject, used: Fact<boolean>): Subject =>
  subject.profile ? { ...subject, profile: { ...subject.profile, used } } : subject;

/** What is shown in place of the secrets of a wanted profile; `undefined` where it is not there, or cannot be read. */
export async function readMasks(
  api: StrataApi,
  policy: ProfilePolicy,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const wanted = findWanted(policy, id);
  if (!wanted) return undefined;
  try {
    const row = await findNamed(api, policy.location, wanted.name, signal);
    return row && compareProfile(row, wanted, policy.maskKey).masks;
  } catch (error) {
    asCallFailure(error);
    return undefined;
  }
}

/** The profile of this name, as it is at the location now. */
export const findNamed = (
  api: StrataApi,
  location: Location,
  name: string,
  signal: AbortSignal,
): Promise<ProfileRow | undefined> =>
  findProfile(api, location, (row) => row.name === name && isAtLocation(row, location), signal);

async function findProfile(
  api: StrataApi,
  location: Location,
  fits: (row: ProfileRow) => boolean,
  signal: AbortSignal,
): Promise<ProfileRow | undefined> {
  for await (const { data } of readPages(api, listRequest(location, signal))) {
    const row = data.find(fits);
    if (row) return row;
  }
  return undefined;
}

const listRequest = (location: Location, signal: AbortSignal) =>
  ({
    api: "config",
    path: PROFILES_PATH,
    query: { position: "pre", ...locationQuery(location) },
    schema: profileList,
    signal,
  }) as const;
