/** PingOne for the contract suite: an environment of the simulator, and its faults. */

import { type Fault, startPingOne } from "../../../simulators/pingone/index.ts";
import { CANARY, COMMON_FAULTS, changesIn, type Fixture, faultSetter, REFUSED_CLIENT, type Tenant } from "../tenant.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  ...COMMON_FAULTS,
  embedded: { kind: "drop", field: "_embedded" },
  links: { kind: "drop", field: "_links" },
  foreign: { kind: "foreign-next", origin: "https://evil.example" },
};

export const pingoneFixture: Fixture = { faults: Object.keys(FAULTS), start };

async function start(subjects: number): Promise<Tenant> {
  const pingone = await startPingOne({
    accounts: subjects,
    pageSize: Math.ceil(subjects / 4),
    clientSecret: CANARY,
  });
  const off = pingone.account(0);
  pingone.change(off.id, { enabled: true, mfaEnabled: false });
  return {
    settings: { environment: pingone.environment, region: "com", endpoints: pingone.endpoints },
    secret: { ...pingone.credentials },
    ids: Array.from({ length: subjects }, (_, index) => pingone.account(index).id),
    off: off.id,
    nobody: "00000000-0000-4000-8000-000000000000",
    writes: () => changesIn(pingone.calls).length,
    fail: faultSetter({ ...FAULTS, refused: REFUSED_CLIENT }, pingone.setFault),
    close: pingone.close,
  };
}
