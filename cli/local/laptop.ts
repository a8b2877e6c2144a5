/** Puts a run together outside Lambda: the ledger and the evidence of a state folder's embedded stack, or those of AWS. */

import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ulid } from "ulid";
import type { Standing } from "../../functions/workflows.ts";
import { s3Bucket } from "../../lib/aws/bucket.ts";
import { kmsSigner } from "../../lib/aws/kms-signer.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { WardenError } from "../../lib/errors.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { Bucket, Evidence, Ledger, Origin, Queue, Signer } from "../../lib/model/index.ts";
import type { SweepPorts } from "../../lib/sweep/index.ts";
import manifest from "../../package.json" with { type: "json" };
import { fileSigner } from "../state/file-signer.ts";
import { joinStack } from "../state/stack.ts";
import { STACK } from "../state/stack-description.ts";
import { type Input, need } from "../terminal/input.ts";

export interface RecordOptions {
  /** Folder of the embedded stack. */
  readonly state: string;
  readonly aws?: boolean;
  readonly table?: string;
  readonly bucket?: string;
  readonly queue?: string;
  readonly deadQueue?: string;
  readonly signingKey?: string;
  /** Seconds. */
  readonly lease: number;
}

export interface Records {
  readonly ledger: Ledger;
  readonly evidence: Evidence & Partial<Bucket>;
  /** Throws `ERR_INPUT_INVALID` when nobody said which key in AWS. */
  readonly signer: () => Signer;
  /** Throws `ERR_INPUT_INVALID` when nobody said where it is in AWS. */
  readonly queue: () => Queue;
  /** Where the state is, for people. */
  readonly place: string;
  readonly close: () => void;
  /** Ends the embedded stack for everybody. */
  readonly stop: () => Promise<void>;
}

export const clock = Date.now;

/** Joins or starts the embedded stack, unless the options say AWS. */
export async function openRecords(options: RecordOptions, signal: AbortSignal): Promise<Records> {
  if (options.aws) return awsRecords(options);
  const { clients, table, bucket, queue, stop } = await joinStack(options.state, signal);
  const client = documentClient(clients.dynamodb);
  const place = join(options.state, STACK.bucket);
  return {
    ledger: dynamoLedger({ client, table, clock, ulid, leaseSeconds: options.lease }),
    evidence: s3Bucket(clients.s3, bucket, place),
    signer: () => fileSigner(options.state),
    queue: () => sqsQueue(clients.sqs, queue),
    place: options.state,
    close: () => client.destroy(),
    stop,
  };
}

function awsRecords(options: RecordOptions): Records {
  const table = need(options.table, "--table or MFA_WARDEN_TABLE");
  const bucket = need(options.bucket, "--bucket or MFA_WARDEN_BUCKET");
  const client = documentClient({});
  return {
    ledger: dynamoLedger({ client, table, clock, ulid, leaseSeconds: options.lease }),
    evidence: s3Bucket({}, bucket, `s3://${bucket}/`),
    signer: () => kmsSigner({}, need(options.signingKey, "--signing-key or MFA_WARDEN_SIGNING_KEY")),
    queue: () =>
      sqsQueue(
        {},
        {
          url: need(options.queue, "--queue or MFA_WARDEN_QUEUE"),
          deadUrl: need(options.deadQueue, "--dead-queue or MFA_WARDEN_DEAD_QUEUE"),
        },
      ),
    place: `DynamoDB table ${table}`,
    close: () => client.destroy(),
    stop: async () => {},
  };
}

/** For commands that only look: a state folder that is not there is not made. Throws `ERR_INPUT_INVALID`. */
export async function openExisting(options: RecordOptions, signal: AbortSignal): Promise<Records> {
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
export async function using<T>(records: Records, work: (records: Records) => Promise<T>): Promise<T> {
  try {
    return await work(records);
  } finally {
    records.close();
  }
}

interface Times {
  /** Seconds. */
  readonly lease: number;
  /** How long a change may take to show, in ms. */
  readonly patience: number;
}

/** Everything that a run gets from outside. Throws `ERR_INPUT_INVALID` when nobody said which key signs in AWS. */
export const portsFor = (input: Input, records: Records, times: Times): Standing<SweepPorts> => ({
  ...lookPortsFor(input, records, times),
  evidence: records.evidence,
  signer: records.signer(),
});

/** And what a look at a single account gets, which leaves no evidence. */
export function lookPortsFor(
  input: Input,
  records: Records,
  { lease, patience }: Times,
): Omit<Standing<SweepPorts>, "evidence" | "signer"> {
  return {
    policy: input.policy,
    policyHash: input.policyHash,
    open: input.open,
    ledger: records.ledger,
    clock,
    ulid,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    code: `${manifest.name} ${manifest.version}`,
    leaseSeconds: lease,
    readBackTimeoutMs: patience,
  };
}

/** Who is at the keyboard, and what was asked for. */
export function originOf(command: string, aws: boolean | undefined): Origin {
  const user = `${userName()}@${hostname()}`;
  return { by: aws ? `${user} via AWS credentials` : user, how: `command line: ${command}` };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
