/** What a policy says of a VMware directory: which accounts are principals, and whose other users are listed too. */

import * as v from "valibot";
import { endpoint } from "../fields.ts";
import type { VendorNeeds } from "../vendor.ts";
import { fold } from "./schema.ts";
import type { Secret } from "./secret.ts";

/** The vendor's own hosts; the first is called unless the policy says otherwise. */
export const VENDOR_ORIGINS = ["https://console.cloud.vmware.com", "https://console.tanzu.broadcom.com"] as const;

const username = v.pipe(v.string(), v.regex(/^[^\s\p{C}]{1,254}$/u, "is not a user name"));
const principal = v.union([username, v.strictObject({ username, allowTokenLoss: v.optional(v.boolean()) })]);
type WrittenPrincipal = v.InferOutput<typeof principal>;

export interface PrincipalSettings {
  readonly username: string;
  /** Its API token may become useless with MFA on. */
  readonly allowTokenLoss: boolean;
}

/** A principal of the policy, which may be written as its user name alone. */
export function principalSettings(written: WrittenPrincipal): PrincipalSettings {
  if (typeof written === "string") return { username: written, allowTokenLoss: false };
  return { username: written.username, allowTokenLoss: written.allowTokenLoss === true };
}

const areDifferent = (all: WrittenPrincipal[]) =>
  new Set(all.map((written) => fold(principalSettings(written).username))).size === all.length;

export const settings = v.strictObject({
  principals: v.pipe(
    v.array(principal),
    v.minLength(1, "must name an account"),
    v.check(areDifferent, "names an account twice"),
  ),
  /** Whose other users are listed too. */
  organization: v.optional(v.pipe(v.string(), v.uuid())),
  /** What stands before `/csp/gateway/…`: the vendor's second host, a simulator or a proxy. */
  endpoints: v.optional(v.strictObject({ api: endpoint })),
});

export type VmwareNeeds = VendorNeeds<v.InferOutput<typeof settings>, Secret>;
