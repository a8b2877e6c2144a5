/** Keycloak's admin API over HTTP on loopback: seeded people, bearer tokens, offsets, events, and faults on demand. */

import { readCommandLine, runUntilClosed } from "../shared/process.ts";
import { startSimulator } from "../shared/simulator.ts";
import { controlActions, type Keycloak, openTenant } from "./control.ts";
import { routeRequest } from "./routes.ts";
import { createTenant, type KeycloakSettings } from "./tenant.ts";

export type { Keycloak } from "./control.ts";
export type { Fault } from "./faults.ts";
export { createFlow, type FlowRow } from "./flows.ts";
export type { KeycloakSettings } from "./tenant.ts";

/** Starts a simulated realm and resolves when it listens. */
export function startKeycloak(settings: KeycloakSettings): Promise<Keycloak> {
  return startSimulator({ createTenant, openTenant, controlActions, routeRequest }, settings);
}

async function runProcess(): Promise<void> {
  const { text, number, server: options, withParent } = readCommandLine(["accounts", "seed", "share", "realm"]);
  const keycloak = await startKeycloak({
    ...options,
    accounts: number("accounts") ?? 1000,
    seed: number("seed"),
    otpShare: number("share"),
    realm: text("realm"),
  });
  const { server, realm, credentials, close } = keycloak;
  runUntilClosed({ origin: server, description: { server, realm, credentials }, close, withParent });
}

if (import.meta.main) await runProcess();
