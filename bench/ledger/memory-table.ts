/** A DynamoDB table in memory with its bill: it obeys the commands that the ledger sends. */
import { type Bill, type BillCounter, billCounter } from "./bill.ts";
import type { Input } from "./command-input.ts";
import { parseCondition } from "./condition.ts";
import { type ItemStore, itemStore } from "./item-store.ts";
import { compareValues, type Item, type Placeholders } from "./operand.ts";
import { parseUpdate } from "./update.ts";

export interface MemoryTable {
  /** Answers by the name of the operation. Throws an error that is named as DynamoDB names it. */
  answer(operation: string, input: Input): object;
  /** What has come up since the bill was last taken. */
  takeBill(): Bill;
}

interface Table {
  readonly items: ItemStore;
  readonly bill: BillCounter;
}

const MAX_BATCH_KEYS = 100;

const OPERATIONS: Readonly<Record<string, (table: Table, input: Input) => object>> = {
  GetItem: getItem,
  BatchGetItem: batchGetItem,
  PutItem: putItem,
  UpdateItem: updateItem,
  Query: query,
  CreateTable: createIndexes,
  DescribeTable: () => ({ Table: { TableStatus: "ACTIVE" } }),
};

/** An empty table. It has indexes once it is told to create them. */
export function memoryTable(): MemoryTable {
  const table: Table = { items: itemStore(), bill: billCounter() };
  return {
    answer(name, input) {
      const operation = OPERATIONS[name];
      if (!operation) throw namedError("UnknownOperationException");
      return operation(table, input);
    },
    takeBill: table.bill.take,
  };
}

function getItem(table: Table, { Key = {}, ConsistentRead = false }: Input): object {
  const Item = readItem(table, Key, ConsistentRead);
  return Item ? { Item } : {};
}

function batchGetItem(table: Table, { RequestItems = {} }: Input): object {
  const responses = Object.entries(RequestItems).map(([name, { Keys = [], ConsistentRead = false }]) => {
    if (Keys.length > MAX_BATCH_KEYS) throw namedError("ValidationException");
    return [name, Keys.flatMap((key) => readItem(table, key, ConsistentRead) ?? [])];
  });
  return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} };
}

function readItem({ items, bill }: Table, key: Item, consistent: boolean): Item | undefined {
  const text = items.find(key);
  bill.addRead(text?.length ?? 0, consistent);
  return text === undefined ? undefined : JSON.parse(text);
}

function putItem(table: Table, input: Input): object {
  const { Item = {} } = input;
  writeItem(table, input, Item, () => Item);
  return {};
}

function updateItem(table: Table, input: Input): object {
  const { Key = {}, UpdateExpression = "" } = input;
  const revise = (stored: Item | undefined) => {
    const item = stored ?? { ...Key };
    parseUpdate(UpdateExpression)(item, placeholdersOf(input));
    return item;
  };
  return { Attributes: writeItem(table, input, Key, revise) };
}

/** Writes what `revise` makes of the stored item. Throws if the input's condition does not hold. */
function writeItem({ items, bill }: Table, input: Input, key: Item, revise: (stored: Item | undefined) => Item): Item {
  const text = items.find(key);
  const stored = text === undefined ? undefined : JSON.parse(text);
  const { ConditionExpression: condition } = input;
  if (condition !== undefined && !parseCondition(condition)(stored ?? {}, placeholdersOf(input))) {
    bill.addRefusedWrite();
    throw namedError("ConditionalCheckFailedException");
  }
  const item = revise(stored);
  const { bytes, indexes } = items.put(item);
  bill.addWrite(kindOf(item), bytes, 1 + indexes);
  return item;
}

function query({ items, bill }: Table, input: Input): object {
  const { IndexName, KeyConditionExpression = "", ConsistentRead = false, ScanIndexForward = true, Limit } = input;
  const placeholders = placeholdersOf(input);
  const condition = parseCondition(KeyConditionExpression);
  const candidates =
    IndexName === undefined ? items.listPartition(placeholders.values[":pk"]) : items.listIndex(IndexName);
  const rangeKey = items.rangeKey(IndexName);
  const found = candidates
    .filter((item) => condition(item, placeholders))
    .sort((a, b) => compareValues(a[rangeKey], b[rangeKey]) * (ScanIndexForward ? 1 : -1))
    .slice(0, Limit);
  const bytes = found.reduce((total, item) => total + JSON.stringify(item).length, 0);
  bill.addRead(bytes, ConsistentRead);
  return { Items: found };
}

function createIndexes({ items }: Table, { GlobalSecondaryIndexes = [] }: Input): object {
  if (items.hasIndexes()) throw namedError("ResourceInUseException");
  for (const { IndexName, KeySchema } of GlobalSecondaryIndexes)
    items.addIndex(
      IndexName,
      KeySchema.map((key) => key.AttributeName),
    );
  return {};
}

const placeholdersOf = ({
  ExpressionAttributeNames: names = {},
  ExpressionAttributeValues: values = {},
}: Input): Placeholders => ({ names, values });

const namedError = (name: string) => Object.assign(new Error(`${name} by the benchmark's table`), { name });

/** STATE, EVENT, CHANGE, RUN, LEASE … */
const kindOf = ({ pk, sk }: Item) => (sk === "-" ? String(pk) : String(sk)).split("#")[0] ?? "";
