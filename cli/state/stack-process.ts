/** The embedded stack: DynamoDB, S3 and SQS on loopback over one state folder, in a process of its own that ends when idle. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import dynalite from "dynalite";
import { buildApp } from "fauxqs";
import { createTable, documentClient } from "../../lib/ledger/index.ts";
import { type Keeper, keepMessages, queuePath } from "./messages.ts";
import { keepObjects } from "./objects.ts";
import { type Described, readDescribed, STACK } from "./stack.ts";

const HOST = "127.0.0.1";
/** Answers that are under way get this long once the end has come. */
const GRACE_MS = 2_000;
const WATCH_MS = 500;

const { values } = parseArgs({ options: { state: { type: "string" }, idle: { type: "string", default: "300" } } });
if (values.state === undefined) throw new Error("--state DIR is missing");
await serve(values.state, Number(values.idle) * 1000);

async function serve(state: string, idleMs: number): Promise<void> {
  const database = await openDatabase(join(state, STACK.ledger));
  const nonce = randomBytes(16).toString("hex");
  const services = await openServices(state, { pid: process.pid, nonce });
  const address = addressOf(services.server);
  const described: Described = {
    pid: process.pid,
    nonce,
    endpoints: { dynamodb: addressOf(database), s3: address, sqs: address },
    table: STACK.table,
    bucket: STACK.bucket,
    queue: { url: `${address}${queuePath(STACK.queue)}`, deadUrl: `${address}${queuePath(STACK.deadQueue)}` },
  };
  const file = join(state, STACK.file);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(described, null, 2), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
  console.log(`${new Date().toISOString()} ready: pid ${process.pid}`);
  const why = await ended([database, services.server], idleMs, () => readDescribed(state)?.nonce === nonce);
  await Promise.all([close(database), services.close()]);
  if (readDescribed(state)?.nonce === nonce) rmSync(file, { force: true });
  console.log(`${new Date().toISOString()} ended: ${why}`);
  process.exit(0);
}

/**
 * The table is made under another name first: dynalite marks a new table usable a moment after it was written, and one that
 * was killed in that moment would stay unusable for ever.
 */
async function openDatabase(path: string): Promise<Server> {
  if (!existsSync(path)) {
    const draft = `${path}.partial`;
    rmSync(draft, { recursive: true, force: true });
    const server = await listen(draft);
    await makeTable(server);
    await close(server);
    renameSync(draft, path);
  }
  const server = await listen(path);
  await makeTable(server);
  return server;
}

async function listen(path: string): Promise<Server> {
  const server = dynalite({ path, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  admitOnlyPrograms(server);
  surviveAborts(server);
  server.listen(0, HOST);
  await once(server, "listening");
  return server;
}

/** No web page may talk to the stack through somebody's browser, whatever name it gives our address. */
function admitOnlyPrograms(server: Server): void {
  const handlers = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    const { host, origin } = request.headers;
    if (origin !== undefined || `http://${host}` !== addressOf(server)) return void response.writeHead(403).end();
    for (const handle of handlers) Reflect.apply(handle, server, [request, response]);
  });
}

/** dynalite throws when a client dies in the middle of a request, which would end everybody's stack. */
function surviveAborts(server: Server): void {
  server.on("request", (request, response) => {
    request.removeAllListeners("error");
    request.on("error", () => response.destroy());
  });
}

async function makeTable(server: Server): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = documentClient({ endpoint: addressOf(server), region: STACK.region, credentials, maxAttempts: 1 });
  await createTable(client, STACK.table, AbortSignal.timeout(5_000));
  client.destroy();
}

/** S3 and SQS. fauxqs's own start listens on every interface; its parts are put together here to listen on loopback alone. */
async function openServices(state: string, identity: Pick<Described, "pid" | "nonce">) {
  const inside = (path: string) => import(new URL(path, import.meta.resolve("fauxqs")).href);
  const [{ S3Store }, { SqsStore }, { SnsStore }, { PersistenceManager }] = await Promise.all(
    ["./s3/s3Store.js", "./sqs/sqsStore.js", "./sns/snsStore.js", "./persistence.js"].map(inside),
  );
  const stores = { s3Store: new S3Store(), sqsStore: new SqsStore(), snsStore: new SnsStore() };
  const keeper: Keeper = new PersistenceManager(join(state, STACK.messages));
  keepObjects(stores.s3Store, STACK.bucket, join(state, STACK.bucket));
  keepMessages(stores, keeper);
  const app = buildApp({ logger: false, defaultRegion: STACK.region, stores });
  app.get(STACK.identity, async () => identity);
  admitOnlyPrograms(app.server);
  await app.listen({ port: 0, host: HOST });
  return { server: app.server, close: () => app.close().then(() => keeper.close()) };
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return `http://${HOST}:${address.port}`;
}

/** Resolves when somebody asks for the end, nobody for anything for so long, or the state folder has been thrown away. */
function ended(servers: readonly Server[], idleMs: number, wanted: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    const idle = setTimeout(() => resolve("idle"), idleMs);
    for (const server of servers) server.on("request", () => void idle.refresh());
    setInterval(() => wanted() || resolve(`${STACK.file} is gone`), WATCH_MS);
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
}

async function close(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  const closed = new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}
