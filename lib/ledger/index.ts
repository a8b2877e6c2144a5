/** The room of the ledger: every store, put together over one DynamoDB table. Only the files of this folder know table keys. */
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Clock, Ledger } from "../model/index.ts";
import { budgetStore } from "./budget.ts";
import { plannedChanges } from "./changes.ts";
import { claims } from "./claims.ts";
import type { LedgerContext } from "./context.ts";
import { eventCursorStore } from "./event-cursors.ts";
import { graceStore } from "./grace-clocks.ts";
import { eventStore } from "./handled-events.ts";
import { holdStore } from "./holds.ts";
import { leaseStore } from "./leases.ts";
import { noticeStore } from "./notices.ts";
import { outcomes } from "./outcomes.ts";
import { planStore } from "./plans.ts";
import { runStore } from "./runs.ts";
import { stateStore } from "./states.ts";
import { switchStore } from "./switches.ts";
import { type Client, openTable } from "./table.ts";

export { closeFinishedRun } from "./close-run.ts";
export { createTable } from "./create-table.ts";
export { endedSweeps, isRefusedByLease } from "./ended-sweeps.ts";
export { findNewestRun } from "./newest-run.ts";
export { expirePlan } from "./plans.ts";
export type { Client } from "./table.ts";

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

const DEFAULT_LEASE_SECONDS = 60;
/** Each pause is twice as long as the one before, from the first to the longest, give or take a half. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 10_000;

/**
 * State and history of every subject, every run, every change, in single-item conditional writes. Throws
 * `ERR_LEDGER_UNAVAILABLE` when the SDK's own retries did not help, and nothing else but what the port says.
 */
export function dynamoLedger(needs: LedgerNeeds): Ledger {
  const {
    client,
    table,
    clock,
    ulid,
    leaseSeconds = DEFAULT_LEASE_SECONDS,
    sleep = wait,
    random = Math.random,
  } = needs;
  const pause = async (attempt: number) => {
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + random()));
  };
  const context: LedgerContext = { table: openTable(client, table, pause), clock, ulid, leaseSeconds, pause };
  return {
    ...stateStore(context),
    ...plannedChanges(context),
    ...planStore(context),
    ...claims(context),
    ...outcomes(context),
    ...leaseStore(context),
    ...runStore(context),
    ...budgetStore(context),
    ...switchStore(context),
    ...eventStore(context),
    ...eventCursorStore(context),
    ...holdStore(context),
    ...graceStore(context),
    ...noticeStore(context),
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
