/** DynamoDB of the embedded stack: dynalite over a folder, with the ledger's table in it. */
import { existsSync, renameSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import dynalite from "dynalite";
import { createTable, documentClient } from "../../lib/ledger/index.ts";
import { STACK } from "./stack-description.ts";
import { addressOf, admitOnlyOwner, closeServer, listenOnLoopback } from "./stack-server.ts";

const CREATE_TIMEOUT_MS = 5_000;

/**
 * The table is made under another name first: dynalite marks a new table usable a moment after it was written, and one that
 * was killed in that moment would stay unusable for ever.
 */
export async function openDatabase(folder: string, accessKey: string): Promise<Server> {
  if (!existsSync(folder)) {
    const draft = `${folder}.partial`;
    rmSync(draft, { recursive: true, force: true });
    await closeServer(await serveTable(draft, accessKey));
    renameSync(draft, folder);
  }
  return serveTable(folder, accessKey);
}

async function serveTable(folder: string, accessKey: string): Promise<Server> {
  const server = dynalite({ path: folder, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  admitOnlyOwner(server, accessKey);
  surviveAborts(server);
  await listenOnLoopback(server);
  await makeTable(server, accessKey);
  return server;
}

/** dynalite throws when a client dies in the middle of a request, which would end everybody's stack. */
function surviveAborts(server: Server): void {
  server.on("request", (request, response) => {
    request.removeAllListeners("error");
    request.on("error", () => response.destroy());
  });
}

async function makeTable(server: Server, accessKey: string): Promise<void> {
  const client = documentClient({
    endpoint: addressOf(server),
    region: STACK.region,
    credentials: { accessKeyId: accessKey, secretAccessKey: accessKey },
    maxAttempts: 1,
  });
  await createTable(client, STACK.table, AbortSignal.timeout(CREATE_TIMEOUT_MS));
  client.destroy();
}
