/** A document client over a table in memory, without HTTP. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../../lib/ledger/index.ts";
import type { Input } from "./command-input.ts";
import type { MemoryTable } from "./memory-table.ts";

/** The document client's names for the operations. */
const OPERATION_NAMES: Readonly<Record<string, string>> = {
  GetCommand: "GetItem",
  BatchGetCommand: "BatchGetItem",
  PutCommand: "PutItem",
  UpdateCommand: "UpdateItem",
  QueryCommand: "Query",
  CreateTableCommand: "CreateTable",
  DescribeTableCommand: "DescribeTable",
};

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Input;
}

/** A document client that answers from memory after `latency` ms, any number of calls at once. */
export function memoryClient(table: MemoryTable, latency: number): Client {
  const send = async ({ constructor: { name }, input }: Command) => {
    if (latency > 0) await wait(latency);
    return table.answer(OPERATION_NAMES[name] ?? name, input);
  };
  // The client's type has a signature for every command of DynamoDB; the ledger sends only those above.
  return { send } as unknown as Client;
}
