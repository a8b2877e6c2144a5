/** Secrets Manager, KMS and EventBridge for functions on loopback: a small server of our own. */
import { generateKeyPairSync } from "node:crypto";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import { signDigest } from "../aws/p256.ts";
import { openServer } from "../loopback.ts";
import { type AccessControl, refuse } from "./access.ts";
import type { Graph } from "./cloud.ts";
import { functionsOf, partOf } from "./graph.ts";
import type { Variables } from "./invoke.ts";
import { ofService, operationOf, serviceInput } from "./requests.ts";

/** What was said on a bus. */
export interface Said {
  readonly EventBusName: string;
  readonly DetailType: string;
  /** JSON. */
  readonly Detail: string;
}

export interface Services {
  /** Of the three, behind IAM. */
  readonly address: string;
  /** Where S3 and SQS are, if these services bring them along. */
  readonly aws?: string;
  /** AWS's own variables, with which everything may be done. */
  readonly admin: Variables;
  putSecret(name: string, value: unknown): Promise<void>;
  /** From the beginning. */
  said(): Promise<readonly Said[]>;
  /** Makes what a deployment would have made, roles too. Answers each function's credentials, as AWS's own variables. */
  furnish(graph: Graph): Promise<ReadonlyMap<string, Variables>>;
  close(): Promise<void>;
}

const credentialsOf = (accessKey: string): Variables => ({
  AWS_ACCESS_KEY_ID: accessKey,
  AWS_SECRET_ACCESS_KEY: "local",
});

/** The access key of a function is its name. */
export async function startServices(access: AccessControl): Promise<Services> {
  const secrets = new Map<string, unknown>();
  const said: Said[] = [];
  const answers = answersFrom(secrets);
  const { address, close } = await openServer(async (request, response) => {
    const body = (await buffer(request)).toString("utf8");
    const refused = access.refusal(request, ofService(request, body));
    if (refused) return refuse(response, refused);
    const input = v.parse(serviceInput, JSON.parse(body));
    const answer = answers[operationOf(request)]?.(input) ?? { __type: "UnknownOperationException" };
    said.push(...(input.Entries ?? []));
    response.writeHead("__type" in answer ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer));
  });
  return {
    address,
    admin: credentialsOf("local"),
    putSecret: async (name, value) => void secrets.set(name, value),
    said: async () => said,
    furnish: async (graph) => new Map(functionsOf(graph).map((one) => [partOf(one), credentialsOf(partOf(one))])),
    close,
  };
}

type Answers = Record<string, (input: v.InferOutput<typeof serviceInput>) => object>;

function answersFrom(secrets: ReadonlyMap<string, unknown>): Answers {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  return {
    GetSecretValue({ SecretId = "" }) {
      const SecretString = JSON.stringify(secrets.get(SecretId));
      return SecretString === undefined ? { __type: "ResourceNotFoundException" } : { SecretString, VersionId: "1" };
    },
    GetPublicKey: ({ KeyId = "" }) => ({ KeyId, PublicKey: spki }),
    Sign({ KeyId = "", Message = "" }) {
      return { KeyId, Signature: signDigest(secret, Buffer.from(Message, "base64")).toString("base64") };
    },
    PutEvents: ({ Entries = [] }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: "1" })) }),
  };
}
