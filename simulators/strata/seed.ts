/** What a simulated Strata tenant starts with: MFA server profiles of all four kinds, as a policy would want them. */

import { randomUUID } from "node:crypto";
import type { Location, Profile } from "./profile.ts";
import type { VendorKeys } from "./vendors.ts";

/** A profile as a policy names it, and what belongs into the directory's secret for it. */
export interface Wish {
  name: string;
  certificateProfile: string;
  kind: string;
  shown: Record<string, string | number>;
  secret: Record<string, string>;
}

interface ProfileKind {
  kind: string;
  /** What the vendor's own console fills in. */
  defaults: Record<string, string | number>;
  /** @param realHosts the hosts are the vendors' own */
  wish(n: number, keys: VendorKeys, realHosts: boolean): Pick<Wish, "shown" | "secret">;
}

const DUO: ProfileKind = {
  kind: "duo_security_v2",
  defaults: { duo_baseuri: "/auth/v2", duo_timeout: 30 },
  wish: (n, { duo_secret_key, duo_integration_key }, realHosts) => ({
    shown: { duo_api_host: `api-${n}0000000.${realHosts ? "duosecurity.com" : "duo.example"}` },
    secret: { duo_secret_key, duo_integration_key },
  }),
};

const OKTA: ProfileKind = {
  kind: "okta_adaptive_v1",
  defaults: { okta_baseuri: "/api/v1", okta_timeout: 30 },
  wish: (n, { okta_token }, realHosts) => ({
    shown: { okta_api_host: `example-${n}.${realHosts ? "okta.com" : "okta.example"}`, okta_org: `example-${n}` },
    secret: { okta_token },
  }),
};

const PINGID: ProfileKind = {
  kind: "ping_identity_v1",
  defaults: { ping_baseuri: "/pingid/rest/4", ping_timeout: 30 },
  wish: (_, { ping_org_alias, ping_use_base64_key, ping_token }, realHosts) => ({
    shown: { ping_api_host: realHosts ? "idpxnyl3m.pingidentity.com" : "idpxnyl3m.ping.example", ping_org_alias },
    secret: { ping_use_base64_key, ping_token },
  }),
};

const RSA: ProfileKind = {
  kind: "rsa_securid_access_v1",
  defaults: { rsa_baseuri: "/mfa/v1_1", rsa_timeout: 30 },
  wish: (n, { rsa_accesskey }, realHosts) => ({
    shown: {
      rsa_api_host: `example-${n}.auth.${realHosts ? "securid.com" : "rsa.example"}`,
      rsa_accessid: `access-id-${n}`,
      rsa_assurancepolicyid: "High Assurance",
    },
    secret: { rsa_accesskey },
  }),
};

const KINDS = [DUO, OKTA, PINGID, RSA];

/** The n-th profile that a policy would want; kinds take turns. */
export function wishFor(n: number, keys: VendorKeys, realHosts: boolean): Wish {
  const { kind, wish } = KINDS[n % KINDS.length] ?? DUO;
  const [vendor = ""] = kind.split("_");
  return { name: `${vendor}-${n}`, certificateProfile: "vendor-certificates", kind, ...wish(n, keys, realHosts) };
}

/** A new profile as it was wished for. */
export function createProfile({ name, certificateProfile, kind, shown, secret }: Wish, location: Location): Profile {
  const defaults = KINDS.find((one) => one.kind === kind)?.defaults;
  return {
    id: randomUUID(),
    name,
    mfa_cert_profile: certificateProfile,
    mfa_vendor_type: { [kind]: { ...defaults, ...shown, ...secret } },
    ...location,
  };
}
