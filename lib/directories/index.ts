/** The registry: every vendor that a policy may name. Adding one is one file, one line here, one simulator, one fixture. */

import { WardenError } from "../errors.ts";
import type { Directory, DirectoryNeeds } from "../model/index.ts";
import { entra } from "./entra/index.ts";
import { keycloak } from "./keycloak/index.ts";
import { okta } from "./okta/index.ts";
import { pingone } from "./pingone/index.ts";
import { strata } from "./strata/index.ts";
import type { Vendor } from "./vendor.ts";
import { vmware } from "./vmware-csp/index.ts";

export { endpoint } from "./fields.ts";
export { SECRET_PLACEHOLDER } from "./secret-text.ts";
export { withoutTrailingSlash } from "./vendor.ts";

export const vendors: Readonly<Record<string, Vendor>> = {
  entra,
  keycloak,
  okta,
  pingone,
  strata,
  "vmware-csp": vmware,
};

/** Throws `ERR_POLICY_INVALID` for a vendor or settings, `ERR_SECRET_INVALID` for a secret, that cannot be read. */
export function openDirectory(vendor: string, needs: DirectoryNeeds): Directory {
  const found = Object.hasOwn(vendors, vendor) ? vendors[vendor] : undefined;
  if (found) return found.open(needs);
  const known = Object.keys(vendors).join(", ");
  throw new WardenError(
    "ERR_POLICY_INVALID",
    `The policy's directory ${needs.id} names a vendor that this version does not know; known: ${known}.`,
  );
}
