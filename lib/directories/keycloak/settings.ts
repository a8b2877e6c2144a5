/** What a policy says of a Keycloak realm, and what its secret holds. */

import * as v from "valibot";
import { endpoint, nonEmptyText } from "../fields.ts";
import { secretExtras, type VendorNeeds } from "../vendor.ts";

/** The realm whose clients may administer every other one. */
export const MASTER_REALM = "master";
const DEFAULT_PAGE_SIZE = 500;

const realmName = v.pipe(v.string(), v.regex(/^[^/?#%\\\s]{1,255}$/, "must be the name of a realm"));

export const settings = v.pipe(
  v.strictObject({
    /** What stands before `/realms/…` and `/admin/realms/…`. */
    server: endpoint,
    realm: realmName,
    /** Where the client of the secret is registered. Default: the realm itself. */
    clientRealm: v.optional(realmName),
    /** What a change asks the person to do at the next sign-in. */
    action: v.optional(v.picklist(["CONFIGURE_TOTP", "webauthn-register"]), "CONFIGURE_TOTP"),
    /** Users that one answer holds. */
    pageSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), DEFAULT_PAGE_SIZE),
  }),
  v.check(
    ({ realm, clientRealm = realm }) => clientRealm === realm || clientRealm === MASTER_REALM,
    `clientRealm must be the realm itself or ${MASTER_REALM}, since no other realm's clients may administer it`,
  ),
);
export type Settings = v.InferOutput<typeof settings>;

/** Of a client with a service account. */
export const secret = v.strictObject({
  clientId: nonEmptyText,
  clientSecret: nonEmptyText,
  ...secretExtras,
});

export type KeycloakNeeds = VendorNeeds<Settings, v.InferOutput<typeof secret>>;
