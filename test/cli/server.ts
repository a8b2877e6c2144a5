/** A command that runs until it is told to end, and a port for it. */
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { portOf } from "../loopback.ts";
import { type Running, startNode } from "../processes.ts";

const WARDEN = fileURLToPath(new URL("../../cli/warden.ts", import.meta.url));

/** @param folder it runs in */
export const start = (folder: string, ...args: string[]): Running => startNode([WARDEN, ...args], { cwd: folder });

/** One that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  return port;
}
