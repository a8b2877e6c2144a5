/** A server on loopback. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts a server that does not answer yet. @param port 0: any free one */
export async function listen(port = 0): Promise<{ server: Server; origin: string }> {
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
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
