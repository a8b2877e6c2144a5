/** Lambda: looks afresh at the accounts that events on the queue name. What fails comes again alone. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { messageRechecker } from "../lib/recheck/index.ts";
import { counter } from "./metrics.ts";
import { recheckPortsOf } from "./ports.ts";

const count = counter("recheck");
const recheck = messageRechecker({
  ...recheckPortsOf(process.env),
  onProgress({ did, outcome, why }) {
    count(outcome ?? did, 1);
    // Somebody switches this account off again and again.
    if (why?.startsWith("ERR_LIMIT_ACCOUNT")) count("account-limit", 1);
  },
});

const takeBatch = async (
  { Records }: SQSEvent,
  _: Context,
  { signal }: MiddyHandlerObject,
): Promise<SQSBatchResponse> => {
  const messages = Records.map(({ messageId, receiptHandle, body, attributes }) => ({
    id: messageId,
    receipt: receiptHandle,
    body,
    receives: Number(attributes.ApproximateReceiveCount),
  }));
  const again = await recheck(messages, signal);
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
};

/** Two seconds before Lambda would end it, what is under way is given up: it comes again. */
export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 2_000 }).handler(takeBatch);
