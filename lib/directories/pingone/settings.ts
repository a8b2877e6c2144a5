/** What a policy says of a PingOne environment, and what its secret holds. */

import * as v from "valibot";
import { endpoint, nonEmptyText } from "../fields.ts";
import { secretExtras, type VendorNeeds } from "../vendor.ts";

export const settings = v.strictObject({
  environment: v.pipe(v.string(), v.uuid()),
  region: v.picklist(["com", "eu", "ca", "asia", "com.au", "sg"]),
  /** What stands before `/environments/…` and before `/{environment}/as/token`: a simulator or a proxy. */
  endpoints: v.optional(v.strictObject({ api: endpoint, auth: endpoint })),
});
export type Settings = v.InferOutput<typeof settings>;

/** Of a worker application: https://developer.pingidentity.com/pingone-api/auth/auth-concepts.html */
export const secret = v.strictObject({
  clientId: nonEmptyText,
  clientSecret: nonEmptyText,
  ...secretExtras,
});

export type PingOneNeeds = VendorNeeds<Settings, v.InferOutput<typeof secret>>;

/** What a worker application needs to read accounts and to switch their MFA on. */
export const ACCOUNTS_ROLE = "the role Identity Data Admin";
/** What it needs to set up webhooks. */
export const WEBHOOKS_ROLE = "the role Environment Admin";
