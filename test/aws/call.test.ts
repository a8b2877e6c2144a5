/** What a person reads when AWS cannot be reached: the cause in words, whichever client met it, and nothing of the request. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { s3Bucket, s3Evidence } from "../../lib/aws/bucket.ts";
import { eventBus } from "../../lib/aws/event-bus.ts";
import { kmsSigner } from "../../lib/aws/kms-signer.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { storedSecrets } from "../../lib/aws/secrets.ts";
import { createTable, documentClient } from "../../lib/ledger/index.ts";
import { portOf, startServer } from "../loopback.ts";
import { runNode } from "../processes.ts";
import { LOCAL_AWS } from "./loopback.ts";

const signal = AbortSignal.timeout(30_000);
/** Nobody listens on it, and fetch may call it: https://fetch.spec.whatwg.org/#port-blocking */
const UNUSED = "http://127.0.0.1:8";

/** What the evidence says when its bucket is asked through a client with these settings. */
async function messageFor(config: object): Promise<string> {
  const evidence = s3Evidence({ maxAttempts: 1, forcePathStyle: true, ...config }, "bucket", "memory");
  const error: unknown = await evidence.get("runs/hunter2").catch((failure: unknown) => failure);
  assert.ok(error instanceof Error);
  assert.equal("code" in error && error.code, "ERR_EVIDENCE_UNAVAILABLE");
  assert.doesNotMatch(`${error.stack}${error.cause}`, /127\.0\.0\.1|secret body/);
  return error.message;
}

/** The same in a process of its own, with nothing of AWS but what `environment` says. */
async function messageWithEnvironment(environment: Record<string, string>): Promise<string> {
  const child = fileURLToPath(new URL("./evidence-child.ts", import.meta.url));
  const env = {
    HOME: "/nonexistent",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_S3: UNUSED,
    ...environment,
  };
  return (await runNode([child], { env })).stdout;
}

test("a refused connection", async () => {
  assert.match(await messageFor({ ...LOCAL_AWS, endpoint: UNUSED }), /\(the connection was refused\)/);
});

test("a host name that does not exist", async () => {
  assert.match(
    await messageFor({ ...LOCAL_AWS, endpoint: "http://bucket.invalid" }),
    /\(its host name (was not found|could not be looked up)\)/,
  );
});

test("a server that does not speak TLS", async (context) => {
  const plain = await startServer(context, (_, response) => response.end("secret body"));
  const message = await messageFor({ ...LOCAL_AWS, endpoint: plain.replace("http:", "https:") });
  assert.match(message, /\(no trusted TLS connection could be made\)/);
});

test("a connection that breaks off", async (context) => {
  const server = createTcpServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const endpoint = `http://127.0.0.1:${portOf(server)}`;
  assert.match(await messageFor({ ...LOCAL_AWS, endpoint }), /\(the connection broke off\)/);
});

test("an answer that does not come in time", async (context) => {
  const endpoint = await startServer(context, () => {});
  const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
  assert.match(await messageFor({ ...LOCAL_AWS, endpoint, requestHandler }), /\(no answer came in time\)/);
});

test("a refusal without a reason", async (context) => {
  const endpoint = await startServer(context, (_, response) => response.writeHead(403).end());
  assert.match(await messageFor({ ...LOCAL_AWS, endpoint }), /\(HTTP 403\)/);
});

test("a refusal by AWS's own name for it", async (context) => {
  const body = "<Error><Code>AccessDenied</Code><Message>secret body</Message></Error>";
  const endpoint = await startServer(context, (_, response) => response.writeHead(403).end(body));
  assert.match(await messageFor({ ...LOCAL_AWS, endpoint }), /\(AccessDenied\)/);
});

test("an endpoint that is no address", async () => {
  assert.match(await messageFor({ ...LOCAL_AWS, endpoint: "nonsense" }), /\(its endpoint is not a URL\)/);
});

test("no region, no credentials, a profile that does not exist, and one that is not signed in", async (context) => {
  const keys = { AWS_ACCESS_KEY_ID: "hunter2", AWS_SECRET_ACCESS_KEY: "hunter2" };
  assert.match(await messageWithEnvironment(keys), /\(no region is set: set AWS_REGION\)/);
  const region = { AWS_REGION: "us-east-1" };
  const none = /\(no AWS credentials were found, or the profile that AWS_PROFILE names does not exist\)/;
  assert.match(await messageWithEnvironment(region), none);
  assert.match(await messageWithEnvironment({ ...region, AWS_PROFILE: "hunter2" }), none);
  const folder = mkdtempSync(join(tmpdir(), "warden-profile-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const AWS_CONFIG_FILE = join(folder, "config");
  const sso =
    "sso_start_url = https://hunter2.invalid\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n";
  writeFileSync(AWS_CONFIG_FILE, `[profile hunter2]\n${sso}`);
  assert.match(
    await messageWithEnvironment({ ...region, AWS_CONFIG_FILE, AWS_PROFILE: "hunter2" }),
    /\(the AWS sign-in is missing or over: sign in again\)/,
  );
});

test("every client names the cause in the same words", async () => {
  const config = { ...LOCAL_AWS, endpoint: UNUSED, maxAttempts: 1 };
  const client = documentClient(config);
  const addresses = { url: `${UNUSED}/0/queue`, deadUrl: `${UNUSED}/0/dead` };
  const calls = [
    () => createTable(client, "table", signal),
    () => storedSecrets(config, "warden/").read("workforce", "workforce", signal),
    () => sqsQueue(config, addresses).receive(1, 0, signal),
    () => eventBus(config, "bus")({ run: "r", mode: "plan", status: "completed", heads: [] }, signal),
    () => kmsSigner(config, "alias/key", Date.now).publicKey(signal),
    () => s3Bucket({ ...config, forcePathStyle: true }, "bucket", "memory").stream("k", onePage(), "text/plain"),
  ];
  for (const call of calls) await assert.rejects(call, { message: /\(the connection was refused\)/ });
  client.destroy();
});

async function* onePage(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(8);
}
