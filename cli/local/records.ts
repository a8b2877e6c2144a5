/** The records that a command works on: the ledger and the evidence of a state folder's embedded stack, or those of AWS. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "ulid";
import { bucketAddressing, kmsAddressing } from "../../functions/environment.ts";
import { s3Bucket, s3Evidence } from "../../lib/aws/bucket.ts";
import { kmsSigner } from "../../lib/aws/kms-signer.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { WardenError } from "../../lib/errors.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { Bucket, Evidence, Ledger, Queue, Signer } from "../../lib/model/index.ts";
import { fileSigner } from "../state/file-signer.ts";
import { joinStack } from "../state/stack.ts";
import { STACK } from "../state/stack-description.ts";
import { type RecordOptions, requireWithAws } from "../terminal/options.ts";

export interface Records {
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  /** Where reports go in AWS; throws `ERR_INPUT_INVALID` when nobody said where. On a laptop they go into a folder. */
  readonly reports?: () => Pick<Bucket, "stream" | "place">;
  /** Throws `ERR_INPUT_INVALID` when nobody said which key in AWS. */
  readonly signer: () => Signer;
  /** Throws `ERR_INPUT_INVALID` when nobody said where it is in AWS. */
  readonly queue: () => Queue;
  /** Where notices go on a laptop; AWS has no such folder. */
  readonly noticeFolder?: string;
  /** Where the state is, for people. */
  readonly place: string;
  readonly close: () => void;
  /** Ends the embedded stack for everybody. */
  readonly stop: () => Promise<void>;
}

export const clock = Date.now;

/** Joins or starts the embedded stack, unless the options say AWS. */
export const openRecords = async (options: RecordOptions, signal: AbortSignal): Promise<Records> =>
  options.aws ? awsRecords(options) : localRecords(options, signal);

async function localRecords({ state, lease }: RecordOptions, signal: AbortSignal): Promise<Records> {
  const { clients, table, bucket, queue, stop } = await joinStack(state, signal);
  const client = documentClient(clients.dynamodb);
  return {
    ledger: dynamoLedger({ client, table, clock, ulid, leaseSeconds: lease }),
    evidence: s3Evidence(clients.s3, bucket, join(state, STACK.bucket)),
    signer: () => fileSigner(state),
    queue: () => sqsQueue(clients.sqs, queue),
    noticeFolder: join(state, STACK.notices),
    place: state,
    close: () => client.destroy(),
    stop,
  };
}

function awsRecords(options: RecordOptions): Records {
  const table = requireWithAws(options.table, "--table or MFA_WARDEN_TABLE");
  const bucket = requireWithAws(options.bucket, "--bucket or MFA_WARDEN_BUCKET");
  const addressing = bucketAddressing(process.env);
  const client = documentClient({});
  return {
    ledger: dynamoLedger({ client, table, clock, ulid, leaseSeconds: options.lease }),
    evidence: s3Evidence(addressing, bucket, `s3://${bucket}/`),
    reports: () => {
      const reports = requireWithAws(options.reports, "--reports or MFA_WARDEN_REPORTS");
      return s3Bucket(addressing, reports, `s3://${reports}/`);
    },
    signer: () => {
      const key = requireWithAws(options.signingKey, "--signing-key or MFA_WARDEN_SIGNING_KEY");
      return kmsSigner(kmsAddressing(process.env), key, clock);
    },
    queue: () =>
      sqsQueue(
        {},
        {
          url: requireWithAws(options.queue, "--queue or MFA_WARDEN_QUEUE"),
          deadUrl: requireWithAws(options.deadQueue, "--dead-queue or MFA_WARDEN_DEAD_QUEUE"),
        },
      ),
    place: `DynamoDB table ${table}`,
    close: () => client.destroy(),
    stop: async () => {},
  };
}

/** For commands that only look: a state folder that is not there is not made. Throws `ERR_INPUT_INVALID`. */
export async function openExistingRecords(options: RecordOptions, signal: AbortSignal): Promise<Records> {
  if (hasRecords(options)) return openRecords(options, signal);
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Nothing is recorded in ${options.state} yet; run a sweep, or name another folder with --state.`,
  );
}

/** A folder is not enough: a demo or a simulator may have made it. */
export const hasRecords = ({ aws, state }: RecordOptions): boolean =>
  aws === true || existsSync(join(state, STACK.ledger));

/** Closes the records whatever happens. */
export async function withRecords<T>(records: Records, work: (records: Records) => Promise<T>): Promise<T> {
  try {
    return await work(records);
  } finally {
    records.close();
  }
}
