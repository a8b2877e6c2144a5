/** A DynamoDB table in memory with its bill: it obeys the commands the ledger sends, and counts what AWS would charge for. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../lib/ledger/index.ts";
import { type Bound, compare, condition, type Item, update } from "./expression.ts";

/** Read and write units as DynamoDB bills them, and how often each kind of item was written. */
export interface Bill {
  readonly reads: number;
  readonly writes: number;
  readonly written: Readonly<Record<string, number>>;
}

/** Answers by the name of the operation. Throws an error named as DynamoDB names it. */
export interface MemoryTable {
  answer(operation: string, input: Input): object;
  /** What has come up since it was last asked for. */
  bill(): Bill;
}

/** What the commands have in common, in plain values. */
export interface Input {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly RequestItems?: Readonly<
    Record<string, { readonly Keys?: readonly Item[]; readonly ConsistentRead?: boolean }>
  >;
  readonly IndexName?: string;
  readonly KeyConditionExpression?: string;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Bound["names"];
  readonly ExpressionAttributeValues?: Bound["values"];
  readonly ConsistentRead?: boolean;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly GlobalSecondaryIndexes?: readonly Index[];
}

interface Index {
  readonly IndexName: string;
  /** The hash key, then the range key. */
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

const READ_UNIT = 4096;
const WRITE_UNIT = 1024;

/** Items are kept as JSON: nobody can change one by holding on to it, and a million of them need little memory. */
export function memoryTable(): MemoryTable {
  const partitions = new Map<string, Map<string, string>>();
  const indexes = new Map<string, { readonly keys: readonly string[]; readonly items: Map<string, Item> }>();
  let reads = 0;
  let writes = 0;
  let written: Record<string, number> = {};

  const find = ({ pk, sk }: Item) => partitions.get(String(pk))?.get(String(sk));

  function charge(text: string | undefined, consistent: boolean): Item | undefined {
    reads += Math.max(1, Math.ceil((text?.length ?? 0) / READ_UNIT)) * (consistent ? 1 : 0.5);
    return text === undefined ? undefined : JSON.parse(text);
  }

  function store(item: Item): void {
    const text = JSON.stringify(item);
    const { pk, sk } = item;
    const units = Math.ceil(text.length / WRITE_UNIT);
    const partition = partitions.get(String(pk)) ?? new Map<string, string>();
    partitions.set(String(pk), partition.set(String(sk), text));
    written[kindOf(item)] = (written[kindOf(item)] ?? 0) + 1;
    writes += units * (1 + relist(item));
  }

  /** In how many indexes it changed something. */
  function relist(item: Item): number {
    const key = `${item.pk}\0${item.sk}`;
    const changed = [...indexes.values()].filter(({ keys, items }) =>
      keys.every((name) => item[name] !== undefined) ? items.set(key, item) : items.delete(key),
    );
    return changed.length;
  }

  function write(input: Input, key: Item, revise: (stored: Item | undefined) => Item): Item {
    const text = find(key);
    const stored = text === undefined ? undefined : JSON.parse(text);
    const { ConditionExpression: when } = input;
    if (when !== undefined && !condition(when)(stored ?? {}, boundOf(input))) {
      writes += 1;
      throw refusal();
    }
    const item = revise(stored);
    store(item);
    return item;
  }

  function query(input: Input): Item[] {
    const { IndexName, KeyConditionExpression = "", ScanIndexForward = true, Limit } = input;
    const bound = boundOf(input);
    const wanted = condition(KeyConditionExpression);
    const found = candidates(IndexName, bound).filter((item) => wanted(item, bound));
    const range = indexes.get(IndexName ?? "")?.keys[1] ?? "sk";
    found.sort((a, b) => compare(a[range], b[range]) * (ScanIndexForward ? 1 : -1));
    const items = found.slice(0, Limit);
    const size = items.reduce((sum, item) => sum + JSON.stringify(item).length, 0);
    reads += Math.max(1, Math.ceil(size / READ_UNIT)) * (input.ConsistentRead ? 1 : 0.5);
    return items;
  }

  function candidates(index: string | undefined, { values }: Bound): Item[] {
    if (index !== undefined) return [...(indexes.get(index)?.items.values() ?? [])];
    return [...(partitions.get(String(values[":pk"]))?.values() ?? [])].map((text) => JSON.parse(text));
  }

  const operations: Record<string, (input: Input) => object> = {
    GetItem: (input) => {
      const found = charge(find(input.Key ?? {}), input.ConsistentRead === true);
      return found ? { Item: found } : {};
    },
    BatchGetItem: ({ RequestItems = {} }) => {
      const answers = Object.entries(RequestItems).map(([name, { Keys = [], ConsistentRead = false }]) => {
        if (Keys.length > 100) throw named("ValidationException");
        return [name, Keys.flatMap((key) => charge(find(key), ConsistentRead) ?? [])];
      });
      return { Responses: Object.fromEntries(answers), UnprocessedKeys: {} };
    },
    PutItem: (input) => {
      write(input, input.Item ?? {}, () => input.Item ?? {});
      return {};
    },
    UpdateItem: (input) => {
      const key = input.Key ?? {};
      const revise = (stored: Item | undefined) => {
        const item = stored ?? { ...key };
        update(input.UpdateExpression ?? "")(item, boundOf(input));
        return item;
      };
      return { Attributes: write(input, key, revise) };
    },
    Query: (input) => ({ Items: query(input) }),
    CreateTable: ({ GlobalSecondaryIndexes = [] }) => {
      if (indexes.size > 0) throw named("ResourceInUseException");
      for (const { IndexName, KeySchema } of GlobalSecondaryIndexes)
        indexes.set(IndexName, { keys: KeySchema.map((key) => key.AttributeName), items: new Map() });
      return {};
    },
    DescribeTable: () => ({ Table: { TableStatus: "ACTIVE" } }),
  };

  return {
    answer(operation, input) {
      const work = operations[operation];
      if (!work) throw named("UnknownOperationException");
      return work(input);
    },
    bill() {
      const total = { reads, writes, written };
      reads = 0;
      writes = 0;
      written = {};
      return total;
    },
  };
}

const boundOf = ({ ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Input): Bound => ({
  names,
  values,
});

const named = (name: string) => Object.assign(new Error(`${name} by the benchmark's table`), { name });
const refusal = () => named("ConditionalCheckFailedException");

/** STATE, EVENT, CHANGE, RUN, LEASE … */
const kindOf = ({ pk, sk }: Item) => (sk === "-" ? String(pk) : String(sk)).split("#")[0] ?? "";

/** The document client's names for the operations. */
const OPERATIONS: Readonly<Record<string, string>> = {
  GetCommand: "GetItem",
  BatchGetCommand: "BatchGetItem",
  PutCommand: "PutItem",
  UpdateCommand: "UpdateItem",
  QueryCommand: "Query",
  CreateTableCommand: "CreateTable",
  DescribeTableCommand: "DescribeTable",
};

/** A document client that answers from memory after `latency` ms, any number of calls at once. */
export function memoryClient(table: MemoryTable, latency: number): Client {
  const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) => {
    const { name } = command.constructor;
    if (latency > 0) await wait(latency);
    return table.answer(OPERATIONS[name] ?? name, command.input);
  };
  // The client's type has a signature for every command of DynamoDB; the ledger sends only those above.
  return { send } as unknown as Client;
}
