/** The four kinds of MFA server that Strata knows, and what a policy and a secret may say of each. */

import * as v from "valibot";

/** Text of a policy: one line, and not longer than anybody needs. @param minLength in characters */
export const policyText = (description: string, minLength = 1) =>
  v.pipe(
    v.string(),
    v.minLength(minLength, `is shorter than ${minLength} characters`),
    v.maxLength(1000, "is longer than 1000 characters"),
    v.regex(/^\P{Cc}*$/u, "holds a control character"),
    v.description(description),
  );
const HOSTNAME = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const host = (minLength: number, description: string) =>
  v.pipe(
    v.string(),
    v.regex(HOSTNAME, "is not a host name"),
    v.minLength(minLength, `is shorter than ${minLength} characters`),
    v.maxLength(253, "is longer than 253 characters"),
    v.description(description),
  );
const baseUri = (usual: string) =>
  v.exactOptional(policyText(`Where the vendor's API begins. Default: ${usual}.`, 2), usual);
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
 * The four kinds of MFA server, by their names in the vendor's document `identity-services.yaml`, 2.0.0: fields that a
 * policy may name, and secret ones with their least length. The document's default for `ping_api_host` is left out: it looks
 * misspelt.
 */
export const KINDS = {
  okta_adaptive_v1: {
    fields: v.strictObject({
      okta_api_host: host(10, "Okta's host, like example.okta.com."),
      okta_baseuri: baseUri("/api/v1"),
      okta_org: policyText("The Okta organisation."),
      okta_timeout: timeout,
    }),
    secrets: { okta_token: 8 },
  },
  ping_identity_v1: {
    fields: v.strictObject({
      ping_api_host: host(16, "PingID's host, like idpxnyl3m.pingidentity.com."),
      ping_baseuri: baseUri("/pingid/rest/4"),
      ping_org_alias: policyText("org_alias of pingid.properties.", 8),
      ping_timeout: timeout,
    }),
    secrets: { ping_use_base64_key: 8, ping_token: 8 },
  },
  rsa_securid_access_v1: {
    fields: v.strictObject({
      rsa_api_host: v.exactOptional(host(10, "RSA's host, like example.auth.securid.com.")),
      rsa_baseuri: baseUri("/mfa/v1_1"),
      rsa_accessid: v.exactOptional(policyText("RSA's access id.", 8)),
      rsa_assurancepolicyid: v.exactOptional(policyText("RSA's assurance policy.", 3)),
      rsa_timeout: timeout,
    }),
    secrets: { rsa_accesskey: 8 },
  },
  duo_security_v2: {
    fields: v.strictObject({
      duo_api_host: host(16, "Duo's host, like api-xxxxxxxx.duosecurity.com."),
      duo_baseuri: baseUri("/auth/v2"),
      duo_integration_key: v.exactOptional(policyText("Duo's integration key; here or in the directory's secret.", 16)),
      duo_timeout: timeout,
    }),
    secrets: { duo_secret_key: 16 },
  },
} as const;
export type ServerKind = keyof typeof KINDS;

/** The vendor document's default for `ping_api_host`: PingID's own samples have the letters the other way round. */
const MISSPELT_PING_HOST = "idpxny3lm.pingidentity.com";
export const MISSPELT_PING_HOST_WARNING = `${MISSPELT_PING_HOST} is the default in the vendor's document and looks misspelt; PingID's own is idpxnyl3m.pingidentity.com.`;

export const KIND_NAMES: readonly ServerKind[] = [
  "okta_adaptive_v1",
  "ping_identity_v1",
  "rsa_securid_access_v1",
  "duo_security_v2",
];

/** Case counts for nothing in a host name. */
export const isMisspeltPingHost = (host: string | number | undefined): boolean =>
  String(host).toLowerCase() === MISSPELT_PING_HOST;
