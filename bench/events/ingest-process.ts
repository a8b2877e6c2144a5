/** The ingest in a process that does nothing else: HTTP in front, SQS behind. `GET /figures` tells what it has needed. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { vendors } from "../../lib/directories/index.ts";
import { acceptWebhook, type WebhookPorts } from "../../lib/webhook/index.ts";

const orderSchema = v.object({
  endpoint: v.string(),
  queue: v.object({ url: v.string(), deadUrl: v.string() }),
  directory: v.string(),
  credential: v.string(),
});

const order = v.parse(v.pipe(v.string(), v.parseJson(), orderSchema), process.argv[2]);
const hooks = vendors.pingone?.hooks;
if (!hooks) throw new Error("PingOne sends no webhooks");
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const queue = sqsQueue({ endpoint: order.endpoint, region: "us-east-1", credentials }, order.queue);
const known = new Map([[order.directory, [order.credential]]]);
/** Milliseconds that each call of the queue took. */
const queued: number[] = [];
let accepted = 0;

const ports: WebhookPorts = {
  hooks: new Map([[order.directory, hooks]]),
  credentials: async () => known,
  queue: {
    sendToDeadLetter: queue.sendToDeadLetter,
    async send(messages, signal) {
      const started = performance.now();
      await queue.send(messages, signal);
      queued.push(performance.now() - started);
    },
  },
  count(name, n) {
    if (name === "accepted") accepted += n;
  },
};

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
  const { method = "", url: path = "", headers } = request;
  if (path === "/figures") return void response.end(JSON.stringify(figures()));
  const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
  const body = await text(request);
  const call = { method, path, headers: single, body, base64: false };
  const { status } = await acceptWebhook(ports, call, AbortSignal.timeout(30_000));
  response.writeHead(status).end();
}

/** Memory as it is, and what of the heap is left when garbage is gone, in bytes. */
function figures() {
  const { rss } = process.memoryUsage();
  globalThis.gc?.();
  const { heapUsed } = process.memoryUsage();
  return { accepted, rss, heapUsed, queued: queued.splice(0) };
}
