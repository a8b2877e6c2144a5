/** PingOne's API over HTTP on loopback: seeded people, bearer tokens, cursors, events, and faults on demand. */

import { readCommandLine, runUntilClosed } from "../shared/process.ts";
import { startSimulator } from "../shared/simulator.ts";
import { controlActions, openTenant, type PingOne } from "./control.ts";
import { isAimedAtCall } from "./faults.ts";
import { routeRequest } from "./routes.ts";
import { createTenant, type PingOneSettings, type Tenant } from "./tenant.ts";

export type { Hal } from "./answers.ts";
export type { PingOne } from "./control.ts";
export type { Fault } from "./faults.ts";
export type { Person, User } from "./people.ts";
export { type People, seedPeople } from "./seed.ts";
export type { PingOneSettings } from "./tenant.ts";

const parts = {
  createTenant,
  openTenant,
  controlActions,
  routeRequest,
  isAimedAt: isAimedAtCall,
  closeTenant: ({ events }: Tenant) => events.close(),
};

/** Starts a simulated PingOne and resolves when it listens. */
export function startPingOne(settings: PingOneSettings): Promise<PingOne> {
  return startSimulator(parts, settings);
}

async function runProcess(): Promise<void> {
  const { text, number, server, withParent } = readCommandLine([
    "accounts",
    "seed",
    "share",
    "populations",
    "environment",
  ]);
  const pingone = await startPingOne({
    ...server,
    accounts: number("accounts") ?? 1000,
    seed: number("seed"),
    mfaEnabledShare: number("share"),
    equalPopulations: number("populations"),
    environment: text("environment"),
  });
  const { endpoints, environment, credentials, close } = pingone;
  runUntilClosed({ origin: endpoints.auth, description: { endpoints, environment, credentials }, close, withParent });
}

if (import.meta.main) await runProcess();
