/** A simulator: a vendor's tenant behind a server, and what a test can see and do of it in its own process. */

import type { Call } from "./call-log.ts";
import type { AnyFault } from "./faults.ts";
import { type AnswerDelay, readRequest, serveRequest, type Vendor } from "./requests.ts";
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

/** A vendor's part of a simulator. */
interface VendorSimulator<F extends AnyFault, O> extends Vendor<F> {
  own: O;
  /** Called before the server is closed. */
  onClose?: () => void;
}

/** Starts a simulator and resolves when it listens. @param create makes the vendor's part for an origin */
export async function startSimulator<F extends AnyFault, O extends object>(
  settings: ServerSettings,
  create: (origin: string) => VendorSimulator<F, O>,
): Promise<O & Simulator<F>> {
  const { server, origin } = await listen(settings.port);
  const { own, onClose, ...vendor } = create(origin);
  server.on("request", async (incoming, response) => {
    const request = await readRequest(incoming, origin);
    if (request) await serveRequest(vendor, settings, request, response);
  });
  const { log, faults } = vendor.tenant;
  return {
    ...own,
    calls: log.calls,
    counts: log.counts,
    setFault: faults.set,
    clearFaults: faults.clear,
    close: () => {
      onClose?.();
      return closeServer(server);
    },
  };
}
