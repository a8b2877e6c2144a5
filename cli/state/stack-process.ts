/** The embedded stack: DynamoDB, S3 and SQS on loopback over one state folder, in a process of its own that ends when idle. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildApp } from "fauxqs";
import { type Keeper, keepMessages, queuePath } from "./messages.ts";
import { keepObjects } from "./objects.ts";
import { openDatabase } from "./stack-database.ts";
import {
  DISK_FULL_EXIT,
  proveIdentity,
  readDescription,
  STACK,
  type StackDescription,
  writeDescription,
} from "./stack-description.ts";
import { addressOf, admitOnlyOwner, closeServer, HOST } from "./stack-server.ts";

const CHECK_MS = 500;

// Whatever this process writes is for its owner alone.
process.umask(0o077);
process.on("uncaughtException", giveUp);
const { values } = parseArgs({ options: { state: { type: "string" }, idle: { type: "string", default: "300" } } });
if (values.state === undefined) throw new Error("--state DIR is missing");
await serve(values.state, Number(values.idle) * 1000).catch(giveUp);

/** A full disk is told by the exit code: there may be no room for a line in the log. */
function giveUp(error: unknown): never {
  console.error(error);
  process.exit(/ENOSPC|No space left/i.test(String(error)) ? DISK_FULL_EXIT : 1);
}

async function serve(state: string, idleMs: number): Promise<void> {
  const keys = { nonce: randomBytes(32).toString("hex"), accessKey: randomBytes(16).toString("hex") };
  const database = await openDatabase(join(state, STACK.ledger), keys.accessKey);
  const services = await openServices(state, keys);
  const servers = [database, services.server];
  writeDescription(state, describeStack(keys, addressOf(database), addressOf(services.server)));
  console.log(`${new Date().toISOString()} ready: pid ${process.pid}`);
  const why = await waitForEnd(servers, idleMs, () => readDescription(state)?.nonce === keys.nonce);
  await Promise.all([closeServer(database), services.close()]);
  if (readDescription(state)?.nonce === keys.nonce) rmSync(join(state, STACK.file), { force: true });
  console.log(`${new Date().toISOString()} ended: ${why}`);
  process.exit(0);
}

type Keys = Pick<StackDescription, "nonce" | "accessKey">;

function describeStack({ nonce, accessKey }: Keys, dynamodb: string, services: string): StackDescription {
  return {
    pid: process.pid,
    nonce,
    accessKey,
    endpoints: { dynamodb, s3: services, sqs: services },
    table: STACK.table,
    bucket: STACK.bucket,
    queue: {
      url: `${services}${queuePath(STACK.queue)}`,
      deadUrl: `${services}${queuePath(STACK.deadQueue)}`,
    },
  };
}

/** S3 and SQS. fauxqs's own start listens on every interface; its parts are put together here to listen on loopback alone. */
async function openServices(state: string, { nonce, accessKey }: Keys) {
  const inside = (path: string) => import(new URL(path, import.meta.resolve("fauxqs")).href);
  const [{ S3Store }, { SqsStore }, { SnsStore }, { PersistenceManager }] = await Promise.all(
    ["./s3/s3Store.js", "./sqs/sqsStore.js", "./sns/snsStore.js", "./persistence.js"].map(inside),
  );
  const stores = { s3Store: new S3Store(), sqsStore: new SqsStore(), snsStore: new SnsStore() };
  const keeper: Keeper = new PersistenceManager(join(state, STACK.messages));
  keepObjects(stores.s3Store, STACK.bucket, join(state, STACK.bucket));
  keepMessages(stores, keeper);
  const app = buildApp({ logger: false, defaultRegion: STACK.region, stores });
  app.get<{ Querystring: { challenge?: string } }>(STACK.identity, async ({ query }) => ({
    pid: process.pid,
    proof: proveIdentity(nonce, String(query.challenge)),
  }));
  admitOnlyOwner(app.server, accessKey);
  await app.listen({ port: 0, host: HOST });
  return { server: app.server, close: () => app.close().then(() => keeper.close()) };
}

/** Resolves when somebody asks for the end, nobody for anything for so long, or the state folder has been thrown away. */
function waitForEnd(servers: readonly Server[], idleMs: number, isWanted: () => boolean): Promise<string> {
  return new Promise((resolve) => {
    const idle = setTimeout(() => resolve("idle"), idleMs);
    for (const server of servers) server.on("request", () => void idle.refresh());
    setInterval(() => isWanted() || resolve(`${STACK.file} is gone`), CHECK_MS);
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
}
