/** Joins the embedded stack of a state folder, or starts it: one process for all commands over that folder. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import type { QueueAddresses } from "../../lib/aws/queue.ts";
import { WardenError } from "../../lib/errors.ts";
import { productProgram } from "../product.ts";
import { makeStateFolder, unwritable } from "./private-files.ts";
import {
  DISK_FULL_EXIT,
  isSameText,
  proveIdentity,
  readDescription,
  STACK,
  type StackDescription,
} from "./stack-description.ts";
import { MAX_START_MS, takeLock } from "./stack-lock.ts";

const PROBE_TIMEOUT_MS = 2_000;
const POLL_MS = 50;
const IDLE_SECONDS = 300;

/** What an AWS client needs to reach one service of the stack. Nothing of the caller's environment changes it. */
interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly useFipsEndpoint: false;
  readonly useDualstackEndpoint: false;
}

export interface Stack {
  /** On loopback. */
  readonly endpoints: StackDescription["endpoints"];
  readonly clients: {
    readonly dynamodb: ClientConfig;
    readonly s3: ClientConfig & { readonly forcePathStyle: true };
    readonly sqs: ClientConfig;
  };
  readonly table: string;
  readonly bucket: string;
  /** What is received and not done comes again after 30 seconds, five times; then it is in the dead-letter queue. */
  readonly queue: QueueAddresses;
  readonly pid: number;
  /** Ends the stack for everybody, with everything written; resolves when it has ended. */
  stop(): Promise<void>;
}

interface JoinOptions {
  /** The stack ends after so long without a request. */
  readonly idleSeconds?: number;
  readonly deadlineMs?: number;
}

/**
 * The stack over `stateDir`, started if none answers there. It outlives the command that started it and ends after
 * `idleSeconds` (300) without a request. Throws `ERR_STACK_UNAVAILABLE` after `deadlineMs` (15,000), and `ERR_INPUT_INVALID`
 * for a state folder that is not ours alone or has no room.
 */
export async function joinStack(stateDir: string, signal: AbortSignal, options: JoinOptions = {}): Promise<Stack> {
  const { idleSeconds = IDLE_SECONDS, deadlineMs = MAX_START_MS } = options;
  const state = resolve(stateDir);
  makeStateFolder(stateDir);
  const until = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  try {
    return openStack(state, (await findRunning(state, until)) ?? (await startOrWait(state, idleSeconds, until)));
  } catch (error) {
    if (error instanceof WardenError) throw error;
    if (signal.aborted) throw new WardenError("ERR_ABORTED", "Stopped while the embedded stack was starting.");
    if (error instanceof Error && "syscall" in error) throw unwritable(stateDir, error, "state folder", "--state");
    throw unavailable(state, deadlineMs);
  }
}

const unavailable = (state: string, ms: number) =>
  new WardenError(
    "ERR_STACK_UNAVAILABLE",
    `The embedded stack did not start within ${ms / 1000} seconds; ${join(state, STACK.log)} says why.`,
  );

const answerSchema = v.object({ pid: v.number(), proof: v.string() });

/** The stack that runs there now. Its pid and ports may long be somebody else's: only who knows the nonce is believed. */
async function findRunning(state: string, signal: AbortSignal): Promise<StackDescription | undefined> {
  const described = readDescription(state);
  if (!described) return undefined;
  const challenge = randomBytes(16).toString("hex");
  try {
    const answer = await fetch(`${described.endpoints.s3}${STACK.identity}?challenge=${challenge}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
      redirect: "error",
    });
    const { pid, proof } = v.parse(answerSchema, await answer.json());
    const isOurs = pid === described.pid && isSameText(proof, proveIdentity(described.nonce, challenge));
    return isOurs ? described : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Starts it, or waits for whoever is about to. Should two start at once all the same, the database lets only one in. */
async function startOrWait(state: string, idleSeconds: number, signal: AbortSignal): Promise<StackDescription> {
  for (;;) {
    const release = takeLock(join(state, STACK.lock));
    try {
      const described = (await findRunning(state, signal)) ?? (release && (await launch(state, idleSeconds, signal)));
      if (described) return described;
    } finally {
      release?.();
    }
    await wait(POLL_MS, undefined, { signal });
  }
}

/** One try; `undefined` when the process ended at once, as it does while its predecessor is still closing the database. */
async function launch(state: string, idleSeconds: number, signal: AbortSignal): Promise<StackDescription | undefined> {
  const child = spawnStack(state, idleSeconds);
  let exit: { readonly code: number | null } | undefined;
  const ended = new Promise<void>((resolve) => {
    const end = (code: number | null) => {
      exit = { code };
      resolve();
    };
    child.once("exit", end);
    child.once("error", () => end(null));
  });
  try {
    while (!exit) {
      const described = await findRunning(state, signal);
      if (described) return described;
      await Promise.race([ended, wait(POLL_MS, undefined, { signal })]);
    }
  } catch (error) {
    child.kill();
    throw error;
  }
  if (exit.code === DISK_FULL_EXIT) throw diskFull(state);
  return undefined;
}

const diskFull = (state: string) =>
  new WardenError(
    "ERR_INPUT_INVALID",
    `The disk that holds the state folder ${state} is full; make room and try again.`,
  );

/** In a session of its own and with nothing of ours but the log, so that no Ctrl-C and no kill of a command ends it. */
function spawnStack(state: string, idleSeconds: number) {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
  const log = openSync(join(state, STACK.log), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  const script = productProgram("cli/state/stack-process");
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

function openStack(state: string, description: StackDescription): Stack {
  const { endpoints, table, bucket, queue, pid } = description;
  const clientFor = (endpoint: string): ClientConfig => ({
    endpoint,
    region: STACK.region,
    credentials: { accessKeyId: description.accessKey, secretAccessKey: description.accessKey },
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  });
  return {
    endpoints,
    clients: {
      dynamodb: clientFor(endpoints.dynamodb),
      s3: { ...clientFor(endpoints.s3), forcePathStyle: true },
      sqs: clientFor(endpoints.sqs),
    },
    table,
    bucket,
    queue,
    pid,
    stop: () => stopStack(state, description),
  };
}

async function stopStack(state: string, { nonce, pid }: StackDescription): Promise<void> {
  const until = AbortSignal.timeout(MAX_START_MS);
  if ((await findRunning(state, until))?.nonce !== nonce) return;
  process.kill(pid, "SIGTERM");
  // It takes its file away last, when the database is closed.
  while (readDescription(state)?.nonce === nonce)
    await wait(POLL_MS, undefined, { signal: until }).catch(() => {
      throw new WardenError("ERR_STACK_UNAVAILABLE", `The embedded stack (process ${pid}) did not end when asked to.`);
    });
}
