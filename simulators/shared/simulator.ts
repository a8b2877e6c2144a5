/** A simulator: a vendor's tenant behind a server, and what a test can see and do of it in its own process. */

import type { Call } from "./call-log.ts";
import type { ControlActions } from "./control.ts";
import { type AnyFault, isAimedAt } from "./faults.ts";
import {
  type AnswerDelay,
  type AnyTenant,
  type ApiRequest,
  type RoutedRequest,
  serveRequest,
  type Vendor,
} from "./requests.ts";
import { closeServer, listen } from "./server.ts";

/** What every simulator can be told when it starts. */
export interface ServerSettings extends AnswerDelay {
  /** Default 0: any free one. */
  port?: number | undefined;
  /** The most rows that one answer holds, whatever was asked for. */
  pageSize?: number | undefined;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** What a test can see and do of every simulator. */
export interface Simulator<F extends AnyFault> {
  /** The last 200,000 calls at most. */
  calls: Call[];
  /** All calls, by "METHOD route". */
  counts(): Record<string, number>;
  setFault(fault: F): void;
  clearFaults(): void;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/** What only this vendor's simulator has. */
export type OwnPart<S> = Omit<S, keyof Simulator<AnyFault>>;

/** What each vendor's folder brings along. */
interface VendorParts<F extends AnyFault, S extends ServerSettings, T extends AnyTenant<F>, O> {
  createTenant(settings: S, origin: string): T;
  /** What a test can see and do in this process. */
  openTenant(tenant: T, origin: string): O;
  /** What can be asked at the control address. */
  controlActions(tenant: T, own: O): ControlActions;
  routeRequest(tenant: T, request: ApiRequest): RoutedRequest<F>;
  /** Default: as the fault's `Aim` says. */
  isAimedAt?(fault: F, call: Call): boolean;
  /** Called before the server is closed. */
  closeTenant?(tenant: T): void;
}

/** Starts a simulator and resolves when it listens. */
export async function startSimulator<
  F extends AnyFault,
  S extends ServerSettings,
  T extends AnyTenant<F>,
  O extends object,
>(parts: VendorParts<F, S, T, O>, settings: S): Promise<O & Simulator<F>> {
  const { server, origin } = await listen(settings.port);
  const tenant = parts.createTenant(settings, origin);
  const own = parts.openTenant(tenant, origin);
  const vendor: Vendor<F> = {
    tenant,
    controls: parts.controlActions(tenant, own),
    routeRequest: (request) => parts.routeRequest(tenant, request),
    isAimedAt: parts.isAimedAt ?? isAimedAt,
  };
  server.on("request", (incoming, response) => void serveRequest(vendor, settings, { origin, incoming, response }));
  return {
    ...own,
    calls: tenant.log.calls,
    counts: tenant.log.counts,
    setFault: tenant.faults.set,
    clearFaults: tenant.faults.clear,
    close: () => {
      parts.closeTenant?.(tenant);
      return closeServer(server);
    },
  };
}
