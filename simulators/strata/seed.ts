/** What a simulated Strata tenant starts with: MFA server profiles of all four kinds, as a policy would want them. */

import { freshId, type Profile } from "./config.ts";
import type { VendorKeys } from "./vendors.ts";

/** A profile as a policy names it, and what belongs into the directory's secret for it. */
export interface Wish {
  name: string;
  certificateProfile: string;
  kind: string;
  shown: Record<string, string | number>;
  secret: Record<string, string>;
}

const CERTIFICATES = "vendor-certificates";

const kinds: {
  kind: string;
  wish: (n: number, keys: VendorKeys, domain: boolean) => Pick<Wish, "shown" | "secret">;
}[] = [
  {
    kind: "duo_security_v2",
    wish: (n, { duo_secret_key, duo_integration_key }, real) => ({
      shown: { duo_api_host: `api-${n}0000000.${real ? "duosecurity.com" : "duo.example"}` },
      secret: { duo_secret_key, duo_integration_key },
    }),
  },
  {
    kind: "okta_adaptive_v1",
    wish: (n, { okta_token }, real) => ({
      shown: { okta_api_host: `example-${n}.${real ? "okta.com" : "okta.example"}`, okta_org: `example-${n}` },
      secret: { okta_token },
    }),
  },
  {
    kind: "ping_identity_v1",
    wish: (_, { ping_org_alias, ping_use_base64_key, ping_token }, real) => ({
      shown: { ping_api_host: real ? "idpxnyl3m.pingidentity.com" : "idpxnyl3m.ping.example", ping_org_alias },
      secret: { ping_use_base64_key, ping_token },
    }),
  },
  {
    kind: "rsa_securid_access_v1",
    wish: (n, { rsa_accesskey }, real) => ({
      shown: {
        rsa_api_host: `example-${n}.auth.${real ? "securid.com" : "rsa.example"}`,
        rsa_accessid: `access-id-${n}`,
        rsa_assurancepolicyid: "High Assurance",
      },
      secret: { rsa_accesskey },
    }),
  },
];

/** The n-th profile that a policy would want; kinds take turns. `real`: the hosts are the vendors' own. */
export function wishFor(n: number, keys: VendorKeys, real: boolean): Wish {
  const { kind, wish } = kinds[n % kinds.length] ?? { kind: "", wish: () => ({ shown: {}, secret: {} }) };
  const [vendor = ""] = kind.split("_");
  return { name: `${vendor}-${n}`, certificateProfile: CERTIFICATES, kind, ...wish(n, keys, real) };
}

const DEFAULTS: Record<string, Record<string, string | number>> = {
  duo_security_v2: { duo_baseuri: "/auth/v2", duo_timeout: 30 },
  okta_adaptive_v1: { okta_baseuri: "/api/v1", okta_timeout: 30 },
  ping_identity_v1: { ping_baseuri: "/pingid/rest/4", ping_timeout: 30 },
  rsa_securid_access_v1: { rsa_baseuri: "/mfa/v1_1", rsa_timeout: 30 },
};

/** That wish come true. */
export const profileOf = (
  { name, certificateProfile, kind, shown, secret }: Wish,
  place: Pick<Profile, "folder" | "snippet" | "device">,
): Profile => ({
  ...{ id: freshId(), name, mfa_cert_profile: certificateProfile },
  mfa_vendor_type: { [kind]: { ...DEFAULTS[kind], ...shown, ...secret } },
  ...place,
});
