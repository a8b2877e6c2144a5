/** Lambda's poller of a queue, as far as the deployment goes. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { REGION } from "./cloud.ts";
import type { Called, Deployment } from "./deployment.ts";
import { environmentOf, functionOf } from "./graph.ts";
import type { Variables } from "./invoke.ts";
import { credentialsFrom } from "./moto-services.ts";

const failures = v.object({ batchItemFailures: v.array(v.object({ itemIdentifier: v.string() })) });

/** Calls `recheck` once with all that is on the event queue, by its own role; what it handled is taken off. */
export async function pollEvents({ cloud, graph, invoke }: Deployment): Promise<Called> {
  const { AWS_ENDPOINT_URL_SQS: endpoint = "", ...caller }: Variables = cloud.environmentOf("recheck");
  const sqs = new SQSClient({ region: REGION, endpoint, credentials: credentialsFrom(caller) });
  const QueueUrl = environmentOf(functionOf(graph, "webhook")).MFA_WARDEN_QUEUE;
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ["ApproximateReceiveCount"],
  });
  const { Messages = [] } = await sqs.send(command);
  const Records = Messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
  }));
  const called = await invoke("recheck", { Records });
  const { batchItemFailures } = v.parse(failures, called.answer);
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  for (const { MessageId = "", ReceiptHandle } of Messages)
    if (!failed.has(MessageId)) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  sqs.destroy();
  return called;
}
