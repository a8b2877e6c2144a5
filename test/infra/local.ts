/** AWS on loopback, as far as the functions go: real DynamoDB, S3 and SQS servers behind IAM, and others for the rest. */
import { buffer } from "node:stream/consumers";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ulid } from "ulid";
import { createTable, documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import { type LoopbackServer, openDynamo, openServer } from "../loopback.ts";
import { startWorld, type World } from "../world.ts";
import { type AccessCall, type AccessControl, type Caller, controlAccess, refuse } from "./access.ts";
import { type Graph, REGION } from "./cloud.ts";
import { all, functionsOf, grantsOf, only, partOf, roleOf } from "./graph.ts";
import type { Variables } from "./invoke.ts";
import { credentialsFrom, startMotoServices } from "./moto-services.ts";
import { pass } from "./pass.ts";
import { ofBucket, ofDynamo, ofQueue, toTellMissing } from "./requests.ts";
import { type Said, type Services, startServices } from "./services.ts";

/** Endpoints are host names in truth. */
const HOST = "localhost";

const local = { region: REGION, credentials: { accessKeyId: "local", secretAccessKey: "local" } };

export interface Cloud {
  readonly world: World;
  /** What stands before a queue's name in its address. */
  readonly queues: string;
  /** AWS's own variables, which send every client here, and say who calls. */
  environmentOf(part: string): Variables;
  /** Of a function, as AWS's own variables. */
  credentialsOf(part: string): Variables;
  /** @param name in Secrets Manager */
  putSecret(name: string, value: unknown): Promise<void>;
  /** What was said on a bus. */
  said(): Promise<readonly Said[]>;
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

/** By moto what `npm run test:aws` runs; else by servers of our own and by fauxqs. */
export async function startCloud(): Promise<Cloud> {
  const access = controlAccess();
  const byMoto = process.env.MFA_WARDEN_TEST_AWS !== undefined;
  const services = await (byMoto ? startMotoServices(access) : startServices(access));
  const world = await startWorld({ accounts: 40, pageSize: 10, mfaEnabledShare: 0.8 }, [], services.aws);
  const [dynamodb, s3, sqs] = await Promise.all([
    pass(access, world.endpoints.dynamodb, ofDynamo),
    pass(access, world.endpoints.s3, ofBucket, toTellMissing),
    pass(access, world.endpoints.s3, ofQueue),
  ]);
  const started: unknown[] = [];
  const lambda = await startLambda(access, started);
  const endpoints = {
    DYNAMODB: dynamodb.address,
    S3: s3.address,
    SQS: sqs.address,
    SECRETS_MANAGER: services.address,
    KMS: services.address,
    EVENTBRIDGE: services.address,
    LAMBDA: lambda.address,
  };
  let credentials: ReadonlyMap<string, Variables> = new Map();
  const credentialsOf = (part: string) => credentials.get(part) ?? {};
  return {
    world,
    queues: `${sqs.address}/000000000000`,
    environmentOf: (part) => ({ AWS_REGION: REGION, ...credentialsOf(part), ...endpointVariables(endpoints) }),
    credentialsOf,
    putSecret: services.putSecret,
    said: services.said,
    started,
    takeCalls: access.takeCalls,
    async loseFile(graph, Key) {
      const client = new S3Client({ ...configOf(services), endpoint: world.endpoints.s3, forcePathStyle: true });
      const Bucket = String(only(graph, "s3/bucket:Bucket", "EvidenceBucket").inputs.bucket);
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      client.destroy();
    },
    async furnish(graph) {
      const furnished = await furnish(world, configOf(services), graph);
      credentials = await services.furnish(graph);
      access.setRoles(callersOf(graph, credentials));
      return furnished;
    },
    async close() {
      await Promise.all([dynamodb, s3, sqs, lambda].map((server) => server.close()));
      await world.close();
      await services.close();
    },
  };
}

const endpointVariables = (endpoints: Variables): Variables =>
  Object.fromEntries(
    Object.entries(endpoints).map(([name, address]) => [
      `AWS_ENDPOINT_URL_${name}`,
      address.replace("127.0.0.1", HOST),
    ]),
  );

/** Of a client that may do everything. */
const configOf = ({ admin }: Services) => ({ region: REGION, credentials: credentialsFrom(admin) });

const callersOf = (graph: Graph, credentials: ReadonlyMap<string, Variables>): Map<string, Caller> =>
  new Map(
    functionsOf(graph).map((one) => {
      const name = partOf(one);
      return [credentials.get(name)?.AWS_ACCESS_KEY_ID ?? "", { name, role: grantsOf(roleOf(graph, one)) }];
    }),
  );

async function furnish(world: World, config: ReturnType<typeof configOf>, graph: Graph): Promise<World> {
  const { endpoints, time } = world;
  const names = (type: string, field: string) => all(graph, type).map(({ inputs }) => String(inputs[field]));
  const database = documentClient({ ...local, endpoint: endpoints.dynamodb });
  const s3 = new S3Client({ ...config, endpoint: endpoints.s3, forcePathStyle: true });
  const sqs = new SQSClient({ ...config, endpoint: endpoints.s3 });
  for (const table of names("dynamodb/table:Table", "name"))
    await createTable(database, table, AbortSignal.timeout(5_000));
  for (const Bucket of names("s3/bucket:Bucket", "bucket")) await s3.send(new CreateBucketCommand({ Bucket }));
  for (const QueueName of names("sqs/queue:Queue", "name")) await sqs.send(new CreateQueueCommand({ QueueName }));
  for (const client of [s3, sqs]) client.destroy();
  const [table = ""] = names("dynamodb/table:Table", "name");
  const ledger = dynamoLedger({ client: database, table, clock: () => Date.now() + time.ahead, ulid });
  return { ...world, ledger, ports: (yaml, more) => world.ports(yaml, { ledger, ...more }) };
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
