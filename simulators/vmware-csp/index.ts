/** VMware Cloud Services' API over HTTP on loopback: principals with MFA, an organisation's users, and faults on demand. */

import { readCommandLine, runUntilClosed } from "../shared/process.ts";
import { startSimulator } from "../shared/simulator.ts";
import { controlActions, openTenant, type Vmware } from "./control.ts";
import { routeRequest } from "./routes.ts";
import { createTenant, type VmwareSettings } from "./tenant.ts";

export type { Vmware, VmwareCredentials } from "./control.ts";
export type { Fault } from "./faults.ts";
export type { PrincipalSeed } from "./people.ts";
export type { VmwareSettings } from "./tenant.ts";

/** Starts a simulated VMware Cloud Services and resolves when it listens. */
export function startVmware(settings: VmwareSettings = {}): Promise<Vmware> {
  return startSimulator({ createTenant, openTenant, controlActions, routeRequest }, settings);
}

async function runProcess(): Promise<void> {
  const { text, number, server, withParent } = readCommandLine(["users", "seed", "organization"]);
  const vmware = await startVmware({
    ...server,
    users: number("users"),
    seed: number("seed"),
    organization: text("organization"),
  });
  const { endpoints, organization, credentials, close } = vmware;
  runUntilClosed({ origin: endpoints.api, description: { endpoints, organization, credentials }, close, withParent });
}

if (import.meta.main) await runProcess();
