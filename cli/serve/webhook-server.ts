/** The HTTP server of `serve`, on loopback alone: every call is a webhook, and only who may send one is listened to. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { problemOf, WardenError } from "../../lib/errors.ts";
import {
  acceptWebhook,
  answerBeforeBody,
  MAX_BODY_BYTES,
  type WebhookAnswer,
  type WebhookHead,
  type WebhookPorts,
} from "../../lib/webhook/index.ts";
import { errors } from "../terminal/output.ts";

const HOST = "127.0.0.1";
/** More are closed at once, and the vendor sends again: so many bodies, and no more, are in memory. */
const MAX_CONNECTIONS = 32;
const ANSWER_DEADLINE_MS = 30_000;
const TIMEOUTS = {
  headersTimeout: 5_000,
  requestTimeout: ANSWER_DEADLINE_MS,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};

/** Throws `ERR_INPUT_INVALID` when the port cannot be used. */
export async function startWebhookServer(port: number, ports: WebhookPorts): Promise<Server> {
  const server = createServer(TIMEOUTS, (request, response) => void answerCall(ports, request, response));
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WardenError("ERR_INPUT_INVALID", `Port ${port} cannot be used (${reason}); name another with --port.`);
  }
  return server;
}

async function answerCall(ports: WebhookPorts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const head = headOf(request);
    const early = await answerBeforeBody(ports, head);
    if (early) return endCall(request, response, early);
    const body = await readBody(request);
    if (body === undefined) return endCall(request, response, { status: 413 });
    const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const { status, code } = await acceptWebhook(ports, { ...head, body, base64: false }, signal);
    warn(status, code);
    response.writeHead(status).end();
  } catch (error) {
    if (response.destroyed) return;
    errors.line(problemOf(error).message);
    response.writeHead(500).end();
  }
}

function headOf({ method = "", url = "", headers }: IncomingMessage): WebhookHead {
  const { pathname = "", search = "" } = URL.parse(url, `http://${HOST}`) ?? {};
  return {
    method,
    path: pathname,
    query: search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()])),
  };
}

/** Answers without the rest of the body: whatever is still to come is thrown away with the connection. */
function endCall(request: IncomingMessage, response: ServerResponse, answer: WebhookAnswer): void {
  const { status, code, content } = answer;
  warn(status, code);
  const headers = content && { "content-type": content.contentType, "x-content-type-options": "nosniff" };
  response.writeHead(status, { connection: "close", ...headers }).end(content?.body, () => request.destroy());
}

function warn(status: number, code: string | undefined): void {
  if (code) errors.line(`A webhook was answered with ${status} (${code}); the vendor will send it again.`);
}

/** `undefined`: there is too much of it. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new WardenError("ERR_INTERNAL", "serve does not listen.");
  return `http://${HOST}:${address.port}`;
}

/** Resolves when what is under way has been answered. */
export function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  return closed;
}
