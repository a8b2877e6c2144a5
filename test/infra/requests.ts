/** What a request to AWS asks permission for. */
import type { IncomingMessage } from "node:http";
import * as v from "valibot";
import { arn } from "./access.ts";
import type { Grant } from "./graph.ts";

export const operationOf = ({ headers }: IncomingMessage) => String(headers["x-amz-target"]).split(".").at(-1) ?? "";

const text = v.object({ S: v.string() });
const key = v.object({ pk: text });
const table = v.object({
  TableName: v.string(),
  IndexName: v.optional(v.string()),
  Key: v.optional(key),
  Item: v.optional(key),
  KeyConditionExpression: v.optional(v.string()),
  ExpressionAttributeValues: v.optional(v.record(v.string(), v.unknown())),
});
const tables = v.object({ RequestItems: v.record(v.string(), v.object({ Keys: v.array(key) })) });

/** An index is a resource of its own. */
export function ofDynamo(request: IncomingMessage, body: string): Grant[] {
  const asked = v.parse(v.union([tables, table]), JSON.parse(body));
  const action = `dynamodb:${operationOf(request)}`;
  const grant = (name: string, keys: string[]) => ({ action, resource: arn("dynamodb", `table/${name}`), keys });
  if ("RequestItems" in asked)
    return Object.entries(asked.RequestItems).map(([name, { Keys }]) =>
      grant(
        name,
        Keys.map(({ pk }) => pk.S),
      ),
    );
  const { TableName, IndexName, Key, Item } = asked;
  const name = TableName + (IndexName === undefined ? "" : `/index/${IndexName}`);
  const one = Key ?? Item;
  return [grant(name, [one ? one.pk.S : queriedPartition(asked)])];
}

/** The value that a query gives its first condition. */
function queriedPartition({
  KeyConditionExpression = "",
  ExpressionAttributeValues = {},
}: v.InferOutput<typeof table>) {
  const [, value = ""] = /^\S+ = (:\w+)/.exec(KeyConditionExpression) ?? [];
  return v.parse(text, ExpressionAttributeValues[value]).S;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
export function ofBucket({ method, url = "" }: IncomingMessage): Grant[] {
  const { pathname, searchParams } = new URL(url, "http://bucket");
  const resource = `arn:aws:s3:::${decodeURIComponent(pathname.slice(1))}`;
  if (searchParams.has("list-type")) return [{ action: "s3:ListBucket", resource }];
  const actions: Record<string, string> = { GET: "GetObject", HEAD: "GetObject", PUT: "PutObject", POST: "PutObject" };
  const aborts = method === "DELETE" && searchParams.has("uploadId");
  return [{ action: `s3:${aborts ? "AbortMultipartUpload" : (actions[`${method}`] ?? "DeleteObject")}`, resource }];
}

/** Without this S3 answers 403 for a missing file. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function toTellMissing({ method, url = "" }: IncomingMessage): Grant[] {
  const bucket = new URL(url, "http://bucket").pathname.split("/")[1] ?? "";
  return method === "GET" || method === "HEAD" ? [{ action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` }] : [];
}

/** A batch needs the permission of the single call. */
export function ofQueue(request: IncomingMessage, body: string): Grant[] {
  const { QueueUrl } = v.parse(v.looseObject({ QueueUrl: v.string() }), JSON.parse(body));
  const action = `sqs:${operationOf(request).replace(/Batch$/, "")}`;
  return [{ action, resource: arn("sqs", QueueUrl.split("/").at(-1) ?? "") }];
}

const optionalText = v.optional(v.string());
/** As far as functions ask Secrets Manager, KMS and EventBridge. */
export const serviceInput = v.looseObject({
  SecretId: optionalText,
  KeyId: optionalText,
  Message: optionalText,
  Entries: v.optional(v.array(v.looseObject({ EventBusName: v.string(), DetailType: v.string(), Detail: v.string() }))),
});

/** Of Secrets Manager, KMS and EventBridge, which tell their operations apart by a header. */
export function ofService(request: IncomingMessage, body: string): Grant[] {
  const { SecretId = "", KeyId = "", Entries = [] } = v.parse(serviceInput, JSON.parse(body));
  const operation = operationOf(request);
  if (operation === "GetSecretValue")
    return [{ action: "secretsmanager:GetSecretValue", resource: arn("secretsmanager", `secret:${SecretId}-AbCdEf`) }];
  if (operation === "PutEvents")
    return Entries.map(({ EventBusName }) => ({
      action: "events:PutEvents",
      resource: arn("events", `event-bus/${EventBusName}`),
    }));
  return [{ action: `kms:${operation}`, resource: KeyId }];
}
