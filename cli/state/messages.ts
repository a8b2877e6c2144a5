/** The embedded event queue: an SQS queue and its dead-letter queue, with every message in a file of the state folder. */
import type { DatabaseSync } from "node:sqlite";
import type { buildApp } from "fauxqs";
import { STACK } from "./stack-description.ts";

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;
type Keeping = NonNullable<Stores["sqsStore"]["persistence"]>;
/** What fauxqs keeps its messages with; it hides the database. */
export type Keeper = Omit<Keeping, "db"> & { readonly db: DatabaseSync };

const DAYS_14 = String(14 * 24 * 3600);
const RECEIVES = 5;
const VISIBLE_AFTER_S = "30";

/** Brings back the messages that are kept, and keeps those to come. */
export function keepMessages({ sqsStore, snsStore }: Stores, keeper: Keeper): void {
  mend(keeper);
  keeper.loadSqsAndSns(sqsStore, snsStore);
  // Its hidden database is all that the two types differ in.
  sqsStore.persistence = keeper as unknown as Keeping;
  for (const queue of sqsStore.allQueues()) queue.persistence = sqsStore.persistence;
  const dead = { MessageRetentionPeriod: DAYS_14 };
  const redrive = { deadLetterTargetArn: arnOf(STACK.deadQueue), maxReceiveCount: RECEIVES };
  open(sqsStore, STACK.deadQueue, dead);
  open(sqsStore, STACK.queue, {
    MessageRetentionPeriod: DAYS_14,
    VisibilityTimeout: VISIBLE_AFTER_S,
    RedrivePolicy: JSON.stringify(redrive),
  });
}

function mend(keeper: Keeper): void {
  // What is written survives the end of the process; waiting for the disk would only matter for the end of the machine.
  // It still waits when the log is folded in: every 40 MiB instead of every four.
  keeper.db.exec("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 10000");
  // fauxqs 2.4.1 fails here after it has forgotten the message, which then is gone until the next start.
  const release = keeper.db.prepare(
    "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
  );
  keeper.updateMessageReady = (id) => void release.run(id);
}

function open(store: Stores["sqsStore"], name: string, attributes: Record<string, string>): void {
  const kept = store.getQueueByName(name);
  if (kept) kept.setAttributes(attributes);
  else store.createQueue(name, queuePath(name), arnOf(name), attributes);
}

const ACCOUNT = "000000000000";
const arnOf = (name: string) => `arn:aws:sqs:${STACK.region}:${ACCOUNT}:${name}`;

/** What comes behind the endpoint in a queue's address. */
export const queuePath = (name: string): string => `/${ACCOUNT}/${name}`;
