/** The one door to DynamoDB: keys, conditional writes, patient reads. Only the files beside this one know what the keys mean. */
import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  type GetCommandOutput,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { awsErrorName, callAws } from "../aws/call.ts";
import { mapConcurrently } from "../concurrency.ts";
import { WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";

export type Client = Pick<DynamoDBDocumentClient, "send">;
export type Item = NonNullable<GetCommandOutput["Item"]>;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * An expression says `#name` for an attribute and `:name` for a value; the names are filled in, so that no reserved word of
 * DynamoDB matters.
 */
export interface Change {
  readonly set?: readonly string[];
  readonly remove?: readonly string[];
  /** Must hold for anything to be written. */
  readonly when?: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Foreign ids and names never form an expression, and a failed condition is an answer, not an error. */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** Any number of keys, in no order; what does not exist is left out. */
  getAll(keys: readonly Key[], consistent: boolean): Promise<Item[]>;
  /** `false`: the condition did not hold. */
  put(item: Item, condition?: Pick<Change, "when" | "values">): Promise<boolean>;
  /** The item as it is now; `undefined`: the condition did not hold. */
  update(key: Key, change: Change): Promise<Item | undefined>;
  /** Page by page; consistent unless it reads an index. */
  query(
    query: Pick<QueryCommandInput, "IndexName" | "ScanIndexForward" | "Limit">,
    where: string,
    values: Item,
  ): AsyncGenerator<Item[]>;
}

/** What every part of the ledger works with. */
export interface LedgerContext {
  readonly table: Table;
  readonly clock: Clock;
  readonly ulid: () => string;
  /** Waits longer the more often it was in vain, with jitter. */
  readonly pause: (attempt: number) => Promise<void>;
}

/** BatchGetItem takes at most 100 keys. */
const BATCH = 100;
const BATCHES_AT_ONCE = 16;
/** With the waits of `pause` about half a minute; the SDK has retried each call before. */
const BATCH_TRIES = 12;

/** @param name of the DynamoDB table */
export function openTable(client: Client, name: string, pause: LedgerContext["pause"]): Table {
  const ask = <T>(call: Promise<T>) =>
    callAws(
      () => call,
      ({ cause }) => unavailable(cause, name),
    );
  const allow = <T>(call: Promise<T>) => ask(call.catch(refused));

  async function getBatch(keys: readonly Key[], consistent: boolean): Promise<Item[]> {
    const found: Item[] = [];
    let left: readonly Item[] = keys;
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt >= BATCH_TRIES) throw unavailable("throttled", name);
      if (attempt > 0) await pause(attempt - 1);
      const RequestItems = { [name]: { Keys: [...left], ConsistentRead: consistent } };
      const answer = await ask(client.send(new BatchGetCommand({ RequestItems })));
      found.push(...(answer.Responses?.[name] ?? []));
      left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
    }
    return found;
  }

  return {
    async get(key) {
      return (await ask(client.send(new GetCommand({ TableName: name, Key: key, ConsistentRead: true })))).Item;
    },
    async getAll(keys, consistent) {
      const batches = Array.from({ length: Math.ceil(keys.length / BATCH) }, (_, i) =>
        keys.slice(i * BATCH, (i + 1) * BATCH),
      );
      return (await mapConcurrently(batches, BATCHES_AT_ONCE, (batch) => getBatch(batch, consistent))).flat();
    },
    async put(item, condition = {}) {
      const command = new PutCommand({ TableName: name, Item: item, ...given(condition) });
      return (await allow(client.send(command))) !== undefined;
    },
    async update(key, { set = [], remove = [], ...condition }) {
      const update = [clause("SET", set), clause("REMOVE", remove)].join(" ");
      const command = new UpdateCommand({
        TableName: name,
        Key: key,
        UpdateExpression: update,
        ReturnValues: "ALL_NEW",
        ...given(condition, update),
      });
      const answer = await allow(client.send(command));
      return answer && (answer.Attributes ?? {});
    },
    async *query(query, where, values) {
      let from: Item | undefined;
      do {
        const command: QueryCommand = new QueryCommand({
          TableName: name,
          KeyConditionExpression: where,
          ConsistentRead: query.IndexName === undefined,
          ...query,
          ...bind([where], values),
          ...(from ? { ExclusiveStartKey: from } : {}),
        });
        const answer = await ask(client.send(command));
        yield answer.Items ?? [];
        from = answer.LastEvaluatedKey;
      } while (from);
    },
  };
}

const clause = (word: string, parts: readonly string[]) => (parts.length > 0 ? `${word} ${parts.join(", ")}` : "");

const given = ({ when, values }: Pick<Change, "when" | "values">, update = "") => ({
  ...(when === undefined ? {} : { ConditionExpression: when }),
  ...bind([update, when ?? ""], values),
});

function bind(expressions: readonly string[], values: Readonly<Record<string, unknown>> = {}) {
  const names = expressions.flatMap((text) => [...text.matchAll(/#(\w+)/g)].map(([mark, word]) => [mark, word]));
  return {
    ...(names.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(names) } : {}),
    ...(Object.keys(values).length > 0
      ? { ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([k, v]) => [`:${k}`, v])) }
      : {}),
  };
}

function refused(error: unknown): undefined {
  if (awsErrorName(error) !== "ConditionalCheckFailedException") throw error;
}

/** The SDK's own message may hold parts of an item: only the error's name goes on. */
const unavailable = (what: string, table: string) =>
  new WardenError(
    "ERR_LEDGER_UNAVAILABLE",
    `The ledger (table ${table}) could not be read or written (${what}); see that it can be reached, then try again.`,
  );

/** Tries until `once` answers something; `undefined` says that somebody else wrote in between. */
export async function retryOnConflict<T>(
  pause: LedgerContext["pause"],
  tries: number,
  once: (attempt: number) => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await pause(attempt - 1);
    const answer = await once(attempt);
    if (answer !== undefined) return answer;
  }
  throw new WardenError(
    "ERR_LEDGER_UNAVAILABLE",
    `An item of the ledger was changed by others ${tries} times in a row; wait a moment and try again.`,
  );
}

/** Bytes that a foreign id may take of a key: a sort key ends at 1,024 bytes, and a directory's name stands before it. */
const LONGEST_ID = 900;

/** An id as part of a key: itself, unless DynamoDB could not hold it or could not tell it from another one. */
export function keyPart(id: string): string {
  const plain = id !== "" && !id.startsWith("~") && id.isWellFormed() && Buffer.byteLength(id) <= LONGEST_ID;
  return plain ? id : `~${createHash("sha256").update(id, "utf16le").digest("base64url")}`;
}

export const iso = (ms: number): string => new Date(ms).toISOString();

/** Index `open`: subjects that are not compliant, in 16 parts a verdict. Index `runs`: runs by start. Both sparse. */
const INDEXES = { open: ["open", "openId"], runs: ["runs", "started"] } as const;

const keys = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: "HASH" as const },
  { AttributeName: sk, KeyType: "RANGE" as const },
];
const text = (AttributeName: string): AttributeDefinition => ({ AttributeName, AttributeType: "S" });

/** What the table must look like, wherever it is created. */
const TABLE = {
  AttributeDefinitions: ["pk", "sk", ...Object.values(INDEXES).flat()].map(text),
  KeySchema: keys("pk", "sk"),
  GlobalSecondaryIndexes: Object.entries(INDEXES).map(([IndexName, [pk, sk]]) => ({
    IndexName,
    KeySchema: keys(pk, sk),
    Projection: { ProjectionType: "ALL" as const },
  })),
  BillingMode: "PAY_PER_REQUEST",
} satisfies Omit<CreateTableCommandInput, "TableName">;

/** Creates the table unless it exists, and waits until it can be used. */
export async function createTable(client: Client, table: string, signal: AbortSignal): Promise<void> {
  const send = <T>(call: () => Promise<T>) => callAws(call, ({ cause }) => unavailable(cause, table));
  const options = { abortSignal: signal };
  await send(() => client.send(new CreateTableCommand({ TableName: table, ...TABLE }), options).catch(existing));
  const isActive = async () => {
    const { Table: described } = await send(() => client.send(new DescribeTableCommand({ TableName: table }), options));
    return described?.TableStatus === "ACTIVE";
  };
  while (!(await isActive())) await wait(20, undefined, { signal });
}

function existing(error: unknown): void {
  if (awsErrorName(error) !== "ResourceInUseException") throw error;
}
