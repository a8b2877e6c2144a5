/** One sweep as a durable workflow in a process that does nothing else; prints what it took. */
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { ulid } from "ulid";
import * as v from "valibot";
import { sweepHandler } from "../../functions/workflows.ts";
import { s3Evidence } from "../../lib/aws/bucket.ts";
import { createTable, documentClient } from "../../lib/ledger/index.ts";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import type { SweepOrder } from "../../lib/sweep/index.ts";
import { readInput } from "../shared/child.ts";
import { DIRECTORY } from "../shared/policy.ts";
import { tenantSchema } from "../shared/simulator.ts";
import { readPeakBytes, startStopwatch } from "../shared/stopwatch.ts";
import { sweepPorts, TABLE } from "../sweep/ports.ts";

const { tenant, endpoint, accounts } = readInput(
  v.object({ tenant: tenantSchema, endpoint: v.string(), accounts: v.number() }),
);
const aws = { endpoint, region: "us-east-1", credentials: { accessKeyId: "bench", secretAccessKey: "bench" } };
const client = documentClient(aws);
await createTable(client, TABLE, AbortSignal.timeout(10_000));
const ports = sweepPorts(tenant, client, s3Evidence({ ...aws, forcePathStyle: true }, "evidence", "memory"));

await LocalDurableTestRunner.setupTestEnvironment();
const runner = new LocalDurableTestRunner<DirectoryRecord>({ handlerFunction: sweepHandler(ports) });
const order: SweepOrder = {
  run: ulid(),
  directory: DIRECTORY,
  mode: "enforce",
  startedAt: new Date().toISOString(),
  origin: { by: "bench", how: "bench" },
};
const { run, mode, startedAt, origin } = order;
const opened = { status: "running", policy: ports.policyHash, code: ports.code, directories: [DIRECTORY] } as const;
await ports.ledger.openRun({ run, mode, startedAt, origin, ...opened, opener: ulid() });
await ports.ledger.setDeployedPolicy(ports.policyHash);
const readStopwatch = startStopwatch();
const execution = await runner.run({ payload: order });
const duration = readStopwatch();
const record = execution.getResult();
if (record?.status !== "completed" || record.read !== accounts)
  throw new Error(
    `The sweep ended as ${record?.status}, ${record?.read} of ${accounts} accounts read: ${JSON.stringify(record?.problems)}`,
  );
const results = execution.getOperations().map((operation) => JSON.stringify(operation.getStepDetails()?.result) ?? "");
const checkpointBytes = results.reduce((bytes, result) => bytes + Buffer.byteLength(result), 0);
console.log(JSON.stringify({ ...duration, peakBytes: readPeakBytes(), operations: results.length, checkpointBytes }));
await LocalDurableTestRunner.teardownTestEnvironment();
client.destroy();
