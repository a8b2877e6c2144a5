/** What the table must look like, wherever it is created, and how a laptop creates it. */
import { setTimeout as wait } from "node:timers/promises";
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
} from "@aws-sdk/client-dynamodb";
import { awsErrorName, callAws } from "../aws/call.ts";
import { type Client, unavailable } from "./table.ts";

/** Index `open`: subjects that are not compliant, in 16 parts a verdict. Index `runs`: runs by start. Both sparse. */
const INDEXES = { open: ["open", "openId"], runs: ["runs", "started"] } as const;

const keySchema = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: "HASH" as const },
  { AttributeName: sk, KeyType: "RANGE" as const },
];

const textAttribute = (AttributeName: string): AttributeDefinition => ({ AttributeName, AttributeType: "S" });

const TABLE = {
  AttributeDefinitions: ["pk", "sk", ...Object.values(INDEXES).flat()].map(textAttribute),
  KeySchema: keySchema("pk", "sk"),
  GlobalSecondaryIndexes: Object.entries(INDEXES).map(([IndexName, [pk, sk]]) => ({
    IndexName,
    KeySchema: keySchema(pk, sk),
    Projection: { ProjectionType: "ALL" as const },
  })),
  BillingMode: "PAY_PER_REQUEST",
} satisfies Omit<CreateTableCommandInput, "TableName">;

/** How often the table is asked whether it can be used. */
const POLL_INTERVAL_MS = 20;

/** Creates the table unless it exists, and waits until it can be used. Throws `ERR_LEDGER_UNAVAILABLE`. */
export async function createTable(client: Client, table: string, signal: AbortSignal): Promise<void> {
  const call = <T>(send: () => Promise<T>) => callAws(send, ({ cause }) => unavailable(table, cause));
  const options = { abortSignal: signal };
  await call(() => client.send(new CreateTableCommand({ TableName: table, ...TABLE }), options).catch(tableExists));
  const isActive = async () => {
    const { Table } = await call(() => client.send(new DescribeTableCommand({ TableName: table }), options));
    return Table?.TableStatus === "ACTIVE";
  };
  while (!(await isActive())) await wait(POLL_INTERVAL_MS, undefined, { signal });
}

function tableExists(error: unknown): void {
  if (awsErrorName(error) !== "ResourceInUseException") throw error;
}
