/** The other side of processes.ts: what a process does that the benchmark has started. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import * as v from "valibot";

/** Reads the script's only argument, which is JSON. */
export const readInput = <T>(schema: v.GenericSchema<unknown, T>): T =>
  v.parse(v.pipe(v.string(), v.parseJson(), schema), process.argv[2]);

/** Serves on a free port, says where on the first line, and ends at SIGTERM or when the benchmark is gone. */
export async function serveOnLoopback(listener: RequestListener): Promise<void> {
  const server = createServer(listener);
  server.keepAliveTimeout = 120_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  console.log(JSON.stringify({ endpoint: `http://127.0.0.1:${address.port}` }));

  const end = () => {
    server.close();
    server.closeAllConnections();
    process.exit();
  };
  process.once("SIGTERM", end);
  // The benchmark holds the other end: it closes even when the benchmark is killed.
  process.stdin.once("close", end).resume();
}
