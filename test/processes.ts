/** Programs that a test runs as processes of their own: to their end, or until the test ends them. */
import assert from "node:assert/strict";
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const END_DEADLINE_MS = 60_000;
const LINE_DEADLINE_MS = 20_000;
const POLL_MS = 20;

/** Nothing else of this process's environment: the test runner's switches would make the child a part of the test. */
export const CHILD_ENVIRONMENT = {
  PATH: process.env.PATH,
  // Most of what a command costs is the compiling of its modules.
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../node_modules/.cache/node", import.meta.url)),
};

/** For programs that lie in a folder of the test: what is compiled of them is of no use to the next run. */
export const WITHOUT_COMPILE_CACHE = { NODE_DISABLE_COMPILE_CACHE: "1" };

interface Surroundings {
  /** The folder that it runs in. */
  readonly cwd?: string;
  /** Beside PATH and the place of compiled modules. */
  readonly env?: Readonly<Record<string, string>>;
}

interface RunOptions extends Surroundings {
  /** What standard input holds; nothing unless given. */
  readonly input?: string;
  /** Called as soon as it runs. */
  readonly onStart?: (child: ChildProcess & { readonly stdout: Readable }) => void;
}

export interface ProgramResult {
  /** Exit code; -1 if a signal ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node to its end, a minute at most. */
export const runNode = (args: readonly string[], options?: RunOptions): Promise<ProgramResult> =>
  runProgram(process.execPath, args, options);

/** Runs a program to its end, a minute at most. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProgramResult> {
  const { cwd, env, input, onStart } = options;
  const child = spawn(program, args, {
    cwd,
    env: { ...CHILD_ENVIRONMENT, ...env },
    timeout: END_DEADLINE_MS,
    stdio: "pipe",
  });
  // One that ends without reading closes the pipe.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  onStart?.(child);
  const [stdout, stderr, [code, signal]] = await output;
  return { code: code ?? -1, signal, stdout, stderr };
}

export interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Of both streams, so far. */
  readonly lines: readonly string[];
  /** The first line that matches, also of those that have come. */
  line(pattern: RegExp): Promise<string>;
  /** Ends it as Ctrl-C does; answers its exit code, or the signal that killed it. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Starts Node; the test ends it. */
export function startNode(args: readonly string[], { cwd, env }: Surroundings = {}): Running {
  const child = spawn(process.execPath, args, { cwd, env: { ...CHILD_ENVIRONMENT, ...env }, stdio: "pipe" });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", (line) => lines.push(line));
  let closed = false;
  child.once("close", () => {
    closed = true;
  });
  const ended = once(child, "exit").then(([code, signal]): number | string => code ?? signal);
  return {
    child,
    lines,
    line: (pattern) => {
      const seen = () => `${pattern} in\n${lines.join("\n")}`;
      return until(() => lines.find((line) => pattern.test(line)) ?? (closed && assert.fail(seen())), seen);
    },
    end(signal = "SIGINT") {
      if (child.exitCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** Asks until there is an answer. */
export async function until<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
): Promise<T> {
  for (const end = Date.now() + LINE_DEADLINE_MS; Date.now() < end; await delay(POLL_MS)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
}
