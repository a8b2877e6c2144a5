/** What a policy says of an Okta org, and what its secret holds. */

import * as v from "valibot";
import { readRsaKey } from "../../http/index.ts";
import { endpoint, nonEmptyText } from "../fields.ts";
import { secretExtras, type VendorNeeds } from "../vendor.ts";

/** Half of what Okta lets an org ask in a minute: what one app gets, unless an administrator gives it more. */
const DEFAULT_FACTOR_READS = 300;

/** Okta's ids are 20 letters and digits. */
export const oktaId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{15,40}$/, "must be an id of Okta's"));

const orgAddress = v.pipe(
  endpoint,
  v.regex(/^https?:\/\/[^/]+\/?$/, "must be the org's address without a path"),
  v.regex(/^(?!https?:\/\/[^/]+-admin\.okta)/, "must be the org's address, not that of its Admin Console"),
);

const HOUR_MS = 3_600_000;
/** The System Log goes back for 90 days. */
const MAX_AGE_MS = 30 * 24 * HOUR_MS;

/** @param text like `24h` or `7d`, or `0s` */
export const maxAgeMs = (text: string): number =>
  Number.parseInt(text, 10) * (text.endsWith("d") ? 24 * HOUR_MS : HOUR_MS);

export const settings = v.strictObject({
  org: orgAddress,
  /** The group whose members an authenticator enrollment policy makes register a second factor. */
  enrolmentGroup: oktaId,
  /** How many accounts are asked for their factors in a minute. */
  factorReadsPerMinute: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
    DEFAULT_FACTOR_READS,
  ),
  /** For how long a sweep does not ask again what it costs a call for each account to ask, if the System Log names no change. */
  factorsMaxAge: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(0s|[1-9][0-9]{0,2}h|[1-9][0-9]?d)$/, "must be 0s, or hours or days like 12h or 7d"),
      v.check((text) => maxAgeMs(text) <= MAX_AGE_MS, "must not be more than 30d"),
    ),
    "24h",
  ),
});
export type Settings = v.InferOutput<typeof settings>;

const privateKey = v.pipe(
  v.union([v.string(), v.looseObject({ kty: v.literal("RSA") })]),
  v.check((key) => readRsaKey(key) !== undefined, "must be an RSA key as PEM text or as a JSON Web Key"),
);

const fields = v.strictObject({
  clientId: v.optional(nonEmptyText),
  /** With its `keyId`, as the app's settings show it. */
  privateKey: v.optional(privateKey),
  keyId: v.optional(nonEmptyText),
  apiToken: v.optional(nonEmptyText),
  ...secretExtras,
});
type Fields = v.InferOutput<typeof fields>;

const isNeeded = (name: "clientId" | "privateKey" | "keyId") => (secret: Fields) =>
  (secret[name] === undefined) === (secret.apiToken !== undefined);

/** Of an API service app that signs in with a key, or a person's API token, and never both. */
export const secret = v.pipe(
  fields,
  v.forward(v.check(isNeeded("clientId")), ["clientId"]),
  v.forward(v.check(isNeeded("privateKey")), ["privateKey"]),
  v.forward(v.check(isNeeded("keyId")), ["keyId"]),
);
export type Secret = v.InferOutput<typeof secret>;

export type OktaNeeds = VendorNeeds<Settings, Secret>;
