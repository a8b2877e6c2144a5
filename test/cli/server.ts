/** A command that runs until it is told to end, as a child process whose lines a test can wait for. */
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const WARDEN = fileURLToPath(new URL("../../cli/warden.ts", import.meta.url));
const DEADLINE_MS = 20_000;

export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Of both streams, so far. */
  readonly lines: readonly string[];
  /** The first line that matches, also of those that have come. */
  line(pattern: RegExp): Promise<string>;
  /** Ends it as Ctrl-C does; answers its exit code, or the signal that killed it. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

/** @param folder it runs in */
export function start(folder: string, ...args: string[]): Running {
  const options = { cwd: folder, env: { PATH: process.env.PATH } };
  const child = spawn(process.execPath, [WARDEN, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
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
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end; await delay(20)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
}

/** One that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || address === null) throw new Error("the server does not listen");
  return address.port;
}
