/** The ledger in one DynamoDB table: the port, put together. Only the files under ledger/ know table keys. */
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock, Ledger } from "../model/index.ts";
import { budgets } from "./budget.ts";
import { claims } from "./claims.ts";
import { leases } from "./leases.ts";
import { runs } from "./runs.ts";
import { seenEvents } from "./seen-events.ts";
import { states } from "./states.ts";
import { switches } from "./switches.ts";
import { type Client, type LedgerContext, openTable } from "./table.ts";

export { closeFinishedRun } from "./close-run.ts";

export { type Client, createTable } from "./table.ts";

export interface LedgerNeeds {
  /** Only `send` is used. */
  readonly client: Client;
  readonly table: string;
  readonly clock: Clock;
  /** Sortable by time. */
  readonly ulid: () => string;
  /** How long a lease lasts unless it is renewed; 60. */
  readonly leaseSeconds?: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * State and history of every subject, every run, every change, in single-item conditional writes. Throws
 * `ERR_LEDGER_UNAVAILABLE` when the SDK's own retries did not help, and nothing else but what the port says.
 */
export function dynamoLedger({
  client,
  table,
  clock,
  ulid,
  leaseSeconds = 60,
  sleep = wait,
  random = Math.random,
}: LedgerNeeds): Ledger {
  const pause = async (attempt: number) => {
    await sleep(Math.min(10_000, 25 * 2 ** attempt) * (0.5 + random()));
  };
  const needs: LedgerContext = { table: openTable(client, table, pause), clock, ulid, pause };
  return {
    ...leases(needs, leaseSeconds),
    ...states(needs),
    ...claims(needs),
    ...switches(needs),
    ...budgets(needs),
    ...runs(needs),
    ...seenEvents(needs),
  };
}

/**
 * A client as the ledger wants it: as many sockets as it has writes under way, more patience with throttles than the SDK's
 * default, and no value that is `undefined`.
 */
export function documentClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const agent = { maxSockets: 160, keepAlive: true };
  const requestHandler = {
    httpAgent: agent,
    httpsAgent: agent,
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    throwOnRequestTimeout: true,
  };
  const client = new DynamoDBClient({ maxAttempts: 8, requestHandler, ...config });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
