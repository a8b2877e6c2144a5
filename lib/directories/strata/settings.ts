/** What a policy says of a Strata tenant: where its MFA server profiles are, how each one is to be; and what its secret holds. */

import * as v from "valibot";
import { endpoint, nonEmptyText } from "../fields.ts";
import { secretExtras, type VendorNeeds, withoutTrailingSlash } from "../vendor.ts";
import { KIND_NAMES, KINDS, policyText } from "./kinds.ts";

const server = v.pipe(
  v.strictObject({
    name: v.pipe(
      v.string(),
      v.regex(
        /^(?=.{1,255}$)[^\s\p{Cc}](.*[^\s\p{Cc}])?$/u,
        "must be 1 to 255 characters that begin and end with no blank",
      ),
      v.description("Name of the MFA server profile; unique."),
    ),
    certificateProfile: policyText("Name of the certificate profile that the firewall checks the vendor by."),
    okta_adaptive_v1: v.exactOptional(v.pipe(KINDS.okta_adaptive_v1.fields, v.description("Okta Adaptive MFA."))),
    ping_identity_v1: v.exactOptional(v.pipe(KINDS.ping_identity_v1.fields, v.description("PingID."))),
    rsa_securid_access_v1: v.exactOptional(
      v.pipe(KINDS.rsa_securid_access_v1.fields, v.description("RSA SecurID Access.")),
    ),
    duo_security_v2: v.exactOptional(v.pipe(KINDS.duo_security_v2.fields, v.description("Duo Security."))),
  }),
  v.check(
    (written) => KIND_NAMES.filter((kind) => written[kind] !== undefined).length === 1,
    `must have exactly one of ${KIND_NAMES.join(", ")}`,
  ),
);

const LOCATION_KINDS = ["folder", "snippet", "device"] as const;
export type LocationKind = (typeof LOCATION_KINDS)[number];
const locationName = (description: string) =>
  v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[a-zA-Z\d_. -]+$/, "must be letters, digits, blanks and - _ ."),
      v.maxLength(64, "is longer than 64 characters"),
      v.description(description),
    ),
  );

export const settings = v.strictObject({
  tenant: v.pipe(
    v.string(),
    v.regex(/^\d{1,20}$/, "is not a tenant service group's id, which is digits; write it in quotes"),
    v.description("Id of the tenant service group (TSG), digits in quotes."),
  ),
  location: v.pipe(
    v.strictObject({
      folder: locationName("Name of a folder."),
      snippet: locationName("Name of a snippet. What is changed there is never pushed by mfa-warden."),
      device: locationName("Name of a device. What is changed there is never pushed by mfa-warden."),
    }),
    v.check(
      (written) => LOCATION_KINDS.filter((kind) => written[kind] !== undefined).length === 1,
      `must have exactly one of ${LOCATION_KINDS.join(", ")}`,
    ),
    v.description("Where the profiles are: one folder, snippet or device."),
  ),
  push: v.exactOptional(
    v.pipe(v.boolean(), v.description("Whether to push what was changed live. Default: true; false: a person pushes.")),
    true,
  ),
  admin: v.exactOptional(
    policyText("Whose changes a push is limited to. Default: the service account of the directory's secret."),
  ),
  adopt: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description("Whether to write the secrets into profiles that mfa-warden never wrote. Default: false."),
    ),
    false,
  ),
  servers: v.pipe(
    v.array(server),
    v.minLength(1, "must not be empty"),
    v.check((all) => new Set(all.map(({ name }) => name)).size === all.length, "has two servers of one name"),
    v.description("The MFA server profiles that there must be."),
  ),
  endpoints: v.exactOptional(
    v.pipe(
      v.strictObject({ api: endpoint, operations: endpoint, auth: endpoint }),
      v.description("Addresses in place of the vendor's own: a simulator or a proxy."),
    ),
  ),
});
export type Settings = v.InferOutput<typeof settings>;

export const secret = v.strictObject({
  clientId: nonEmptyText,
  clientSecret: nonEmptyText,
  /** By server name; what is in it depends on the policy's kind of server, so `wantedProfiles` reads it. */
  servers: v.record(v.string(), v.unknown()),
  ...secretExtras,
});
export type Secret = v.InferOutput<typeof secret>;

export type StrataNeeds = VendorNeeds<Settings, Secret>;

export interface Location {
  readonly kind: LocationKind;
  readonly value: string;
}

/** The one key that the schema has made sure of. */
export function theOnlyKey<K extends string>(keys: readonly K[], holder: { readonly [P in K]?: unknown }): K {
  const found = keys.find((key) => holder[key] !== undefined);
  if (found === undefined) throw new TypeError("nothing there of what the schema asks for");
  return found;
}

const API_ORIGIN = "https://api.strata.paloaltonetworks.com";
/** The same API by its older name. */
const LEGACY_API_ORIGIN = "https://api.sase.paloaltonetworks.com";
const AUTH_ORIGIN = "https://auth.apps.paloaltonetworks.com";
export const VENDOR_ORIGINS: readonly string[] = [API_ORIGIN, LEGACY_API_ORIGIN, AUTH_ORIGIN];

export interface Addresses {
  /** What stands before `/mfa-servers`. */
  readonly config: string;
  /** What stands before `/jobs`. */
  readonly operations: string;
  /** What stands before `/oauth2/access_token`. */
  readonly auth: string;
}

/** Where this tenant is called: the vendor's hosts, or the endpoints of the policy. */
export function addressesOf({ endpoints }: Pick<Settings, "endpoints">): Addresses {
  return {
    config: withoutTrailingSlash(endpoints?.api ?? `${API_ORIGIN}/config/identity/v1`),
    operations: withoutTrailingSlash(endpoints?.operations ?? `${API_ORIGIN}/config/operations/v1`),
    auth: withoutTrailingSlash(endpoints?.auth ?? AUTH_ORIGIN),
  };
}
