/** What a policy says of a Strata tenant: where its MFA server profiles are, and how each one is to be. */

import * as v from "valibot";
import { endpoint } from "../fields.ts";

const text = (description: string, least = 1) =>
  v.pipe(
    v.string(),
    v.minLength(least, `is shorter than ${least} characters`),
    v.maxLength(1000, "is longer than 1000 characters"),
    v.regex(/^\P{Cc}*$/u, "holds a control character"),
    v.description(description),
  );
const HOSTNAME = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const host = (least: number, description: string) =>
  v.pipe(
    v.string(),
    v.regex(HOSTNAME, "is not a host name"),
    v.minLength(least, `is shorter than ${least} characters`),
    v.maxLength(253, "is longer than 253 characters"),
    v.description(description),
  );
const base = (usual: string) => v.exactOptional(text(`Where the vendor's API begins. Default: ${usual}.`, 2), usual);
const timeout = v.exactOptional(
  v.pipe(
    v.number(),
    v.integer("is not a whole number"),
    v.minValue(5, "is less than 5"),
    v.maxValue(600, "is more than 600"),
    v.description("Seconds that the firewall waits for the vendor, 5 to 600. Default: 30."),
  ),
  30,
);

/**
 * The four kinds of MFA server, by their names in the vendor's document `identity-services.yaml`, 2.0.0: properties that a
 * policy may show, and secret ones with their least length. The document's default for `ping_api_host` is left out: it looks
 * misspelt.
 */
export const KINDS = {
  okta_adaptive_v1: {
    shown: v.strictObject({
      okta_api_host: host(10, "Okta's host, like example.okta.com."),
      okta_baseuri: base("/api/v1"),
      okta_org: text("The Okta organisation."),
      okta_timeout: timeout,
    }),
    secret: { okta_token: 8 },
  },
  ping_identity_v1: {
    shown: v.strictObject({
      ping_api_host: host(16, "PingID's host, like idpxnyl3m.pingidentity.com."),
      ping_baseuri: base("/pingid/rest/4"),
      ping_org_alias: text("org_alias of pingid.properties.", 8),
      ping_timeout: timeout,
    }),
    secret: { ping_use_base64_key: 8, ping_token: 8 },
  },
  rsa_securid_access_v1: {
    shown: v.strictObject({
      rsa_api_host: v.exactOptional(host(10, "RSA's host, like example.auth.securid.com.")),
      rsa_baseuri: base("/mfa/v1_1"),
      rsa_accessid: v.exactOptional(text("RSA's access id.", 8)),
      rsa_assurancepolicyid: v.exactOptional(text("RSA's assurance policy.", 3)),
      rsa_timeout: timeout,
    }),
    secret: { rsa_accesskey: 8 },
  },
  duo_security_v2: {
    shown: v.strictObject({
      duo_api_host: host(16, "Duo's host, like api-xxxxxxxx.duosecurity.com."),
      duo_baseuri: base("/auth/v2"),
      duo_integration_key: v.exactOptional(text("Duo's integration key; here or in the directory's secret.", 16)),
      duo_timeout: timeout,
    }),
    secret: { duo_secret_key: 16 },
  },
} as const;
export type Kind = keyof typeof KINDS;

/** The vendor document's default for `ping_api_host`: PingID's own samples have the letters the other way round. */
export const MISSPELT_HOST = "idpxny3lm.pingidentity.com";
export const MISSPELT = `${MISSPELT_HOST} is the default in the vendor's document and looks misspelt; PingID's own is idpxnyl3m.pingidentity.com.`;

export const KIND_NAMES: readonly Kind[] = [
  "okta_adaptive_v1",
  "ping_identity_v1",
  "rsa_securid_access_v1",
  "duo_security_v2",
];
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
    certificateProfile: text("Name of the certificate profile that the firewall checks the vendor by."),
    okta_adaptive_v1: v.exactOptional(v.pipe(KINDS.okta_adaptive_v1.shown, v.description("Okta Adaptive MFA."))),
    ping_identity_v1: v.exactOptional(v.pipe(KINDS.ping_identity_v1.shown, v.description("PingID."))),
    rsa_securid_access_v1: v.exactOptional(
      v.pipe(KINDS.rsa_securid_access_v1.shown, v.description("RSA SecurID Access.")),
    ),
    duo_security_v2: v.exactOptional(v.pipe(KINDS.duo_security_v2.shown, v.description("Duo Security."))),
  }),
  v.check(
    (written) => KIND_NAMES.filter((kind) => written[kind] !== undefined).length === 1,
    `must have exactly one of ${KIND_NAMES.join(", ")}`,
  ),
);

const PLACES = ["folder", "snippet", "device"] as const;
export type PlaceKind = (typeof PLACES)[number];
const place = (description: string) =>
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
      folder: place("Name of a folder."),
      snippet: place("Name of a snippet. What is changed there is never pushed by mfa-warden."),
      device: place("Name of a device. What is changed there is never pushed by mfa-warden."),
    }),
    v.check(
      (written) => PLACES.filter((kind) => written[kind] !== undefined).length === 1,
      `must have exactly one of ${PLACES.join(", ")}`,
    ),
    v.description("Where the profiles are: one folder, snippet or device."),
  ),
  push: v.exactOptional(
    v.pipe(v.boolean(), v.description("Whether to push what was changed live. Default: true; false: a person pushes.")),
    true,
  ),
  admin: v.exactOptional(
    text("Whose changes a push is limited to. Default: the service account of the directory's secret."),
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

export interface Location {
  readonly kind: PlaceKind;
  readonly value: string;
}

export function locationOf({ location }: Pick<Settings, "location">): Location {
  const kind = only(PLACES, location);
  return { kind, value: location[kind] ?? "" };
}

/** The one key that the schema has made sure of. */
export function only<K extends string>(keys: readonly K[], holder: { readonly [P in K]?: unknown }): K {
  const found = keys.find((key) => holder[key] !== undefined);
  if (found === undefined) throw new TypeError("nothing there of what the schema asks for");
  return found;
}
