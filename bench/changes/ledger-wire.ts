/** A ledger over a real DynamoDB implementation on loopback, and what it is asked over the wire. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import dynalite from "dynalite";
import * as v from "valibot";
import { type Client, createTable, documentClient } from "../../lib/ledger/index.ts";
import { TABLE } from "../sweep/ports.ts";

/** One HTTP request. */
export interface LedgerRequest {
  /** Like `GetItem`. */
  readonly operation: string;
  /** Partition keys of the items that it names; none of a query's. */
  readonly keys: readonly string[];
}

export interface LedgerWire {
  readonly client: Client;
  /** All requests so far, in their order. */
  readonly requests: readonly LedgerRequest[];
}

const CREATE_TABLE_TIMEOUT_MS = 10_000;

/** Starts an empty ledger, and ends it when `work` has ended. */
export async function withLedgerWire<T>(work: (ledger: LedgerWire) => Promise<T>): Promise<T> {
  const server = dynalite({ createTableMs: 0 });
  const requests: LedgerRequest[] = [];
  server.prependListener("request", (request: IncomingMessage) => recordRequest(request, requests));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const client = documentClient({ endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials });
  try {
    await createTable(client, TABLE, AbortSignal.timeout(CREATE_TABLE_TIMEOUT_MS));
    return await work({ client, requests });
  } finally {
    client.destroy();
    server.close();
    server.closeAllConnections();
  }
}

const key = v.object({ pk: v.object({ S: v.string() }) });
/** Where the requests of the ledger name items. */
const bodySchema = v.object({
  Key: v.optional(key),
  Item: v.optional(key),
  RequestItems: v.optional(v.record(v.string(), v.object({ Keys: v.array(key) }))),
});

function recordRequest(request: IncomingMessage, requests: LedgerRequest[]): void {
  const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => requests.push({ operation, keys: keysIn(Buffer.concat(chunks).toString()) }));
}

function keysIn(text: string): string[] {
  const { Key, Item, RequestItems = {} } = v.parse(v.pipe(v.string(), v.parseJson(), bodySchema), text);
  const named = [Key, Item, ...Object.values(RequestItems).flatMap(({ Keys }) => Keys)];
  return named.flatMap((each) => (each ? [each.pk.S] : []));
}
