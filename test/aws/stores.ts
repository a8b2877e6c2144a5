/** S3 with SQS beside it for tests: fauxqs, or the server that `npm run test:aws` has started, which others use too. */
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startFauxqs } from "fauxqs";
import { ulid } from "ulid";
import type { QueueAddresses } from "../../lib/aws/queue.ts";
import type { LoopbackServer } from "../loopback.ts";
import { LOCAL_AWS } from "./loopback.ts";

/** What one world has there, under names that nobody else uses. */
export interface Stores extends LoopbackServer {
  readonly bucket: string;
  readonly queue: QueueAddresses;
}

/** @param started where S3 and SQS are, if they are up */
export async function openStores(started = process.env.MFA_WARDEN_TEST_AWS): Promise<Stores> {
  const server = started === undefined ? await startServer() : { address: started, close: async () => {} };
  const name = ulid().toLowerCase();
  return {
    ...server,
    bucket: await createBucket(server.address, `evidence-${name}`),
    queue: await createQueues(server.address, `events-${name}`),
  };
}

async function startServer(): Promise<LoopbackServer> {
  const server = await startFauxqs({ port: 0, logger: false });
  return { address: `http://127.0.0.1:${server.port}`, close: () => server.stop() };
}

async function createBucket(endpoint: string, Bucket: string): Promise<string> {
  const s3 = new S3Client({ ...LOCAL_AWS, endpoint, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  s3.destroy();
  return Bucket;
}

async function createQueues(endpoint: string, name: string): Promise<QueueAddresses> {
  const sqs = new SQSClient({ ...LOCAL_AWS, endpoint });
  const create = async (QueueName: string) => (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? "";
  const queue = { url: await create(name), deadUrl: await create(`${name}-dead`) };
  sqs.destroy();
  return queue;
}
