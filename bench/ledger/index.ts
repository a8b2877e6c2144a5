/** A ledger in memory: in this process, or behind HTTP in a process of its own. */
import { startEndpoint } from "../shared/processes.ts";

export type { Bill } from "./bill.ts";
export { memoryClient } from "./memory-client.ts";
export { memoryTable } from "./memory-table.ts";

/** Starts DynamoDB and S3 over memory, and ends them when `work` has ended. */
export async function withLedgerServer<T>(work: (endpoint: string) => Promise<T>): Promise<T> {
  const { endpoint, stop } = await startEndpoint("bench/ledger/ledger-process.ts", {}, ["--max-old-space-size=12000"]);
  try {
    return await work(endpoint);
  } finally {
    await stop();
  }
}
