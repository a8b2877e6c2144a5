/** AWS on loopback, as far as the functions go: real DynamoDB, S3 and SQS servers behind IAM, and a small one for the rest. */
import { generateKeyPairSync } from "node:crypto";
import { request as call, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ulid } from "ulid";
import * as v from "valibot";
import { createTable, documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import { signDigest } from "../aws/p256.ts";
import { type LoopbackServer, openDynamo, openServer } from "../loopback.ts";
import { startWorld, type World } from "../world.ts";
import { type AccessCall, type AccessControl, arn, controlAccess, refuse } from "./access.ts";
import { type Graph, REGION } from "./cloud.ts";
import { all, functionsOf, type Grant, grantsOf, only, partOf, roleOf } from "./graph.ts";
import { ofBucket, ofDynamo, ofQueue, operationOf, toTellMissing } from "./requests.ts";

/** Endpoints are host names in truth. */
const HOST = "localhost";

const local = { region: REGION, credentials: { accessKeyId: "local", secretAccessKey: "local" } };

export interface Cloud {
  readonly world: World;
  /** What stands before a queue's name in its address. */
  readonly queues: string;
  /** AWS's own variables, which send every client here; each function has an access key of its own. */
  environmentOf(part: string): Readonly<Record<string, string>>;
  /** By their names in Secrets Manager. */
  readonly secrets: Map<string, unknown>;
  /** What was said on a bus. */
  readonly said: unknown[];
  /** What functions were started with, and did not wait for. */
  readonly started: unknown[];
  /** What AWS was asked for since the last time, and whether the asker's role allowed it. */
  takeCalls(): AccessCall[];
  /** Takes away a file of the evidence, as nobody may. @param key as the function asks for it */
  loseFile(graph: Graph, key: string): Promise<void>;
  /** Makes what a deployment would have made, roles too. Answers the world with the ledger of that deployment. */
  furnish(graph: Graph): Promise<World>;
  close(): Promise<void>;
}

export async function startCloud(): Promise<Cloud> {
  const world = await startWorld({ accounts: 40, pageSize: 10, mfaEnabledShare: 0.8 });
  const access = controlAccess();
  const [dynamodb, s3, sqs] = await Promise.all([
    pass(access, world.endpoints.dynamodb, ofDynamo),
    pass(access, world.endpoints.s3, ofBucket, toTellMissing),
    pass(access, world.endpoints.s3, ofQueue),
  ]);
  const secrets = new Map<string, unknown>();
  const said: unknown[] = [];
  const started: unknown[] = [];
  const [rest, lambda] = await Promise.all([startRest(access, secrets, said), startLambda(access, started)]);
  const servers = [dynamodb, s3, sqs, rest, lambda];
  const endpoints = {
    ...{ DYNAMODB: dynamodb, S3: s3, SQS: sqs, SECRETS_MANAGER: rest, KMS: rest, EVENTBRIDGE: rest },
    LAMBDA: lambda,
  };
  return {
    world,
    queues: `${sqs.address}/000000000000`,
    environmentOf: (part) => ({
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: part,
      AWS_SECRET_ACCESS_KEY: "local",
      ...Object.fromEntries(
        Object.entries(endpoints).map(([name, server]) => [
          `AWS_ENDPOINT_URL_${name}`,
          server.address.replace("127.0.0.1", HOST),
        ]),
      ),
    }),
    secrets,
    said,
    started,
    takeCalls: access.takeCalls,
    async loseFile(graph, Key) {
      const client = new S3Client({ ...local, endpoint: world.endpoints.s3, forcePathStyle: true });
      const Bucket = String(only(graph, "s3/bucket:Bucket", "EvidenceBucket").inputs.bucket);
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      client.destroy();
    },
    furnish(graph) {
      access.setRoles(new Map(functionsOf(graph).map((one) => [partOf(one), grantsOf(roleOf(graph, one))])));
      return furnish(world, graph);
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      await world.close();
    },
  };
}

async function furnish(world: World, graph: Graph): Promise<World> {
  const { endpoints, time } = world;
  const names = (type: string, field: string) => all(graph, type).map(({ inputs }) => String(inputs[field]));
  const database = documentClient({ ...local, endpoint: endpoints.dynamodb });
  const s3 = new S3Client({ ...local, endpoint: endpoints.s3, forcePathStyle: true });
  const sqs = new SQSClient({ ...local, endpoint: endpoints.s3 });
  for (const table of names("dynamodb/table:Table", "name"))
    await createTable(database, table, AbortSignal.timeout(5_000));
  for (const Bucket of names("s3/bucket:Bucket", "bucket")) await s3.send(new CreateBucketCommand({ Bucket }));
  for (const QueueName of names("sqs/queue:Queue", "name")) await sqs.send(new CreateQueueCommand({ QueueName }));
  for (const client of [s3, sqs]) client.destroy();
  const [table = ""] = names("dynamodb/table:Table", "name");
  const ledger = dynamoLedger({ client: database, table, clock: () => Date.now() + time.ahead, ulid });
  return { ...world, ledger, ports: (yaml, more) => world.ports(yaml, { ledger, ...more }) };
}

/**
 * Passes on every call that its caller's role allows.
 * @param tellMissing what it takes to be told that something is not there
 */
const pass = (
  access: AccessControl,
  to: string,
  asks: (request: IncomingMessage, body: string) => Grant[],
  tellMissing: (request: IncomingMessage) => Grant[] = () => [],
): Promise<LoopbackServer> =>
  openServer(async (request, response) => {
    const body = await buffer(request);
    const refused = access.refusal(request, asks(request, body.toString("latin1")));
    if (refused) return refuse(response, refused);
    const { method, headers, url } = request;
    const onward = call(`${to}${url}`, { method, headers }, (answer) => {
      const untold = answer.statusCode === 404 ? access.refusal(request, tellMissing(request)) : undefined;
      if (untold) return refuse(response, untold);
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    onward.end(body);
  });

/** Secrets Manager, KMS and EventBridge, as far as the functions go. */
async function startRest(
  access: AccessControl,
  secrets: ReadonlyMap<string, unknown>,
  said: unknown[],
): Promise<LoopbackServer> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const answers: Record<string, (input: v.InferOutput<typeof inputs>) => [Grant[], object]> = {
    GetSecretValue({ SecretId = "" }) {
      const grant = {
        action: "secretsmanager:GetSecretValue",
        resource: arn("secretsmanager", `secret:${SecretId}-AbCdEf`),
      };
      const SecretString = JSON.stringify(secrets.get(SecretId));
      return [
        [grant],
        SecretString === undefined ? { __type: "ResourceNotFoundException" } : { SecretString, VersionId: "1" },
      ];
    },
    GetPublicKey: ({ KeyId = "" }) => [[{ action: "kms:GetPublicKey", resource: KeyId }], { KeyId, PublicKey: spki }],
    Sign({ KeyId = "", Message = "" }) {
      const signature = signDigest(secret, Buffer.from(Message, "base64"));
      return [[{ action: "kms:Sign", resource: KeyId }], { KeyId, Signature: signature.toString("base64") }];
    },
    PutEvents({ Entries = [] }) {
      const grants = Entries.map(({ EventBusName }) => ({
        action: "events:PutEvents",
        resource: arn("events", `event-bus/${EventBusName}`),
      }));
      return [grants, { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: "1" })) }];
    },
  };
  return openServer(async (request, response) => {
    const input = v.parse(inputs, JSON.parse((await buffer(request)).toString("utf8")));
    const [grants, answer] = answers[operationOf(request)]?.(input) ?? [[], { __type: "UnknownOperationException" }];
    const refused = access.refusal(request, grants);
    if (refused) return refuse(response, refused);
    said.push(...(input.Entries ?? []));
    response.writeHead("__type" in answer ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer));
  });
}

/** Lambda, as far as functions start others. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const startLambda = (access: AccessControl, started: unknown[]): Promise<LoopbackServer> =>
  openServer(async (request, response) => {
    const body = (await buffer(request)).toString("utf8");
    const { pathname, searchParams } = new URL(request.url ?? "", "http://lambda");
    const [, name = ""] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(pathname) ?? [];
    const version = searchParams.get("Qualifier");
    const resource = decodeURIComponent(name) + (version === null ? "" : `:${version}`);
    const refused = access.refusal(request, [{ action: "lambda:InvokeFunction", resource }]);
    if (refused) return refuse(response, refused);
    started.push(JSON.parse(body));
    response.writeHead(request.headers["x-amz-invocation-type"] === "Event" ? 202 : 400);
    response.end();
  });

const text = v.optional(v.string());
const inputs = v.looseObject({
  ...{ SecretId: text, KeyId: text, Message: text },
  Entries: v.optional(v.array(v.looseObject({ EventBusName: v.string(), DetailType: v.string(), Detail: v.string() }))),
});

/** The ledger's table as the ledger itself makes it. */
export async function tableElsewhere() {
  const server = await openDynamo();
  const client = documentClient({ ...local, endpoint: server.address });
  const name = `ledger-${ulid()}`;
  try {
    await createTable(client, name, AbortSignal.timeout(5_000));
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    const keys = (schema = Table?.KeySchema) => schema?.map(({ AttributeName }) => AttributeName);
    return {
      attributes: Table?.AttributeDefinitions?.map((one) => `${one.AttributeName} ${one.AttributeType}`).toSorted(),
      keys: keys(),
      indexes: Table?.GlobalSecondaryIndexes?.map((one) => [
        ...[one.IndexName, ...(keys(one.KeySchema) ?? [])],
        one.Projection?.ProjectionType,
      ]).toSorted(),
    };
  } finally {
    client.destroy();
    await server.close();
  }
}
