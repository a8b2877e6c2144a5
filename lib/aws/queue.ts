/** The event queue in SQS, with the queue beside it for what failed too often or could not be read. */
import type { SendMessageBatchRequestEntry, SQSClient, SQSClientConfig } from "@aws-sdk/client-sqs";
import { WardenError } from "../errors.ts";
import { QUEUE_LIMITS, type Queue, type ReceivedMessage } from "../model/index.ts";

const SENDS = 3;

export interface QueueAddresses {
  readonly url: string;
  readonly deadUrl: string;
}

/** The client is loaded with its first use, so that a handler starts without it. */
export function sqsQueue(config: SQSClientConfig, { url, deadUrl }: QueueAddresses): Queue {
  const connect = connector(config);
  return {
    async send(messages, signal) {
      if (messages.length > QUEUE_LIMITS.messages || messages.some(({ events }) => events.length > QUEUE_LIMITS.events))
        throw new RangeError(
          `at most ${QUEUE_LIMITS.messages} messages a call, and ${QUEUE_LIMITS.events} events a message`,
        );
      if (messages.length > 0)
        await sendAll(
          connect,
          url,
          messages.map((message, i) => ({ Id: String(i), MessageBody: bodyOf(message) })),
          signal,
        );
    },
    sendToDeadLetter: (letter, signal) => sendAll(connect, deadUrl, [{ Id: "0", MessageBody: bodyOf(letter) }], signal),
    ...reading(connect, url),
    deadLetters: reading(connect, deadUrl),
  };
}

type Connect = () => Promise<{ readonly sdk: typeof import("@aws-sdk/client-sqs"); readonly client: SQSClient }>;

function connector(config: SQSClientConfig): Connect {
  let loading: ReturnType<Connect> | undefined;
  const load = async () => {
    const sdk = await import("@aws-sdk/client-sqs");
    return { sdk, client: new sdk.SQSClient(config) };
  };
  return () => {
    loading ??= load();
    return loading;
  };
}

/** SQS may take some messages of a call and not others: only those are sent again. */
async function sendAll(
  connect: Connect,
  url: string,
  entries: SendMessageBatchRequestEntry[],
  signal: AbortSignal,
): Promise<void> {
  let left = entries;
  let code: string | undefined;
  for (let sent = 0; sent < SENDS && left.length > 0; sent++) {
    const batch = left;
    const { Failed = [] } = await reach(async () => {
      const { sdk, client } = await connect();
      return client.send(new sdk.SendMessageBatchCommand({ QueueUrl: url, Entries: batch }), { abortSignal: signal });
    });
    code = Failed[0]?.Code;
    left = batch.filter(({ Id }) => Failed.some((failed) => failed.Id === Id));
  }
  if (left.length > 0) throw unavailable(code ?? "not taken");
}

function reading(connect: Connect, url: string): Queue["deadLetters"] {
  return {
    receive: (most, waitSeconds, signal) =>
      reach(async () => {
        const { sdk, client } = await connect();
        const command = new sdk.ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: most,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        });
        const { Messages = [] } = await client.send(command, { abortSignal: signal });
        return Messages.map(
          ({ MessageId = "", ReceiptHandle = "", Body = "", Attributes }): ReceivedMessage => ({
            id: MessageId,
            receipt: ReceiptHandle,
            body: Body,
            receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
          }),
        );
      }),
    acknowledge: (receipt, signal) =>
      reach(async () => {
        const { sdk, client } = await connect();
        const command = new sdk.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt });
        await client.send(command, { abortSignal: signal });
      }),
    delay: (receipt, seconds, signal) =>
      reach(async () => {
        const { sdk, client } = await connect();
        const change = { QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: seconds };
        await client.send(new sdk.ChangeMessageVisibilityCommand(change), { abortSignal: signal });
      }),
  };
}

/** SQS does not take every character that JSON leaves as it is; it takes ASCII. */
const bodyOf = (content: object): string =>
  JSON.stringify(content).replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The SDK's own message may hold a request or a body: only the error's name goes on. */
async function reach<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw unavailable(error instanceof Error ? error.name : "unknown error");
  }
}

const unavailable = (name: string) =>
  new WardenError(
    "ERR_QUEUE_UNAVAILABLE",
    `The event queue could not be written or read (${name}); check it and its permissions, and try again.`,
  );
