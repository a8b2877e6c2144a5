/** The HTTP server of `serve`, on loopback alone: every call is a webhook. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { problemOf, WardenError } from "../../lib/errors.ts";
import { acceptWebhook, type WebhookPorts } from "../../lib/webhook/index.ts";
import { errors } from "../terminal/output.ts";

const HOST = "127.0.0.1";
/** `acceptWebhook` refuses what is over 5 MiB; what is over this is not even kept until then. */
const MAX_KEPT_BYTES = 6 * 1024 * 1024;
const ANSWER_DEADLINE_MS = 30_000;

/** Throws `ERR_INPUT_INVALID` when the port cannot be used. */
export async function startWebhookServer(port: number, ports: WebhookPorts): Promise<Server> {
  const server = createServer((request, response) => void answerCall(ports, request, response));
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
    const { method = "", headers, url = "" } = request;
    const call = {
      method,
      path: URL.parse(url, `http://${HOST}`)?.pathname ?? "",
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()])),
      body: await readBody(request),
      base64: false,
    };
    const { status, code } = await acceptWebhook(ports, call, AbortSignal.timeout(ANSWER_DEADLINE_MS));
    if (code) errors.line(`A webhook was answered with ${status} (${code}); it is sent again.`);
    response.writeHead(status).end();
  } catch (error) {
    if (response.destroyed) return;
    errors.line(problemOf(error).message);
    response.writeHead(500).end();
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_KEPT_BYTES) chunks.push(chunk);
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
