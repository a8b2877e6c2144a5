/** That moto asks a function's role before it does anything, and what the product makes of a refusal: `npm run test:aws`. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { s3Bucket } from "../../../lib/aws/bucket.ts";
import { eventBus } from "../../../lib/aws/event-bus.ts";
import { kmsSigner } from "../../../lib/aws/kms-signer.ts";
import { sqsQueue } from "../../../lib/aws/queue.ts";
import { storedSecrets } from "../../../lib/aws/secrets.ts";
import type { RunCompleted } from "../../../lib/model/index.ts";
import { controlAccess } from "../../infra/access.ts";
import { type Graph, type Inputs, type Made, REGION, stateOf } from "../../infra/cloud.ts";
import type { Variables } from "../../infra/invoke.ts";
import { credentialsFrom, startMotoServices } from "../../infra/moto-services.ts";
import type { Services } from "../../infra/services.ts";

const skip = process.env.MFA_WARDEN_TEST_AWS === undefined ? "moto is started by `npm run test:aws`" : false;
const signal = AbortSignal.timeout(120_000);
const DONE: RunCompleted = { run: "01J", mode: "plan", status: "completed", heads: [] };
const [OWN, OTHER] = ["own", "other"];

/** A resource of a deployment. */
function make(type: string, name: string, inputs: Inputs = {}): Made {
  const named = { name, bucket: name, ...inputs };
  return {
    type: `aws:${type}`,
    name,
    inputs: named,
    outputs: stateOf(`aws:${type}`, name, named, ""),
    retained: false,
  };
}

const arnOf = ({ outputs }: Made) => String(outputs.arn);

/** One function that may use what is its own; the rest is there too. */
function deployment(): Graph {
  const keys = [OWN, OTHER].map((name) => make("kms/key:Key", name));
  const buses = [OWN, OTHER].map((name) => make("cloudwatch/eventBus:EventBus", name));
  const statement = (resource: string, ...actions: string[]) => ({ actions, resources: [resource] });
  const policy = JSON.stringify({
    Statement: [
      statement(arnOf(make("kms/key:Key", OWN)), "kms:Sign", "kms:GetPublicKey"),
      statement(arnOf(make("cloudwatch/eventBus:EventBus", OWN)), "events:PutEvents"),
      statement(arnOf(make("sqs/queue:Queue", OWN)), "sqs:SendMessage"),
      statement("arn:aws:s3:::own/runs/*", "s3:PutObject", "s3:GetObject"),
      statement(`arn:aws:secretsmanager:${REGION}:*:secret:warden/own-??????`, "secretsmanager:GetSecretValue"),
    ],
  });
  const role = make("iam/role:Role", "role", { inlinePolicies: [{ policy }] });
  const called = make("lambda/function:Function", "worker", { handler: "functions/worker.handler", role: arnOf(role) });
  return { app: {}, outputs: {}, made: [...keys, ...buses, role, called], built: [] };
}

describe("a function's role", { skip }, () => {
  let services: Services;
  let credentials: Variables;
  before(async () => {
    services = await startMotoServices({ ...controlAccess(), refusal: () => undefined });
    const config = { region: REGION, credentials: credentialsFrom(services.admin), endpoint: services.aws ?? "" };
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    const sqs = new SQSClient(config);
    for (const name of [OWN, OTHER]) {
      await s3.send(new CreateBucketCommand({ Bucket: name }));
      await sqs.send(new CreateQueueCommand({ QueueName: name }));
      await services.putSecret(`warden/${name}`, { secret: name });
    }
    s3.destroy();
    sqs.destroy();
    credentials = (await services.furnish(deployment())).get("worker") ?? assert.fail("it has no role");
  });
  after(() => services.close());

  /** What a function does with these credentials, with what is called `name`. */
  function actions(name: string, folder: string, variables: Variables = credentials) {
    const config = {
      region: REGION,
      credentials: credentialsFrom(variables),
      endpoint: services.aws ?? "",
      maxAttempts: 1,
    };
    const url = `${services.aws}/000000000000/${name}`;
    const bucket = s3Bucket({ ...config, forcePathStyle: true }, name, "memory");
    return {
      sign: () => kmsSigner(config, arnOf(make("kms/key:Key", name)), Date.now).sign(new Uint8Array(9), signal),
      announce: () => eventBus(config, name)(DONE, signal),
      send: () => sqsQueue(config, { url, deadUrl: url }).send([{ directory: "d", events: [] }], signal),
      secret: () => storedSecrets(config, "warden/").read("workforce", name, signal),
      put: () => bucket.put(`${folder}/1`, new Uint8Array(9), "text/plain"),
      get: () => bucket.get(`${folder}/1`),
      stream: () => bucket.stream(`${folder}/large`, ReadableStream.from(mebibytes(11)), "text/plain"),
    };
  }

  test("allows what it names, signed as AWS wants it", async () => {
    for (const act of Object.values(actions(OWN, "runs"))) await act();
  });

  const CODES = {
    sign: "ERR_SIGNER_UNAVAILABLE",
    announce: "ERR_BUS_UNAVAILABLE",
    send: "ERR_QUEUE_UNAVAILABLE",
    secret: "ERR_SECRET_UNAVAILABLE",
    put: "ERR_EVIDENCE_UNAVAILABLE",
    get: "ERR_EVIDENCE_UNAVAILABLE",
    stream: "ERR_EVIDENCE_UNAVAILABLE",
  };

  /** moto refuses in IAM's own format, whatever service is asked; S3 alone has its own, in which the SDK finds the reason. */
  async function assertRefused(acts: ReturnType<typeof actions>, reasonOfS3: RegExp): Promise<void> {
    for (const act of ["put", "get", "stream"] as const)
      await assert.rejects(acts[act], { code: CODES[act], message: reasonOfS3 }, act);
    for (const act of ["sign", "announce", "send", "secret"] as const)
      await assert.rejects(acts[act], { code: CODES[act] }, act);
  }

  test("refuses what it does not name, and that is told", async () => {
    await assertRefused(actions(OTHER, "runs"), /AccessDenied/);
    const { put, get, stream } = actions(OWN, "reports");
    await assertRefused({ ...actions(OTHER, "runs"), put, get, stream }, /AccessDenied/);
  });

  test("is nothing to who has not its secret key", async () => {
    const guessed = { ...credentials, AWS_SECRET_ACCESS_KEY: "guessed" };
    await assertRefused(actions(OWN, "runs", guessed), /SignatureDoesNotMatch/);
  });
});

function* mebibytes(count: number): Generator<Uint8Array> {
  for (let sent = 0; sent < count; sent++) yield new Uint8Array(1024 * 1024);
}
