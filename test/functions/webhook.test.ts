/** The deployed webhook function as API Gateway calls it, with Secrets Manager's and SQS's real protocols behind it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, mock, test } from "node:test";
import { closeServer, listen } from "../loopback.ts";
import { policyOf } from "../policy/samples.ts";
import { runNode } from "../processes.ts";
import { drain, type Events, startEvents } from "../recheck/events.ts";

const SECRET = "Bearer a-value-of-many-characters";
const SUBJECT = "11111111-2222-4333-8444-555555555555";

/** As API Gateway's documentation shows it, with what a PingOne would send. */
const gatewayEvent = (more: object = {}) => ({
  version: "2.0",
  routeKey: "POST /hooks/{directory}",
  rawPath: "/hooks/workforce",
  rawQueryString: "",
  headers: {
    accept: "*/*",
    authorization: SECRET,
    "content-length": "123",
    "content-type": "application/json",
    host: "abc123.execute-api.eu-central-1.amazonaws.com",
    "x-amzn-trace-id": "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  },
  pathParameters: { directory: "workforce" },
  requestContext: {
    accountId: "123456789012",
    apiId: "abc123",
    domainName: "abc123.execute-api.eu-central-1.amazonaws.com",
    domainPrefix: "abc123",
    http: {
      method: "POST",
      path: "/hooks/workforce",
      protocol: "HTTP/1.1",
      sourceIp: "198.51.100.7",
      userAgent: "PingOne",
    },
    requestId: "JKJaXmPLvHcESHA=",
    routeKey: "POST /hooks/{directory}",
    stage: "$default",
    time: "10/Mar/2026:05:16:23 +0000",
    timeEpoch: 1773119783684,
  },
  body: JSON.stringify([
    {
      id: "event-1",
      recordedAt: "2026-01-02T03:04:05.000Z",
      action: { type: "USER.UPDATED" },
      resources: [{ type: "USER", id: SUBJECT, name: "hunter2@example.com" }],
    },
  ]),
  isBase64Encoded: false,
  ...more,
});

/** Answers what the deployment's role could read. */
const secrets: Record<string, string> = { "warden/workforce/hooks": JSON.stringify({ hooks: [SECRET] }) };
let secretsDown = false;
const manager = createServer(async (request, response) => {
  const { SecretId }: { SecretId: string } = JSON.parse(await text(request));
  const found = secrets[SecretId];
  const kind = secretsDown ? "InternalServiceError" : "ResourceNotFoundException";
  response.setHeader("content-type", "application/x-amz-json-1.1");
  if (found === undefined || secretsDown)
    response.writeHead(secretsDown ? 500 : 400).end(JSON.stringify({ __type: kind }));
  else response.end(JSON.stringify({ Name: SecretId, SecretString: found }));
});

type Handler = (event: unknown, context: object) => Promise<unknown>;

describe("the webhook function", () => {
  let events: Events;
  let handler: Handler;
  const folder = mkdtempSync(join(tmpdir(), "warden-webhook-"));
  const lines = { out: [] as string[], problems: [] as object[] };
  let environment: Record<string, string>;

  before(async () => {
    events = await startEvents();
    const policy = join(folder, "policy.json");
    writeFileSync(policy, JSON.stringify(policyOf("rules: [{ name: all, match: all, require: enabled }]")));
    environment = {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: events.stack.clients.sqs.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_MAX_ATTEMPTS: "1",
      AWS_ENDPOINT_URL_SQS: events.stack.endpoints.sqs,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: await listen(manager),
      MFA_WARDEN_POLICY: policy,
      MFA_WARDEN_SECRETS: "warden/",
      MFA_WARDEN_QUEUE: events.stack.queue.url,
      MFA_WARDEN_DEAD_QUEUE: events.stack.queue.deadUrl,
    };
    Object.assign(process.env, environment);
    const call: unknown = (await import("../../functions/webhook.ts")).handler;
    assert.ok(typeof call === "function");
    handler = async (event, context) => call(event, context);
    const write = process.stdout.write.bind(process.stdout);
    // What the test runner itself writes there goes on.
    mock.method(process.stdout, "write", (text: string | Uint8Array) =>
      typeof text === "string" && text.startsWith('{"_aws"') ? lines.out.push(text) > 0 : write(text),
    );
    mock.method(console, "error", (problem: object) => lines.problems.push(problem));
  });
  beforeEach(() => {
    lines.out.length = 0;
    lines.problems.length = 0;
  });
  after(async () => {
    mock.restoreAll();
    await events.close();
    await closeServer(manager);
    rmSync(folder, { recursive: true, force: true });
  });

  const context = { getRemainingTimeInMillis: () => 10_000 };
  const counted = () => lines.out.map((line) => JSON.parse(line));

  test("tells the vendor to come again while Secrets Manager fails, whoever asks", async () => {
    secretsDown = true;
    assert.deepEqual(await handler(gatewayEvent(), context), { statusCode: 503, body: "" });
    assert.deepEqual(await handler(gatewayEvent({ rawPath: "/hooks/nobody", headers: {} }), context), {
      statusCode: 503,
      body: "",
    });
    assert.deepEqual(lines.problems, Array(2).fill({ part: "ingest", code: "ERR_SECRET_UNAVAILABLE" }));
    secretsDown = false;
  });

  test("answers 200 without a body, queues ids, and says which directory has no credential", async () => {
    assert.deepEqual(await handler(gatewayEvent(), context), { statusCode: 200, body: "" });
    const [received] = await drain(events.queue);
    assert.deepEqual(JSON.parse(received?.body ?? ""), {
      directory: "workforce",
      events: [{ id: "event-1", directory: "workforce", subject: SUBJECT, at: "2026-01-02T03:04:05.000Z" }],
    });
    assert.equal(lines.problems.length, 1);
    assert.match(JSON.stringify(lines.problems[0]), /ERR_SECRET_MISSING.*partners/);
    const [metric] = counted();
    assert.equal(metric.accepted, 1);
    assert.deepEqual(metric._aws.CloudWatchMetrics, [
      { Namespace: "mfa-warden", Dimensions: [["stage", "part"]], Metrics: [{ Name: "accepted", Unit: "None" }] },
    ]);
  });

  test("reads what API Gateway put in base64", async () => {
    const body = Buffer.from(gatewayEvent().body).toString("base64");
    assert.deepEqual(await handler(gatewayEvent({ body, isBase64Encoded: true }), context), {
      statusCode: 200,
      body: "",
    });
    assert.equal((await drain(events.queue)).length, 1);
  });

  test("answers a wrong header, an unknown directory and one without a credential alike, and counts them without a name", async () => {
    const refused = { statusCode: 401, body: "" };
    const wrong = { ...gatewayEvent().headers, authorization: "Bearer wrong" };
    assert.deepEqual(await handler(gatewayEvent({ headers: wrong }), context), refused);
    assert.deepEqual(await handler(gatewayEvent({ headers: {} }), context), refused);
    assert.deepEqual(await handler(gatewayEvent({ rawPath: "/hooks/nobody" }), context), refused);
    assert.deepEqual(await handler(gatewayEvent({ rawPath: "/hooks/partners" }), context), refused);
    assert.deepEqual(
      counted().map(({ unauthenticated }) => unauthenticated),
      [1, 1, 1, 1],
    );
    assert.ok(lines.out.every((line) => !/nobody|workforce|wrong/.test(line)));
    assert.deepEqual(await drain(events.queue), []);
  });

  test("answers another method with 404", async () => {
    const { requestContext } = gatewayEvent();
    const got = { ...requestContext, http: { ...requestContext.http, method: "GET" } };
    assert.deepEqual(await handler(gatewayEvent({ requestContext: got, body: undefined }), context), {
      statusCode: 404,
      body: "",
    });
  });

  test("says nothing of what it did not expect, neither to the caller nor in its log", async () => {
    assert.deepEqual(await handler({ hunter2: true }, context), { statusCode: 500, body: "" });
    assert.deepEqual(lines.problems, [{ part: "ingest", code: "ERR_INTERNAL" }]);
  });

  test("tells the vendor to come again before Lambda ends it", async () => {
    const hurried = { getRemainingTimeInMillis: () => 500 };
    const body = `${" ".repeat(4_000_000)}${gatewayEvent().body}`;
    assert.deepEqual(await handler(gatewayEvent({ body }), hurried), { statusCode: 503, body: "" });
    await drain(events.queue);
  });

  test("does not start without its queue", async () => {
    const { MFA_WARDEN_QUEUE: _, ...rest } = environment;
    const script = `await import(${JSON.stringify(new URL("../../functions/webhook.ts", import.meta.url).href)})`;
    const { code, stderr } = await runNode(["--input-type=module", "--eval", script], { env: rest });
    assert.notEqual(code, 0);
    assert.match(stderr, /MFA_WARDEN_QUEUE is not set/);
  });
});
