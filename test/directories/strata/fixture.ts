/** Strata Cloud Manager for the contract suite: a tenant of the simulator, and its faults. */

import { type Fault, type Strata, startStrata } from "../../../simulators/strata/index.ts";
import { CANARY, COMMON_FAULTS, changesIn, type Fixture, faultSetter, REFUSED_CLIENT, type Tenant } from "../tenant.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  ...COMMON_FAULTS,
  error: { kind: "error", status: 400, code: "E003", message: CANARY, details: [CANARY] },
  denied: { kind: "error", status: 403, details: CANARY },
  conflict: { kind: "error", status: 409, details: { errorType: CANARY } },
  session: { kind: "error", status: 400, code: 4, message: "Session Timeout" },
  lacking: { kind: "error", status: 501 },
  data: { kind: "drop", field: "data" },
  name: { kind: "row-field", field: "name" },
  endless: { kind: "ignore-offset" },
  more: { kind: "miscount", by: 7 },
};

export const strataFixture: Fixture = { faults: Object.keys(FAULTS), start };

const KEYS = {
  okta_token: CANARY,
  ping_use_base64_key: CANARY,
  ping_token: CANARY,
  rsa_accesskey: CANARY,
  duo_integration_key: CANARY,
  duo_secret_key: CANARY,
};

async function start(subjects: number): Promise<Tenant> {
  const strata = await startStrata({
    // One that the policy does not name, and one that is not there.
    profiles: subjects - 2,
    pageSize: Math.ceil(subjects / 4),
    clientSecret: CANARY,
    // No doctor may call the vendors themselves.
    realHosts: false,
    keys: KEYS,
  });
  const idOf = (name: string) => `Mobile Users/${name}`;
  const off = strata.wish(0).name;
  strata.edit(off, { mfa_cert_profile: "another" });
  strata.edit("unnamed", {});
  return {
    ...strataDirectory(strata, subjects - 1),
    ids: [...Array.from({ length: subjects - 1 }, (_, n) => strata.wish(n).name), "unnamed"].map(idOf),
    off: idOf(off),
    nobody: idOf("nobody"),
    writes: () => changesIn(strata.calls).length,
    fail: faultSetter({ ...FAULTS, refused: REFUSED_CLIENT }, strata.setFault),
    close: strata.close,
  };
}

/** As a policy and a secret say it, of a tenant with so many profiles wanted. */
export function strataDirectory(strata: Strata, wishes: number) {
  const wanted = Array.from({ length: wishes }, (_, n) => strata.wish(n));
  return {
    settings: {
      tenant: strata.tenant,
      location: strata.location,
      endpoints: strata.endpoints,
      servers: wanted.map(({ name, certificateProfile, kind, shown }) => ({ name, certificateProfile, [kind]: shown })),
    },
    secret: { ...strata.credentials, servers: Object.fromEntries(wanted.map(({ name, secret }) => [name, secret])) },
  };
}

/** A fetch that takes calls of the vendors behind the profiles to the simulator. */
export const rerouted =
  (strata: Strata): typeof fetch =>
  (input, init) => {
    const { protocol, host, pathname, href } = new URL(String(input));
    return fetch(protocol === "https:" ? `${strata.vendors}/${host}${pathname}` : href, init);
  };
