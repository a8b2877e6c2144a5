/** AWS on loopback for tests: a server that answers as the test says, and the settings of a client that talks to it. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What every client needs beside its endpoint. */
export const LOCAL_AWS = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};

/** Starts a server that ends with the test. Answers its address, for example `http://127.0.0.1:40123`. */
export async function startServer(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${portOf(server)}`;
}

export function portOf(server: Pick<Server, "address">): number {
  return (server.address() as AddressInfo).port;
}
