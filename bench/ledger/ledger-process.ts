/** A ledger and a bucket in a process of their own: DynamoDB's and S3's HTTP over a table and files in memory, on loopback. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { serveOnLoopback } from "../shared/child.ts";
import { fromWire, toWire } from "./attribute-values.ts";
import { memoryTable } from "./memory-table.ts";

const TARGET_HEADER = "x-amz-target";
const USAGE_PATH = "/usage";

const table = memoryTable();
const files = new Map<string, Buffer>();
let stored = { files: 0, bytes: 0 };
await serveOnLoopback((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request).catch(() => undefined);
  if (body === undefined) return;
  const target = request.headers[TARGET_HEADER];
  if (typeof target === "string") return answerTable(response, target.split(".")[1] ?? "", body);
  if (request.url === USAGE_PATH) return sendUsage(response);
  answerFile(response, request.method ?? "GET", new URL(`http://bucket${request.url}`).pathname, body);
}

/** What was used since it was last asked. */
function sendUsage(response: ServerResponse): void {
  send(response, 200, { bill: table.takeBill(), stored });
  stored = { files: 0, bytes: 0 };
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
  if (method === "PUT") {
    files.set(path, body);
    stored = { files: stored.files + 1, bytes: stored.bytes + body.length };
  }
  const file = files.get(path);
  if (!file) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  response.writeHead(200, { etag: '"-"', ...(method === "GET" ? { "content-length": file.length } : {}) });
  response.end(method === "GET" ? file : undefined);
}
