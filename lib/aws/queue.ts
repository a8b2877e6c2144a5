/** The event queue in SQS, with the queue beside it for what failed too often or could not be read. */
import type { Message, SendMessageBatchRequestEntry, SQSClient, SQSClientConfig } from "@aws-sdk/client-sqs";
import { WardenError } from "../errors.ts";
import { QUEUE_LIMITS, type Queue, type QueueMessage, type ReceivedMessage } from "../model/index.ts";
import { callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

/** How often a message is sent that SQS does not take. */
const MAX_SENDS = 3;

export interface QueueAddresses {
  readonly url: string;
  readonly deadUrl: string;
}

interface Connection {
  readonly sdk: typeof import("@aws-sdk/client-sqs");
  readonly client: SQSClient;
}

/** Makes one call to SQS. Throws `ERR_QUEUE_UNAVAILABLE`. */
type CallSqs = <T>(send: (connection: Connection) => Promise<T>) => Promise<T>;

/** The event queue, and its dead letters in a queue of their own. */
export function sqsQueue(config: SQSClientConfig, { url, deadUrl }: QueueAddresses): Queue {
  const connect = lazyClient(
    () => import("@aws-sdk/client-sqs"),
    (sdk) => new sdk.SQSClient(config),
  );
  const callSqs: CallSqs = (send) =>
    callAws(
      async () => send(await connect()),
      ({ cause }) => unavailable(cause),
    );
  return {
    async send(messages, signal, delaySeconds = 0) {
      checkLimits(messages);
      await sendAll(callSqs, url, entriesOf(messages, delaySeconds), signal);
    },
    sendToDeadLetter: (letter, signal) => sendAll(callSqs, deadUrl, entriesOf([letter]), signal),
    ...readerOf(callSqs, url),
    deadLetters: readerOf(callSqs, deadUrl),
  };
}

function checkLimits(messages: readonly QueueMessage[]): void {
  if (messages.length > QUEUE_LIMITS.messages || messages.some(({ events }) => events.length > QUEUE_LIMITS.events))
    throw new RangeError(
      `at most ${QUEUE_LIMITS.messages} messages a call, and ${QUEUE_LIMITS.events} events a message`,
    );
}

const entriesOf = (contents: readonly object[], DelaySeconds = 0): SendMessageBatchRequestEntry[] =>
  contents.map((content, index) => ({ Id: String(index), MessageBody: bodyOf(content), DelaySeconds }));

/** SQS may take some messages of a call and not others: only those are sent again. */
async function sendAll(
  callSqs: CallSqs,
  url: string,
  entries: readonly SendMessageBatchRequestEntry[],
  signal: AbortSignal,
): Promise<void> {
  let left = [...entries];
  let code: string | undefined;
  for (let sends = 0; sends < MAX_SENDS && left.length > 0; sends++) {
    const batch = left;
    const { Failed = [] } = await callSqs(({ sdk, client }) =>
      client.send(new sdk.SendMessageBatchCommand({ QueueUrl: url, Entries: batch }), { abortSignal: signal }),
    );
    code = Failed[0]?.Code;
    left = batch.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
  }
  if (left.length > 0) throw unavailable(code ?? "not taken");
}

function readerOf(callSqs: CallSqs, url: string): Queue["deadLetters"] {
  return {
    receive: (most, waitSeconds, signal) =>
      callSqs(async ({ sdk, client }) => {
        const command = new sdk.ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: most,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        });
        const { Messages = [] } = await client.send(command, { abortSignal: signal });
        return Messages.map(receivedMessageOf);
      }),
    acknowledge: (receipt, signal) =>
      callSqs(async ({ sdk, client }) => {
        const command = new sdk.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt });
        await client.send(command, { abortSignal: signal });
      }),
    delay: (receipt, seconds, signal) =>
      callSqs(async ({ sdk, client }) => {
        const change = { QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: seconds };
        await client.send(new sdk.ChangeMessageVisibilityCommand(change), { abortSignal: signal });
      }),
  };
}

const receivedMessageOf = ({ MessageId, ReceiptHandle, Body, Attributes }: Message): ReceivedMessage => ({
  id: MessageId ?? "",
  receipt: ReceiptHandle ?? "",
  body: Body ?? "",
  receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
});

/** JSON in ASCII: SQS does not take every character that JSON leaves as it is. */
const bodyOf = (content: object): string =>
  JSON.stringify(content).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

const unavailable = (cause: string) =>
  new WardenError(
    "ERR_QUEUE_UNAVAILABLE",
    `The event queue could not be written or read (${cause}); check it and its permissions, and try again.`,
  );
