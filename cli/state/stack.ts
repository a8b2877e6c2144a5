/** Joins the embedded stack of a state folder, or starts it: one process for all commands over that folder. */
import { spawn } from "node:child_process";
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import type { QueueAddresses } from "../../lib/aws/queue.ts";
import { WardenError } from "../../lib/errors.ts";

/** Names that the stack and those who join it share. `bucket`, `ledger` and `messages` are folders of the state folder, too. */
export const STACK = {
  file: "stack.json",
  log: "stack.log",
  lock: "stack.lock",
  ledger: "ledger",
  bucket: "evidence",
  messages: "queue",
  queue: "events",
  deadQueue: "events-dead",
  table: "mfa-warden",
  region: "us-east-1",
  /** No bucket can have this name. */
  identity: "/_stack",
} as const;

const DEADLINE_MS = 15_000;
const PROBE_MS = 2_000;
const STEP_MS = 50;
const IDLE_SECONDS = 300;

const identity = { pid: v.pipe(v.number(), v.integer(), v.minValue(1)), nonce: v.string() };
const loopback = v.pipe(v.string(), v.regex(/^http:\/\/127\.0\.0\.1:\d+$/));
const identitySchema = v.object(identity);
const describedSchema = v.object({
  ...identity,
  endpoints: v.object({ dynamodb: loopback, s3: loopback, sqs: loopback }),
  table: v.string(),
  bucket: v.string(),
  queue: v.object({ url: v.string(), deadUrl: v.string() }),
});
/** What `stack.json` says. */
export type Described = v.InferOutput<typeof describedSchema>;

export interface Stack {
  /** On loopback. S3 wants path-style addresses; any credentials and region will do. */
  readonly endpoints: { readonly dynamodb: string; readonly s3: string; readonly sqs: string };
  readonly table: string;
  readonly bucket: string;
  /** What is received and not done comes again after 30 seconds, five times; then it is in the dead-letter queue. */
  readonly queue: QueueAddresses;
  readonly pid: number;
  /** Ends the stack for everybody, with everything written; resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * The stack over `stateDir`, started if none answers there. It outlives the command that started it and ends after
 * `idleSeconds` (300) without a request. Throws `ERR_STACK_UNAVAILABLE` after `deadlineMs` (15,000).
 */
export async function joinStack(
  stateDir: string,
  signal: AbortSignal,
  {
    idleSeconds = IDLE_SECONDS,
    deadlineMs = DEADLINE_MS,
  }: { readonly idleSeconds?: number; readonly deadlineMs?: number } = {},
): Promise<Stack> {
  const state = resolve(stateDir);
  makeFolder(stateDir, "state folder", "--state");
  const until = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    return stackOf(state, (await probe(state, until)) ?? (await start(state, idleSeconds, until)));
  } catch (error) {
    if (error instanceof WardenError) throw error;
    if (signal.aborted) throw new WardenError("ERR_ABORTED", "Stopped while the embedded stack was starting.");
    throw unavailable(state, deadlineMs);
  }
}

/**
 * Makes the folder and those above it, one by one: Node's own recursion never ends under /proc. Throws `ERR_INPUT_INVALID`
 * when nothing can be written there. @param option how to name another
 */
export function makeFolder(folder: string, what: string, option: string): void {
  try {
    const missing: string[] = [];
    let there = resolve(folder);
    for (; !existsSync(there); there = dirname(there)) missing.unshift(there);
    // The slash: a file is no folder.
    accessSync(`${there}/`, constants.W_OK | constants.X_OK);
    for (const path of missing) makeOne(path);
  } catch (error) {
    throw unwritable(folder, error, what, option);
  }
}

/** Somebody else may be making it at the same moment. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** @param option how to name another folder */
export function unwritable(folder: string, error: unknown, what: string, option: string): WardenError {
  const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
  return new WardenError(
    "ERR_INPUT_INVALID",
    `The ${what} ${folder} cannot be written (${reason}); make it writable or name another with ${option}.`,
  );
}

const unavailable = (state: string, ms: number) =>
  new WardenError(
    "ERR_STACK_UNAVAILABLE",
    `The embedded stack did not start within ${ms / 1000} seconds; ${join(state, STACK.log)} says why.`,
  );

/** What is written in the state folder, whether or not it still runs. */
export function readDescribed(state: string): Described | undefined {
  try {
    const read = v.safeParse(describedSchema, JSON.parse(readFileSync(join(state, STACK.file), "utf8")));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}

/** The stack that runs there now. Its pid and ports may long be somebody else's: only who knows the nonce is believed. */
async function probe(state: string, signal: AbortSignal): Promise<Described | undefined> {
  const described = readDescribed(state);
  if (!described) return undefined;
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    const answer = await fetch(`${described.endpoints.s3}${STACK.identity}`, { signal: patience, redirect: "error" });
    const { pid, nonce } = v.parse(identitySchema, await answer.json());
    return pid === described.pid && nonce === described.nonce ? described : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Starts it, or waits for whoever is about to. Should two start at once all the same, the database lets only one in. */
async function start(state: string, idleSeconds: number, signal: AbortSignal): Promise<Described> {
  for (;;) {
    const release = lock(join(state, STACK.lock));
    try {
      const described = (await probe(state, signal)) ?? (release && (await launch(state, idleSeconds, signal)));
      if (described) return described;
    } finally {
      release?.();
    }
    await wait(STEP_MS, undefined, { signal });
  }
}

/** Holds the lock file, or answers `undefined` while another live process does. */
function lock(path: string): (() => void) | undefined {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return () => rmSync(path, { force: true });
  } catch {
    if (isStale(path)) rmSync(path, { force: true });
    return undefined;
  }
}

/** Its process has died, or cannot be the starter any more, since a start never takes that long. */
function isStale(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > 2 * DEADLINE_MS) return true;
    const pid = Number(readFileSync(path, "utf8"));
    return pid > 0 && !isAlive(pid);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** One try; `undefined` when the process ended at once, as it does while its predecessor is still closing the database. */
async function launch(state: string, idleSeconds: number, signal: AbortSignal): Promise<Described | undefined> {
  const child = spawnStack(state, idleSeconds);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  let over = false;
  void ended.then(() => {
    over = true;
  });
  try {
    while (!over) {
      const described = await probe(state, signal);
      if (described) return described;
      await Promise.race([ended, wait(STEP_MS, undefined, { signal })]);
    }
    return undefined;
  } catch (error) {
    child.kill();
    throw error;
  }
}

/** In a session of its own and with nothing of ours but the log, so that no Ctrl-C and no kill of a command ends it. */
function spawnStack(state: string, idleSeconds: number) {
  const log = openSync(join(state, STACK.log), "a", 0o600);
  const script = fileURLToPath(new URL("./stack-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, "--state", state, "--idle", String(idleSeconds)], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: state,
    // Nothing of the caller's environment: it may hold secrets, and a test runner's switches.
    env: {},
  });
  closeSync(log);
  child.unref();
  return child;
}

function stackOf(state: string, described: Described): Stack {
  const { endpoints, table, bucket, queue, pid, nonce } = described;
  return {
    endpoints,
    table,
    bucket,
    queue,
    pid,
    async stop() {
      const until = AbortSignal.timeout(DEADLINE_MS);
      if ((await probe(state, until))?.nonce !== nonce) return;
      process.kill(pid, "SIGTERM");
      // It takes its file away last, when the database is closed.
      while (readDescribed(state)?.nonce === nonce) {
        await wait(STEP_MS, undefined, { signal: until }).catch(() => {
          throw new WardenError(
            "ERR_STACK_UNAVAILABLE",
            `The embedded stack (process ${pid}) did not end when asked to.`,
          );
        });
      }
    },
  };
}
