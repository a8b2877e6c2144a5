/** Microsoft Graph over HTTP on loopback, as far as a tenant's users and their MFA go: seeded users, tokens, pages, batches, faults. */

import { readCommandLine, runUntilClosed } from "../shared/process.ts";
import { startSimulator } from "../shared/simulator.ts";
import { controlActions, type Entra, openTenant } from "./control.ts";
import { routeRequest } from "./routes.ts";
import { createTenant, type EntraSettings, type Tenant } from "./tenant.ts";

export type { Entra } from "./control.ts";
export type { Fault } from "./faults.ts";
export type { EntraSettings } from "./tenant.ts";

const parts = {
  createTenant,
  openTenant,
  controlActions,
  routeRequest,
  closeTenant: ({ notifier }: Tenant) => notifier.close(),
};

/** Starts a simulated tenant and resolves when it listens. */
export function startEntra(settings: EntraSettings): Promise<Entra> {
  return startSimulator(parts, settings);
}

async function runProcess(): Promise<void> {
  const { number, server, withParent } = readCommandLine(["users", "seed"]);
  const entra = await startEntra({ ...server, users: number("users") ?? 1000, seed: number("seed") });
  const { endpoints, tenant, credentials, close } = entra;
  runUntilClosed({ origin: endpoints.graph, description: { endpoints, tenant, credentials }, close, withParent });
}

if (import.meta.main) await runProcess();
