/** Okta's management API over HTTP on loopback: seeded people, scoped tokens, `Link` headers, event hooks, and faults on demand. */

import { readCommandLine, runUntilClosed } from "../shared/process.ts";
import { startSimulator } from "../shared/simulator.ts";
import { controlActions, type Okta, openTenant } from "./control.ts";
import { routeRequest } from "./routes.ts";
import { createTenant, type OktaSettings } from "./tenant.ts";

export type { Okta } from "./control.ts";
export type { Fault } from "./faults.ts";
export { newFactor, policyOf } from "./seed.ts";
export type { OktaSettings } from "./tenant.ts";

/** Starts a simulated org and resolves when it listens. */
export function startOkta(settings: OktaSettings): Promise<Okta> {
  return startSimulator({ createTenant, openTenant, controlActions, routeRequest }, settings);
}

async function runProcess(): Promise<void> {
  const { number, server: options, withParent } = readCommandLine(["users", "seed", "share"]);
  const okta = await startOkta({
    ...options,
    users: number("users") ?? 1000,
    seed: number("seed"),
    mfaShare: number("share"),
  });
  const { org, credentials, known, close } = okta;
  const description = { org, enrolmentGroup: known.enrolment.id, credentials };
  runUntilClosed({ origin: org, description, close, withParent });
}

if (import.meta.main) await runProcess();
