/** One sweep in a process that does nothing else, with the clients that the product uses; prints its peak memory. */
import * as v from "valibot";
import { s3Evidence } from "../../lib/aws/bucket.ts";
import { createTable, documentClient } from "../../lib/ledger/index.ts";
import { readInput } from "../shared/child.ts";
import { tenantSchema } from "../shared/simulator.ts";
import { readPeakBytes, startStopwatch } from "../shared/stopwatch.ts";
import { sweepOnce, sweepPorts, TABLE } from "./ports.ts";

const inputSchema = v.object({
  tenant: tenantSchema,
  /** Of the ledger and the bucket. */
  endpoint: v.string(),
  accounts: v.number(),
});
export type SweepInput = v.InferOutput<typeof inputSchema>;

const { tenant, endpoint, accounts } = readInput(inputSchema);
const aws = { endpoint, region: "us-east-1", credentials: { accessKeyId: "bench", secretAccessKey: "bench" } };
const client = documentClient(aws);
await createTable(client, TABLE, AbortSignal.timeout(10_000));
const ports = sweepPorts(tenant, client, s3Evidence({ ...aws, forcePathStyle: true }, "evidence", "memory"));

const readStopwatch = startStopwatch();
await sweepOnce(ports, accounts);
const { seconds } = readStopwatch();
client.destroy();
console.log(JSON.stringify({ seconds, peakBytes: readPeakBytes() }));
