/** MFA server profiles of the simulated Strata Cloud Manager: what they hold, how they are shown, which are refused. */

import { createHash, randomUUID } from "node:crypto";

/** Exactly one of these. */
export interface Location {
  folder?: string;
  snippet?: string;
  device?: string;
}

/** A profile as it is kept: with its secrets, which no answer ever shows. */
export interface Profile extends Location {
  id: string;
  name: string;
  mfa_cert_profile: string;
  mfa_vendor_type?: Record<string, Record<string, unknown>>;
}

export const LOCATIONS = ["folder", "snippet", "device"] as const;

/** The name of a location. */
export function placeOf({ folder, snippet, device }: Location): string {
  return folder ?? snippet ?? device ?? "";
}

/** These come back masked; the vendor shows `ping_token`. */
const MASKED_FIELDS = ["okta_token", "ping_use_base64_key", "rsa_accesskey", "duo_secret_key"];

/** As an answer shows it. @param freshMasks secrets are encrypted anew each time */
export function showProfile(profile: Profile, freshMasks = false): Record<string, unknown> {
  const salt = freshMasks ? randomUUID() : "";
  const types = Object.entries(profile.mfa_vendor_type ?? {}).map(([kind, held]) => [kind, maskSecrets(held, salt)]);
  return { ...profile, mfa_vendor_type: Object.fromEntries(types) };
}

function maskSecrets(held: Record<string, unknown>, salt: string): Record<string, unknown> {
  const shown = Object.entries(held).map(([key, value]) => [
    key,
    MASKED_FIELDS.includes(key) ? mask(`${salt}${value}`) : value,
  ]);
  return Object.fromEntries(shown);
}

function mask(value: string): string {
  return `-AQ==${createHash("sha256").update(value).digest("base64")}`;
}

interface Shape {
  required: string[];
  minLengths: Record<string, number>;
}

const SHAPES: Record<string, Shape> = {
  okta_adaptive_v1: {
    required: ["okta_api_host", "okta_baseuri", "okta_token", "okta_org", "okta_timeout"],
    minLengths: { okta_api_host: 10, okta_baseuri: 2, okta_token: 8, okta_org: 0, okta_timeout: 0 },
  },
  ping_identity_v1: {
    required: ["ping_baseuri", "ping_api_host", "ping_use_base64_key", "ping_token", "ping_timeout"],
    minLengths: {
      ping_api_host: 16,
      ping_baseuri: 2,
      ping_use_base64_key: 8,
      ping_token: 8,
      ping_org_alias: 8,
      ping_org: 8,
      ping_timeout: 0,
    },
  },
  rsa_securid_access_v1: {
    required: [],
    minLengths: {
      rsa_api_host: 10,
      rsa_baseuri: 2,
      rsa_accesskey: 8,
      rsa_accessid: 8,
      rsa_assurancepolicyid: 3,
      rsa_timeout: 0,
    },
  },
  duo_security_v2: {
    required: ["duo_api_host", "duo_integration_key", "duo_secret_key", "duo_timeout", "duo_baseuri"],
    minLengths: { duo_api_host: 16, duo_baseuri: 2, duo_integration_key: 16, duo_secret_key: 16, duo_timeout: 0 },
  },
};

const KNOWN_FIELDS = ["name", "mfa_cert_profile", "mfa_vendor_type", ...LOCATIONS];

/** The fields of a body that are wrong; none when it can be kept. @param needsPingOrg the stray `ping_org` is required */
export function findInvalidFields(body: unknown, needsPingOrg: boolean): string[] {
  if (typeof body !== "object" || body === null) return ["body"];
  const given = body as Record<string, unknown>;
  return [
    ...Object.keys(given).filter((key) => !KNOWN_FIELDS.includes(key)),
    ...["name", "mfa_cert_profile"].filter((key) => typeof given[key] !== "string"),
    ...(hasOneLocation(given) ? [] : ["location"]),
    ...findInvalidType(given.mfa_vendor_type, needsPingOrg),
  ];
}

function hasOneLocation(given: Record<string, unknown>): boolean {
  const [location, ...others] = LOCATIONS.filter((key) => given[key] !== undefined);
  return location !== undefined && others.length === 0 && /^[a-zA-Z\d\-_. ]{1,64}$/.test(String(given[location]));
}

function findInvalidType(type: unknown, needsPingOrg: boolean): string[] {
  const [entry, ...others] = Object.entries((type ?? {}) as Record<string, Record<string, unknown>>);
  if (!entry || others.length > 0) return ["mfa_vendor_type"];
  const [kind, held] = entry;
  const shape = SHAPES[kind];
  if (!shape) return [kind];
  const isStrict = needsPingOrg && kind === "ping_identity_v1";
  const required = isStrict ? [...shape.required, "ping_org"] : shape.required;
  return [
    ...required.filter((key) => held[key] === undefined),
    ...Object.keys(held).filter((key) => !fits(key, held[key], shape.minLengths[key])),
  ];
}

function fits(key: string, value: unknown, minLength: number | undefined): boolean {
  if (minLength === undefined) return false;
  if (key.endsWith("_timeout")) return Number.isInteger(value) && Number(value) >= 5 && Number(value) <= 600;
  return typeof value === "string" && value.length >= minLength;
}
