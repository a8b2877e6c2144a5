/** A ledger and a bucket in a process of their own: DynamoDB's and S3's HTTP over a table and files in memory, on loopback. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import type { Item } from "./expression.ts";
import { type Input, memoryTable } from "./memory-table.ts";

const mapSchema = v.record(v.string(), v.unknown());
const TARGET = "x-amz-target";

const table = memoryTable();
const files = new Map<string, Buffer>();

const server = createServer((request, response) => void serve(request, response));
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("the server does not listen");
console.log(JSON.stringify({ endpoint: `http://127.0.0.1:${address.port}` }));

function end(): void {
  server.close();
  server.closeAllConnections();
  process.exit();
}
process.once("SIGTERM", end);
// The benchmark holds the other end: it closes even when the benchmark is killed.
process.stdin.once("close", end).resume();

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request).catch(() => undefined);
  if (body === undefined) return;
  const target = request.headers[TARGET];
  if (typeof target === "string") return answerTable(response, target.split(".")[1] ?? "", body);
  answerFile(response, request.method ?? "GET", new URL(`http://bucket${request.url}`).pathname, body);
}

function answerTable(response: ServerResponse, operation: string, body: Buffer): void {
  try {
    send(response, 200, toWire(operation, table.answer(operation, fromWire(JSON.parse(body.toString())))));
  } catch (error) {
    const type = error instanceof Error ? error.name : "InternalServerError";
    send(response, 400, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: String(error) });
  }
}

function send(response: ServerResponse, status: number, answer: object): void {
  const text = JSON.stringify(answer);
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

function answerFile(response: ServerResponse, method: string, path: string, body: Buffer): void {
  if (method === "PUT") files.set(path, body);
  const file = files.get(path);
  if (!file) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  response.writeHead(200, { etag: '"-"', ...(method === "GET" ? { "content-length": file.length } : {}) });
  response.end(method === "GET" ? file : undefined);
}

/** The parts of a request that hold items, in plain values. */
function fromWire(wire: Item): Input {
  const part = (name: string) => (wire[name] === undefined ? {} : { [name]: plainMap(wire[name]) });
  const requests = Object.entries(v.parse(mapSchema, wire.RequestItems ?? {})).map(([name, request]) => {
    const { Keys, ...rest } = v.parse(v.looseObject({ Keys: v.array(v.unknown()) }), request);
    return [name, { ...rest, Keys: Keys.map(plainMap) }];
  });
  const parts = { ...part("Key"), ...part("Item"), ...part("ExpressionAttributeValues") };
  return { ...wire, ...parts, RequestItems: Object.fromEntries(requests) };
}

/** The parts of an answer that hold items, as DynamoDB writes them. */
function toWire(operation: string, answer: object): object {
  const { Item, Items, Attributes, Responses } = v.parse(answerSchema, answer);
  if (operation === "DescribeTable" || operation === "CreateTable") return answer;
  return {
    ...answer,
    ...(Item ? { Item: wireMap(Item) } : {}),
    ...(Items ? { Items: Items.map(wireMap) } : {}),
    ...(Attributes ? { Attributes: wireMap(Attributes) } : {}),
    ...(Responses ? { Responses: mapValues(Responses, (items) => items.map(wireMap)) } : {}),
  };
}

const answerSchema = v.object({
  Item: v.optional(mapSchema),
  Items: v.optional(v.array(mapSchema)),
  Attributes: v.optional(mapSchema),
  Responses: v.optional(v.record(v.string(), v.array(mapSchema))),
});

const mapValues = <T, R>(map: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));

const plainMap = (value: unknown): Item => mapValues(v.parse(mapSchema, value), plain);
const wireMap = (item: Item): Item => mapValues(item, wire);

function plain(value: unknown): unknown {
  const [[kind, inner] = []] = Object.entries(v.parse(mapSchema, value));
  if (kind === "S" || kind === "BOOL") return inner;
  if (kind === "N") return Number(inner);
  if (kind === "NULL") return null;
  if (kind === "M") return plainMap(inner);
  if (kind === "L" && Array.isArray(inner)) return inner.map(plain);
  throw Object.assign(new Error(`a value of kind ${kind}`), { name: "ValidationException" });
}

function wire(value: unknown): Item {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(wire) };
  return { M: wireMap(v.parse(mapSchema, value)) };
}
