/**
 * AWS for functions on loopback by a moto of their own: it checks each call's signature, and that the caller's role allows it. Roles have
 * the statements of the deployment but for DynamoDB's, which is another server and knows no roles.
 */
import assert from "node:assert/strict";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { askMoto, queryMoto } from "../aws/server/ask-moto.ts";
import { findMoto, startMoto } from "../aws/server/moto.ts";
import { type AccessControl, arn } from "./access.ts";
import { ACCOUNT, type Graph, REGION } from "./cloud.ts";
import { all, functionsOf, type Grant, grantsOf, partOf, roleOf } from "./graph.ts";
import type { Variables } from "./invoke.ts";
import { pass } from "./pass.ts";
import { ofService } from "./requests.ts";
import type { Said, Services } from "./services.ts";

export async function startMotoServices(access: AccessControl): Promise<Services> {
  const found = findMoto();
  assert.ok("home" in found, "moto is not to be had");
  const server = await startMoto(found.home, { MOTO_ACCOUNT_ID: ACCOUNT });
  const moto = { endpoint: server.address, region: REGION };
  const admin = await createAdmin(moto);
  const guarded = await pass(access, server.address, ofService);
  const config = { ...moto, credentials: credentialsFrom(admin) };
  const secrets = new SecretsManagerClient(config);
  const sqs = new SQSClient(config);
  const said: Said[] = [];
  let buses: readonly string[] = [];
  return {
    address: guarded.address,
    aws: server.address,
    admin,
    async putSecret(Name, value) {
      const SecretString = JSON.stringify(value);
      await secrets
        .send(new CreateSecretCommand({ Name, SecretString }))
        .catch(() => secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString })));
    },
    async said() {
      for (const bus of buses) said.push(...(await takeSaid(sqs, bus)));
      return said;
    },
    async furnish(graph) {
      for (const { outputs } of all(graph, "kms/key:Key")) await createKey(moto, String(outputs.keyId));
      buses = await listen(sqs, config, graph);
      const credentials = new Map<string, Variables>();
      for (const one of functionsOf(graph)) {
        const part = partOf(one);
        credentials.set(part, await createRole(moto, part, grantsOf(roleOf(graph, one))));
      }
      // From here on nobody may do anything that a role does not allow.
      await fetch(`${server.address}/moto-api/reset-auth`, { method: "POST", body: "0" });
      return credentials;
    },
    async close() {
      for (const client of [secrets, sqs]) client.destroy();
      await guarded.close();
      await server.close();
    },
  };
}

interface Moto {
  readonly endpoint: string;
  readonly region: string;
}

/** As a client takes them. */
export const credentialsFrom = (variables: Variables) => ({
  accessKeyId: variables.AWS_ACCESS_KEY_ID ?? "",
  secretAccessKey: variables.AWS_SECRET_ACCESS_KEY ?? "",
  ...(variables.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: variables.AWS_SESSION_TOKEN }),
});

async function createAdmin(moto: Moto): Promise<Variables> {
  const UserName = "admin";
  const iam = (asked: Record<string, string>) => queryMoto(moto, "iam", { UserName, ...asked });
  await iam({ Action: "CreateUser" });
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  await iam({ Action: "PutUserPolicy", PolicyName: "all", PolicyDocument: JSON.stringify(everything) });
  return readCredentials(await iam({ Action: "CreateAccessKey" }));
}

function readCredentials(xml: string): Variables {
  const read = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  const token = read("SessionToken");
  return {
    AWS_ACCESS_KEY_ID: read("AccessKeyId") ?? assert.fail(xml),
    AWS_SECRET_ACCESS_KEY: read("SecretAccessKey") ?? assert.fail(xml),
    ...(token === undefined ? {} : { AWS_SESSION_TOKEN: token }),
  };
}

/** As Lambda does with a function's role. */
async function createRole(moto: Moto, RoleName: string, grants: readonly Grant[]): Promise<Variables> {
  const iam = (asked: Record<string, string>) => queryMoto(moto, "iam", { RoleName, ...asked });
  const principal = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  const trust = JSON.stringify({ Version: "2012-10-17", Statement: [principal] });
  await iam({ Action: "CreateRole", AssumeRolePolicyDocument: trust });
  const Statement = grants
    .filter(({ action }) => !action.startsWith("dynamodb:"))
    .map(({ action, resource, keys }) => {
      assert.equal(keys, undefined, `moto knows no condition, as ${action} has`);
      return { Effect: "Allow", Action: action, Resource: resource };
    });
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  if (Statement.length > 0) await iam({ Action: "PutRolePolicy", PolicyName: "inline", PolicyDocument });
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
  return readCredentials(await queryMoto(moto, "sts", { Action: "AssumeRole", RoleArn, RoleSessionName: RoleName }));
}

const createKey = (moto: Moto, KeyId: string): Promise<unknown> =>
  askMoto(moto, "kms", "TrentService.CreateKey", { KeyId, KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });

const queueFor = (bus: string) => `said-on-${bus}`;

/** Has all that is said on the deployment's buses come onto queues. Answers the buses. */
async function listen(sqs: SQSClient, config: EventBridgeClientConfig, graph: Graph): Promise<string[]> {
  const events = new EventBridgeClient(config);
  const buses = all(graph, "cloudwatch/eventBus:EventBus").map(({ inputs }) => String(inputs.name));
  for (const EventBusName of buses) {
    await sqs.send(new CreateQueueCommand({ QueueName: queueFor(EventBusName) }));
    await events.send(new CreateEventBusCommand({ Name: EventBusName }));
    const EventPattern = JSON.stringify({ source: ["mfa-warden"] });
    await events.send(new PutRuleCommand({ Name: "all", EventBusName, EventPattern }));
    const Targets = [{ Id: "queue", Arn: arn("sqs", queueFor(EventBusName)) }];
    await events.send(new PutTargetsCommand({ Rule: "all", EventBusName, Targets }));
  }
  events.destroy();
  return buses;
}

const event = v.pipe(v.string(), v.parseJson(), v.object({ "detail-type": v.string(), detail: v.looseObject({}) }));

async function takeSaid(sqs: SQSClient, EventBusName: string): Promise<Said[]> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueFor(EventBusName) }));
  const taken: Said[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return taken;
    for (const { Body, ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      const { "detail-type": DetailType, detail } = v.parse(event, Body);
      taken.push({ EventBusName, DetailType, Detail: JSON.stringify(detail) });
    }
  }
}
