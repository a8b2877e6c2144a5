/** Okta for the contract suite: an org of the simulator, and its faults. */

import { type Fault, type Okta, startOkta } from "../../../simulators/okta/index.ts";
import { CANARY, COMMON_FAULTS, changesIn, type Fixture, faultSetter, REFUSED_CLIENT, type Tenant } from "../tenant.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  ...COMMON_FAULTS,
  bucket: { kind: "rate-limited", seconds: 60 },
  id: { kind: "field", field: "id" },
  list: { kind: "not-a-list" },
  expired: { kind: "error", status: 400, code: "E0000031" },
  foreign: { kind: "foreign-next", origin: "https://evil.example" },
};

export const oktaFixture: Fixture = { faults: Object.keys(FAULTS), start };

async function start(subjects: number): Promise<Tenant> {
  const okta = await startOkta({
    users: subjects,
    pageSize: Math.ceil(subjects / 4),
    apiToken: CANARY,
    keyId: CANARY,
    trustsAddresses: true,
  });
  const off = okta.user(0);
  okta.change(off.id, { status: "ACTIVE", factors: [], groups: [] });
  return {
    ...oktaDirectory(okta),
    ids: Array.from({ length: subjects }, (_, index) => okta.user(index).id),
    off: off.id,
    nobody: "00u00000000000000000",
    writes: () => changesIn(okta.calls).length,
    fail: faultSetter({ ...FAULTS, refused: REFUSED_CLIENT }, okta.setFault),
    close: okta.close,
  };
}

/** As a policy and a secret say it. */
export const oktaDirectory = ({ org, known, credentials }: Okta) => ({
  settings: { org, enrolmentGroup: known.enrolment.id },
  secret: { ...credentials },
});
