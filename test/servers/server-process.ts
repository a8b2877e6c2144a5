/** Servers of other languages, each in a process group of its own on a free port of loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { portOf } from "../loopback.ts";

const STOP_DEADLINE_MS = 20_000;
const POLL_MS = 100;

export interface Program {
  /** How people call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly startDeadlineMs: number;
  /** Answers whether it is up; may throw while it is not. */
  readonly isUp: () => Promise<boolean>;
}

/** Starts a server and resolves when it answers. Its output is thrown away. Answers how to end it. */
export async function startProgram(program: Program): Promise<() => Promise<void>> {
  const { command, args, env } = program;
  // A group of its own: a script starts the server as a child.
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: "ignore", detached: true });
  const failed = once(child, "error").then(([error]) => Promise.reject(error));
  const close = () => endGroup(child);
  try {
    await Promise.race([waitUntilUp(program, child), failed]);
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

async function waitUntilUp({ name, startDeadlineMs, isUp }: Program, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + startDeadlineMs; Date.now() < end; await delay(POLL_MS)) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it answered.`);
    if (await isUp().catch(() => false)) return;
  }
  throw new Error(`${name} did not answer in ${startDeadlineMs / 1000} seconds.`);
}

/** The whole group by its id, first politely. */
async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-pid, "SIGTERM");
  const killer = setTimeout(() => process.kill(-pid, "SIGKILL"), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(killer);
}
