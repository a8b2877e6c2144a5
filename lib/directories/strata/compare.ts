/** What of a profile is not as the policy wants it. */

import * as v from "valibot";
import { KINDS, type ServerKind } from "./kinds.ts";
import type { ProfileRow } from "./schema.ts";
import type { WantedProfile } from "./wanted-profiles.ts";

const mapping = v.fallback(v.record(v.string(), v.unknown()), {});

/** Names of the fields that are not as wanted, sorted. Nothing secret is looked at: it comes back masked. */
export function differingFields(row: ProfileRow, wanted: WantedProfile): string[] {
  const kinds = Object.entries(v.parse(mapping, row.mfa_vendor_type)).filter(([, held]) => held != null);
  const held = kinds.find(([kind]) => kind === wanted.kind)?.[1];
  return [
    ...(row.mfa_cert_profile === wanted.certificateProfile ? [] : ["mfa_cert_profile"]),
    ...(held !== undefined && kinds.length === 1 ? [] : ["mfa_vendor_type"]),
    ...(held === undefined ? [] : differingServerFields(v.parse(mapping, held), wanted)),
  ].toSorted();
}

const DEFAULTS: Readonly<Record<ServerKind, Readonly<Record<string, unknown>>>> = {
  okta_adaptive_v1: v.getDefaults(KINDS.okta_adaptive_v1.fields),
  ping_identity_v1: v.getDefaults(KINDS.ping_identity_v1.fields),
  rsa_securid_access_v1: v.getDefaults(KINDS.rsa_securid_access_v1.fields),
  duo_security_v2: v.getDefaults(KINDS.duo_security_v2.fields),
};

function differingServerFields(
  held: Readonly<Record<string, unknown>>,
  { kind, fields, secrets }: WantedProfile,
): string[] {
  const defaults = DEFAULTS[kind];
  return Object.keys(defaults)
    .filter((field) => !Object.hasOwn(secrets, field))
    .filter((field) => !isSameValue(field, held[field] ?? defaults[field], fields[field]));
}

/** The older API has its numbers as strings, and the case of a host name is nobody's to rely on. */
function isSameValue(field: string, found: unknown, wanted: unknown): boolean {
  const [a, b] = [String(found), String(wanted)];
  return field.endsWith("_api_host") ? a.toLowerCase() === b.toLowerCase() : a === b;
}
