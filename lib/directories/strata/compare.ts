/** What of a profile is not as the policy and the secret want it, as far as the vendor shows it. */

import { createHmac } from "node:crypto";
import * as v from "valibot";
import { omitUndefined } from "../../model/index.ts";
import { KINDS, type ServerKind } from "./kinds.ts";
import type { ProfileRow } from "./schema.ts";
import type { WantedProfile } from "./wanted-profiles.ts";

export interface ProfileComparison {
  /** Names of the fields that are not as wanted, sorted. */
  readonly differs: readonly string[];
  /** Why it cannot be compared. */
  readonly unreadable?: string;
  /** A keyed digest of what is shown in place of secrets. */
  readonly masks: string;
}

type ServerFields = Readonly<Record<string, unknown>>;

/** @param maskKey of the digest: whoever does not have it learns nothing from one */
export function compareProfile(row: ProfileRow, wanted: WantedProfile, maskKey: string): ProfileComparison {
  const kinds = Object.entries(readMapping(row.mfa_vendor_type)).filter(([, held]) => !isAbsent(held));
  const own = kinds.find(([kind]) => kind === wanted.kind)?.[1];
  const held = readMapping(own);
  const differs = [
    ...(row.mfa_cert_profile === wanted.certificateProfile ? [] : ["mfa_cert_profile"]),
    ...(own !== undefined && kinds.length === 1 ? [] : ["mfa_vendor_type"]),
    ...(own === undefined ? [] : [...differingFields(held, wanted), ...differingSecrets(held, wanted)]),
  ];
  const isForeseen = kinds.every(([kind]) => Object.hasOwn(KINDS, kind));
  return {
    differs: isForeseen ? differs.toSorted() : [],
    ...omitUndefined({ unreadable: isForeseen ? undefined : UNFORESEEN_KIND }),
    masks: maskDigest(held, wanted, maskKey),
  };
}

const UNFORESEEN_KIND = "it has a server of a kind that this version does not know";

/** `null`, an empty text and nothing are one thing. */
const isAbsent = (value: unknown) => value === undefined || value === null || value === "";

const mapping = v.fallback(v.record(v.string(), v.unknown()), {});
const readMapping = (value: unknown): ServerFields => v.parse(mapping, value);

const DEFAULTS: Readonly<Record<ServerKind, ServerFields>> = {
  okta_adaptive_v1: v.getDefaults(KINDS.okta_adaptive_v1.fields),
  ping_identity_v1: v.getDefaults(KINDS.ping_identity_v1.fields),
  rsa_securid_access_v1: v.getDefaults(KINDS.rsa_securid_access_v1.fields),
  duo_security_v2: v.getDefaults(KINDS.duo_security_v2.fields),
};

function differingFields(held: ServerFields, { kind, fields, secrets }: WantedProfile): string[] {
  const defaults = DEFAULTS[kind];
  return Object.keys(defaults)
    .filter((field) => !Object.hasOwn(secrets, field))
    .filter((field) => !isSameValue(field, isAbsent(held[field]) ? defaults[field] : held[field], fields[field]));
}

/** The older API has its numbers as strings, and the case of a host name is nobody's to rely on. */
function isSameValue(field: string, found: unknown, wanted: unknown): boolean {
  const [a, b] = [String(found), String(wanted)];
  return field.endsWith("_api_host") ? a.toLowerCase() === b.toLowerCase() : a === b;
}

/** Of a format of the vendor's document that is never shown: what these fields hold is always a mask. */
const PASSWORD_FIELDS = ["okta_token", "ping_use_base64_key", "rsa_accesskey", "duo_secret_key"];
/** How masks look: nothing at all, stars or dots, or what the firewall has encrypted. */
const MASK = /^$|^[*•●.xX]+$|^-AQ==/;

const isMask = (field: string, held: unknown): boolean =>
  typeof held !== "string" || PASSWORD_FIELDS.includes(field) || MASK.test(held);

/** Secrets that can be read, and are not ours. */
const differingSecrets = (held: ServerFields, { secrets }: WantedProfile): string[] =>
  Object.keys(secrets).filter((field) => held[field] !== secrets[field] && !isMask(field, held[field]));

function maskDigest(held: ServerFields, { name, secrets }: WantedProfile, maskKey: string): string {
  const masked = Object.keys(secrets).filter((field) => held[field] !== secrets[field] && isMask(field, held[field]));
  const shown = masked.toSorted().map((field) => [field, held[field] ?? ""]);
  return createHmac("sha256", maskKey)
    .update(JSON.stringify([name, shown]))
    .digest("base64url");
}
