/** Entra ID for the contract suite: a tenant of the simulator, and its faults. */

import { type Fault, startEntra } from "../../../simulators/entra/index.ts";
import { CANARY, COMMON_FAULTS, type Fixture, faultSetter, REFUSED_CLIENT, type Tenant } from "../tenant.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  ...COMMON_FAULTS,
  value: { kind: "drop", field: "value" },
  expired: { kind: "error", status: 400, code: "Directory_ExpiredPageToken" },
  unlicensed: { kind: "error", status: 403, code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant" },
  foreign: { kind: "foreign-next", origin: "https://evil.example" },
};

export const entraFixture: Fixture = { faults: Object.keys(FAULTS), start };

async function start(subjects: number): Promise<Tenant> {
  const entra = await startEntra({
    users: subjects,
    pageSize: Math.ceil(subjects / 4),
    reportPageSize: subjects,
    clientSecret: CANARY,
    // What broken answers cost in time is not what the contract is about.
    limitsReports: false,
  });
  const off = entra.user(0);
  entra.change(off.id, { accountEnabled: true, userType: "Member", creationType: null, perUserMfaState: "disabled" });
  return {
    settings: { tenant: entra.tenant, perUserMfa: true, endpoints: entra.endpoints },
    secret: { ...entra.credentials },
    ids: Array.from({ length: subjects }, (_, index) => entra.user(index).id),
    off: off.id,
    nobody: "00000000-0000-4000-8000-000000000000",
    // A batch is a POST, and only reads.
    writes: () => entra.calls.filter(({ method }) => method === "PATCH").length,
    fail: faultSetter({ ...FAULTS, refused: REFUSED_CLIENT }, entra.setFault),
    close: entra.close,
  };
}
