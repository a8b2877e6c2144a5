/** Lambda: looks afresh at the accounts that events on the queue name. What fails comes again alone. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Code } from "../lib/errors.ts";
import { messageRechecker } from "../lib/recheck/index.ts";
import { logProblem } from "./log.ts";
import { counter } from "./metrics.ts";
import { recheckPortsOf } from "./ports.ts";

const ACCOUNT_LIMIT = "ERR_LIMIT_ACCOUNT" satisfies Code;

const count = counter("recheck");
const recheck = messageRechecker({
  ...recheckPortsOf(process.env),
  onProgress({ did, outcome, why, directory, subject }) {
    count(outcome ?? did, 1);
    if (!why?.startsWith(ACCOUNT_LIMIT)) return;
    // Somebody switches this account off again and again: the alarm is set on the count, and the log says whose it is.
    count("account-limit", 1);
    logProblem({
      part: "recheck",
      code: ACCOUNT_LIMIT,
      directory,
      message: `The account ${subject} is not changed: ${why}`,
    });
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
