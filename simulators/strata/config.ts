/** The candidate and the running configuration of the simulated Strata Cloud Manager, and who changed what. */

import { createHash, randomUUID } from "node:crypto";

/** A profile as it is kept: with its secrets, which no answer ever shows. */
export interface Profile {
  id: string;
  name: string;
  mfa_cert_profile: string;
  mfa_vendor_type?: Record<string, Record<string, unknown>>;
  folder?: string;
  snippet?: string;
  device?: string;
}

export const PLACES = ["folder", "snippet", "device"] as const;
/** These come back masked; the vendor shows `ping_token`. */
const MASKED = ["okta_token", "ping_use_base64_key", "rsa_accesskey", "duo_secret_key"];

export interface Config {
  /** Copies. */
  candidate(): Profile[];
  running(): Profile[];
  find(id: string): Profile | undefined;
  put(profile: Profile, admin: string): void;
  remove(id: string, admin: string): void;
  /** What waits to be pushed. */
  pending(): { id: string; name: string; place: string; admin: string }[];
  /** Makes what these administrators changed in these folders run; of all administrators where none is named. */
  push(folders: string[], admins: string[] | undefined): void;
}

export const placeOf = (profile: Partial<Profile>): string => profile.folder ?? profile.snippet ?? profile.device ?? "";

export function openConfig(): Config {
  const candidate = new Map<string, Profile>();
  const running = new Map<string, Profile>();
  const changes = new Map<string, { name: string; place: string; admin: string }>();
  const note = (profile: Profile, admin: string) =>
    changes.set(profile.id, { name: profile.name, place: placeOf(profile), admin });
  return {
    candidate: () => structuredClone([...candidate.values()]),
    running: () => structuredClone([...running.values()]),
    find: (id) => structuredClone(candidate.get(id)),
    put: (profile, admin) => {
      candidate.set(profile.id, structuredClone(profile));
      note(profile, admin);
    },
    remove: (id, admin) => {
      const gone = candidate.get(id);
      if (!gone) return;
      candidate.delete(id);
      note(gone, admin);
    },
    pending: () => [...changes].map(([id, change]) => ({ id, ...change })),
    push: (folders, admins) => {
      for (const [id, { place, admin }] of changes) {
        if (!folders.includes(place) || (admins && !admins.includes(admin))) continue;
        const now = candidate.get(id);
        if (now) running.set(id, structuredClone(now));
        else running.delete(id);
        changes.delete(id);
      }
    },
  };
}

/** As an answer shows it. */
export function shown(profile: Profile): Record<string, unknown> {
  const types = Object.entries(profile.mfa_vendor_type ?? {}).map(([kind, held]) => [
    kind,
    Object.fromEntries(Object.entries(held).map(([key, value]) => [key, MASKED.includes(key) ? mask(value) : value])),
  ]);
  return { ...profile, mfa_vendor_type: Object.fromEntries(types) };
}

const mask = (value: unknown) => `-AQ==${createHash("sha256").update(String(value)).digest("base64")}`;

const SHAPES: Record<string, { required: string[]; least: Record<string, number> }> = {
  okta_adaptive_v1: {
    required: ["okta_api_host", "okta_baseuri", "okta_token", "okta_org", "okta_timeout"],
    least: { okta_api_host: 10, okta_baseuri: 2, okta_token: 8, okta_org: 0, okta_timeout: 0 },
  },
  ping_identity_v1: {
    required: ["ping_baseuri", "ping_api_host", "ping_use_base64_key", "ping_token", "ping_timeout"],
    least: {
      ...{ ping_api_host: 16, ping_baseuri: 2, ping_use_base64_key: 8, ping_token: 8 },
      ...{ ping_org_alias: 8, ping_org: 8, ping_timeout: 0 },
    },
  },
  rsa_securid_access_v1: {
    required: [],
    least: {
      ...{ rsa_api_host: 10, rsa_baseuri: 2, rsa_accesskey: 8, rsa_accessid: 8 },
      ...{ rsa_assurancepolicyid: 3, rsa_timeout: 0 },
    },
  },
  duo_security_v2: {
    required: ["duo_api_host", "duo_integration_key", "duo_secret_key", "duo_timeout", "duo_baseuri"],
    least: { duo_api_host: 16, duo_baseuri: 2, duo_integration_key: 16, duo_secret_key: 16, duo_timeout: 0 },
  },
};

/** What is wrong with a body, in one word each; empty when it can be kept. `strict`: the stray `ping_org` is required. */
export function faultsOf(body: unknown, strict: boolean): string[] {
  if (typeof body !== "object" || body === null) return ["body"];
  const given = body as Record<string, unknown>;
  const known = ["name", "mfa_cert_profile", "mfa_vendor_type", ...PLACES];
  const places = PLACES.filter((place) => given[place] !== undefined);
  const types = Object.entries((given.mfa_vendor_type ?? {}) as Record<string, Record<string, unknown>>);
  return [
    ...Object.keys(given).filter((key) => !known.includes(key)),
    ...["name", "mfa_cert_profile"].filter((key) => typeof given[key] !== "string"),
    ...(places.length === 1 && /^[a-zA-Z\d\-_. ]{1,64}$/.test(String(given[places[0] ?? ""])) ? [] : ["location"]),
    ...(types.length === 1 ? types.flatMap(([kind, held]) => faultsOfType(kind, held, strict)) : ["mfa_vendor_type"]),
  ];
}

function faultsOfType(kind: string, held: Record<string, unknown>, strict: boolean): string[] {
  const shape = SHAPES[kind];
  if (!shape) return [kind];
  const required = strict && kind === "ping_identity_v1" ? [...shape.required, "ping_org"] : shape.required;
  return [
    ...required.filter((key) => held[key] === undefined),
    ...Object.entries(held).flatMap(([key, value]) => (fits(key, value, shape.least[key]) ? [] : [key])),
  ];
}

function fits(key: string, value: unknown, least: number | undefined): boolean {
  if (least === undefined) return false;
  if (key.endsWith("_timeout")) return Number.isInteger(value) && Number(value) >= 5 && Number(value) <= 600;
  return typeof value === "string" && value.length >= least;
}

export const freshId = (): string => randomUUID();
