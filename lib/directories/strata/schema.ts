/** What Strata Cloud Manager answers, and how it reads as profiles and their use. */

import * as v from "valibot";
import { type Fact, type Facts, knownFact, type ServerProfile, type Subject, unknownFact } from "../../model/index.ts";
import { anything, count, textOrEmpty, uuid } from "../fields.ts";
import type { Wanted } from "./secret.ts";
import { KINDS, type Kind, type Location, type PlaceKind } from "./settings.ts";

const row = v.object({
  /** What comes with a tenant has none, and cannot be changed. */
  id: v.optional(uuid),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
  folder: anything,
  snippet: anything,
  device: anything,
  mfa_cert_profile: anything,
  mfa_vendor_type: anything,
});
export type Row = v.InferOutput<typeof row>;

const list = <S extends v.GenericSchema>(item: S) =>
  v.object({ data: v.array(item), limit: v.optional(count), offset: v.optional(count), total: v.optional(count) });
export const rowList = list(row);
/** What an authentication profile asks for is only looked at where it can be read. */
export const useList = list(v.object({ id: anything, name: anything, multi_factor_auth: anything }));
/** What a change answers: the profile, of which only whose it is matters. */
export const written = v.object({ id: v.optional(v.string()), name: v.optional(v.string()) });

const ANOTHER_NAME = new Map([
  ["Global", "All"],
  ["All Firewalls", "ngfw-shared"],
  ["Access Agent", "Mobile Users"],
  ["Explicit Proxy", "Mobile Users Explicit Proxy"],
]);
/** Folders go by another name in the console than in the API. */
export const folderName = (name: string): string => ANOTHER_NAME.get(name) ?? name;

const PLACES: readonly PlaceKind[] = ["snippet", "device", "folder"];

/** A folder's listing also shows what it inherits from other folders and snippets: that is not ours to touch. */
export function isHere(row: Row, { kind, value }: Location): boolean {
  const named = PLACES.filter((place) => typeof row[place] === "string");
  if (named.length === 0) return true;
  const found = row[kind];
  if (named.length > 1 || typeof found !== "string") return false;
  return kind === "folder" ? folderName(found) === folderName(value) : found === value;
}

/** Location and name; a place of another kind says which, since a snippet and a folder may have one name. */
function idOf(row: Row, location: Location): string {
  if (isHere(row, location)) return `${location.value}/${row.name}`;
  const kind = PLACES.find((place) => typeof row[place] === "string") ?? location.kind;
  const value = String(row[kind]);
  return kind === location.kind ? `${value}/${row.name}` : `${kind}:${value}/${row.name}`;
}

/** What holds for every profile of one directory. */
export interface Standard extends Pick<ServerProfile, "version" | "adopt" | "pushed"> {
  readonly location: Location;
  readonly wanted: readonly Wanted[];
}

/** The profiles that an authentication profile names and asks for MFA with; `unread`: why there may be more. */
export interface Use {
  readonly names: ReadonlySet<string>;
  readonly unread?: string;
}

export const wantedFor = ({ wanted, location }: Standard, id: string): Wanted | undefined =>
  wanted.find(({ name }) => id === `${location.value}/${name}`);

export function present(row: Row, standard: Standard, use: Use): Subject {
  const id = idOf(row, standard.location);
  const wanted = isHere(row, standard.location) ? wantedFor(standard, id) : undefined;
  const differs = wanted === undefined ? [] : differences(row, wanted);
  return subject(id, row.name, standard, {
    wanted: wanted !== undefined,
    present: true,
    differs,
    used: uses(use, row.name),
  });
}

export function missing({ name }: Wanted, standard: Standard, use: Use): Subject {
  const id = `${standard.location.value}/${name}`;
  return subject(id, name, standard, { wanted: true, present: false, differs: [], used: uses(use, name) });
}

function uses({ names, unread }: Use, name: string): Fact<boolean> {
  if (names.has(name)) return knownFact(true);
  return unread === undefined ? knownFact(false) : unknownFact(unread);
}

const FACTS: Facts = {
  active: knownFact(true),
  enabled: unknownFact("an MFA server profile has no switch"),
  devices: unknownFact("an MFA server profile has no devices"),
  population: unknownFact("an MFA server profile has no population"),
  groups: unknownFact("an MFA server profile has no groups"),
  createdAt: unknownFact("an MFA server profile has no time of creation"),
};

const subject = (
  id: string,
  username: string,
  { version, adopt, pushed }: Standard,
  profile: Pick<ServerProfile, "wanted" | "present" | "differs" | "used">,
): Subject => ({ id, username, facts: FACTS, profile: { ...profile, version, adopt, pushed } });

const mapping = v.fallback(v.record(v.string(), v.unknown()), {});

/** Names of the fields that are not as wanted, sorted. Nothing secret is looked at: it comes back masked. */
function differences(row: Row, wanted: Wanted): string[] {
  const kinds = Object.entries(v.parse(mapping, row.mfa_vendor_type)).filter(([, held]) => held != null);
  const held = kinds.find(([kind]) => kind === wanted.kind)?.[1];
  return [
    ...(row.mfa_cert_profile === wanted.certificateProfile ? [] : ["mfa_cert_profile"]),
    ...(held !== undefined && kinds.length === 1 ? [] : ["mfa_vendor_type"]),
    ...(held === undefined ? [] : unlike(v.parse(mapping, held), wanted)),
  ].toSorted();
}

const DEFAULTS: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  okta_adaptive_v1: v.getDefaults(KINDS.okta_adaptive_v1.shown),
  ping_identity_v1: v.getDefaults(KINDS.ping_identity_v1.shown),
  rsa_securid_access_v1: v.getDefaults(KINDS.rsa_securid_access_v1.shown),
  duo_security_v2: v.getDefaults(KINDS.duo_security_v2.shown),
};

function unlike(held: Readonly<Record<string, unknown>>, { kind, shown, secret }: Wanted): string[] {
  const defaults = DEFAULTS[kind];
  return Object.keys(defaults).filter(
    (property) =>
      !Object.hasOwn(secret, property) && !alike(property, held[property] ?? defaults[property], shown[property]),
  );
}

/** The older API has its numbers as strings, and the case of a host name is nobody's to rely on. */
function alike(property: string, found: unknown, wanted: unknown): boolean {
  const [a, b] = [String(found), String(wanted)];
  return property.endsWith("_api_host") ? a.toLowerCase() === b.toLowerCase() : a === b;
}

const factors = v.object({ mfa_enable: v.optional(v.boolean(), false), factors: v.optional(v.array(v.string()), []) });

/** What these authentication profiles name. */
export function useOf(profiles: readonly { readonly multi_factor_auth?: unknown }[]): Use {
  const read = profiles.map(({ multi_factor_auth }) => v.safeParse(factors, multi_factor_auth ?? {}));
  const names = read.flatMap(({ success, output }) => (success && output.mfa_enable ? output.factors : []));
  const unread = read.some(({ success }) => !success) ? { unread: "an authentication profile cannot be read" } : {};
  return { names: new Set(names), ...unread };
}

const JOB_ID = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.regex(/^[\w-]{1,64}$/));
export const job = v.object({
  id: JOB_ID,
  parent_id: v.fallback(v.pipe(v.union([v.string(), v.number()]), v.transform(String)), ""),
  status_str: textOrEmpty,
  result_str: textOrEmpty,
});
export type Job = v.InferOutput<typeof job>;
export const jobList = list(job);
export const pushed = v.object({ success: v.optional(v.boolean(), true), job_id: v.optional(JOB_ID) });
