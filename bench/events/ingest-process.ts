/** The ingest in a process that does nothing else: HTTP in front, SQS behind. `GET /figures` tells what it has needed. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { vendors } from "../../lib/directories/index.ts";
import { acceptWebhook, type WebhookPorts } from "../../lib/webhook/index.ts";
import { readInput, serveOnLoopback } from "../shared/child.ts";

const inputSchema = v.object({
  sqs: v.object({
    endpoint: v.string(),
    region: v.string(),
    credentials: v.object({ accessKeyId: v.string(), secretAccessKey: v.string() }),
  }),
  queue: v.object({ url: v.string(), deadUrl: v.string() }),
  directory: v.string(),
  credential: v.string(),
});
export type IngestInput = v.InferOutput<typeof inputSchema>;

const WEBHOOK_TIMEOUT_MS = 30_000;

const input = readInput(inputSchema);
/** Milliseconds that each call of the queue took. */
const queueTimes: number[] = [];
let accepted = 0;

const ports = webhookPorts(input);
await serveOnLoopback((request, response) => void serve(request, response));

function webhookPorts({ sqs, queue: addresses, directory, credential }: IngestInput): WebhookPorts {
  const hooks = vendors.pingone?.hooks;
  if (!hooks) throw new Error("PingOne sends no webhooks");
  const queue = sqsQueue(sqs, addresses);
  const credentials = new Map([[directory, [credential]]]);
  return {
    hooks: new Map([[directory, hooks]]),
    credentials: async () => credentials,
    queue: {
      sendToDeadLetter: queue.sendToDeadLetter,
      async send(messages, signal) {
        const startedAt = performance.now();
        await queue.send(messages, signal);
        queueTimes.push(performance.now() - startedAt);
      },
    },
    count(name, n) {
      if (name === "accepted") accepted += n;
    },
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "", url: path = "", headers } = request;
  if (path === "/figures") return void response.end(JSON.stringify(readFigures()));
  const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
  const call = { method, path, query: "", headers: single, body: await text(request), base64: false };
  const { status } = await acceptWebhook(ports, call, AbortSignal.timeout(WEBHOOK_TIMEOUT_MS));
  response.writeHead(status).end();
}

/** Memory as it is, and what of the heap is left when garbage is gone, in bytes. */
function readFigures() {
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  return { accepted, rss, heapUsed, queueTimes: queueTimes.splice(0) };
}
