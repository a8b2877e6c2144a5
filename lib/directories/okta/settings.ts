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

export const settings = v.strictObject({
  org: orgAddress,
  /** The group whose members an authenticator enrollment policy makes register a second factor. */
  enrolmentGroup: oktaId,
  /** How many accounts are asked for their factors in a minute. */
  factorReadsPerMinute: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)),
    DEFAULT_FACTOR_READS,
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
