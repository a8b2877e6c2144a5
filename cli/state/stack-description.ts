/** What the embedded stack and those who join it share: names, and `stack.json`, which says where it is and how to get in. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { writePrivateFile } from "./private-files.ts";

/** `bucket`, `ledger`, `messages` and `notices` are folders of the state folder, too. */
export const STACK = {
  file: "stack.json",
  log: "stack.log",
  lock: "stack.lock",
  ledger: "ledger",
  bucket: "evidence",
  messages: "queue",
  notices: "notices",
  queue: "events",
  deadQueue: "events-dead",
  table: "mfa-warden",
  region: "us-east-1",
  /** Where the stack proves that it is the one in `stack.json`. No bucket can have this name. */
  identity: "/_stack",
} as const;

/** With what a process of the stack ends when there is no room left to write. */
export const DISK_FULL_EXIT = 28;

const loopback = v.pipe(v.string(), v.regex(/^http:\/\/127\.0\.0\.1:\d+$/));
const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{32,}$/));
const descriptionSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Tells this start of the stack from every other; never sent. */
  nonce: hex,
  /** What every request must carry, as the access key of its AWS signature. */
  accessKey: hex,
  endpoints: v.object({ dynamodb: loopback, s3: loopback, sqs: loopback }),
  table: v.string(),
  bucket: v.string(),
  queue: v.object({ url: v.string(), deadUrl: v.string() }),
});

/** What `stack.json` says. */
export type StackDescription = v.InferOutput<typeof descriptionSchema>;

/** What is written in the state folder, whether or not it still runs. */
export function readDescription(state: string): StackDescription | undefined {
  try {
    const read = v.safeParse(descriptionSchema, JSON.parse(readFileSync(join(state, STACK.file), "utf8")));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

export const writeDescription = (state: string, description: StackDescription): void =>
  writePrivateFile(join(state, STACK.file), JSON.stringify(description, null, 2));

/** How the stack answers a challenge: only who knows the nonce can, and the answer tells nothing of it. */
export const proveIdentity = (nonce: string, challenge: string): string =>
  createHmac("sha256", nonce).update(challenge).digest("hex");

/** Whether two texts are the same, in a time that says nothing of where they differ. */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
