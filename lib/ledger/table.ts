/** The only way to the table: conditional writes, consistent reads, patience with throttles, and errors without a part of an item. */
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
import type { Pause } from "./conflict.ts";
import { bindNames, type Condition, type ItemUpdate, putInput, updateInput } from "./expression.ts";
import type { Key } from "./keys.ts";

export type Client = Pick<DynamoDBDocumentClient, "send">;
export type Item = NonNullable<GetCommandOutput["Item"]>;

/** The table. A condition that does not hold is an answer, not an error. */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** Any number of keys, in no order; what does not exist is left out. */
  getAll(keys: readonly Key[], consistent: boolean): Promise<Item[]>;
  /** `false`: the condition did not hold. */
  put(item: Item, condition?: Condition): Promise<boolean>;
  /** The item as it is now; `undefined`: the condition did not hold. */
  update(key: Key, update: ItemUpdate): Promise<Item | undefined>;
  /** As `update`, without a condition; answers what the item was before. `undefined`: there was none. */
  exchange(key: Key, update: ItemUpdate): Promise<Item | undefined>;
  /** Page by page; consistent unless it reads an index. */
  query(query: QueryOptions, where: string, values: Item): AsyncGenerator<Item[]>;
}

type QueryOptions = Pick<QueryCommandInput, "IndexName" | "ScanIndexForward" | "Limit">;

interface Connection {
  readonly client: Client;
  /** Of the table. */
  readonly name: string;
  readonly pause: Pause;
}

/** @param name of the DynamoDB table */
export function openTable(client: Client, name: string, pause: Pause): Table {
  const connection: Connection = { client, name, pause };
  return {
    async get(key) {
      const command = new GetCommand({ TableName: name, Key: key, ConsistentRead: true });
      return (await call(name, client.send(command))).Item;
    },
    async getAll(keys, consistent) {
      const batches = batchesOf(keys);
      return (
        await mapConcurrently(batches, BATCHES_IN_PARALLEL, (batch) => getBatch(connection, batch, consistent))
      ).flat();
    },
    async put(item, condition = {}) {
      const command = new PutCommand({ TableName: name, Item: item, ...putInput(condition) });
      return (await call(name, client.send(command).catch(conditionFailed))) !== undefined;
    },
    async update(key, update) {
      const input = { TableName: name, Key: key, ReturnValues: "ALL_NEW" as const, ...updateInput(update) };
      const answer = await call(name, client.send(new UpdateCommand(input)).catch(conditionFailed));
      return answer && (answer.Attributes ?? {});
    },
    async exchange(key, update) {
      const input = { TableName: name, Key: key, ReturnValues: "ALL_OLD" as const, ...updateInput(update) };
      return (await call(name, client.send(new UpdateCommand(input)))).Attributes;
    },
    query: (query, where, values) => queryPages(connection, query, where, values),
  };
}

const call = <T>(table: string, answer: Promise<T>): Promise<T> =>
  callAws(
    () => answer,
    ({ cause }) => unavailable(table, cause),
  );

function conditionFailed(error: unknown): undefined {
  if (awsErrorName(error) !== "ConditionalCheckFailedException") throw error;
}

/** The error of a table that cannot be used. @param cause a few words */
export const unavailable = (table: string, cause: string) =>
  new WardenError(
    "ERR_LEDGER_UNAVAILABLE",
    `The ledger (table ${table}) could not be read or written (${cause}); see that it can be reached, then try again.`,
  );

/** BatchGetItem takes at most 100 keys. */
const KEYS_PER_BATCH = 100;
const BATCHES_IN_PARALLEL = 16;
/** With the waits of `pause` about half a minute; the SDK has retried each call before. */
const MAX_BATCH_ATTEMPTS = 12;

const batchesOf = (keys: readonly Key[]) =>
  Array.from({ length: Math.ceil(keys.length / KEYS_PER_BATCH) }, (_, index) =>
    keys.slice(index * KEYS_PER_BATCH, (index + 1) * KEYS_PER_BATCH),
  );

async function getBatch(
  { client, name, pause }: Connection,
  keys: readonly Key[],
  consistent: boolean,
): Promise<Item[]> {
  const found: Item[] = [];
  let left: readonly Item[] = keys;
  for (let attempt = 0; left.length > 0; attempt++) {
    if (attempt >= MAX_BATCH_ATTEMPTS) throw unavailable(name, "throttled");
    if (attempt > 0) await pause(attempt - 1);
    const RequestItems = { [name]: { Keys: [...left], ConsistentRead: consistent } };
    const answer = await call(name, client.send(new BatchGetCommand({ RequestItems })));
    found.push(...(answer.Responses?.[name] ?? []));
    left = answer.UnprocessedKeys?.[name]?.Keys ?? [];
  }
  return found;
}

async function* queryPages(
  { client, name }: Connection,
  query: QueryOptions,
  where: string,
  values: Item,
): AsyncGenerator<Item[]> {
  let start: Item | undefined;
  do {
    const command: QueryCommand = new QueryCommand({
      TableName: name,
      KeyConditionExpression: where,
      ConsistentRead: query.IndexName === undefined,
      ...query,
      ...bindNames([where], values),
      ...(start ? { ExclusiveStartKey: start } : {}),
    });
    const answer = await call(name, client.send(command));
    yield answer.Items ?? [];
    start = answer.LastEvaluatedKey;
  } while (start);
}
