/** Strata Cloud Manager's API over HTTP on loopback: a candidate and a running configuration, pushes, and faults on demand. */

import { readCommandLine, runUntilClosed } from "../shared/process.ts";
import { startSimulator } from "../shared/simulator.ts";
import { controlActions, openTenant, type Strata } from "./control.ts";
import { routeRequest } from "./routes.ts";
import { createTenant, type StrataSettings } from "./tenant.ts";

export type { Strata } from "./control.ts";
export type { Fault } from "./faults.ts";
export type { Wish } from "./seed.ts";
export type { StrataSettings } from "./tenant.ts";

/** Starts a simulated tenant and resolves when it listens. */
export function startStrata(settings: StrataSettings = {}): Promise<Strata> {
  return startSimulator({ createTenant, openTenant, controlActions, routeRequest }, settings);
}

async function runProcess(): Promise<void> {
  const { text, number, server, withParent } = readCommandLine(["profiles", "tenant"]);
  const strata = await startStrata({ ...server, profiles: number("profiles"), tenant: text("tenant") });
  const { endpoints, tenant, location, credentials, close } = strata;
  // Those that there are, and one that is not there.
  const wishes = Array.from({ length: strata.candidate().length + 1 }, (_, n) => strata.wish(n));
  const description = { endpoints, tenant, location, credentials, wishes };
  runUntilClosed({ origin: endpoints.auth, description, close, withParent });
}

if (import.meta.main) await runProcess();
