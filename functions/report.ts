/** Lambda: writes the report of a run that is over into the bucket for reports, in every format, and says where it is. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { Context, EventBridgeEvent } from "aws-lambda";
import { ulid } from "ulid";
import * as v from "valibot";
import { s3Bucket, s3Evidence } from "../lib/aws/bucket.ts";
import { reportBus } from "../lib/aws/event-bus.ts";
import { WardenError } from "../lib/errors.ts";
import { documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import { deliverReport } from "../lib/report/index.ts";
import { bucketAddressing } from "./environment.ts";
import { counter } from "./metrics.ts";
import { nameOf } from "./ports.ts";

type RunCompleted = EventBridgeEvent<"run.completed", unknown>;

const clock = Date.now;
const need = (name: string) => nameOf(process.env, name);
const bucket = need("MFA_WARDEN_BUCKET");
const reports = need("MFA_WARDEN_REPORTS");
const addressing = bucketAddressing(process.env);
const ports = {
  ledger: dynamoLedger({ client: documentClient({}), table: need("MFA_WARDEN_TABLE"), clock, ulid }),
  evidence: s3Evidence(addressing, bucket, `s3://${bucket}/`),
  reports: s3Bucket(addressing, reports, `s3://${reports}/`),
  announce: reportBus({}, need("MFA_WARDEN_BUS")),
  clock,
};
const count = counter("report");

const detailSchema = v.object({
  run: v.pipe(v.string(), v.nonEmpty()),
  heads: v.array(v.object({ directory: v.string(), hash: v.string() })),
});

const writeReport = async ({ detail }: RunCompleted, context: Context, { signal }: MiddyHandlerObject) => {
  const read = v.safeParse(detailSchema, detail);
  if (!read.success)
    throw new WardenError("ERR_INPUT_INVALID", "This is no run.completed event; no report was written.");
  const { rows } = await deliverReport(ports, { ...read.output, ...placeOf(context) }, signal);
  count("rows", rows);
};

/** `arn:aws:lambda:eu-west-1:111122223333:function:…` says whose Security Hub the findings are for. */
function placeOf({ invokedFunctionArn }: Context) {
  const [, partition, , region, account] = invokedFunctionArn.split(":");
  return partition && region && account ? { aws: { partition, region, account } } : {};
}

/** Ten seconds before Lambda would end it, it gives up: no file is left that looks whole. */
export const handler = middy<RunCompleted, void>({ timeoutEarlyInMillis: 10_000 }).handler(writeReport);
