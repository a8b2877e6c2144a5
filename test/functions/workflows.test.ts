/** The deployed run, sweep and recheck functions with only the environment that a deployment gives them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import type { RunReport } from "../../lib/run/index.ts";
import { openKms } from "../aws/kms.ts";
import { closeServer, listen } from "../loopback.ts";
import { stopEngine } from "../shared-engine.ts";
import { startWorld, type World } from "../world.ts";

const folder = mkdtempSync(join(tmpdir(), "warden-functions-"));
const asked: string[] = [];
let world: World;

const announced: string[] = [];
const kms = openKms();

/** Speaks the protocols of Secrets Manager, KMS and EventBridge, as far as the functions do. */
const manager = createServer(async (request, response) => {
  const body = JSON.parse(await text(request));
  response.setHeader("content-type", "application/x-amz-json-1.1");
  response.end(JSON.stringify(answer(String(request.headers["x-amz-target"]), body)));
});

function answer(target: string, body: Called): object {
  if (target.startsWith("TrentService.")) return kms(target, body);
  if (target.startsWith("AWSEvents.")) {
    const { Entries = [] } = body;
    announced.push(...Entries.map((entry) => entry.DetailType ?? ""));
    return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: "1" })) };
  }
  asked.push(body.SecretId ?? "");
  return { Name: body.SecretId, VersionId: "v1", SecretString: JSON.stringify(world.vendor.credentials) };
}

interface Called {
  readonly SecretId?: string;
  readonly Message?: string;
  readonly Entries?: readonly { readonly DetailType?: string }[];
}

before(async () => {
  world = await startWorld({ accounts: 40, pageSize: 10, mfaEnabledShare: 0.8 });
  const address = await listen(manager);
  const policy = join(folder, "policy.json");
  writeFileSync(policy, JSON.stringify(world.ports().policy));
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: world.endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: world.endpoints.s3,
    AWS_ENDPOINT_URL_SQS: world.endpoints.s3,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: address,
    AWS_ENDPOINT_URL_KMS: address,
    AWS_ENDPOINT_URL_EVENTBRIDGE: address,
    MFA_WARDEN_POLICY: policy,
    MFA_WARDEN_TABLE: world.table,
    MFA_WARDEN_BUCKET: world.bucket,
    MFA_WARDEN_SECRETS: "mfa-warden/test/",
    MFA_WARDEN_CODE: "test",
    MFA_WARDEN_BUS: "the-bus",
    MFA_WARDEN_SIGNING_KEY: "the-key",
    MFA_WARDEN_SWEEP_FUNCTION: "the-sweep",
    MFA_WARDEN_QUEUE: world.queue.url,
    MFA_WARDEN_DEAD_QUEUE: world.queue.deadUrl,
  });
  await stopEngine();
  await LocalDurableTestRunner.setupTestEnvironment();
});

after(async () => {
  await LocalDurableTestRunner.teardownTestEnvironment();
  await closeServer(manager);
  await world.close();
  rmSync(folder, { recursive: true });
});

test("a scheduled run sweeps, enforces and records, and reads only its directory's secret", async () => {
  const run = await import("../../functions/run.ts");
  const sweep = await import("../../functions/sweep.ts");
  const runner = new LocalDurableTestRunner<RunReport>({ handlerFunction: run.handler });
  runner.registerDurableFunction("the-sweep", sweep.handler);
  const origin = { by: "arn:aws:scheduler:::schedule/nightly", how: "schedule" };
  const execution = await runner.run({ payload: { mode: "enforce", origin } });
  const report = execution.getResult();
  assert.equal(report?.status, "completed");
  assert.ok((report.directories[0]?.changes.enforced ?? 0) > 0);
  assert.deepEqual((await world.ledger.readRun(report.run))?.run.origin, origin);
  assert.deepEqual([...new Set(asked)], ["mfa-warden/test/workforce"]);
  assert.equal(announced.length, 1, "whoever makes reports hears of it");
});

test("an event on the queue is rechecked as Lambda calls it", async () => {
  const { handler } = await import("../../functions/recheck.ts");
  const { id } = world.vendor.account(3);
  world.vendor.change(id, { enabled: true, mfaEnabled: false, devices: [{ type: "TOTP", status: "ACTIVE" }] });
  const record = (messageId: string, body: string) => ({
    ...{ messageId, receiptHandle: messageId, body },
    attributes: { ApproximateReceiveCount: "1" },
  });
  const event = { id: "e-1", directory: "workforce", subject: id };
  const good = record("m-1", JSON.stringify({ directory: "workforce", events: [event] }));
  const context = { getRemainingTimeInMillis: () => 60_000 };
  const call: unknown = handler;
  assert.ok(typeof call === "function");
  const answer = await call({ Records: [good, record("m-2", "poison")] }, context);
  assert.deepEqual(answer, { batchItemFailures: [{ itemIdentifier: "m-2" }] });
  assert.equal(world.vendor.find(id)?.mfaEnabled, true);
});
