/** What all simulators have in common: a server on loopback, its control address, and the process around it. */

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** @param port 0: any free one */
export async function listen(port: number): Promise<{ server: Server; origin: string }> {
  const server = createServer();
  // A connection that closes just as a client takes it up again would look like a fault that nobody asked for.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Ends every connection at once. */
export const hangUp = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Answers a call of the control address; undefined when there is no such one. */
export function sendControl(response: ServerResponse, answer: { status: number; body: unknown } | undefined): void {
  response.writeHead(answer?.status ?? 404, { "content-type": "application/json" });
  response.end(JSON.stringify(answer?.body ?? { error: "There is no such address" }));
}

/** Says on one line of standard output where a simulator is, and closes it when the process is told to end. */
export function runUntilTold(said: object, close: () => Promise<void>, withParent: boolean): void {
  console.log(JSON.stringify(said));
  const end = () => void close().then(() => process.exit());
  process.once("SIGTERM", end);
  if (withParent) process.stdin.once("close", end).resume();
}
