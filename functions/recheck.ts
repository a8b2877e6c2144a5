/** Lambda: looks afresh at the accounts that events on the queue name. What fails comes again alone. */
import middy from "@middy/core";
import { messageRechecker } from "../lib/recheck/index.ts";
import { counter } from "./metrics.ts";
import { recheckPortsOf } from "./ports.ts";

interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly receiptHandle: string;
    readonly body: string;
    readonly attributes: { readonly ApproximateReceiveCount: string };
  }[];
}

const count = counter("recheck", Date.now);
const recheck = messageRechecker({
  ...recheckPortsOf(process.env),
  onProgress: ({ did, outcome }) => count(outcome ?? did, 1),
});

const takeBatch = async ({ Records }: SqsEvent, _: unknown, { signal }: { signal: AbortSignal }) => {
  const messages = Records.map(({ messageId, receiptHandle, body, attributes }) => ({
    ...{ id: messageId, receipt: receiptHandle, body },
    receives: Number(attributes.ApproximateReceiveCount),
  }));
  const again = await recheck(messages, signal);
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
};

/** Two seconds before Lambda would end it, what is under way is given up: it comes again. */
export const handler = middy<SqsEvent>({ timeoutEarlyInMillis: 2_000 }).handler(takeBatch);
