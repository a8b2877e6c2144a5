/** Keycloak for the contract suite: a realm of the simulator, and its faults. */

import { type Fault, type Keycloak, startKeycloak } from "../../../simulators/keycloak/index.ts";
import { CANARY, COMMON_FAULTS, changesIn, type Fixture, faultSetter, REFUSED_CLIENT, type Tenant } from "../tenant.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  ...COMMON_FAULTS,
  id: { kind: "drop", field: "id" },
  username: { kind: "drop", field: "username", on: "users" },
  list: { kind: "not-a-list", on: "users" },
};

export const keycloakFixture: Fixture = { faults: Object.keys(FAULTS), start };

async function start(subjects: number): Promise<Tenant> {
  const keycloak = await startKeycloak({
    accounts: subjects,
    pageSize: Math.ceil(subjects / 4),
    clientSecret: CANARY,
  });
  const off = keycloak.account(0);
  keycloak.change(off.id, { enabled: true, credentials: [], requiredActions: [] });
  return {
    ...keycloakDirectory(keycloak),
    ids: Array.from({ length: subjects }, (_, index) => keycloak.account(index).id),
    off: off.id,
    nobody: "00000000-0000-4000-8000-000000000000",
    writes: () => changesIn(keycloak.calls).length,
    fail: faultSetter({ ...FAULTS, refused: REFUSED_CLIENT }, keycloak.setFault),
    close: keycloak.close,
  };
}

/** As a policy and a secret say it. */
export const keycloakDirectory = ({ server, realm, clientRealm, pageSize, credentials }: Keycloak) => ({
  settings: { server, realm, pageSize, ...(clientRealm === realm ? {} : { clientRealm }) },
  secret: { ...credentials },
});
