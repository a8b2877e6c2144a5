/** Servers on loopback for tests, and a real DynamoDB implementation among them. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import dynalite from "dynalite";

export interface LoopbackServer {
  /** For example `http://127.0.0.1:40123`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Starts a server that ends with the test. Answers its address. */
export async function startServer(context: TestContext, listener: RequestListener): Promise<string> {
  const { address, close } = await openServer(listener);
  context.after(close);
  return address;
}

/** Starts a server that the caller closes. */
export const openServer = (listener: RequestListener): Promise<LoopbackServer> => open(createServer(listener));

/** Starts a DynamoDB in memory, or takes the one that `npm run test:aws` has started, which others use too. */
export async function openDynamo(): Promise<LoopbackServer> {
  const started = process.env.MFA_WARDEN_TEST_DYNAMODB;
  return started === undefined ? open(dynalite({ createTableMs: 0 })) : { address: started, close: async () => {} };
}

const open = async (server: Server): Promise<LoopbackServer> => ({
  address: await listen(server),
  close: () => closeServer(server),
});

/** Has a server listen on a free port. Answers its address. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Ends a server and every connection to it. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

export function portOf(server: Pick<Server, "address">): number {
  return (server.address() as AddressInfo).port;
}
