/** VMware Cloud Services for the contract suite: an organisation of the simulator, and its faults. */

import { type Fault, startVmware } from "../../../simulators/vmware-csp/index.ts";
import { CANARY, COMMON_FAULTS, type Fixture, faultSetter, REFUSED_CLIENT, type Tenant } from "../tenant.ts";

const FAULTS: Readonly<Record<string, Fault>> = {
  ...COMMON_FAULTS,
  results: { kind: "drop", field: "results" },
  total: { kind: "drop", field: "totalResults" },
  foreign: { kind: "foreign-next", to: "https://evil.example" },
};

export const vmwareFixture: Fixture = { faults: Object.keys(FAULTS), start };

async function start(subjects: number): Promise<Tenant> {
  const [username, password, apiToken] = ["ops@example.com", `${CANARY}-password`, `${CANARY}-api`];
  const totpSeed = "JBSWY3DPEHPK3PXP";
  const vmware = await startVmware({
    principals: [{ username, password, apiToken, totpSeed }],
    users: subjects - 1,
    pageSize: Math.ceil(subjects / 4),
    readerToken: `${CANARY}-reader`,
  });
  const others = vmware.members().filter((user) => user.username !== username);
  return {
    settings: {
      organization: vmware.organization,
      principals: [{ username, allowTokenLoss: true }],
      endpoints: vmware.endpoints,
    },
    secret: { principals: { [username]: { apiToken, password, totpSeed } }, reader: vmware.credentials.reader },
    optional: ["reader"],
    ids: [username, ...others.map(({ userId }) => userId)],
    off: username,
    nobody: "vmware.com:00000000000000000000000000000000",
    writes: () => vmware.calls.filter(({ method }) => method === "PATCH").length,
    fail: faultSetter({ ...FAULTS, refused: REFUSED_CLIENT }, vmware.setFault),
    close: vmware.close,
  };
}
